"""docs/events.md and the README say what is sent: every type with its example, and a check of signatures that works."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from engine.checkout.expire import expire_due
from engine.outbox.signature import new_secret, signed_headers
from engine.wire.events import MemberEvent
from engine.wire.webhooks import EVENT_TYPES, MerchantEvent
from tests.outbox.post_office import NOODLE_HOUSE, PostOffice

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"^## (payment\.\w+)\n.*?```json\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))


def test_every_type_has_an_example_of_its_shape() -> None:
    assert tuple(EXAMPLES) == EVENT_TYPES
    for type_, text in EXAMPLES.items():
        assert msgspec.json.decode(text, type=MerchantEvent).type == type_


def test_every_event_of_a_payment_is_told_to_merchants_too() -> None:
    told_to_members = get_args(next(one.type for one in msgspec.structs.fields(MemberEvent) if one.name == "type"))
    assert {one for one in told_to_members if one.startswith("payment.")} == set(EVENT_TYPES)


async def test_examples_have_the_fields_that_are_sent(sqlite_office: PostOffice) -> None:
    office = sqlite_office
    committed = await office.charge(capture=False)
    await office.act(committed, "commit")
    await office.refund(committed)
    await office.act(await office.charge(capture=False), "release")
    await office.charge(capture=False)
    office.house.clock.advance(timedelta(minutes=6))
    assert await expire_due(office.house.desk) == 1
    await _by_card(office)
    await office.relay()
    sent = (await office.house.get("/v1/events", NOODLE_HOUSE)).json()["items"]
    assert {one["type"] for one in sent} == set(EVENT_TYPES)
    for one in sent:
        example = msgspec.json.decode(EXAMPLES[one["type"]])
        assert _form(one) == _form(example), one["type"]
        assert one["data"]["state"] == example["data"]["state"]


async def _by_card(office: PostOffice) -> None:
    """Hold money of a card, take it, and let its bank take it back."""
    house = office.house
    card = await house.post("/v1/me/cards", {"bin": "622848", "last4": "4242", "token": "sandbox-ok"}, "lin")
    tool = {"tool": card.json()["card_id"]}
    assert (await house.http.patch("/v1/me", json=tool, headers=house.bearer("lin"))).status_code == 200
    paid = await office.charge()
    answer = await house.post("/v1/operator/chargebacks", {"payment_id": paid, "reason": "not me"}, "operator")
    assert answer.is_success, answer.text


def _form(value: Any) -> Any:
    """The keys and types of *value*; which campaigns took something off depends on the campaigns."""
    if isinstance(value, dict):
        return {key: dict if key == "discounts" else _form(one) for key, one in value.items()}
    return type(value)


@pytest.mark.parametrize("is_ours", [True, False])
def test_check_in_the_readme_accepts_ours_only(is_ours: bool) -> None:
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    secret, body = new_secret(), EXAMPLES["payment.committed"]
    headers = signed_headers("evt_1", body, (secret if is_ours else new_secret(),), datetime.now(UTC))
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102 - it is our own page
    assert namespace["paid_minor"](secret, headers, body.encode()) == (5900 if is_ours else None)
