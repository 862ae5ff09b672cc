"""Which counters a campaign's limits look at, written out as far as they are known before the payer and the day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.rules.facts import CounterKey, Facts
from engine.rules.limits import LimitName, Term, Terms
from engine.rules.schedule import NaturalWindow, window_start


class Counters(NamedTuple):
    """The counters of one campaign: the keys that never differ, then the others by what they wait for."""

    fixed: tuple[CounterKey, ...]
    of_member: tuple[LimitName, ...]  # for ever
    dated: tuple[Term, ...]  # in a natural window, or of a device
    campaign_id: str
    zone: ZoneInfo


def counters_of(terms: Terms) -> Counters:
    """Return the counters of *terms*."""
    id_ = terms.campaign_id
    fixed: list[CounterKey] = []
    of_member: list[LimitName] = []
    dated: list[Term] = []
    for term in terms.terms:
        if term.window is not None or term.scope_kind == "device":
            dated.append(term)
        elif term.scope_kind == "member":
            of_member.append(term.limit)
        else:
            fixed.append(CounterKey("campaign", id_, id_, term.limit, ""))
    return Counters(tuple(fixed), tuple(of_member), tuple(dated), id_, terms.zone)


def counter_keys(counters: Iterable[Counters], facts: Facts) -> list[CounterKey]:
    """Return the keys of *counters* for the payer and the instant of *facts*; each once when each campaign is."""
    payer = facts.payer
    member_id = payer.member_id if payer else None
    id_by_kind = {"member": member_id, "device": payer.device_id if payer else None}
    start_by_window: dict[tuple[NaturalWindow, ZoneInfo], str] = {}
    keys: list[CounterKey] = []
    for fixed, of_member, dated, campaign_id, zone in counters:
        keys += fixed
        if member_id is not None:
            keys += [CounterKey("member", member_id, campaign_id, limit, "") for limit in of_member]
        for kind, limit, window, _, _ in dated:
            scope_id = campaign_id if kind == "campaign" else id_by_kind[kind]
            if scope_id is None:
                continue
            start = ""
            if window is not None:
                start = start_by_window.get((window, zone)) or window_start(window, facts.now, zone)
                start_by_window[window, zone] = start
            keys.append(CounterKey(kind, scope_id, campaign_id, limit, start))
    return keys
