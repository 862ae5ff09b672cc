"""Discounts that no basket gets: below or above what the conditions let through, or more than the limits ever leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.rules.benefits.amount_off import AmountOff
from engine.rules.benefits.amount_off_items import AmountOffItems
from engine.rules.benefits.buy_get import BuyGet
from engine.rules.benefits.cut_to import CutTo
from engine.rules.benefits.graduated_off import GraduatedOff
from engine.rules.benefits.red_packet import RedPacket
from engine.rules.benefits.set_price import SetPrice
from engine.rules.conditions.spend import Spend
from engine.rules.conditions.spend_at_most import SpendAtMost
from engine.rules.kinds import Benefit
from engine.rules.language.sections import Check, Flaw, Sections, given
from engine.rules.phrases import money


def _steps_are_reached(sections: Sections) -> Iterator[Flaw]:
    """Look at thresholds on everything that is left: only these say what a ladder on it meets."""
    least, most = _left_between(sections)
    for path, benefit in given(sections.give):
        if not isinstance(benefit, AmountOff):
            continue
        for place, step in enumerate(benefit.steps):
            after = benefit.steps[place + 1 : place + 2]
            if most is not None and step.from_minor > most:
                asked = money(most, sections.currency, "en")
                sentence = f"'when' lets {asked} through at most, so this step is never reached. Change one of the two."
                yield Flaw(f"{path}.steps.{place}.from", "step_never_reached", sentence)
            elif after and after[0].from_minor <= least:
                asked = money(least, sections.currency, "en")
                sentence = f"'when' asks for {asked}, which reaches the next step already. Leave this one out."
                yield Flaw(f"{path}.steps.{place}.from", "step_never_reached", sentence)


def _total_is_above_the_cut(sections: Sections) -> Iterator[Flaw]:
    _, most = _left_between(sections)
    for path, benefit in given(sections.give):
        if isinstance(benefit, CutTo) and most is not None and benefit.total_minor >= most:
            asked = money(most, sections.currency, "en")
            sentence = f"'when' lets {asked} through at most, so there is never anything to cut. Lower 'total'."
            yield Flaw(f"{path}.total", "price_above_list", sentence)


def _left_between(sections: Sections) -> tuple[int, int | None]:
    """Return what 'when' lets through at least and at most, of everything that is left in scope."""
    asked = [
        condition
        for condition in sections.when.all
        if isinstance(condition, Spend | SpendAtMost)
        and condition.basis == "left"
        and not (condition.kinds or condition.items.include or condition.items.exclude)
    ]
    least = max((one.at_least_minor for one in asked if isinstance(one, Spend)), default=0)
    return least, min((one.amount_minor for one in asked if isinstance(one, SpendAtMost)), default=None)


def _budget_holds_one_use(sections: Sections) -> Iterator[Flaw]:
    budget = sections.limits.budget_minor
    if budget is None or sections.limits.last_unit == "partial":
        return
    for benefit in sections.give:
        cost = _least_minor(benefit)
        if cost > budget:
            one, all_ = money(cost, sections.currency, "en"), money(budget, sections.currency, "en")
            sentence = f"One use takes {one}, more than the budget, {all_}: it never applies. Raise the budget."
            yield Flaw("limits.budget", "budget_below_one_use", sentence)


def _least_minor(benefit: Benefit) -> int:
    """Return the smallest amount that *benefit* gives where there is enough to take it from; 0 when none is named."""
    if isinstance(benefit, RedPacket):
        return (benefit.friend_minor or 0) + (benefit.inviter_minor or 0)
    if isinstance(benefit, GraduatedOff):
        return benefit.first_minor
    if isinstance(benefit, AmountOff | AmountOffItems):
        return benefit.steps[0].off_minor if benefit.steps else benefit.amount_minor or 0
    return 0


def _stock_holds_one_use(sections: Sections) -> Iterator[Flaw]:
    units = sections.limits.units
    for path, stock in (("total", units.total), ("per_member", units.per_member)):
        for benefit in sections.give:
            needed = _least_units(benefit)
            if stock is not None and needed > stock:
                sentence = f"One use takes {needed} units, more than this limit, {stock}: it never applies. Raise it."
                yield Flaw(f"limits.units.{path}", "units_below_one_use", sentence)


def _least_units(benefit: Benefit) -> int:
    if isinstance(benefit, SetPrice):
        return benefit.units_in_set
    if isinstance(benefit, BuyGet):
        return benefit.buy.units + (1 if benefit.last == "partial" else benefit.get.units)
    return 0


CHECKS: Final[tuple[Check, ...]] = (
    (("give", "when", "currency"), _steps_are_reached),
    (("give", "when", "currency"), _total_is_above_the_cut),
    (("give", "limits", "currency"), _budget_holds_one_use),
    (("give", "limits"), _stock_holds_one_use),
)
