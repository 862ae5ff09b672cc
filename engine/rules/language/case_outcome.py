"""What a case expected against what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from engine.money import format_minor
from engine.rules.decision import Decision
from engine.rules.language.case_shape import ExpectShape, RewardShape


def differences(expect: ExpectShape, decision: Decision) -> tuple[str, ...]:
    """Return one line for each expectation that did not come out."""
    return tuple(_differences(expect, decision))


def _differences(expect: ExpectShape, decision: Decision) -> Iterator[str]:
    def shown(amounts: Mapping[str, int]) -> str:
        pairs = [f"{name}: {format_minor(amount, decision.currency)}" for name, amount in sorted(amounts.items())]
        return f"{{{', '.join(pairs)}}}"

    if expect.payable_minor is not None and expect.payable_minor != decision.payable_minor:
        wanted, got = (
            format_minor(minor, decision.currency) for minor in (expect.payable_minor, decision.payable_minor)
        )
        yield f"payable: expected {wanted}, got {got}"
    discounts: Counter[str] = Counter()
    for applied in decision.applied:
        discounts[applied.campaign_id] += applied.amount_minor
    if expect.discount is not None and expect.discount != discounts:
        yield f"discount: expected {shown(expect.discount)}, got {shown(discounts)}"
    payable = {line.line_id: line.payable_minor for line in decision.lines}
    if expect.lines is not None and expect.lines != payable:
        yield f"lines: expected {shown(expect.lines)}, got {shown(payable)}"
    codes = {refusal.campaign_id: refusal.code for refusal in decision.refused}
    for campaign_id, code in (expect.refused or {}).items():
        if codes.get(campaign_id) != code:
            yield f"refused: expected {campaign_id}: {code}, got {codes.get(campaign_id, 'no refusal')}"
    lost = {entry.campaign_id for entry in decision.lost}
    if expect.lost is not None and set(expect.lost) != lost:
        yield f"lost: expected {sorted(expect.lost)}, got {sorted(lost)}"
    if expect.rewards is not None:
        yield from _reward_differences(expect.rewards, decision)


def _reward_differences(expected: tuple[RewardShape, ...], decision: Decision) -> Iterator[str]:
    currency = decision.currency
    wanted = sorted(_expected_words(reward, currency) for reward in expected)
    got: list[str] = []
    for reward in decision.rewards:
        if reward.kind == "coupon":
            got += [f"coupon {reward.coupon_campaign_id} to {reward.to}"] * reward.amount
        else:
            amount = str(reward.amount) if reward.kind == "points" else format_minor(reward.amount, currency)
            got.append(f"{reward.kind} {amount} to {reward.to}")
    if wanted != sorted(got):
        yield f"rewards: expected [{', '.join(wanted)}], got [{', '.join(sorted(got))}]"


def _expected_words(reward: RewardShape, currency: str) -> str:
    if reward.points is not None:
        return f"points {reward.points} to {reward.to}"
    if reward.red_packet_minor is not None:
        return f"red_packet {format_minor(reward.red_packet_minor, currency)} to {reward.to}"
    return f"coupon {reward.coupon} to {reward.to}"
