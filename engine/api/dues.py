"""What members owe: rewards of refunded payments that could not be taken back."""

from __future__ import annotations

from engine.api.operation import Call, Operation
from engine.programs.dues import dues_of_member, open_dues
from engine.wire.dues import Dues


async def list_my_dues(call: Call[None, None]) -> Dues:
    """List what you owe after refunds, repaid ones too.

    It is taken first from the next points you earn, and from your next red packet; never from your balance.
    """
    return await dues_of_member(call.desk, call.caller.member_id)


async def list_open_dues(call: Call[None, None]) -> Dues:
    """List what members owe after refunds, the newest 200."""
    return await open_dues(call.desk)


OPERATIONS = (
    Operation(method="GET", path="/v1/me/dues", who=("member",), handle=list_my_dues, answer=Dues),
    Operation(method="GET", path="/v1/operator/dues", who=("operator",), handle=list_open_dues, answer=Dues),
)
