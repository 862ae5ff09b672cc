"""What must hold between the sections of a file. One function, one claim; each runs when its sections could be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from engine.rules.campaign import Group, Schedule
from engine.rules.facts import Line
from engine.rules.kinds import Benefit, Condition, Piece
from engine.rules.language import never_given, never_met, never_reached
from engine.rules.language.build import schedule_of
from engine.rules.language.instants import instant
from engine.rules.language.sections import Check, Flaw, Sections
from engine.rules.phrases import money, percent
from engine.rules.schedule import stretch


def flaws(sections: Sections) -> Iterator[Flaw]:
    """Run every check whose sections could be read."""
    for needs, check in _CHECKS:
        if sections.holds(*needs):
            yield from check(sections)


def _id_is_file_name(sections: Sections) -> Iterator[Flaw]:
    if sections.campaign != sections.stem:
        sentence = f"The id must be the file's name, {sections.stem!r}."
        yield Flaw("campaign", "id_is_not_file_name", sentence)


def _funding_is_whole(sections: Sections) -> Iterator[Flaw]:
    total = sum(sections.funding.values())
    if total != 1:
        yield Flaw("funding", "funding_sum", f"The parts add up to {percent(total)}; they must make 100%.")


def _funder_pays_once(sections: Sections) -> Iterator[Flaw]:
    merchants = sections.scope.merchants.include
    if set(merchants) != {"ids"} or len(merchants["ids"]) > 1 or "merchant" not in sections.funding:
        return
    [only] = merchants["ids"]
    if f"merchant:{only}" in sections.funding:
        sentence = f"'merchant' is {only!r} too, the only one in scope: one funder, named twice. Add the parts up."
        yield Flaw(f"funding.merchant:{only}", "funder_twice", sentence)


def _reward_has_one_funder(sections: Sections) -> Iterator[Flaw]:
    if len(sections.funding) > 1 and any(benefit.phase == "reward" for benefit in sections.give):
        sentence = "What is given after payment is paid by one funder. Name one, with 100%."
        yield Flaw("funding", "reward_of_many_funders", sentence)


def _time_runs_forward(sections: Sections) -> Iterator[Flaw]:
    schedule = sections.schedule
    if schedule.until is not None:
        start = instant(schedule.start, schedule.timezone, "from")
        if start >= instant(schedule.until, schedule.timezone, "until"):
            yield Flaw("schedule.until", "ends_before_start", "'until' must be later than 'from'.")
    for place, on in enumerate(schedule.on):
        if on.start == on.until and on.start.isoformat() != "00:00:00":
            sentence = (
                "'from' and 'until' are the same time: no hour is left. Change one, or leave both out for all day."
            )
            yield Flaw(f"schedule.on.{place}.until", "empty_hours", sentence)


def _each_opening_comes(sections: Sections) -> Iterator[Flaw]:
    shape = sections.schedule
    schedule = schedule_of(replace(shape, on=()))
    if schedule.until is not None and schedule.until <= schedule.start:
        return
    for place, (on, pattern) in enumerate(zip(shape.on, schedule_of(shape).on, strict=True)):
        if len(set(on.days)) < len(on.days):
            yield Flaw(f"schedule.on.{place}.days", "duplicate_value", "A day is named twice. Name each once.")
        if not _opens(replace(schedule, on=(pattern,))):
            sentence = "None of these hours is between 'from' and 'until' of the schedule: it never opens. Change one."
            yield Flaw(f"schedule.on.{place}", "never_opens", sentence)


def _opens(schedule: Schedule) -> bool:
    is_open, until = stretch(schedule, schedule.start)
    while not is_open and until is not None:
        is_open, until = stretch(schedule, until)
    return is_open


def _phase_fits(sections: Sections) -> Iterator[Flaw]:
    phase = sections.stacking.phase
    rewards = [benefit.phase == "reward" for benefit in sections.give]
    if any(rewards) and not all(rewards):
        yield Flaw("give", "mixed_benefits", "Discounts and rewards can't share a campaign. Make two.")
    elif phase is not None and all(rewards) != (phase == "reward"):
        told = (
            "'reward' is for what is given after payment"
            if phase == "reward"
            else "it is given after payment: 'reward'"
        )
        yield Flaw("stacking.phase", "phase_mismatch", f"This phase does not fit what is given; {told}.")


def _stacking_agrees(sections: Sections) -> Iterator[Flaw]:
    stacking = sections.stacking
    if stacking.exclusive == "alone" and stacking.combine_with:
        sentence = "A campaign that stands alone combines with none. Leave 'exclusive' or 'combine_with' out."
        yield Flaw("stacking.combine_with", "exclusive_and_combined", sentence)
    if stacking.group and stacking.group in stacking.combine_with:
        place = stacking.combine_with.index(stacking.group)
        sentence = f"At most one campaign of {stacking.group!r} applies, so this never combines with it. Leave it out."
        yield Flaw(f"stacking.combine_with.{place}", "combined_with_own_group", sentence)
    for place, group in enumerate(stacking.combine_with):
        if group in stacking.combine_with[:place]:
            yield Flaw(
                f"stacking.combine_with.{place}", "duplicate_value", f"{group!r} is named twice. Name each once."
            )


def _kind_fits(sections: Sections) -> Iterator[Flaw]:
    kind = sections.kind
    grants = {benefit.grant_kind for benefit in sections.give} - {""}
    if kind == "coupon" and sections.coupon is None:
        yield Flaw("kind", "kind_mismatch", "A coupon needs a 'coupon' section that says how long it is valid.")
    if kind not in {None, "coupon"} and sections.coupon is not None:
        yield Flaw("kind", "kind_mismatch", "A campaign with a 'coupon' section is of kind 'coupon'.")
    if kind in {"reward", "referral"} and not grants:
        yield Flaw("kind", "kind_mismatch", f"A {kind} gives something after payment; this gives a discount.")
    if kind in {"discount", "flash", "coupon"} and grants:
        yield Flaw("kind", "kind_mismatch", f"A {kind} takes something off; this gives something after payment.")
    if sections.coupon is not None and grants:
        yield Flaw("coupon", "coupon_of_reward", "A coupon takes something off. Give the reward a campaign of its own.")


def _flash_has_stock_and_end(sections: Sections) -> Iterator[Flaw]:
    if sections.kind != "flash":
        return
    if sections.limits.units.total is None:
        yield Flaw("limits", "flash_without_stock", "A flash deal needs its stock: limits: {units: {total: …}}.")
    if sections.schedule.until is None:
        yield Flaw("schedule", "flash_without_end", "A flash deal needs an end: give 'until'.")


def _units_have_a_taker(sections: Sections) -> Iterator[Flaw]:
    units = sections.limits.units
    if (units.total or units.per_member) and not any(benefit.takes_units for benefit in sections.give):
        sentence = "Only an item offer (percent_off with items, fixed_price) takes units. Limit 'uses' instead."
        yield Flaw("limits.units", "units_without_items", sentence)


def _limits_nest(sections: Sections) -> Iterator[Flaw]:
    uses, units = sections.limits.uses, sections.limits.units
    pairs = (
        ("uses.per_member_per_day", uses.per_member_per_day, "uses.per_member", uses.per_member),
        ("uses.per_member_per_day", uses.per_member_per_day, "uses.per_day", uses.per_day),
        ("uses.per_member", uses.per_member, "uses.total", uses.total),
        ("uses.per_device", uses.per_device, "uses.total", uses.total),
        ("uses.per_day", uses.per_day, "uses.total", uses.total),
        ("units.per_member", units.per_member, "units.total", units.total),
    )
    for small_path, small, large_path, large in pairs:
        if small is not None and large is not None and small > large:
            sentence = f"{small_path} is {small}, more than {large_path}, {large}: it never counts."
            yield Flaw(f"limits.{small_path}", "limit_never_counts", sentence)


def _coupons_can_be_used(sections: Sections) -> Iterator[Flaw]:
    held, uses = sections.coupon and sections.coupon.per_member, sections.limits.uses
    for name, most in (("per_member", uses.per_member), ("total", uses.total)):
        if held is not None and most is not None and held > most:
            sentence = f"A member may hold {held}, but limits.uses.{name} is {most}: the others are never used."
            yield Flaw("coupon.per_member", "limit_never_counts", sentence)
            return


def _cost_is_limited(sections: Sections) -> Iterator[Flaw]:
    grants = {benefit.grant_kind for benefit in sections.give}
    limits = sections.limits
    if grants == {"points"}:
        if limits.budget_minor is not None:
            yield Flaw("limits.budget", "budget_without_money", "A budget counts money; points are limited by 'uses'.")
        return
    everything = (limits.budget_minor, *_fields(limits.uses), *_fields(limits.units))
    if all(value is None for value in everything):
        sentence = "Nothing limits what this may cost. Give a 'budget', 'uses' or 'units'."
        yield Flaw("limits", "no_limit", sentence)


def _referral_pays_once(sections: Sections) -> Iterator[Flaw]:
    if not any(benefit.grant_kind == "red_packet" for benefit in sections.give):
        return
    once = sections.limits.uses.per_member is not None
    if not once and not any(type(condition).__name__ == "FirstOrder" for condition in flat(sections.audience)):
        sentence = (
            "Every payment of a friend would pay again. Add first_order to 'audience', or limits.uses.per_member."
        )
        yield Flaw("give", "referral_without_end", sentence)


def _not_everything_is_given_away(sections: Sections) -> Iterator[Flaw]:
    thresholds = [
        condition.spend_at_least_minor() for condition in sections.when.all if isinstance(condition, Condition)
    ]
    least = max((threshold for threshold in thresholds if threshold), default=None)
    if least is None or sections.stacking.phase == "reward":
        return
    line = Line(id="1", merchant_id="1", sku="1", quantity=1, unit_price_minor=least)
    for place, benefit in enumerate(sections.give):
        if benefit.phase != "reward" and sum(benefit.discounts([Piece(line, least, 1)])) >= least:
            amount = money(least, sections.currency, "en")
            sentence = f"Whoever spends {amount} pays nothing. Lower what is taken off, or raise the threshold."
            yield Flaw(f"give.{place}", "discount_above_threshold", sentence)


def flat(group: Group) -> Iterator[Condition]:
    """Return every condition of a nest; its depth is bounded by the parser."""
    for member in (*group.all, *group.any, *group.none):
        if isinstance(member, Group):
            yield from flat(member)
        else:
            yield member


def references(give: tuple[Benefit, ...]) -> Iterator[tuple[str, str]]:
    """Return (path, id) of each campaign whose coupon is given: the benefits with a ``campaign_id``."""
    for place, benefit in enumerate(give):
        if (campaign_id := getattr(benefit, "campaign_id", None)) is not None:
            yield f"give.{place}", campaign_id


def _fields(limits: Any) -> tuple[int | None, ...]:
    return tuple(getattr(limits, name) for name in limits.__struct_fields__)


_CHECKS: Final[tuple[Check, ...]] = (
    (("campaign",), _id_is_file_name),
    (("funding",), _funding_is_whole),
    (("funding", "scope"), _funder_pays_once),
    (("funding", "give"), _reward_has_one_funder),
    (("schedule",), _time_runs_forward),
    (("schedule",), _each_opening_comes),
    (("give", "stacking"), _phase_fits),
    (("stacking",), _stacking_agrees),
    (("give", "kind", "coupon"), _kind_fits),
    (("kind", "limits", "schedule"), _flash_has_stock_and_end),
    (("give", "limits"), _units_have_a_taker),
    (("limits",), _limits_nest),
    (("limits", "coupon"), _coupons_can_be_used),
    (("give", "limits"), _cost_is_limited),
    (("give", "limits", "audience"), _referral_pays_once),
    (("give", "when", "stacking", "currency"), _not_everything_is_given_away),
    *never_met.CHECKS,
    *never_reached.CHECKS,
    *never_given.CHECKS,
)
