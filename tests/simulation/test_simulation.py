"""Random days in the town hold against the model and the audit. A seed that fails: ``python -m tests.simulation SEED``."""

from pathlib import Path

import pytest

from engine.store.database import Database
from tests.databases import SqliteFiles
from tests.simulation.seeded import play, play_alone

SEEDS = range(12)
STEPS = 80
LONG_SEEDS = range(1_000, 1_012)
LONG_STEPS = 500


def played(files: SqliteFiles, folder: Path, seed: int, steps: int):
    folder.mkdir(exist_ok=True)
    with files.fresh(folder) as url:
        return play_alone(Path(url.removeprefix("sqlite:///")), seed, steps)


@pytest.mark.parametrize("seed", SEEDS)
async def test_day_in_the_town_is_to_the_cent(sqlite_files: SqliteFiles, tmp_path: Path, seed: int) -> None:
    story = await played(sqlite_files, tmp_path, seed, STEPS)
    assert len(story.seen) == STEPS
    assert story.model.sold


@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(3))
async def test_day_in_the_town_is_to_the_cent_on_threads_or_a_server(database: Database, seed: int) -> None:
    assert (await play(database, seed, 40)).model.sold


async def test_same_seed_is_the_same_story(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    first, second = [await played(sqlite_files, tmp_path / name, 7, STEPS) for name in ("a", "b")]
    assert first.seen == second.seen
    assert [one.answer for one in first.asked] == [one.answer for one in second.asked]


async def test_stories_reach_what_they_are_for(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    """Between them the short seeds see every state of a payment, every kind of refusal, limits that are full."""
    states, refusals, full, coupons = set(), set(), set(), set()
    for seed in SEEDS[:8]:
        story = await played(sqlite_files, tmp_path / str(seed), seed, STEPS)
        states |= {sold.state for sold in story.model.sold.values()}
        refusals |= {one.answer.code for one in story.asked}
        full |= {key[2] for key in story.model.full()}
        coupons |= {one.state for one in story.model.coupons.values()}
    assert states == {"reserved", "committed", "released", "expired"}
    assert refusals >= {"", "insufficient_balance", "order_ref_taken", "payment_state", "refund_exceeds_payment"}
    assert full >= {"cut", "flash", "welcome", "voucher", "invite", "mine"}
    assert coupons >= {"usable", "used", "revoked"}


@pytest.mark.laws
@pytest.mark.parametrize("seed", LONG_SEEDS)
async def test_long_day_in_the_town_is_to_the_cent(sqlite_files: SqliteFiles, tmp_path: Path, seed: int) -> None:
    assert (await played(sqlite_files, tmp_path, seed, LONG_STEPS)).model.sold
