"""Who invited a member, and that nobody invites themself."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.programs.members import Member
from engine.programs.sign_in import _sign_in_script
from engine.programs.sign_in_codes import new_code_script
from engine.programs.sign_up import NewMember, sign_up_script
from engine.programs.signing import Signing
from engine.store.database import Database
from engine.wire.members import SignInRequest

TENANT = "youhui"
NOON = datetime(2027, 3, 6, 4, 0, tzinfo=UTC)
SIGNING = Signing(b"a secret")


async def sign_up(database: Database, phone: str, device_id: str, invite_code: str = "") -> Member:
    new = NewMember(phone=phone, device_id=device_id, invite_code=invite_code)
    return await database.write(sign_up_script(TENANT, SIGNING, new, NOON))


async def sign_in(database: Database, phone: str, device_id: str, now: datetime) -> None:
    code = await database.write(new_code_script(TENANT, SIGNING, phone, now))
    asked = SignInRequest(phone=phone, code=code.digits, device_id=device_id)
    await database.write(_sign_in_script(TENANT, SIGNING, phone, asked, now))


async def test_friend_on_a_device_of_their_own_is_invited(database: Database) -> None:
    lin = await sign_up(database, "+8613800000001", "lins-phone")
    wei = await sign_up(database, "+8613800000002", "weis-phone", lin.invite_code)
    assert wei.invited_by == lin.id


@pytest.mark.parametrize("device_id", ["lins-phone", "lins-tablet"])
async def test_invite_code_from_a_device_of_the_inviter_counts_for_nothing(database: Database, device_id: str) -> None:
    lin = await sign_up(database, "+8613800000001", "lins-phone")
    for hour, device in enumerate(("lins-tablet", "lins-phone", "lins-laptop")):  # the member's row knows the last one
        await sign_in(database, "+8613800000001", device, NOON + timedelta(hours=hour))
    second = await sign_up(database, "+8613800000002", device_id, lin.invite_code)
    assert second.invited_by is None


async def test_device_of_somebody_else_does_not_matter(database: Database) -> None:
    lin = await sign_up(database, "+8613800000001", "lins-phone")
    await sign_up(database, "+8613800000003", "shared")
    wei = await sign_up(database, "+8613800000002", "shared", lin.invite_code)
    assert wei.invited_by == lin.id
