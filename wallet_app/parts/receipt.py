"""Where the money of a payment came from: rows and bar in the same order, and what a refund brought back."""

from __future__ import annotations

from datetime import datetime

import flet as ft

from wallet_app import wire
from wallet_app.format import count, moment, money
from wallet_app.look import Look
from wallet_app.parts.controls import card, column, gap, grow, hairline, row
from wallet_app.parts.icons import icon
from wallet_app.parts.marks import chip, folded, in_order, most, parts_by_funder, seal, tally
from wallet_app.parts.text import amount, text


def bar(look: Look, payment: wire.Payment) -> ft.Control:
    """Return the tally bar: you, platform, merchant, brand, bank."""
    parts = parts_by_funder(payment)
    return tally(
        [(look.color("ink"), payment.paid_minor), *((look.funder(part.kind), part.amount_minor) for _, part in parts)]
    )


def discount_rows(look: Look, payment: wire.Payment) -> list[ft.Control]:
    """Return a row for each part of a discount: seal, campaign, who pays, how much."""
    return [_discount(look, payment, offer, part) for offer, part in parts_by_funder(payment)]


def line_rows(look: Look, payment: wire.Payment) -> list[ft.Control]:
    """Return a row for each thing bought, at its list price."""
    return [_line(look, payment, line) for line in payment.lines]


def plain_row(look: Look, words: str, control: ft.Control, *, color: str = "ink", bold: bool = False) -> ft.Control:
    """Return words with an amount at the right."""
    return _tall(row([grow(text(look, "body", words, color, bold=bold, lines=1)), control]))


def paid_row(look: Look, payment: wire.Payment, *, with_chip: bool) -> ft.Control:
    """Return what the shopper paid."""
    figures = amount(look, "figure_s" if with_chip else "figure_m", payment.paid_minor, payment.currency)
    words = grow(text(look, "title", look.say("receipt.you_paid")))
    return _tall(row([*([chip(look.color("ink"))] if with_chip else []), words, figures]))


def fold_for(look: Look, payment: wire.Payment, shown: ft.Control) -> ft.Control:
    """Return *shown* folded when something was saved; unfolded otherwise."""
    if not payment.discount_minor:
        return shown
    return folded(look, shown, look.funder(most(parts_by_funder(payment))))


def refund_card(look: Look, payment: wire.Payment, refund: wire.RefundShown, now: datetime) -> ft.Control:
    """Return what came back: money, coupons, points, and to the funders."""
    lines = [_line_back(look, payment, one) for one in refund.lines]
    facts = [(look.say("refund.when"), moment(refund.at, now, look.language))]
    if lines:
        facts.append((look.say("refund.what"), look.say("comma").join(lines)))
    facts.append((look.say("refund.coupon"), _coupons(look, refund)))
    if refund.points_clawed_back:
        taken = look.say("refund.points_taken", points=count(refund.points_clawed_back))
        facts.append((look.say("refund.points"), taken))
    if refund.deducted_minor:
        facts.append((look.say("refund.deducted"), amount(look, "body", refund.deducted_minor, payment.currency).value))
    facts += _owed(look, payment, refund)
    funders = [_funder_back(look, payment, part) for part in in_order(refund.funders) if part.amount_minor]
    head = row(
        [
            grow(text(look, "title", look.say("refund.done"))),
            amount(look, "figure_m", refund.amount_minor, payment.currency, "saving"),
        ]
    )
    shown: list[ft.Control] = [
        head,
        text(look, "label", look.say("refund.to_balance"), "muted"),
        gap(8),
        hairline(look),
    ]
    shown += [gap(8), column([_fact(look, label, words) for label, words in facts], 6)]
    if funders:
        shown += [gap(8), hairline(look), gap(6), text(look, "label", look.say("refund.funders"), "muted"), *funders]
    return ft.Semantics(live_region=True, content=card(look, column(shown)))


def reward_cards(look: Look, payment: wire.Payment) -> list[ft.Control]:
    """Return a card for each thing the payment brought."""
    return [_reward(look, payment, reward) for reward in payment.rewards if reward.state != "clawed_back"]


def _reward(look: Look, payment: wire.Payment, reward: wire.RewardGiven) -> ft.Control:
    if reward.kind == "points":
        earned = look.say("reward.points", points=count(reward.amount))
        total = look.say("reward.total", points=count(payment.points_after)) if payment.points_after is not None else ""
        line = [icon("star", look.color("muted"), 18), grow(text(look, "body_small", earned))]
        return card(look, row([*line, text(look, "body_small", total, "muted")]), padding=14)
    if reward.kind == "coupon":
        name = look.words(reward.coupon.name if reward.coupon else reward.name)
        face = look.words(reward.coupon.face) if reward.coupon else ""
        words = look.say("reward.coupon", name=name), look.say("reward.coupon_line", face=face)
    else:
        figures = amount(look, "body", reward.amount, payment.currency).value
        words = look.say("reward.red_packet", amount=figures), look.words(reward.name)
    tile = ft.Container(
        icon("gift", look.color("on_primary")),
        width=48,
        height=48,
        border_radius=12,
        bgcolor=look.color("primary"),
        alignment=ft.Alignment.CENTER,
    )
    said = column(
        [
            text(look, "title", words[0], "on_primary_container", lines=2),
            text(look, "label", words[1], "on_primary_container", lines=2),
        ]
    )
    shown = card(look, row([tile, grow(said)], 14), color="primary_container")
    kind = reward.coupon.funder_kind if reward.coupon else "platform"
    return folded(look, ft.MergeSemantics(content=shown), look.funder(kind))


