"""Where Flet comes in: ``before_main`` before the first frame, ``main`` for each tab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import flet as ft

from wallet_app.api import Api
from wallet_app.look import Language
from wallet_app.wallet import Wallet, themes

#: Where the API is; the server that serves the wallet sets it.
API_ADDRESS: Final = "YOUHUI_API"
DEFAULT_ADDRESS: Final = "http://127.0.0.1:8000"
ASSETS: Final = Path(__file__).parent / "assets"


class BrowserKeep:
    """Small texts in the browser's local storage."""

    def __init__(self) -> None:
        """Use the page's store."""
        self._store = ft.SharedPreferences()

    async def get(self, name: str) -> str | None:
        """Return what was kept."""
        found = await self._store.get(f"youhui.{name}")
        return found if isinstance(found, str) else None

    async def set(self, name: str, text: str) -> None:
        """Keep *text*."""
        await self._store.set(f"youhui.{name}", text)


def before_main(page: ft.Page) -> None:
    """Set title, faces and colours before anything is shown."""
    page.title = "优惠 youhui"
    themes(page)


async def main(page: ft.Page) -> None:
    """Open a wallet on *page*."""
    api = Api(os.environ.get(API_ADDRESS, DEFAULT_ADDRESS))
    await Wallet(page, api, BrowserKeep()).open(await browser_language(page))


async def browser_language(page: ft.Page) -> Language:
    """Return the wallet's language nearest to the browser's; Chinese when it does not say."""
    info = await page.get_device_info()
    said = str(getattr(info, "language", "") or "zh")
    return "zh" if said.lower().startswith("zh") else "en"


def run() -> None:
    """Serve the wallet alone, for an API that runs elsewhere."""
    ft.run(
        main,
        before_main=before_main,
        view=ft.AppView.WEB_BROWSER,
        assets_dir=str(ASSETS),
        no_cdn=True,
        port=int(os.environ.get("YOUHUI_WALLET_PORT", "8550")),
    )
