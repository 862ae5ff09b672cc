"""What operators look at while it runs: jobs, dead letters, a payment decided again."""

from __future__ import annotations

from engine.api.operation import Call, Operation
from engine.checkout.replay import replay_report
from engine.programs.job_states import jobs_script
from engine.programs.webhook_deliveries import dead_letters, dead_letters_again
from engine.wire.jobs import Jobs, ReplayReport
from engine.wire.webhooks import DeadLetters, DeadLettersAgain, Resent


async def list_jobs(call: Call[None, None]) -> Jobs:
    """List every job: what it did last, what failed, whether it is late."""
    return await call.desk.database.read(jobs_script(call.desk.settings.tenant_id, call.desk.clock.now()))


async def list_dead_letters(call: Call[None, None]) -> DeadLetters:
    """List what was given up, oldest first: webhooks, and events that one of our own handlers could not take."""
    return await dead_letters(call.desk)


async def resend_dead_letters(call: Call[DeadLettersAgain, None]) -> Resent:
    """Try dead letters again, of one merchant or member or all.

    At most 1,000 of each kind at a time; ask again until the count is 0.
    """
    return await dead_letters_again(call.desk, call.body.home_id)


async def replay_payment(call: Call[None, None]) -> ReplayReport:
    """Decide a payment again from its stored facts and the campaign versions of then; say what differs."""
    return await replay_report(call.desk.database, call.desk.settings.tenant_id, call.path["payment_id"])


OPERATIONS = (
    Operation(method="GET", path="/v1/operator/jobs", who=("operator",), handle=list_jobs, answer=Jobs),
    Operation(
        method="GET",
        path="/v1/operator/dead-letters",
        who=("operator",),
        handle=list_dead_letters,
        answer=DeadLetters,
    ),
    Operation(
        method="POST",
        path="/v1/operator/dead-letters/resend",
        who=("operator",),
        handle=resend_dead_letters,
        body=DeadLettersAgain,
        answer=Resent,
    ),
    Operation(
        method="GET",
        path="/v1/operator/payments/{payment_id}/replay",
        who=("operator",),
        handle=replay_payment,
        answer=ReplayReport,
        codes=("payment_not_found", "campaign_not_found"),
    ),
)
