"""Errors as RFC 9457 problem details: the one place where a code gets its HTTP status.

| family       | status | kept for the Idempotency-Key |
|--------------|--------|------------------------------|
| Invalid      | 422; 400 when it can't be read at all | no |
| Unauthorized | 401; 403 for a known caller who may not | no |
| NotFound     | 404 | no |
| Conflict     | 409 | yes, but for ``request_in_progress`` |
| Refused      | 402: understood and decided, no | yes |
| Unavailable  | 503 | no |

422 is never kept and 409 speaks of a thing's state, so a decided "no" has a status of its own.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotAuthorizedException,
    NotFoundException,
    PermissionDeniedException,
)
from litestar.types import Scope

from engine.errors import (
    TITLE_BY_CODE,
    Conflict,
    Invalid,
    NotFound,
    Refused,
    Unauthorized,
    Unavailable,
    YouhuiError,
)
from engine.ledger.work import Answer
from engine.wire.problems import FieldProblem, Problem

MEDIA_TYPE: Final = "application/problem+json"
STATUS_BY_FAMILY: Final[dict[type[YouhuiError], int]] = {
    Invalid: 422,
    Unauthorized: 401,
    NotFound: 404,
    Conflict: 409,
    Refused: 402,
    Unavailable: 503,
}
_CODES_BY_STATUS: Final[dict[int, str]] = {
    400: "malformed_request too_deep idempotency_key_missing idempotency_key_invalid",
    401: "not_signed_in key_unknown sign_in_code_wrong sign_in_code_expired",
    402: "pay_code_expired pay_code_wrong insufficient_balance refund_exceeds_payment currency_mismatch limit_reached "
    "card_declined no_card chargeback_exceeds_payment refund_over_limit",
    403: "not_allowed member_frozen",
    404: "payment_not_found campaign_not_found member_not_found merchant_not_found shop_not_found invite_code_unknown "
    "statement_not_found route_not_found endpoint_not_found card_not_found chargeback_not_found",
    405: "method_not_allowed",
    409: "request_in_progress order_ref_taken payment_state pay_code_used quote_changed version_conflict day_not_over "
    "endpoints_full too_many_cards chargeback_state refund_changed",
    413: "too_large",
    422: "invalid_field unknown_currency amount_out_of_range basket_too_large duplicate_line idempotency_key_reused "
    "campaign_invalid pay_code_malformed phone_invalid cursor_invalid file_malformed webhook_url_refused "
    "quote_invalid",
    429: "too_many_tries",
    500: "internal",
    503: "busy database_unavailable port_taken database_in_use sms_unavailable rail_unavailable",
}
STATUS_BY_CODE: Final[dict[str, int]] = {
    code: status for status, codes in _CODES_BY_STATUS.items() for code in codes.split()
}
RETRY_SECONDS: Final = 1
log = logging.getLogger("youhui.api")


def problem_response(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer *error*, whatever it is; one that we did not foresee is logged under the request's id and not told."""
    scope: Scope = _request.scope
    if isinstance(error, YouhuiError):
        return _response(scope, error, status_of(error))
    if isinstance(error, RecursionError):
        deep = Invalid("too_deep", "The request is nested deeper than allowed. Make it flatter.")
        return _response(scope, deep, status_of(deep))
    if isinstance(error, HTTPException):
        known = _of_litestar(error)
        if known is not None:
            return _response(scope, known, status_of(known), dict(error.headers or {}))
    id_ = request_id(scope)
    log.error("%s %s %s failed", id_, scope.get("method"), scope["path"], exc_info=error)
    broken = Unavailable("internal", f"Something broke on our side. Tell us this id: {id_}.", log_id=id_)
    return _response(scope, broken, status_of(broken))


def answered_problem(scope: Scope, answer: Answer) -> Response[bytes]:
    """Answer a decision that was no, from the bytes kept for its key: the same every time."""
    kept = msgspec.json.decode(answer.body)
    family = Conflict if answer.kind == "conflict" else Refused
    error = family(answer.code, kept["detail"], **kept.get("fields", {}))
    return _response(scope, error, status_of(error))


def status_of(error: YouhuiError) -> int:
    """Return the HTTP status of *error*; a code without one of its own has its family's."""
    family = next(family for family in STATUS_BY_FAMILY if isinstance(error, family))
    return STATUS_BY_CODE.get(error.code, STATUS_BY_FAMILY[family])


def invalid_fields(problems: Iterable[FieldProblem]) -> Invalid:
    """Return the error of wrong fields."""
    listed = tuple(problems)
    first = f"{listed[0].path}: {listed[0].message}" if listed[0].path else listed[0].message
    return Invalid("invalid_field", first, errors=listed)


def request_id(scope: Scope) -> str:
    """Return the id under which this request is logged and answered."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        state["request_id"] = f"req_{secrets.token_hex(8)}"
    return str(state["request_id"])


def _of_litestar(error: HTTPException) -> YouhuiError | None:
    """Return our error for one of Litestar's own, None for one that is not the caller's doing."""
    for kind, family, code, detail in _LITESTARS:
        if isinstance(error, kind):
            return family(code, detail)
    if error.status_code == STATUS_BY_CODE["too_large"]:
        return Invalid("too_large", "The request is larger than allowed. Send less at a time.")
    if 400 <= error.status_code < 500:
        return Invalid("malformed_request", "The request can't be read.")
    return None


_LITESTARS: Final[tuple[tuple[type[HTTPException], type[YouhuiError], str, str], ...]] = (
    (MethodNotAllowedException, NotFound, "method_not_allowed", "This address does not take this method. See /docs."),
    (NotFoundException, NotFound, "route_not_found", "There is nothing at this address. See /docs."),
    (PermissionDeniedException, Unauthorized, "not_allowed", "This caller may not do that."),
    (NotAuthorizedException, Unauthorized, "not_signed_in", "The session is not one of ours. Sign in again."),
)


def _response(scope: Scope, error: YouhuiError, status: int, headers: dict[str, str] | None = None) -> Response[bytes]:
    fields = dict(error.fields)
    errors = fields.pop("errors", ())
    if not errors and isinstance(error, Invalid) and isinstance(fields.get("path"), str):
        errors = (FieldProblem(path=str(fields.pop("path")), message=error.detail),)
    problem = Problem(
        type=f"/docs#{error.code}",
        title=TITLE_BY_CODE[error.code],
        status=status,
        code=error.code,
        detail=error.detail,
        instance=scope["path"],
        errors=errors,  # type: ignore[arg-type]  # FieldProblems, by invalid_fields
        fields=fields,
    )
    return Response(
        _encode(problem), status_code=status, media_type=MEDIA_TYPE, headers=_headers(error, status, headers or {})
    )


def _encode(problem: Problem) -> bytes:
    """Write *problem*; text that UTF-8 can't hold (a lone surrogate in the path) is replaced."""
    try:
        return msgspec.json.encode(problem)
    except UnicodeEncodeError:
        return msgspec.json.encode(msgspec.structs.replace(problem, instance=None))


def _headers(error: YouhuiError, status: int, headers: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name.lower() == "allow"}
    if status == 401:
        kept["WWW-Authenticate"] = "Bearer"
    retry = error.fields.get("retry_after_seconds")
    if retry is None and (status == 503 or error.code == "request_in_progress"):
        retry = RETRY_SECONDS
    return kept if retry is None else {**kept, "Retry-After": str(retry)}
