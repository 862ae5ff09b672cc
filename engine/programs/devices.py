"""Which members signed in on which device, ever; the member's own row knows the last one only."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from engine.store.metadata import metadata
from engine.store.script import Script, insert_missing, select

device_member = Table(
    "device_member",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # "device:<id>"
    Column("member_id", Text, primary_key=True),
)


def signed_in_script(tenant_id: str, member_id: str, device_id: str) -> Script[None]:
    """Remember that the member signed in on the device; a device without an id is none."""
    if device_id:
        row = {"tenant_id": tenant_id, "home_id": f"device:{device_id}", "member_id": member_id}
        yield insert_missing(device_member, [row], returning=())


def has_signed_in_script(tenant_id: str, member_id: str, device_id: str) -> Script[bool]:
    """Whether the member ever signed in on the device."""
    if not device_id:
        return False
    rows = yield select(device_member, tenant_id=tenant_id, home_id=f"device:{device_id}", member_id=member_id)
    return bool(rows)
