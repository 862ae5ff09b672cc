"""The workload's campaigns as rules of zen-engine: a decision table that collects, and one compiled expression each.

zen says which campaigns apply; it prices nothing. Its context is built beforehand and is as helpful as ours: totals by
merchant, and what stands on one line together as one key.
"""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import zen

from engine.rules.campaign import Campaign, Pattern
from engine.rules.conditions.first_order import FirstOrder
from engine.rules.conditions.segment import Segment
from engine.rules.conditions.spend import Spend
from engine.rules.facts import Facts

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = ("scope", "spend", "segment", "orders", "hours")


def context(facts: Facts) -> dict[str, object]:
    """Return what the rules ask for."""
    keys: set[str] = {"any"}
    total_by_scope: dict[str, int] = {"any": 0}
    for line in facts.basket.lines:
        item = (f"c:{line.category}", f"s:{line.sku}")
        here = (f"m:{line.merchant_id}", *(f"m:{line.merchant_id}|{key}" for key in item), *item)
        keys.update(here)
        for key in (*here, "any"):
            total_by_scope[key] = total_by_scope.get(key, 0) + line.list_minor
    local = facts.now.astimezone(ZONE)
    return {
        "keys": sorted(keys),
        "totals": total_by_scope,
        "segments": list(facts.payer.segments) if facts.payer else [],
        "orders": facts.counts[0].taken,
        "minute": local.hour * 60 + local.minute,
    }


def cells(campaign: Campaign) -> dict[str, str]:
    """Return the campaign's conditions, by column, as expressions; a column that is not asked for is missing."""
    merchant = campaign.scope.merchants.include.get("ids", ("",))[0]
    include = campaign.scope.items.include
    item = next((f"{name[0]}:{values[0]}" for name, values in include.items()), "")
    scope = "|".join(part for part in (f"m:{merchant}" if merchant else "", item) if part) or "any"
    found = {} if scope == "any" else {"scope": f'"{scope}" in keys'}
    for condition in (*campaign.audience.all, *campaign.when.all):
        if isinstance(condition, Spend):
            found["spend"] = f'(totals["{scope}"] ?? 0) >= {condition.at_least_minor}'
        elif isinstance(condition, Segment):
            found["segment"] = f'"{condition.any_of[0]}" in segments'
        elif isinstance(condition, FirstOrder):
            found["orders"] = "orders == 0"
    for pattern in campaign.schedule.on:
        found["hours"] = _hours(pattern)
    return found


def _hours(pattern: Pattern) -> str:
    start, until = (at.hour * 60 + at.minute for at in (pattern.start, pattern.until))
    if start < until:
        return f"minute >= {start} and minute < {until}"
    return f"(minute >= {start} or minute < {until})"


class Table:
    """All campaigns as one decision table, hit policy collect."""

    def __init__(self, campaigns: list[Campaign]) -> None:
        rules = [
            {
                "_id": campaign.id,
                **{column: cells(campaign).get(column, "") for column in COLUMNS},
                "id": f'"{campaign.id}"',
            }
            for campaign in campaigns
        ]
        content = {
            "hitPolicy": "collect",
            "inputs": [{"id": column, "name": column} for column in COLUMNS],
            "outputs": [{"id": "id", "name": "id", "field": "id"}],
            "rules": rules,
        }
        nodes = [
            {"id": "in", "name": "in", "type": "inputNode"},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
            {"id": "out", "name": "out", "type": "outputNode"},
        ]
        edges = [
            {"id": "e1", "sourceId": "in", "targetId": "table"},
            {"id": "e2", "sourceId": "table", "targetId": "out"},
        ]
        self._decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def rows(self, asked: dict[str, object]) -> list[dict[str, str]]:
        """Return zen's own answer: the table's outputs that apply."""
        found: list[dict[str, str]] = self._decision.evaluate(asked)["result"]
        return found

    def match(self, asked: dict[str, object]) -> list[str]:
        """Return the ids of the campaigns that apply."""
        return [row["id"] for row in self.rows(asked)]


class Expressions:
    """One compiled expression for each campaign."""

    def __init__(self, campaigns: list[Campaign]) -> None:
        self._rules = [
            (campaign.id, zen.compile_expression(" and ".join(cells(campaign).values()) or "true"))
            for campaign in campaigns
        ]

    def match(self, asked: dict[str, object]) -> list[str]:
        """Return the ids of the campaigns that apply."""
        return [id_ for id_, rule in self._rules if rule.evaluate(asked)]
