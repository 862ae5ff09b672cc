"""What operators do: publish campaigns, audit the books."""

from __future__ import annotations

from typing import Final

import msgspec

from engine.api.operation import Call, Operation
from engine.audit.audit import audit
from engine.ledger.work import Answer
from engine.programs.campaigns_shown import every_campaign
from engine.programs.publish import publish
from engine.wire.campaigns import AuditReport, Campaigns, Published, PublishRequest

#: 2,000 files of 4 KiB.
PUBLISH_MAX_BYTES: Final = 8 * 1024 * 1024


async def publish_campaigns(call: Call[PublishRequest, None]) -> Answer:
    """Put campaign files live, all or none.

    They are checked together with what stays live; every mistake is told in ``fields.mistakes``. With ``replace_all`` a
    live campaign that is not among the files ends. Every running server takes it over within 2 seconds.
    """
    once = call.once
    return await publish(call.desk, call.body, caller=once.caller, key=once.key, fingerprint=once.fingerprint)


async def list_live_campaigns(call: Call[None, None]) -> Campaigns:
    """List everything that is live."""
    return await every_campaign(call.desk)


async def audit_books(call: Call[None, None]) -> AuditReport:
    """Prove the books: transfers balanced, limits kept, budgets = spent + reserved + left."""
    report = await audit(call.desk.database, call.desk.settings.tenant_id, call.desk.clock)
    return msgspec.convert(report, AuditReport, from_attributes=True)


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/operator/campaigns",
        who=("operator",),
        handle=publish_campaigns,
        body=PublishRequest,
        answer=Published,
        needs_key=True,
        codes=("campaign_invalid", "version_conflict"),
        body_max_bytes=PUBLISH_MAX_BYTES,
    ),
    Operation(
        method="GET",
        path="/v1/operator/campaigns",
        who=("operator",),
        handle=list_live_campaigns,
        answer=Campaigns,
    ),
    Operation(
        method="GET",
        path="/v1/operator/audit",
        who=("operator",),
        handle=audit_books,
        answer=AuditReport,
    ),
)
