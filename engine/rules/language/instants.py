"""A local date and time as a UTC instant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo


def instant(local: datetime, timezone: str, edge: Literal["from", "until"]) -> datetime:
    """Return *local* (naive) in *timezone* as a UTC instant.

    In a gap of the clock the time moves forward by the gap; in a fold the first ``from`` and the last ``until`` hold.
    Source: semantics.md, section 2; PEP 495.
    """
    zone = ZoneInfo(timezone)
    early = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    late = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    in_gap = early > late  # PEP 495: in a gap fold=0 takes the offset before it, which moves forward
    return early if in_gap or edge == "from" else late
