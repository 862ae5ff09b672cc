"""The cases about money are played, not computed: a case that should fail fails, and other cases of the form work."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from engine.rules.language.read import read_campaign
from tests.conformance.form import HIDDEN, Unmapped
from tests.conformance.money.run import GROUPS, differences
from tests.conformance.money.story import played
from tests.conformance.money.written import campaign_file
from tests.conformance.options import options_of
from tests.conformance.run import FILES

ALL = json.loads(FILES[0].read_text("utf-8"))["cases"]
CASES = [case for case in ALL if case["group"] in GROUPS]
#: Of the 410 promotions of the carts; the others are gifts, lanes, and offers that may make a basket free.
WRITTEN_LEAST = 399
SIX_AND_FOUR = [
    {"id": "a", "sku": "a", "qty": 3, "unit_price_minor": 600},
    {"id": "b", "sku": "b", "qty": 1, "unit_price_minor": 400},
]


def case(
    group: str, *promotions: dict[str, Any], expected: dict[str, Any] | None = None, **context: Any
) -> dict[str, Any]:
    told = [{"id": f"p{place}", "target": "order", **one} for place, one in enumerate(promotions, 1)]
    return {
        "id": "x",
        "group": group,
        "project": "other",
        "currency": "USD",
        "items": [],
        "promotions": told,
        "context": context,
        "expected": expected or {},
    }


def got(*args: Any, **more: Any) -> dict[str, Any]:
    return asyncio.run(played(case(*args, **more)))


def parallel(promotion: dict[str, Any], **context: Any) -> tuple[int, int, int]:
    told = got(
        "concurrency", {"kind": "fixed", "value": 500, **promotion}, steps=[{"op": "redeem_parallel"}], **context
    )
    return told["accepted"], told["refused"], told["used_after"]


class Watched(dict[str, Any]):
    """A case that tells when what is expected is looked at."""

    def __getitem__(self, key: str) -> Any:
        assert key not in HIDDEN, key
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        assert key not in HIDDEN, key
        return super().get(key, default)


def test_nothing_of_what_is_expected_is_read() -> None:
    asyncio.run(played(Watched(next(one for one in CASES if one["group"] == "refund"))))


@pytest.mark.parametrize("one", [CASES[place] for place in (0, 4, 8)], ids=lambda one: one["id"])
def test_another_expectation_is_a_difference(one: dict[str, Any]) -> None:
    wrong = {name: value + 1 if isinstance(value, int) else value for name, value in one["expected"].items()}
    assert list(differences({**one, "expected": wrong})) != []


def test_an_expectation_that_is_not_known_is_a_difference() -> None:
    assert list(differences(case("refund", steps=[], expected={"moon": "full"}))) == ["moon: not known here"]


@pytest.mark.parametrize(
    ("promotion", "steps"),
    [({"kind": "roulette", "value": 1}, []), ({"kind": "fixed", "value": 1}, [{"op": "wait"}])],
)
def test_what_is_not_known_is_not_guessed(promotion: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    with pytest.raises(Unmapped):
        got("ledger", promotion, steps=steps)


def test_returns_in_parts_sum_to_what_was_paid() -> None:
    back = [{"op": "return", "item": "a", "qty": 1}] * 3 + [{"op": "return", "item": "b", "qty": 1}]
    told = got("refund", {"kind": "percent", "value": 7}, steps=[{"op": "purchase", "items": SIX_AND_FOUR}, *back])
    assert sum(told["refunds_minor"]) == 2200 - 154
    assert (told["remaining_minor"], told["remaining_discount"]) == (0, {})


def test_return_of_more_than_was_bought_is_refused() -> None:
    back = {"op": "return", "item": "b", "qty": 2}
    told = got("refund", steps=[{"op": "purchase", "items": SIX_AND_FOUR}, back, {"op": "cancel"}])
    assert (told["refused"], told["refund_minor"]) == (1, 2200)


def test_amounts_and_tax_come_back() -> None:
    tax = {"mode": "excluded", "rate_percent": 10}
    steps = [{"op": "purchase", "items": SIX_AND_FOUR, "tax": tax}, {"op": "return", "item": "a", "qty": 2}]
    told = got("refund", {"kind": "fixed", "value": 220}, steps=[*steps, {"op": "refund", "amount_minor": 50}])
    assert told["refunds_minor"] == [1188, 50]


@pytest.mark.parametrize(
    ("promotion", "context", "result"),
    [
        ({"per_customer_limit": 1}, {"attempts": 4, "customer": "ann"}, (1, 3, 1)),
        ({"per_customer_limit": 1}, {"customers": ["ann", "bo", "ann"]}, (2, 1, 2)),
        ({"usage_limit": 5}, {"attempts": 7, "used": 3}, (2, 5, 5)),
        ({"kind": "percent", "value": 10, "usage_limit": 2}, {"attempts": 3}, (2, 1, 2)),
        ({"budget": {"type": "usage", "limit": 4, "used": 1}}, {"attempts": 9}, (3, 6, 4)),
    ],
)
def test_limits_hold_among_tasks(
    promotion: dict[str, Any], context: dict[str, Any], result: tuple[int, int, int]
) -> None:
    assert parallel(promotion, **context) == result


def test_promotions_of_one_campaign_spend_one_budget() -> None:
    shared = {"kind": "fixed", "campaign": "c", "budget": {"type": "spend", "limit_minor": 1500, "used_minor": 0}}
    redeem = [
        {"op": "redeem", "promotion": id_, "amounts_minor": [amount]} for id_, amount in (("p1", 1000), ("p2", 600))
    ]
    told = got("ledger", {**shared, "value": 1000}, {**shared, "value": 600}, steps=[*redeem, redeem[1]])
    assert (told["budget_used_minor"], told["refused"]) == (1000, 2)


def test_reverts_and_redemptions_at_once_lose_no_update() -> None:
    budget = {"type": "spend", "limit_minor": 5000, "used_minor": 3000}
    both = [{"op": "revert", "amount_minor": 1000}] * 3 + [{"op": "redeem", "amount_minor": 500}] * 4
    told = got(
        "concurrency",
        {"kind": "fixed", "value": 1000, "budget": budget},
        parallel=both,
        steps=[{"op": "redeem_parallel"}],
    )
    assert told["budget_used_minor_after"] == 3000 - 3000 + 4 * 500


def test_what_other_cases_offer_can_be_published_too() -> None:
    written = 0
    for one in ALL:
        for promotion in one["promotions"]:
            try:
                text = campaign_file("p000", [promotion], one, options_of(one["project"]))
            except Unmapped:
                continue
            written += read_campaign(text, "p000.yaml").campaign is not None
    assert written >= WRITTEN_LEAST


@pytest.mark.parametrize(("reusable", "used"), [(True, 0), (False, 1)])
def test_use_that_a_cancelled_order_keeps_stays_used(reusable: bool, used: int) -> None:
    steps = [{"op": "redeem", "promotion": "p1"}, {"op": "revert", "promotion": "p1"}]
    told = got(
        "ledger", {"kind": "fixed", "value": 500, "usage_limit": 3, "reusable_after_cancel": reusable}, steps=steps
    )
    assert told["used_after"] == used
