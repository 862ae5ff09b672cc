"""When a webhook is tried again, and how an endpoint that is down is found to be back.

Each event has the schedule of Standard Webhooks, counted from when it was queued: at once, then 5 s, 5 min, 30 min,
2 h, 5 h, 10 h, 14 h, 20 h and 24 h after the one before, 75 h 35 min in all; then it is a dead letter.

An endpoint that accepts nothing is asked more often, at a twelfth of its outage so far: the end of an hour's outage is
noticed within 5 minutes. One payment that fails shows nothing about the others, they go on. When a second one fails
and none was accepted in between, the endpoint is *down*: it gets one event at a time (a probe), and the first that it
accepts releases all that waits.

Units: microseconds; 0 is never.
Source: Standard Webhooks 1.0.0, "Deliverability and reliability".
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
PAUSES: Final = (5 * SECOND, 5 * MINUTE, 30 * MINUTE, *(n * HOUR for n in (2, 5, 10, 14, 20, 24)))
#: When the tries are due, counted from the first.
DUE_AFTER: Final = (0, *accumulate(PAUSES))
#: After this an event that was not accepted is a dead letter.
LIFE: Final = DUE_AFTER[-1]
PROBE_SHARE: Final = 12
PROBE_MIN: Final = 5 * SECOND
PROBE_MAX: Final = 30 * MINUTE
#: A new event is a probe too, but not sooner than this after the last try.
PROBE_FRESH: Final = 5 * SECOND


class Health(Struct, frozen=True, kw_only=True):
    """How an endpoint has answered lately."""

    accepted_at: int = 0  # when it last accepted something
    failing_since: int = 0  # the first failure after that
    failing_payment: str = ""  # whose event that was
    down: int = 0  # 1: one event at a time
    probe_at: int = 0  # when the next one may go to a down endpoint
    tried_at: int = 0  # the last try of all
    released_at: int = 0  # everything that was last tried before this is due


def accepted(health: Health, now: int) -> Health:
    """Return the health after something was accepted; all that waited for the endpoint is due."""
    return replace(
        health,
        accepted_at=now,
        failing_since=0,
        failing_payment="",
        down=0,
        probe_at=0,
        tried_at=now,
        released_at=now if health.down else health.released_at,
    )


def failed(health: Health, payment_id: str, now: int) -> Health:
    """Return the health after an event of *payment_id* was not accepted."""
    if not health.failing_since or health.failing_since > now:  # or the clock went back
        return replace(health, failing_since=now, failing_payment=payment_id, tried_at=now, probe_at=now + PROBE_MIN)
    down = health.down or int(payment_id != health.failing_payment)
    return replace(health, down=down, tried_at=now, probe_at=now + probe_pause(now - health.failing_since))


def next_try(health: Health, queued_at: int, now: int) -> int | None:
    """Return when an event that failed at *now* is tried again, None when it is dead.

    *health* is the one after that failure. The endpoint's probes only come on top when nothing was accepted since the
    event was queued; otherwise it is this event that is refused, and it keeps to its schedule.
    """
    scheduled = next((queued_at + after for after in DUE_AFTER if queued_at + after > now), None)
    if scheduled is None or health.accepted_at > queued_at:
        return scheduled
    return min(scheduled, health.probe_at)


def probe_pause(outage: int) -> int:
    """Return how long to wait for the next probe after an *outage* of so long."""
    return min(max(outage // PROBE_SHARE, PROBE_MIN), PROBE_MAX)
