"""The payer has not paid before.

    audience: {all: [{first_order: {per: [member, device]}}]}
    audience: {all: [{first_order: {}}]}
    audience: {all: [{first_order: {anonymous: accept}}]}

``per`` says whose first: the member's, the device's, or both (the default is the member's). Reserved payments count;
released ones do not; a refund does not restore it. A device that is not known can't have paid before. Who
has not signed in is asked to (``anonymous: refuse``, the default), or taken for new with ``accept``: a quote then shows
what a new shopper would save.

Source: 首单立减, product row A1.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from engine.rules.facts import Facts
from engine.rules.kinds import Condition, Fault, Missing, Situation
from engine.rules.orders import ANONYMOUS, NONE_BEFORE, UNKNOWN, device_orders, member_orders, orders_before
from engine.rules.phrases import Locale, listing, said

SIGN_IN_NEEDED: Final = Missing("sign_in_needed", said("Sign in to use this.", "登录后可用。"))
_SUBJECT_BY_LOCALE: Final = {"en": {"member": "member", "device": "device"}, "zh": {"member": "账号", "device": "设备"}}


class FirstOrder(Condition, frozen=True):
    """No payment yet per each of ``per``."""

    per: Annotated[tuple[Literal["member", "device"], ...], Meta(min_length=1, max_length=2)] = ("member",)
    anonymous: Literal["refuse", "accept"] = "refuse"
    dimensions: ClassVar[Mapping[str, Callable[[Facts], Collection[str]]]] = {
        "member_orders": member_orders,
        "device_orders": device_orders,
    }

    def check(self, situation: Situation) -> Missing | None:
        """Look at the counters of payments."""
        payer = situation.facts.payer
        if payer is None:
            return SIGN_IN_NEEDED if self.anonymous == "refuse" else None
        id_by_subject = {"member": payer.member_id, "device": payer.device_id}
        for subject in self.per:
            known = id_by_subject[subject]
            if known is not None and orders_before(situation.facts, subject, known):
                en = "This device has paid before." if subject == "device" else "You have paid before."
                zh = "这台设备已经付过款。" if subject == "device" else "你已经付过款。"
                return Missing("not_first_order", said(f"For a first order only. {en}", f"仅限首单。{zh}"))
        return None

    def keys(self) -> dict[str, frozenset[str]] | None:
        """Name no payment before, for each of ``per``."""
        unseen = {NONE_BEFORE, UNKNOWN} | ({ANONYMOUS} if self.anonymous == "accept" else set())
        return {f"{subject}_orders": frozenset(unseen) for subject in self.per}

    def index_tells(self) -> bool:
        """Say that the keys are all there is to it."""
        return True

    def faults(self) -> list[Fault]:
        """Refuse a subject named twice."""
        if len(set(self.per)) == len(self.per):
            return []
        return [Fault("per", "duplicate_value", "The same subject is named twice. Name each once.")]

    def describe(self, locale: Locale, currency: str) -> str:  # noqa: ARG002 - a count has no currency
        """Say it in words."""
        subjects = listing([_SUBJECT_BY_LOCALE[locale][subject] for subject in self.per], locale)
        return f"首单（按{subjects}计）" if locale == "zh" else f"it is the first order of this {subjects}"
