"""How a sandbox card behaves, by its token. A fault a bank can have is a field; a token names a card that has it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

#: Messages, of any kind, after which a bank that is late comes to what it was asked.
LATE_MESSAGES: Final = 3

Act = Literal["authorise", "capture", "refund", "pay_out"]


class Behaviour(NamedTuple):
    """What goes wrong with a card; nothing by default."""

    declines: tuple[Act, ...] = ()
    loses_requests: int = 0  # of each key: messages that never arrive, so nothing is done
    loses_answers: int = 0  # of each key: it is done, but nobody hears
    twice: bool = False  # every message arrives twice
    late: Act | None = None  # silent when asked for this; done ``LATE_MESSAGES`` messages later
    charges_back: bool = False  # the holder disputes each capture at once


BEHAVIOUR_BY_TOKEN: Final[dict[str, Behaviour]] = {
    "sandbox-ok": Behaviour(),
    "sandbox-declines": Behaviour(declines=("authorise", "pay_out")),
    "sandbox-declines-capture": Behaviour(declines=("capture",)),
    "sandbox-refuses-refund": Behaviour(declines=("refund",)),
    "sandbox-times-out": Behaviour(loses_answers=2),
    "sandbox-times-out-before": Behaviour(loses_requests=2),
    "sandbox-repeats": Behaviour(twice=True),
    "sandbox-late": Behaviour(late="authorise"),
    "sandbox-late-capture": Behaviour(late="capture"),
    "sandbox-charges-back": Behaviour(charges_back=True),
}


def behaviour(token: str) -> Behaviour:
    """Return how the card behind *token* behaves; one that nobody described behaves well."""
    return BEHAVIOUR_BY_TOKEN.get(token, Behaviour())
