"""How commands speak to a running server: one key, JSON both ways, every failure one clear sentence."""

from __future__ import annotations

import uuid
from typing import Any, Final

import httpx

TIMEOUT_SECONDS: Final = 20.0


class ServerSilentError(Exception):
    """Nothing answers at the address."""


class ProblemError(Exception):
    """The server answered with a problem; ``problem`` is its RFC 9457 body."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        """Keep the *problem* and say its detail and code."""
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", status))
        detail = str(problem.get("detail") or problem.get("title") or "the server gave no reason")
        fields = "".join(f"\n  {entry.get('path')}: {entry.get('message')}" for entry in problem.get("errors") or ())
        super().__init__(f"{detail} ({self.code}){fields}")


class Caller:
    """A client with an API key."""

    def __init__(self, server: str, key: str) -> None:
        """Speak to *server* ("http://127.0.0.1:8000") with *key*."""
        self.server = server
        self._http = httpx.Client(
            base_url=server, headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT_SECONDS, trust_env=False
        )

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Ask. Raises: ServerSilentError, ProblemError."""
        return self._answer("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> dict[str, Any]:
        """Write once: *key* (default: a new one) is the Idempotency-Key. Raises: ServerSilentError, ProblemError."""
        return self._answer("POST", path, json=body or {}, headers={"Idempotency-Key": key or f"cli-{uuid.uuid4()}"})

    def upload(self, path: str, content: bytes, media_type: str) -> dict[str, Any]:
        """Send a file up. Raises: ServerSilentError, ProblemError."""
        return self._answer("POST", path, content=content, headers={"Content-Type": media_type})

    def download(self, path: str) -> bytes:
        """Get a file. Raises: ServerSilentError, ProblemError."""
        answer = self._asked("GET", path)
        if not answer.is_success:
            raise _problem(answer)
        return answer.content

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _answer(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        return _body(self._asked(method, path, **request))

    def _asked(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **request)
        except httpx.TimeoutException as error:
            raise ServerSilentError(f"{self.server} did not answer within {TIMEOUT_SECONDS:.0f} seconds.") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise ServerSilentError(
                f"No server answers at {self.server}. Start one with `youhui serve`, or give --server."
            ) from error


def _body(answer: httpx.Response) -> dict[str, Any]:
    body = _read(answer)
    if answer.is_success and isinstance(body, dict):
        return body
    raise _problem(answer)


def _problem(answer: httpx.Response) -> ProblemError:
    body = _read(answer)
    silent = {"detail": f"{answer.request.url} answered {answer.status_code} without JSON."}
    return ProblemError(answer.status_code, body if isinstance(body, dict) else silent)


def _read(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None
