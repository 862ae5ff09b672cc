"""A merchant's feed of events, and the webhooks that bring the same events by themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from engine.api.operation import Call, Operation
from engine.ledger.work import Answer
from engine.programs.merchant_feed import merchant_events_after
from engine.programs.webhook_deliveries import deliveries, resend
from engine.programs.webhooks import (
    Once,
    add_endpoint,
    change_endpoint,
    endpoint,
    endpoints,
    remove_endpoint,
    rotate_secret,
)
from engine.wire.webhooks import (
    MerchantEvents,
    ResendRequest,
    Resent,
    WebhookDeliveries,
    WebhookEndpoint,
    WebhookEndpointChange,
    WebhookEndpointRequest,
    WebhookEndpoints,
    WebhookEndpointWithSecret,
)

Seq = Annotated[int, Meta(ge=0, le=2**62)]


class AfterQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last event seen; 0 for all."""

    after: Seq = 0


class DeliveriesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which deliveries: of one state, or all; ``cursor`` of the page before."""

    state: Literal["pending", "delivered", "dead"] | None = None
    cursor: Annotated[str, Meta(max_length=200)] | None = None


async def list_merchant_events(call: Call[None, AfterQuery]) -> MerchantEvents:
    """List what happened to your payments after an event, oldest first.

    Ask again after ``last_seq``: numbers have no gaps and nothing comes in between later, so nothing is missed. Any
    number of before works as well: the feed is kept. Events of one payment come in the order in which they happened.
    """
    return await merchant_events_after(call.desk, call.caller.merchant_id, call.query.after)


async def add_webhook_endpoint(call: Call[WebhookEndpointRequest, None]) -> Answer:
    """Register where your events are sent, signed as Standard Webhooks 1.0.0 says.

    The secret is shown this once. Only https and public addresses are sent to, redirects are not followed. Answer with
    any 2xx within 20 seconds; 410 disables the endpoint; after anything else the event is sent again, over 75 hours.
    """
    return await add_endpoint(call.desk, call.caller.merchant_id, call.body, Once(*call.once))


async def list_webhook_endpoints(call: Call[None, None]) -> WebhookEndpoints:
    """List your webhook endpoints, with how many events wait and how many are given up."""
    return await endpoints(call.desk, call.caller.merchant_id)


async def get_webhook_endpoint(call: Call[None, None]) -> WebhookEndpoint:
    """Show a webhook endpoint of yours."""
    return await endpoint(call.desk, call.caller.merchant_id, call.path["endpoint_id"])


async def change_webhook_endpoint(call: Call[WebhookEndpointChange, None]) -> WebhookEndpoint:
    """Change URL, types or description of an endpoint; disable or enable it.

    While it is disabled what waits is kept and nothing new is queued; read that from ``/v1/events``. Enabling sends
    what waits at once and gives it a fresh 75 hours.
    """
    return await change_endpoint(call.desk, call.caller.merchant_id, call.path["endpoint_id"], call.body)


async def rotate_webhook_secret(call: Call[None, None]) -> Answer:
    """Give an endpoint a new secret. For 24 hours the one before signs too."""
    return await rotate_secret(call.desk, call.caller.merchant_id, call.path["endpoint_id"], Once(*call.once))


async def remove_webhook_endpoint(call: Call[None, None]) -> WebhookEndpoint:
    """Remove an endpoint; what waits for it is not sent."""
    return await remove_endpoint(call.desk, call.caller.merchant_id, call.path["endpoint_id"])


async def list_webhook_deliveries(call: Call[None, DeliveriesQuery]) -> WebhookDeliveries:
    """List what was, is and will be sent to an endpoint, newest first; ``state=dead`` lists what was given up."""
    return await deliveries(
        call.desk,
        call.caller.merchant_id,
        call.path["endpoint_id"],
        state=call.query.state,
        cursor=call.query.cursor,
    )


async def resend_webhooks(call: Call[ResendRequest, None]) -> Resent:
    """Send events to an endpoint again, under the same ids; without ``event_ids`` its dead letters.

    At most 1,000 at a time; ask again for the rest. They come after what was sent meanwhile.
    """
    return await resend(call.desk, call.caller.merchant_id, call.path["endpoint_id"], call.body.event_ids)


_ONE = "/v1/webhook-endpoints/{endpoint_id}"
_UNKNOWN = ("endpoint_not_found",)
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/events",
        who=("merchant",),
        handle=list_merchant_events,
        query=AfterQuery,
        answer=MerchantEvents,
    ),
    Operation(
        method="POST",
        path="/v1/webhook-endpoints",
        who=("merchant",),
        handle=add_webhook_endpoint,
        body=WebhookEndpointRequest,
        answer=WebhookEndpointWithSecret,
        status=201,
        needs_key=True,
        codes=("webhook_url_refused", "endpoints_full"),
    ),
    Operation(
        method="GET",
        path="/v1/webhook-endpoints",
        who=("merchant",),
        handle=list_webhook_endpoints,
        answer=WebhookEndpoints,
    ),
    Operation(
        method="GET",
        path=_ONE,
        who=("merchant",),
        handle=get_webhook_endpoint,
        answer=WebhookEndpoint,
        codes=_UNKNOWN,
    ),
    Operation(
        method="PATCH",
        path=_ONE,
        who=("merchant",),
        handle=change_webhook_endpoint,
        body=WebhookEndpointChange,
        answer=WebhookEndpoint,
        codes=(*_UNKNOWN, "webhook_url_refused"),
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        who=("merchant",),
        handle=remove_webhook_endpoint,
        answer=WebhookEndpoint,
        codes=_UNKNOWN,
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/rotate",
        who=("merchant",),
        handle=rotate_webhook_secret,
        answer=WebhookEndpointWithSecret,
        needs_key=True,
        codes=_UNKNOWN,
    ),
    Operation(
        method="GET",
        path=f"{_ONE}/deliveries",
        who=("merchant",),
        handle=list_webhook_deliveries,
        query=DeliveriesQuery,
        answer=WebhookDeliveries,
        codes=(*_UNKNOWN, "cursor_invalid"),
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/resend",
        who=("merchant",),
        handle=resend_webhooks,
        body=ResendRequest,
        answer=Resent,
        codes=_UNKNOWN,
    ),
)
