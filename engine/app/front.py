"""One port: ``/v1``, ``/schema``, ``/docs`` and ``/health`` are the API's, everything else is the wallet's."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Final

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[Any]]

OURS: Final = ("/v1", "/schema", "/docs", "/health")
#: Addresses that Flet would answer with its own pages about itself; the API answers them with "no such address".
NOT_FLETS: Final = ("/openapi.json", "/redoc", "/oauth_callback")
SESSION_SECONDS: Final = 600
#: Where the wallet finds the API; read by ``wallet_app``.
API_ADDRESS: Final = "YOUHUI_API"


class Front:
    """The ASGI application: a dispatcher over two."""

    def __init__(self, api: Asgi, wallet: Wallet | None) -> None:
        """Serve *api*, and *wallet* when there is one."""
        self._api = api
        self._wallet = wallet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on to whom the path belongs; both lifespans run, the wallet's around the API's."""
        if scope["type"] == "lifespan" and self._wallet is not None:
            await self._wallet.around(lambda: self._api(scope, receive, send))
        elif self._wallet is None or scope["type"] == "lifespan" or _is_ours(scope["path"]):
            await self._api(scope, receive, send)
        else:
            await self._wallet.app(scope, receive, send)


class Wallet:
    """The Flet application in the browser. Sessions live in this process."""

    def __init__(self, api_address: str) -> None:
        """Build it; its screens ask the API at *api_address*.

        Raises: ImportError when the wallet or Flet's web server is not installed.
        """
        os.environ.setdefault(API_ADDRESS, api_address)
        import flet_web.fastapi as flet_fastapi

        import wallet_app
        from wallet_app.main import before_main, main

        self._manager = flet_fastapi.app_manager
        self.app: Asgi = flet_fastapi.app(
            main,
            before_main=before_main,
            assets_dir=str(Path(wallet_app.__path__[0]).resolve() / "assets"),
            app_name="优惠 youhui",
            app_short_name="优惠",
            app_description="Pay code, coupons, receipts",
            no_cdn=True,
            session_timeout_seconds=SESSION_SECONDS,
        )

    async def around(self, serve: Callable[[], Awaitable[Any]]) -> None:
        """Start Flet's sessions, run *serve*, end them."""
        await self._manager.start()
        try:
            await serve()
        finally:
            await self._manager.shutdown()


def _is_ours(path: str) -> bool:
    return any(path == ours or path.startswith(ours + "/") for ours in (*OURS, *NOT_FLETS))
