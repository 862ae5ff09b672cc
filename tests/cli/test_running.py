"""Commands against a running server: publishing goes live, the till charges for real, a killed server loses nothing."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.live import Server, start_server

LIVE_WITHIN_SECONDS = 2.0
TEN_OFF = """\
campaign: ten-off
currency: CNY
name: {en: "Ten off thirty", zh: "满30减10"}
funding: {platform: 100%}
schedule: {from: 2026-01-01, until: 2036-01-01, timezone: Asia/Shanghai}
when: [{spend: {at_least: 30.00}}]
give: [{amount_off: {amount: 10.00}}]
limits: {budget: 1000.00}
stacking: {phase: order}
"""
_keys = itertools.count()
_members: list[httpx.Client] = []


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    yield
    while _members:
        _members.pop().close()


def _member(server: Server, phone: str) -> httpx.Client:
    code = server.http.post("/v1/sign-in/codes", json={"phone": phone}).json()["sandbox_code"]
    body = {"phone": phone, "code": code, "device_id": f"phone-{phone}"}
    token = server.http.post("/v1/sign-in", json=body).json()["token"]
    member = httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    _members.append(member)
    topped_up = member.post(
        "/v1/me/top-ups", json={"amount_minor": 50_000}, headers={"Idempotency-Key": f"t-{next(_keys)}"}
    )
    assert topped_up.status_code == 201, topped_up.text
    return member


def _code(member: httpx.Client) -> str:
    return member.get("/v1/me/pay-code").json()["code"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "ten-off.yaml").write_text(TEN_OFF, "utf-8")
    return tmp_path


def test_publishing_goes_live_in_the_running_server_within_two_seconds(sqlite_url: str, folder: Path) -> None:
    campaigns = folder / "campaigns"
    with start_server(sqlite_url, folder) as server:
        till = server.till("noodle-house")

        def discount_minor() -> int:
            basket = {"currency": "CNY", "lines": [{"id": "1", "sku": "x", "quantity": 1, "unit_price_minor": 3000}]}
            return till.post("/v1/quotes", json={"basket": basket}).json()["discount_minor"]

        def live_after(change: str, discount: int) -> str:
            began = time.monotonic()
            printed = server.command("publish", str(campaigns))
            assert printed.returncode == 0, printed.stderr
            published = time.monotonic()
            while discount_minor() != discount:
                assert time.monotonic() - published < LIVE_WITHIN_SECONDS, f"{change} is not live; began {began}"
            return printed.stdout

        assert discount_minor() == 0
        assert live_after("the first publication", 1000) == "live, revision 1: added ten-off; 0 unchanged\n"
        (campaigns / "ten-off.yaml").write_text(TEN_OFF.replace("amount: 10.00", "amount: 12.00"), "utf-8")
        assert live_after("a change", 1200) == "live, revision 2: changed ten-off; 0 unchanged\n"
        assert live_after("nothing", 1200) == "live, revision 2: 1 unchanged\n"
        (campaigns / "other.yaml").write_text(TEN_OFF.replace("ten-off", "other"), "utf-8")
        (campaigns / "ten-off.yaml").unlink()
        assert live_after("another file", 1000) == "live, revision 3: added other; ended ten-off; 0 unchanged\n"
        (campaigns / "catalogue.yaml").write_text("discount_at_most: {CNY: 4.00}\n", "utf-8")
        assert live_after("a cap", 400) == "live, revision 4: added catalogue; 1 unchanged\n"
        assert "A basket saves at most ¥4." in server.command("till", "campaigns").stdout
        (campaigns / "catalogue.yaml").write_text("discount_at_most: {CNY: 6.00}\n", "utf-8")
        alone = server.command("publish", str(campaigns / "catalogue.yaml"))
        assert alone.stdout == "live, revision 5: changed catalogue; 0 unchanged\n", alone.stderr
        (campaigns / "catalogue.yaml").write_text("discount_at_most: {CNX: 6.00}\n", "utf-8")
        wrong = server.command("publish", str(campaigns / "catalogue.yaml"))
        assert (wrong.returncode, "catalogue.yaml:1:20: unknown_currency" in wrong.stderr) == (1, True)
        (campaigns / "catalogue.yaml").unlink()
        assert live_after("no cap", 1000) == "live, revision 6: ended catalogue; 1 unchanged\n"
        (campaigns / "other.yaml").write_text(TEN_OFF.replace("ten-off", "other").replace("spend", "spand"), "utf-8")
        broken = server.command("publish", str(campaigns))
        assert (broken.returncode, "nothing was published" in broken.stderr) == (1, True)
        assert discount_minor() == 1000


def test_the_till_quotes_charges_shows_and_refunds(sqlite_url: str, folder: Path) -> None:
    with start_server(sqlite_url, folder) as server:
        assert server.command("publish", str(folder / "campaigns")).returncode == 0
        member = _member(server, "13900000001")
        assert "ten-off" in server.command("till", "campaigns").stdout
        # Two noodles 64.00, a cucumber 12.00, the neighbour's tea 18.00: 94.00, ten off.
        basket = ["--line", "beef-noodles:2", "--line", "cucumber", "--line", "tea-corner/oolong"]
        quoted = server.command("till", "quote", *basket)
        assert quoted.returncode == 0, quoted.stderr
        assert "84.00  CNY to pay" in quoted.stdout
        assert "Ten off thirty" in quoted.stdout

        charged = server.command("till", "charge", *basket, "--code", _code(member), "--order-ref", "order-1")
        assert charged.returncode == 0, charged.stderr
        assert "84.00  CNY paid" in charged.stdout
        [payment_id] = re.findall(r"payment (\S+)  committed  order order-1", charged.stdout)
        assert member.get("/v1/me").json()["balance_minor"] == 50_000 - 8_400

        again = server.command("till", "charge", *basket, "--code", _code(member), "--order-ref", "order-1")
        assert (again.returncode, "(order_ref_taken)" in again.stderr) == (1, True)
        strange = server.command("till", "show", payment_id, "--merchant", "tea-corner")
        assert (strange.returncode, "(payment_not_found)" in strange.stderr) == (1, True)

        # The cucumber's share of ten: 10.00 x 12/94 = 1.27 (1.2766; the largest remainder goes to 0.9149, tea), so 10.72 back.
        back = json.loads(server.command("till", "refund", payment_id, "--line", "L2:1", "--json").stdout)
        assert back["refund"]["amount_minor"] == back["payment"]["refunded_minor"]
        assert "refunded 1" in server.command("till", "show", payment_id).stdout
        preview = server.command("till", "refund", payment_id, "--line", "L1=5.00", "--preview").stdout
        assert "5.00  CNY to the shopper" in preview
        digest = preview.split("--digest ")[1].split()[0]
        assert server.command("till", "refund", payment_id, "--amount", "5.00", "--digest", digest).returncode == 1
        done = server.command("till", "refund", payment_id, "--line", "L1=5.00", "--digest", digest).stdout
        assert "5.00 for L1=5.00" in done
        assert member.get("/v1/me").json()["balance_minor"] == 50_000 - 8_400 + 500 + back["refund"]["amount_minor"]
        assert 1072 <= back["refund"]["amount_minor"] <= 1073
        audit = server.command("audit")
        assert (audit.returncode, "the books are clean" in audit.stdout) == (0, True), audit.stdout


def test_a_hold_is_committed_or_released(sqlite_url: str, folder: Path) -> None:
    with start_server(sqlite_url, folder) as server:
        member = _member(server, "13900000001")
        ids = []
        for _ in range(2):
            held = server.command("till", "charge", "--line", "cucumber", "--code", _code(member), "--hold", "--json")
            payment = json.loads(held.stdout)
            assert payment["state"] == "reserved"
            ids.append(payment["payment_id"])
        assert "committed" in server.command("till", "commit", ids[0]).stdout
        assert "released" in server.command("till", "release", ids[1]).stdout
        assert server.command("till", "commit", ids[1]).returncode == 1
        assert member.get("/v1/me").json()["balance_minor"] == 50_000 - 1_200


def test_a_second_server_on_one_sqlite_file_is_refused_with_a_way_out(sqlite_url: str, folder: Path) -> None:
    with start_server(sqlite_url, folder) as server:
        second = server.command("serve", "--port", "0", "--no-wallet")
        assert (second.returncode, "PostgreSQL" in second.stderr) == (2, True)
        taken = server.command("serve", "--no-wallet")
        assert (taken.returncode, "(port_taken)" in taken.stderr) == (2, True)


def test_a_server_killed_while_charging_loses_no_answered_payment(database_url: str, folder: Path) -> None:
    answered: list[str] = []
    with start_server(database_url, folder) as server:
        till = server.till("noodle-house")
        members = [_member(server, f"1390000000{place}") for place in range(4)]

        def charge_until_cut(member: httpx.Client) -> None:
            for number in range(200):
                body = {
                    "pay_code": _code(member), "order_ref": f"cut-{id(member)}-{number}",
                    "basket": {"currency": "CNY", "lines": [{"id": "1", "sku": "x", "quantity": 1, "unit_price_minor": 100}]},
                }  # fmt: skip
                paid = till.post("/v1/payments", json=body, headers={"Idempotency-Key": body["order_ref"]})
                assert paid.status_code == 201, paid.text
                answered.append(paid.json()["payment_id"])
                if len(answered) >= 25:
                    server.process.kill()

        with ThreadPoolExecutor(len(members)) as pool:
            cut = [pool.submit(charge_until_cut, member) for member in members]
            assert all(isinstance(one.exception(60), httpx.TransportError) for one in cut)
    with start_server(database_url, folder) as again:
        till = again.till("noodle-house")
        assert len(answered) >= 25
        assert {till.get(f"/v1/payments/{payment_id}").json()["state"] for payment_id in answered} == {"committed"}
        assert again.audit()["findings"] == []
