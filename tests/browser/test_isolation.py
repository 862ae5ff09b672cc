"""Two shoppers on one server: over real websockets, nothing of one ever reaches the other."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from tests.browser.chromium import PHONE, open_wallet, part
from tests.browser.shopper import charge, line, sees, shown_digits, sign_in


def test_nothing_of_one_reaches_the_other(browser, server):
    ann, ben = (Watched(browser.new_context(**PHONE, locale="en-US")) for _ in range(2))
    ann.open(server.url)
    ben.open(server.url)
    sign_in(ann.page, "13900000021", name="Annabel")
    sign_in(ben.page, "13900000022", name="Benedict")
    top_up(server, ann)
    ann_code = shown_digits(ann.page)
    payment = charge(server.till("tea-corner"), ann_code, line("oolong", "Annabels-oolong", 1, 1800))
    part(ann.page, "result").wait_for(timeout=10_000)
    ann.page.get_by_role("button", name="Receipt").click()
    sees(ann.page, "Annabels-oolong  × 1")
    ben.page.get_by_role("button", name="Me", exact=True).click()
    sees(ben.page, "Benedict")
    ann.page.get_by_role("button", name="Back").click()
    ann.page.get_by_role("button", name="Me", exact=True).click()
    sees(ann.page, "Annabel")
    assert ann.received("Annabels-oolong")
    assert ann.received(payment["payment_id"])
    for secret in ("Annabel", payment["payment_id"], ann_code, ann.token()):
        assert not ben.received(secret), f"{secret} reached the other shopper"
    assert ben.received("Benedict")
    for secret in ("Benedict", ben.token()):
        assert not ann.received(secret), f"{secret} reached the other shopper"
    ann.context.close()
    ben.context.close()


class Watched:
    """A browser of one shopper; every frame that its websockets receive is kept."""

    def __init__(self, context: BrowserContext) -> None:
        self.context, self.frames = context, []
        context.on("page", lambda page: page.on("websocket", self._watch))

    def open(self, url: str) -> None:
        self.page = open_wallet(self.context, url)

    def received(self, words: str) -> bool:
        assert self.frames
        return any(words.encode() in frame for frame in self.frames)

    def token(self) -> str:
        found = self.page.evaluate("() => localStorage.getItem('flutter.youhui.token')").strip('"')
        assert found
        return found

    def _watch(self, socket) -> None:
        socket.on(
            "framereceived", lambda frame: self.frames.append(frame if isinstance(frame, bytes) else frame.encode())
        )


def top_up(server, shopper: Watched) -> None:
    answer = server.client(shopper.token()).post(
        "/v1/me/top-ups", json={"amount_minor": 10_000}, headers={"Idempotency-Key": "isolation"}
    )
    assert answer.status_code == 201, answer.text
