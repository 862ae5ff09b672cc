"""Webhooks reach public addresses only, however the address is written or looked up."""

from __future__ import annotations

import pytest

from engine.outbox.address import is_allowed
from engine.outbox.post import HttpPost
from tests.outbox.post_office import NOODLE_HOUSE, PostOffice
from tests.outbox.receiver import receiving

OURS = """
127.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 192.0.0.1
192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12::1 ff02::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 2002:7f00:1:: 2002:a00:1:: 64:ff9b::7f00:1 64:ff9b::a00:1
64:ff9b:1::a9fe:a9fe 2001:db8::1 2001:0:4136:e378:8000:63bf:f5ff:fffe
""".split()
PUBLIC = "1.1.1.1 8.8.8.8 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808".split()


@pytest.mark.parametrize("address", OURS)
def test_address_of_ours_is_refused(address: str) -> None:
    assert not is_allowed(address, loopback=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address: str) -> None:
    assert is_allowed(address, loopback=False)


def test_setting_allows_loopback_and_nothing_else() -> None:
    assert [one for one in OURS if is_allowed(one, loopback=True)] == [
        "127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
    ]  # fmt: skip


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]"])
async def test_nothing_is_connected_to_on_this_machine(host: str) -> None:
    async with receiving() as receiver:
        outcome = await HttpPost(loopback=False)(f"http://{host}:{receiver.port}/", {}, b"{}")
        assert outcome.status == 0
        assert outcome.error.startswith("address_refused: ")
        assert (receiver.came, receiver.most_at_once) == ([], 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[fd00::1]:8443/",
        "https://localhost/",
        "https://printer.local/",
        "https://db.internal/",
        "https://intranet/",
        "https://user:secret@example.com/",
        "https://@example.com/",
        "https://example.com/#fragment",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://ex_ample..com/",
        "https://例え.jp/",
        "https:///hook",
        "//example.com/hook",
        "hook",
        "https://example.com/\r\nX: y",
        "https://[::1",
    ],
)
async def test_url_is_refused_when_it_is_registered_and_when_it_is_changed(sqlite_office: PostOffice, url: str) -> None:
    house = sqlite_office.house
    house.desk.settings = type(house.desk.settings)(database_url=house.desk.settings.database_url)
    answer = await house.post("/v1/webhook-endpoints", {"url": url}, NOODLE_HOUSE)
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook_url_refused"), answer.text
    good = await sqlite_office.register("https://example.com/hook")
    path = f"/v1/webhook-endpoints/{good['endpoint_id']}"
    changed = await house.http.patch(path, json={"url": url}, headers=house.bearer(NOODLE_HOUSE))
    assert changed.json()["code"] == "webhook_url_refused"
    assert (await sqlite_office.shown(good))["url"] == "https://example.com/hook"
