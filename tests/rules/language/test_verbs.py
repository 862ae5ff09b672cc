"""The marketer's verbs as they are typed: check, test, explain, schema."""

import json
from pathlib import Path

import pytest

from engine.cli.main import main
from tests.rules.language.test_read import ONE_FUNDER, SPRING

CASES = """\
- case: at the threshold
  basket: [{merchant: m, sku: a, price: 100.00}]
  expect: {payable: 85.00}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "spring.yaml").write_text(SPRING, "utf-8")
    (tmp_path / "campaigns" / "spring.cases.yaml").write_text(CASES, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "campaigns"


def test_check_says_files_and_mistakes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "2 files, 0 mistakes\n"
    (folder / "spring.yaml").write_text(SPRING.replace("at_least", "atleast").replace("60%", "50%"), "utf-8")
    assert main(["check", "campaigns/spring.yaml"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "campaigns/spring.yaml:4:10: funding_sum: The parts add up to 90%; they must make 100%.",
        "campaigns/spring.yaml:6:16: missing_field: spend needs 'at_least'.",
        "campaigns/spring.yaml:6:17: unknown_field: 'atleast' is not a field of spend. Did you mean 'at_least'?",
        "2 files, 3 mistakes",
    ]


def test_one_file_is_checked_among_those_beside_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gift = (
        SPRING.replace("spring", "gift")
        .replace(*ONE_FUNDER)
        .replace("amount_off: {amount: 15.00}", "issue_coupon: {campaign: voucher}")
    )
    voucher = SPRING.replace("spring", "voucher") + "coupon: {valid_for_days: 7}\n"
    (folder / "gift.yaml").write_text(gift, "utf-8")
    (folder / "gift.cases.yaml").write_text(CASES.replace("payable: 85.00", "rewards: [{coupon: voucher}]"), "utf-8")
    (folder / "voucher.yaml").write_text(voucher, "utf-8")  # has no case: told only when asked
    assert main(["check", "campaigns/gift.yaml"]) == 0
    assert main(["test", "campaigns/gift.yaml", str(folder / "gift.yaml")]) == 0
    assert capsys.readouterr().out == "2 files, 0 mistakes\n1 passed, 0 failed\n"
    assert main(["check"]) == 1


def test_check_takes_bytes_that_are_no_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "spring.yaml").write_bytes(b"\xff\xfe\x00c")
    assert main(["check"]) == 1
    assert "campaigns/spring.yaml:1:1: bad_character: This is not UTF-8." in capsys.readouterr().out


def test_test_counts_and_shows_what_failed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test"]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"
    (folder / "spring.cases.yaml").write_text(CASES + CASES.replace("85.00", "80.00"), "utf-8")
    assert main(["test", "campaigns/spring.yaml"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "campaigns/spring.cases.yaml:4: at the threshold",
        "    payable: expected 80.00, got 85.00",
        "1 passed, 1 failed",
    ]


@pytest.mark.usefixtures("folder")
def test_explain_by_id_in_both_languages_and_a_near_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "spring"]) == 0
    assert "¥15 off, when you spend at least ¥100." in capsys.readouterr().out
    assert main(["explain", "spring", "--locale", "zh"]) == 0
    assert "满100元，减15元。" in capsys.readouterr().out
    assert main(["explain", "sprign"]) == 1
    assert "Did you mean 'spring'?" in capsys.readouterr().err


def test_explain_shows_the_page_of_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "amount_off"]) == 0
    assert capsys.readouterr().out.startswith(
        "Take an amount off: once, for each full N, or by a ladder.\n\n    give: [{"
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("verb", ["check", "test"])
def test_a_path_that_is_not_there_is_said(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "nowhere"]) == 2
    assert "nowhere is not there" in capsys.readouterr().err


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "A youhui campaign"
