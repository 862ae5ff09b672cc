"""The one tree of errors.

    YouhuiError
    ├── Invalid       the request can't be understood or breaks a bound
    ├── Unauthorized  no or wrong proof of who is asking
    ├── NotFound      no such thing, or not yours
    ├── Conflict      the thing is in another state than the request assumes
    ├── Refused       understood and decided: no
    └── Unavailable   can't be decided now; try again

An error carries a stable ``code``, a ``detail`` (what happened, to which thing, what to do) and typed
``fields``. Nothing here knows HTTP; the edge maps families to statuses once. Every code stands in ``TITLE_BY_CODE``,
which is also the page of codes in the documentation.
"""

from __future__ import annotations

from typing import Final

TITLE_BY_CODE: Final[dict[str, str]] = {
    # Invalid
    "malformed_request": "The request can't be read",
    "invalid_field": "A field has a wrong value",
    "too_large": "The request is larger than allowed",
    "too_deep": "The request is nested deeper than allowed",
    "unknown_currency": "The currency is not one of ISO 4217 that we know",
    "amount_out_of_range": "An amount is outside the bounds",
    "basket_too_large": "The basket has more lines or a larger total than allowed",
    "duplicate_line": "Two lines of the basket have the same id",
    "idempotency_key_missing": "The Idempotency-Key header is missing",
    "idempotency_key_invalid": "The Idempotency-Key header is not 1 to 255 printable characters",
    "idempotency_key_reused": "The Idempotency-Key was used before with another request",
    "campaign_invalid": "A campaign file has mistakes",
    "pay_code_malformed": "The pay code is not one of ours",
    "phone_invalid": "The phone number can't be read",
    "cursor_invalid": "The cursor is not one that we gave",
    "file_malformed": "The file can't be read as what it should be",
    "webhook_url_refused": "Webhooks can't go to this URL",
    "quote_invalid": "The quote is not one that we gave",
    # Unauthorized
    "not_signed_in": "Sign in first",
    "key_unknown": "The API key is not known",
    "not_allowed": "This caller may not do that",
    "sign_in_code_wrong": "The sign-in code is wrong",
    "sign_in_code_expired": "The sign-in code is over",
    "too_many_tries": "Too many tries",
    # NotFound
    "payment_not_found": "No such payment",
    "campaign_not_found": "No such campaign",
    "member_not_found": "No such member",
    "merchant_not_found": "No such merchant",
    "shop_not_found": "No such shop",
    "statement_not_found": "No statement of that day",
    "card_not_found": "No such card",
    "chargeback_not_found": "No such chargeback",
    "invite_code_unknown": "The invite code is not known",
    "endpoint_not_found": "No such webhook endpoint",
    "route_not_found": "No such address",
    "method_not_allowed": "The address does not take this method",
    # Conflict
    "request_in_progress": "The same request is still being worked on",
    "order_ref_taken": "This order was charged before",
    "payment_state": "The payment is not in a state that allows this",
    "pay_code_used": "The pay code was used before",
    "quote_changed": "The price is not the one shown",
    "refund_changed": "The refund is not the one shown",
    "version_conflict": "Somebody else changed it in between",
    "day_not_over": "The day is not over",
    "endpoints_full": "There are as many webhook endpoints as allowed",
    "too_many_cards": "The member has as many cards as allowed",
    "chargeback_state": "The chargeback is not in a state that allows this",
    # Refused
    "pay_code_expired": "The pay code is over",
    "pay_code_wrong": "The pay code is wrong",
    "insufficient_balance": "The balance is too low",
    "refund_exceeds_payment": "The refund is more than what is left of the payment",
    "refund_over_limit": "The refund passes a limit on refunds",
    "currency_mismatch": "The currency is not the one of the payment or account",
    "limit_reached": "A limit of the campaign is used up",
    "card_declined": "The bank declined the card",
    "no_card": "The member has no card to pay with",
    "chargeback_exceeds_payment": "The chargeback is more than what is left of the payment",
    "member_frozen": "The member's account is frozen",
    # Unavailable
    "busy": "Too much is waiting; try again shortly",
    "database_unavailable": "The database does not answer",
    "port_taken": "The port can't be listened at",
    "database_in_use": "Another process writes to this database",
    "sms_unavailable": "The SMS can't be sent",
    "rail_unavailable": "The bank does not answer",
    "internal": "Something broke on our side",
}


class YouhuiError(Exception):
    """Base of every error that a caller can meet.

    Raises: KeyError when *code* is not in ``TITLE_BY_CODE`` (a programmer's mistake).
    """

    def __init__(self, code: str, detail: str, **fields: object) -> None:
        """Build an error of *code*; *fields* are typed facts a program can use."""
        self.title = TITLE_BY_CODE[code]
        self.code = code
        self.detail = detail
        self.fields = fields
        super().__init__(f"{code}: {detail}")


class Invalid(YouhuiError):
    """The request can't be understood or breaks a bound."""


class Unauthorized(YouhuiError):
    """No or wrong proof of who is asking, or not allowed to."""


class NotFound(YouhuiError):
    """No such thing, or not yours."""


class Conflict(YouhuiError):
    """The thing is in another state than the request assumes."""


class Refused(YouhuiError):
    """Understood and decided: no. The answer is kept for the Idempotency-Key."""


class Unavailable(YouhuiError):
    """Can't be decided now; try again. Never kept."""