def _discount(look: Look, payment: wire.Payment, offer: wire.AppliedOffer, part: wire.FunderPart) -> ft.Control:
    name = text(look, "body", look.words(offer.name), lines=2 if look.is_large else 1)
    name.expand = name.expand_loose = True
    words = grow(row([name, text(look, "label", payer(look, payment, part), "muted")]))
    figures = amount(look, "figure_s", -part.amount_minor, payment.currency, "saving")
    return ft.MergeSemantics(content=_tall(row([seal(look, part.kind), words, figures])))


def payer(look: Look, payment: wire.Payment, part: wire.FunderPart) -> str:
    """Return who pays in words; a shop or brand by name where there is more than one to think of."""
    many = len({line.merchant_id for line in payment.lines}) > 1
    if part.kind in {"brand", "bank"} or (part.kind == "merchant" and many):
        return look.say("funder.name", name=look.words(part.name))
    return look.say(f"funder.{part.kind}")


def _line(look: Look, payment: wire.Payment, line: wire.LinePriced) -> ft.Control:
    spans = [
        ft.TextSpan(line.name or line.sku, style=text(look, "body", "").style),
        ft.TextSpan(f"  × {line.quantity}", style=text(look, "label", "", "muted").style),
    ]
    if line.refunded_quantity:
        back = look.say("receipt.back", count=line.refunded_quantity)
        spans.append(ft.TextSpan(f"  {back}", style=text(look, "label", "", "saving").style))
    words = ft.Text(spans=spans, max_lines=2 if look.is_large else 1, overflow=ft.TextOverflow.ELLIPSIS, expand=True)
    return ft.MergeSemantics(content=_tall(row([words, amount(look, "figure_s", line.list_minor, payment.currency)])))


def _funder_back(look: Look, payment: wire.Payment, part: wire.FunderPart) -> ft.Control:
    words = text(look, "body_small", look.words(part.name), lines=1)
    figures = amount(look, "figure_s", part.amount_minor, payment.currency)
    return ft.MergeSemantics(content=_tall(row([seal(look, part.kind), grow(words), figures])))


def _line_back(look: Look, payment: wire.Payment, back: wire.RefundLineShown) -> str:
    """Say how many units of a line came back, or how much money of it."""
    name = next((line.name or line.sku for line in payment.lines if line.line_id == back.line_id), "")
    if back.quantity:
        return look.say("refund.line", name=name, count=back.quantity)
    return look.say("refund.part", name=name, amount=money(back.amount_minor, payment.currency))


def _owed(look: Look, payment: wire.Payment, refund: wire.RefundShown) -> list[tuple[str, str]]:
    """Say what is not in the amount because the rest is dearer now, and what is still owed."""
    facts = []
    if refund.withheld_minor:
        what = "refund.withheld" if refund.withheld_minor > 0 else "refund.withheld_back"
        facts.append((look.say(what), money(abs(refund.withheld_minor), payment.currency)))
    if refund.due_points:
        facts.append((look.say("refund.due"), look.say("refund.due_points", points=count(refund.due_points))))
    if refund.due_minor:
        owed = money(refund.due_minor, payment.currency)
        facts.append((look.say("refund.due"), look.say("refund.due_money", amount=owed)))
    return facts


def _coupons(look: Look, refund: wire.RefundShown) -> str:
    if refund.coupons_returned:
        return look.say("refund.coupon_back", count=len(refund.coupons_returned))
    if refund.coupons_clawed_back:
        return look.say("refund.coupon_taken", count=len(refund.coupons_clawed_back))
    return look.say("refund.coupon_none")


def _fact(look: Look, label: str, words: str | None) -> ft.Control:
    name = ft.Container(text(look, "body_small", label, "muted"), width=64 * look.percent / 100)
    return ft.MergeSemantics(
        content=ft.Row(
            [name, grow(text(look, "body_small", words or ""))],
            spacing=8,
            vertical_alignment=ft.CrossAxisAlignment.START,
        )
    )


def _tall(control: ft.Control) -> ft.Control:
    return ft.Container(control, padding=ft.Padding.symmetric(vertical=4))
