"""Whether the parts answer."""

from __future__ import annotations

from importlib.metadata import version

from engine.api.operation import Call, Operation
from engine.errors import Unavailable
from engine.programs.campaign_versions import revision_script
from engine.wire.campaigns import Health


async def health(call: Call[None, None]) -> Health:
    """Tell whether the parts answer; 503 when the database does not."""
    desk = call.desk
    try:
        await desk.database.read(revision_script(desk.settings.tenant_id))
    except Unavailable as error:
        raise Unavailable("database_unavailable", "The database does not answer.") from error
    return Health(
        status="ok",
        database="ok",
        catalogue_revision=desk.revision,
        campaigns=len(desk.catalogue.campaigns),
        version=version("youhui"),
    )


OPERATIONS = (Operation(method="GET", path="/health", who=("anyone",), handle=health, answer=Health),)
