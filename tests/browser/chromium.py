"""Headless Chromium on the wallet: found, started, its semantics tree turned on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
#: Flutter's switch for its semantics: a real click is refused on desktop, an overlay takes it on a phone.
_SWITCH_ON = """e => { const r = e.getBoundingClientRect(); e.dispatchEvent(new MouseEvent('click',
    {bubbles: true, cancelable: true, clientX: r.left + r.width / 2, clientY: r.top + r.height / 2})) }"""


@contextmanager
def started() -> Iterator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert path, f"The browser tests need one of {', '.join(NAMES)}."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


def open_wallet(context: BrowserContext, url: str, path: str = "/") -> Page:
    """Open the wallet in a new tab; ready when its first screen can be read."""
    page = context.new_page()
    page.goto(url + path)
    switch_on(page)
    return page


def switch_on(page: Page) -> None:
    """Turn the semantics on, so that what readers hear can be found."""
    switch = page.locator("flt-semantics-placeholder")
    switch.wait_for(state="attached", timeout=60_000)
    nodes = page.locator("flt-semantics[id^=flt-semantic-node-]").first
    for _ in range(20):
        if switch.count():
            switch.evaluate(_SWITCH_ON)
        try:
            nodes.wait_for(state="attached", timeout=1_500)
        except TooLate:
            continue
        return
    raise AssertionError("the semantics tree did not come")


def part(page: Page, identifier: str) -> Locator:
    """Return the part of a screen with an identifier."""
    return page.locator(f'[flt-semantics-identifier="{identifier}"]')


def fill(page: Page, identifier: str, text: str) -> None:
    """Type into a field; the wallet hears of each key."""
    box = part(page, identifier).locator("input, textarea").first
    box.click()
    expect(box).to_be_focused()
    page.wait_for_function("() => document.activeElement.matches('input, textarea')")
    box.fill("")
    page.keyboard.type(text)
    expect(box).to_have_value(text)


def heard(page: Page) -> str:
    """Return everything a screen reader would find, for messages of failed tests."""
    return str(
        page.evaluate(
            "() => [...document.querySelectorAll('flt-semantics')].map(e => (e.getAttribute('aria-label') || '') + ' '"
            " + [...e.childNodes].filter(n => n.nodeName !== 'FLT-SEMANTICS').map(n => n.textContent).join(' '))"
            ".map(t => t.trim()).filter(Boolean).join('\\n')"
        )
    )
