"""What a screen is given to draw itself: the shopper's state, the look, and hands for what is tapped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from wallet_app.look import Look
from wallet_app.session import Shopper

TABLET: Final = 720
DESKTOP: Final = 1080
Handler = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One drawing of one shopper's screen."""

    look: Look
    shopper: Shopper
    width: float
    route: str
    #: Makes a handler that goes to a route.
    go: Callable[[str], Handler]
    #: Makes a handler that runs, guarded, and draws again.
    do: Callable[[Callable[[], Awaitable[None]]], Handler]
    #: What was chosen or typed on this screen and is not the shopper's state: the open tab, a half-typed code.
    chosen: dict[str, str]
    #: The parts that change each second; while there are some, the scene is drawn anew each second.
    counting: list[str] = field(default_factory=list)

    def choose(self, name: str, value: str) -> Handler:
        """Make a handler that remembers a choice of this screen and draws again."""

        async def chosen() -> None:
            self.chosen[name] = value

        return self.do(chosen)

    def keep(self, name: str) -> Callable[[Any], None]:
        """Make a handler that remembers what is typed."""

        def typed(event: Any) -> None:
            self.chosen[name] = event.control.value or ""

        return typed
