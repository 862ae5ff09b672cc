"""The town: what it holds, that its books are clean, and that building it again, or after a crash, changes nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

from engine.app.town.history import draw_visits
from engine.app.town.places import menu_item, merchants, shoppers
from engine.audit.audit import audit
from engine.checkout.payment import payment
from engine.settings import Settings
from engine.store.database import open_for_reading
from engine.store.script import Row, read, select
from tests.live import ROOT, environment_of

PAYMENTS = sum(shopper.habit for shopper in shoppers().values()) + 1  # and the lunch that gave the voucher
COMMAND = [sys.executable, "-m", "engine.cli.main", "setup"]


def _set_up(environment: dict[str, str]) -> str:
    made = subprocess.run(COMMAND, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert made.returncode == 0, made.stderr
    return made.stdout


def _payments(url: str) -> list[Row]:
    """Return every payment, after an audit that must be clean."""

    async def look() -> list[Row]:
        database = await open_for_reading(Settings(database_url=url))
        report = await audit(database, "youhui")
        assert report.findings == ()
        rows = await database.read(read(select(payment, tenant_id="youhui")))
        await database.close()
        return rows

    return asyncio.run(look())


def test_there_are_30_shoppers_and_12_merchants_in_4_districts() -> None:
    assert (len(shoppers()), len(merchants())) == (30, 12)
    assert {merchant.district for merchant in merchants().values()} == {"wangjing", "sanlitun", "guomao", "wudaokou"}
    assert [id_ for id_, merchant in merchants().items() if "wangjing-food-court" in merchant.tags] == [
        "noodle-house",
        "tea-corner",
    ]
    assert next(iter(shoppers())) == "13800000001"
    assert all(
        one.zh and one.en for merchant in merchants().values() for one in (merchant, *merchant.shops, *merchant.menu)
    )


def test_the_same_day_draws_the_same_visits_all_in_the_past_three_months() -> None:
    today = date(2027, 3, 1)
    drawn = draw_visits(shoppers(), merchants(), today=today, timezone="Asia/Shanghai")
    assert drawn == draw_visits(shoppers(), merchants(), today=today, timezone="Asia/Shanghai")
    assert {(today - visit.at.date()).days for visit in drawn} <= set(range(1, 91))
    assert all(menu_item(visit.merchant_id, bought.sku) for visit in drawn for bought in visit.bought)
    assert any(visit.refunded for visit in drawn)


def test_the_towns_books_are_clean_and_a_second_set_up_changes_nothing(database_url: str, tmp_path: Path) -> None:
    environment = environment_of(database_url, tmp_path)
    said = _set_up(environment)
    assert "12 merchants, 30 shoppers" in said
    keys = (tmp_path / "keys.json").read_bytes()
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    rows = _payments(database_url)
    states = Counter(row["state"] for row in rows)
    assert states == {"committed": len(rows)}
    assert f"{len(rows)} payments" in said
    assert len(rows) > PAYMENTS - 20  # the first shopper's visits that would spend the voucher are left out
    assert _set_up(environment) == said
    assert {row["payment_id"] for row in _payments(database_url)} == {row["payment_id"] for row in rows}
    assert (tmp_path / "keys.json").read_bytes() == keys


def test_a_set_up_that_was_killed_goes_on_where_it_stopped(sqlite_url: str, tmp_path: Path) -> None:
    environment = environment_of(sqlite_url, tmp_path)
    cut = subprocess.Popen(COMMAND, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(_payments(sqlite_url)) < 50:
        assert cut.poll() is None, "the set-up was done before it could be cut"
        assert time.monotonic() < until
    cut.kill()
    cut.wait(10)
    before = {row["payment_id"] for row in _payments(sqlite_url)}
    said = _set_up(environment)
    after = _payments(sqlite_url)
    assert before < {row["payment_id"] for row in after}
    assert len({row["order_ref"] for row in after}) == len(after)
    assert f"{len(after)} payments" in said
