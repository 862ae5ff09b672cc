"""A real server with the wallet, and a real browser on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import PHONE, started
from tests.live import Server, start_server

CAMPAIGNS = Path(__file__).parent.parent / "corridor"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("wallet")
    with start_server(f"sqlite:///{folder / 'youhui.db'}", folder, wallet=True) as running:
        running.publish(CAMPAIGNS)
        yield running


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE, locale="zh-CN")
    yield context
    context.close()
