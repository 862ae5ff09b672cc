"""What merchants are told: the events of their feed, which are the bodies of webhooks too, and where these go."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, get_args

from msgspec import Meta, field

from engine.wire.base import Answer, Request

EventType = Literal[
    "payment.reserved",
    "payment.capturing",
    "payment.committed",
    "payment.released",
    "payment.expired",
    "payment.refunded",
    "payment.charged_back",
]
EVENT_TYPES: Final[tuple[str, ...]] = get_args(EventType)
EventTypes = Annotated[tuple[EventType, ...], Meta(min_length=1, max_length=50)]
Url = Annotated[str, Meta(min_length=1, max_length=2_000)]
Description = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f\ud800-\udfff]*\Z")]
EventId = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_]+\Z")]
#: Events that one call may name.
NAMED_MAX: Final = 100


class RefundTold(Answer, frozen=True):
    """The refund that an event tells of."""

    refund_id: str
    amount_minor: int


class ChargebackTold(Answer, frozen=True):
    """The chargeback that an event tells of; ``amount_minor`` is of the whole payment."""

    chargeback_id: str
    amount_minor: int


class PaymentTold(Answer, frozen=True):
    """A payment as it stood when the event happened; amounts are minor units of ``currency``."""

    payment_id: str
    order_ref: str
    shop_id: str | None
    state: str
    currency: str
    list_minor: int
    discount_minor: int
    paid_minor: int
    refunded_minor: int
    discounts: dict[str, int] = field(default_factory=dict)  # by campaign; told with payment.committed
    refund: RefundTold | None = None  # told with payment.refunded
    chargeback: ChargebackTold | None = None  # told with payment.charged_back


class MerchantEvent(Answer, frozen=True):
    """One thing that happened to a payment of yours. ``id`` is the same in the feed, a webhook and its retries.

    ``seq`` has no gaps. Events of one payment come in the order in which they happened.
    """

    id: str
    seq: int
    type: EventType
    timestamp: datetime
    data: PaymentTold


class MerchantEvents(Answer, frozen=True):
    """Events after a number, oldest first; ask again after ``last_seq``."""

    items: tuple[MerchantEvent, ...]
    last_seq: int


class WebhookEndpointRequest(Request, frozen=True):
    """Where to send which events; without ``types`` all of them, later ones too."""

    url: Url
    types: EventTypes | None = None
    description: Description = ""


class WebhookEndpointChange(Request, frozen=True):
    """What is to be another; the rest stays. A changed or enabled endpoint gets at once what waits for it."""

    url: Url | None = None
    types: EventTypes | None = None
    description: Description | None = None
    state: Literal["enabled", "disabled"] | None = None


class WebhookEndpoint(Answer, frozen=True):
    """Where events go, and how that does. ``types`` null: all. ``down``: it accepts nothing and is only probed."""

    endpoint_id: str
    url: str
    types: tuple[str, ...] | None
    description: str
    state: Literal["enabled", "disabled"]
    disabled_because: Literal["merchant", "gone"] | None
    created_at: datetime
    previous_secret_until: datetime | None
    down: bool
    accepted_at: datetime | None
    failing_since: datetime | None
    last_status: int | None
    last_error: str | None
    pending: int
    dead: int


class WebhookEndpointWithSecret(WebhookEndpoint, frozen=True):
    """An endpoint with the secret that signs from now on; it is shown this once."""

    secret: str


class WebhookEndpoints(Answer, frozen=True):
    """Your endpoints."""

    items: tuple[WebhookEndpoint, ...]


class WebhookDelivery(Answer, frozen=True):
    """One event on its way to one endpoint."""

    endpoint_id: str
    seq: int
    event_id: str
    type: str
    payment_id: str
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    queued_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None


class WebhookDeliveries(Answer, frozen=True):
    """Deliveries to one endpoint, newest first."""

    items: tuple[WebhookDelivery, ...]
    next_cursor: str | None


class ResendRequest(Request, frozen=True):
    """Which events to send again; without ``event_ids`` every dead letter of the endpoint."""

    event_ids: Annotated[tuple[EventId, ...], Meta(min_length=1, max_length=NAMED_MAX)] | None = None


class Resent(Answer, frozen=True):
    """How many deliveries are on their way again."""

    count: int


class DeadLetter(Answer, frozen=True):
    """A webhook that was not accepted in 75 hours, or an event that one of our own handlers could not take."""

    kind: Literal["webhook", "handler"]
    home_id: str  # the merchant of a webhook, the member of an event for a handler
    endpoint_id: str | None
    seq: int
    type: str
    payment_id: str | None
    attempts: int
    error: str
    since: datetime


class DeadLetters(Answer, frozen=True):
    """What was given up, oldest first; ``count`` is of all, of which a page is shown."""

    count: int
    items: tuple[DeadLetter, ...]


class DeadLettersAgain(Request, frozen=True):
    """Which dead letters to try again: those of one merchant or member, or all."""

    home_id: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
