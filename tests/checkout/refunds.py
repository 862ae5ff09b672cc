"""Refunds as a till asks for them, and campaigns that are published so that their versions are kept."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.checkout.refund import preview_refund, refund
from engine.ledger.work import Answer
from engine.programs.publish import publish
from engine.wire.campaigns import CampaignFile, PublishRequest
from engine.wire.payments import Refunded, RefundPreview, RefundRequest
from tests.checkout.town import Town

SECTIONS = {
    "currency": "CNY",
    "name": "{en: Example, zh: 例}",
    "funding": "{platform: 100%}",
    "schedule": "{from: 2026-01-01, until: 2036-01-01, timezone: Asia/Shanghai}",
    "limits": "{budget: 5000.00}",
    "stacking": "{phase: order}",
}


async def published(town: Town, **sections_by_id: dict[str, str]) -> None:
    """Publish campaigns; a section not given is the ordinary one."""
    files = []
    for id_, sections in sections_by_id.items():
        whole = {"campaign": id_, **SECTIONS, **sections}
        text = "".join(f"{name}: {value}\n" for name, value in whole.items())
        files.append(CampaignFile(name=f"{id_}.yaml", text=text))
    asked = PublishRequest(files=tuple(files), replace_all=True)
    request = town.request(asked, caller="operator:1")
    answer = await publish(town.desk, asked, caller=request.caller, key=request.key, fingerprint=request.fingerprint)
    assert answer.kind == "done", answer


async def asked_back(
    town: Town, payment_id: str, *, merchant_id: str = "noodle-house", key: str | None = None, **asked: Any
) -> Answer:
    request = msgspec.convert(asked, RefundRequest)
    return await refund(town.desk, merchant_id, payment_id, request, town.request([payment_id, asked], key=key))


async def given_back(town: Town, payment_id: str, **asked: Any) -> Refunded:
    answer = await asked_back(town, payment_id, **asked)
    assert answer.kind == "done", answer
    return msgspec.json.decode(answer.body, type=Refunded)


async def shown_back(town: Town, payment_id: str, *, merchant_id: str = "noodle-house", **asked: Any) -> RefundPreview:
    answer = await preview_refund(town.desk, merchant_id, payment_id, msgspec.convert(asked, RefundRequest))
    assert answer.kind == "done", answer
    return msgspec.json.decode(answer.body, type=RefundPreview)


def units(**count: int) -> list[dict[str, object]]:
    return [{"line_id": id_, "quantity": quantity} for id_, quantity in count.items()]


def money(**minor: int) -> list[dict[str, object]]:
    return [{"line_id": id_, "amount_minor": amount} for id_, amount in minor.items()]
