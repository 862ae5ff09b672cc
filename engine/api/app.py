"""The HTTP application: every declared operation as a route, errors as problems, the documentation."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.datastructures import MutableScopeHeaders, State
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.response import Stream
from litestar.types import Message, Scope

from engine.api.auth import Authentication, allow
from engine.api.docs import document_route, page_route
from engine.api.openapi import EVENTS, JSON
from engine.api.operation import BODY_MAX_BYTES, PENDING_STATUS, Call, Download, EventStream, Operation, Reply
from engine.api.operations import OPERATIONS
from engine.api.problems import answered_problem, problem_response, request_id
from engine.api.reading import body_of, once_of, path_of, query_of
from engine.api.reception import Reception
from engine.checkout.by_card import PENDING
from engine.desk import Desk
from engine.ledger.work import Answer
from engine.programs.sms import Sms


def create_api(desk: Desk, sms: Sms | None = None) -> Litestar:
    """Build the application for *desk*; the desk's ``wake`` is taken over, to wake this process's event streams."""
    reception = Reception(desk, sms)
    desk.wake = reception.waiters.wake
    return Litestar(
        route_handlers=[*map(_route, OPERATIONS), document_route(), page_route()],
        middleware=[DefineMiddleware(Authentication)],
        exception_handlers={Exception: problem_response},
        request_max_body_size=BODY_MAX_BYTES,
        before_send=[_add_headers],
        state=State({"desk": desk, "reception": reception}),
        openapi_config=None,
        logging_config=None,
    )


def _route(operation: Operation) -> HTTPRouteHandler:
    """Return the route of *operation*."""

    async def handle(request: Request[Any, Any, State]) -> Response[Any]:
        call = await _call(operation, request)
        return _response(operation, request.scope, await operation.handle(call))

    return HTTPRouteHandler(
        operation.path.replace("}", ":str}"),
        http_method=operation.method,
        status_code=operation.status,
        guards=[allow],
        opt={"operation": operation},
        request_max_body_size=operation.body_max_bytes,
        name=operation.name,
        media_type=EVENTS if operation.streams else operation.gives or JSON,
    )(handle)


async def _call(operation: Operation, request: Request[Any, Any, State]) -> Call[Any, Any]:
    body = await request.body() if operation.method != "GET" else b""
    return Call(
        desk=request.app.state.desk,
        reception=request.app.state.reception,
        caller=request.user,
        path=path_of(operation, request.path_params),
        query=query_of(operation.query, request.query_params) if operation.query else None,
        request=once_of(operation, request, request.user, body),
        body=body_of(operation.body, body) if operation.body else None,
        last_event_id=request.headers.get("last-event-id"),
        content=body if operation.takes else b"",
    )


def _response(operation: Operation, scope: Scope, reply: Reply) -> Response[Any]:
    if isinstance(reply, EventStream):
        return Stream(reply.chunks, media_type=EVENTS, headers={"X-Accel-Buffering": "no"})
    if isinstance(reply, Download):
        headers = {"Content-Disposition": f'attachment; filename="{reply.file_name}"'}
        return Stream(reply.chunks, media_type=operation.gives, headers=headers)
    if isinstance(reply, Answer):
        if reply.kind != "done":
            return answered_problem(scope, reply)
        status = PENDING_STATUS if reply.code == PENDING else operation.status
        return Response(reply.body, status_code=status, media_type=JSON)
    return Response(msgspec.json.encode(reply), status_code=operation.status, media_type=JSON)


async def _add_headers(message: Message, scope: Scope) -> None:
    """Add what every answer carries: its id, and that nobody may keep it or guess what it is."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers["X-Request-Id"] = request_id(scope)
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")
