"""Who answers which address on the one port."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.app.front import Front


class _Part:
    """An application that writes down what reaches it; it stands for the API or for the wallet."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.heard.append(scope.get("path", scope["type"]))

    async def around(self, serve: Any) -> None:
        self.heard.append("began")
        await serve()
        self.heard.append("ended")


def _ask(scope: dict[str, Any], *, with_wallet: bool = True) -> tuple[list[str], list[str]]:
    api, wallet = _Part(), _Part()
    asyncio.run(Front(api.app, wallet if with_wallet else None)(scope, None, None))
    return api.heard, wallet.heard


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/me", "/schema/openapi.json", "/docs", "/docs/x", "/health", "/openapi.json", "/redoc"]
)
def test_the_api_answers_its_own_and_what_flet_would_tell_about_itself(path: str) -> None:
    assert _ask({"type": "http", "path": path}) == ([path], [])


@pytest.mark.parametrize("path", ["/", "/v1x", "/v11/me", "/pay", "/assets/fonts/a.woff2", "/healthy", "/main.dart.js"])
def test_the_wallet_answers_the_rest(path: str) -> None:
    assert _ask({"type": "http", "path": path}) == ([], [path])
    assert _ask({"type": "http", "path": path}, with_wallet=False) == ([path], [])


def test_a_socket_goes_to_the_wallet() -> None:
    assert _ask({"type": "websocket", "path": "/ws"}) == ([], ["/ws"])


def test_both_lifespans_run_the_wallets_around_the_apis() -> None:
    assert _ask({"type": "lifespan"}) == (["lifespan"], ["began", "ended"])
    assert _ask({"type": "lifespan"}, with_wallet=False) == (["lifespan"], [])
