"""Photograph every screen into docs/screens: ``python -m tests.browser.screens [FOLDER]``.

A town of its own is set up and served; 林夏 is signed in, a till charges her code and gives one dish back. Each screen in
both languages, light and dark, phone and desktop: ``<screen>-<language>-<theme>-<size>.png``.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import DESKTOP, PHONE, fill, open_wallet, part, started
from tests.browser.shopper import SEND, charge, line, refund
from tests.live import Server, start_server

FOLDER = Path(__file__).parent.parent.parent / "docs" / "screens"
SIZES = {"phone": PHONE, "desktop": DESKTOP}
SHOPPER = "13800000001"
#: The canvas lags what readers hear: a picture is good when it has been the same for this long.
STILL_MILLISECONDS = 700
TRIES = 12
COLORS = 128


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, started() as browser:
        home = Path(data)
        with start_server(f"sqlite:///{home / 'youhui.db'}", home, seed="town", wallet=True) as server:
            server.publish(Path(__file__).parent.parent.parent / "campaigns")
            routes, token = story(server)
            for number, (language, theme, size) in enumerate(itertools.product(("zh", "en"), ("light", "dark"), SIZES)):
                kept = {"token": token, "language": language, "theme": theme, "device": "screens"}
                album = Album(folder, f"{language}-{theme}-{size}")
                signed_in(browser, server, album, kept, routes)
                signing_in(browser, server, album, kept, f"1390000010{number}")
                print(album.name, flush=True)


def story(server: Server) -> tuple[dict[str, str], str]:
    """Make what is shown: a payment with offers and rewards, and one with a refund; return routes by screen."""
    code = server.http.post("/v1/sign-in/codes", json={"phone": SHOPPER}).json()["sandbox_code"]
    body = {"phone": SHOPPER, "code": code, "device_id": "screens"}
    token = server.http.post("/v1/sign-in", json=body).json()["token"]
    member = server.client(token)
    member.post("/v1/me/top-ups", json={"amount_minor": 50_000}, headers={"Idempotency-Key": "screens"})
    till = server.till("noodle-house")

    def pay(*lines: dict) -> str:
        return charge(till, member.get("/v1/me/pay-code").json()["code"], *lines)["payment_id"]

    lunch = [
        line("beef-noodles", "招牌牛肉面", 4, 3200),
        line("cucumber", "凉拌黄瓜", 1, 1200),
        line("plum", "酸梅汤", 1, 1200),
    ]
    paid = pay(*lunch)
    returned = pay(*lunch)
    refund(till, returned, "cucumber", 1)
    coupon = member.get("/v1/me/coupons?state=usable").json()["items"][0]["coupon_id"]
    return {
        "pay": "/",
        "result": f"/result/{paid}",
        "coupons": "/coupons",
        "coupon": f"/coupons/{coupon}",
        "payments": "/payments",
        "receipt": f"/payments/{paid}",
        "refund": f"/payments/{returned}",
        "me": "/me",
        "tier": "/me/tier",
        "settings": "/me/settings",
        "top-up": "/me/top-up",
    }, token


def signed_in(browser: Browser, server: Server, album: Album, kept: dict[str, str], routes: dict[str, str]) -> None:
    """Photograph the screens of the member."""
    context = context_of(browser, album, kept)
    for screen, route in routes.items():
        page = context.new_page()
        page.goto(server.url + route)
        album.take(page, screen)
        page.close()
    context.close()


def signing_in(browser: Browser, server: Server, album: Album, kept: dict[str, str], phone: str) -> None:
    """Photograph the two steps of signing in."""
    context = context_of(browser, album, {**kept, "token": ""})
    page = open_wallet(context, server.url)
    part(page, "phone").wait_for()
    album.take(page, "sign-in")
    fill(page, "phone", phone)
    page.get_by_role("button", name=SEND).click()
    part(page, "sandbox-code").wait_for()
    album.take(page, "code")
    context.close()


def context_of(browser: Browser, album: Album, kept: dict[str, str]) -> BrowserContext:
    """Return a browser that remembers what is *kept*."""
    context = browser.new_context(**SIZES[album.name.rpartition("-")[2]])
    entries = {f"flutter.youhui.{name}": json.dumps(text) for name, text in kept.items()}
    context.add_init_script(
        f"for (const [k, v] of Object.entries({json.dumps(entries)})) {{ if (!localStorage.getItem(k)) localStorage.setItem(k, v) }}"
    )
    return context


class Album:
    """Where the pictures of one language, theme and size go."""

    def __init__(self, folder: Path, name: str) -> None:
        """Keep the pictures in *folder* under *name*."""
        self.folder, self.name = folder, name

    def take(self, page: Page, screen: str) -> None:
        """Photograph *screen* once it stands still."""
        page.locator("flt-semantics-placeholder").or_(page.locator("flt-semantics")).first.wait_for(
            state="attached", timeout=60_000
        )
        before = b""
        for _ in range(TRIES):
            page.wait_for_timeout(STILL_MILLISECONDS)
            shot = page.screenshot()
            image = Image.open(io.BytesIO(shot)).convert("RGB")
            seen = hashlib.sha256(shot).digest()
            if seen == before and len(image.getcolors(maxcolors=1 << 24) or []) > 8:
                break
            before = seen
        small = image.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(self.folder / f"{screen}-{self.name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
