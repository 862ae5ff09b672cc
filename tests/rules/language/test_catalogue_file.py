"""The options of the whole catalogue as files and verbs know them."""

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest

from engine.cli.main import main
from engine.rules.language.catalogue_file import read_catalogue, read_options
from engine.rules.language.explain_options import explain_options
from engine.rules.language.schema import catalogue_schema
from engine.rules.options import Options
from tests.rules.language.test_read import SPRING

EVERYTHING = """\
choose: in_order
offers_at_most: 5
payable_at_least: {CNY: 0.01, JPY: 1}
discount_at_most: {percent: 62.5%, CNY: 200.00}
"""
CASES = """\
- case: at the threshold
  basket: [{merchant: m, sku: a, price: 100.00}]
  expect: {discount: {spring: 15.00}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "spring.yaml").write_text(SPRING, "utf-8")
    (tmp_path / "campaigns" / "spring.cases.yaml").write_text(CASES, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "campaigns"


def test_everything_written_is_read() -> None:
    options = read_options(EVERYTHING, "campaigns/catalogue.yaml").options
    assert options == Options(
        version=options.version,
        choose="in_order",
        offers_max=5,
        payable_at_least_minor={"CNY": 1, "JPY": 1},
        discount_at_most_minor={"CNY": 20000},
        discount_at_most=Fraction(5, 8),
    )
    assert len(options.version) == 16
    assert options.version != read_options(EVERYTHING + "\n", "catalogue.yaml").options.version


@pytest.mark.parametrize("text", ["", "# choose: best\n", "---\n", "{}"])
def test_file_that_says_nothing_means_the_defaults(text: str) -> None:
    options = read_options(text, "catalogue.yaml").options
    assert options == Options(version=options.version)


def test_no_file_means_the_defaults_and_two_are_a_mistake() -> None:
    assert read_catalogue([("spring.yaml", SPRING)]).options == Options()
    read = read_catalogue([("a/catalogue.yaml", "{}"), ("spring.yaml", SPRING), ("b/catalogue.yaml", "{}")])
    assert read.options is None
    assert [campaign.id for campaign in read.campaigns] == ["spring"]
    assert [str(mistake) for mistake in read.mistakes] == [
        "b/catalogue.yaml:1:1: duplicate_catalogue: Another catalogue.yaml goes live with this one. Keep one of them."
    ]


def test_schema_takes_what_the_reader_takes_and_refuses_what_it_refuses() -> None:
    validator = jsonschema.Draft202012Validator(catalogue_schema())
    good = {
        "choose": "in_order",
        "offers_at_most": 5,
        "payable_at_least": {"CNY": 0.01},
        "discount_at_most": {"percent": "60%", "CNY": 200},
    }
    assert validator.is_valid(good)
    assert validator.is_valid({})
    for key, wrong in (
        ("choose", "bets"),
        ("offers_at_most", 0),
        ("payable_at_least", {"percent": "60%"}),
        ("payable_at_least", {}),
        ("discount_at_most", {"CNX": 1}),
        ("discount_at_most", {"percent": 60}),
        ("offers", 5),
    ):
        assert not validator.is_valid({**good, key: wrong}), (key, wrong)


def test_explained_in_both_languages() -> None:
    options = read_options(EVERYTHING, "catalogue.yaml").options
    assert explain_options(options, "en").splitlines() == [
        "Offers apply in order (phase, priority, id): each that can, whether or not others would save more.",
        "At most 5 offers apply to one basket.",
        "At least ¥0.01 or JP¥1 is paid.",
        "A basket saves at most 62.5% of its list price and at most ¥200.",
    ]
    assert explain_options(options, "zh").splitlines() == [
        "按顺序（阶段、优先级、编号）逐一享用，先到先得，不比较组合。",
        "每单最多享5项优惠。",
        "每单至少支付0.01元或JP¥1。",
        "每单优惠不超过原价的62.5%，且不超过200元。",
    ]
    assert explain_options(Options(), "en") == "The combination that saves the shopper most applies."
    assert explain_options(Options(offers_max=1), "en").endswith("At most 1 offer applies to one basket.")


def test_check_tells_of_the_options_whichever_file_is_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "catalogue.yaml").write_text("choose: best\n", "utf-8")
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "3 files, 0 mistakes\n"
    (folder / "catalogue.yaml").write_text("choose: bets\n", "utf-8")
    for asked in (["check"], ["check", "campaigns/spring.yaml"], ["check", "campaigns/catalogue.yaml"]):
        assert main(asked) == 1
        assert "campaigns/catalogue.yaml:1:9: unknown_value: 'bets'" in capsys.readouterr().out


def test_cases_of_the_catalogue_have_no_campaign(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "catalogue.yaml").write_text("choose: best\n", "utf-8")
    (folder / "catalogue.cases.yaml").write_text(CASES, "utf-8")
    assert main(["check"]) == 1
    assert "campaigns/catalogue.cases.yaml:1:1: cases_without_campaign" in capsys.readouterr().out


def test_no_case_runs_under_options_that_can_not_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "catalogue.yaml").write_text("choose: bets\n", "utf-8")
    assert main(["test", "campaigns/spring.yaml"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "campaigns/catalogue.yaml:1:9: unknown_value: 'bets' is not one of best, in_order. Did you mean 'best'?",
        "0 passed, 0 failed",
    ]


def test_explain_and_schema_know_the_catalogue(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "catalogue"]) == 0
    assert capsys.readouterr().out == "The combination that saves the shopper most applies.\n"
    (folder / "catalogue.yaml").write_text("offers_at_most: 2\n", "utf-8")
    assert main(["explain", "catalogue", "--locale", "zh"]) == 0
    assert capsys.readouterr().out == "自动选用最省的组合。\n每单最多享2项优惠。\n"
    (folder / "catalogue.yaml").write_text("offers_at_most: two\n", "utf-8")
    assert main(["explain", "campaigns/catalogue.yaml"]) == 1
    assert "campaigns/catalogue.yaml:1:17: not_a_number" in capsys.readouterr().err
    assert main(["explain", "catalog"]) == 1
    assert "Did you mean 'catalogue'?" in capsys.readouterr().err
    assert main(["explain", "catalogue", "--folder", "nowhere"]) == 1
    assert main(["schema", "catalogue"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "The options of a youhui catalogue"


def test_cases_run_under_the_options_beside_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "catalogue.yaml").write_text("discount_at_most: {CNY: 15.00}\n", "utf-8")
    assert main(["test"]) == 0
    (folder / "catalogue.yaml").write_text("discount_at_most: {percent: 12%}\n", "utf-8")
    capsys.readouterr()
    assert main(["test", "campaigns/spring.yaml"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "campaigns/spring.cases.yaml:1: at the threshold",
        "    discount: expected {spring: 15.00}, got {spring: 12.00}",
        "0 passed, 1 failed",
    ]


def test_case_may_expect_what_the_options_refuse(folder: Path) -> None:
    (folder / "other.yaml").write_text(SPRING.replace("spring", "other"), "utf-8")
    case = """\
- case: one of two
  basket: [{merchant: m, sku: a, price: 200.00}]
  with: [spring, other]
  expect: {discount: {other: 15.00}, refused: {spring: offers_at_most}}
"""
    (folder / "other.cases.yaml").write_text(case, "utf-8")
    (folder / "catalogue.yaml").write_text("offers_at_most: 1\n", "utf-8")
    assert main(["check"]) == 0
    assert main(["test"]) == 0
