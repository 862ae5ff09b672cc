"""docs/semantics.md holds: its examples are decided as written, and the tests that it names are there."""

from __future__ import annotations

import doctest
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.money import parse_minor
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.decision import Decision
from engine.rules.facts import CounterKey, Line
from engine.rules.funding import cells as cells_in
from engine.rules.language.catalogue_file import read_options
from engine.rules.language.read import read_campaign
from tests import make

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "semantics.md").read_text("utf-8")
RULES = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
EXAMPLES = re.findall(r"^```yaml example\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python example\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
EXPECTATIONS = {"saves", "pays", "left", "refused", "missing", "lost", "funders"}
SECTIONS = {
    "currency": "currency: CNY",
    "name": "name: {en: Example, zh: 例}",
    "funding": "funding: {platform: 100%}",
    "schedule": "schedule: {from: 2026-01-01, until: 2036-01-01, timezone: Asia/Shanghai}",
    "limits": "limits: {budget: 5000.00}",
    "stacking": "stacking: {phase: order}",
}
LINE = re.compile(
    r"(?:(?P<quantity>\d+) x )?(?P<price>[\d.]+)(?: at (?P<merchant>\S+))?(?: of (?P<category>\S+))?"
    r"(?: is (?P<sku>\S+))?(?: as (?P<kind>\S+))?"
)


def campaign_of(id_: str, text: str):
    missing = [section for key, section in SECTIONS.items() if not re.search(rf"^{key}:", text, flags=re.MULTILINE)]
    reading = read_campaign("\n".join([f"campaign: {id_}", *missing, text]) + "\n", f"{id_}.yaml")
    assert reading.campaign is not None, [str(mistake) for mistake in reading.mistakes]
    return reading.campaign


def line_of(id_: str, text: str) -> Line:
    match = LINE.fullmatch(text)
    assert match, f"not a line: {text!r}"
    return make.line(
        id_,
        parse_minor(match["price"], "CNY"),
        int(match["quantity"] or 1),
        merchant=match["merchant"] or "noodle-house",
        category=match["category"] or "",
        sku=match["sku"] or id_,
        kind=match["kind"] or "goods",
    )


def outcome(decision: Decision) -> dict[str, Any]:
    cells = Counter()
    for offer in decision.applied:
        for cell in cells_in(offer, decision.lines):
            cells[cell.funder] += cell.amount_minor
    return {
        "saves": make.saved(decision),
        "pays": decision.payable_minor,
        "left": {price.line_id: price.payable_minor for price in decision.lines},
        "refused": make.refused(decision),
        "missing": {r.campaign_id: r.missing_minor for r in decision.refused if r.missing_minor is not None},
        "lost": {loser.campaign_id: list(loser.to) for loser in decision.lost},
        "funders": dict(cells),
    }


def minor(value: Any) -> Any:
    """Amounts are written as in a campaign file; codes and ids stay."""
    if isinstance(value, dict):
        return {key: minor(each) for key, each in value.items()}
    return parse_minor(value, "CNY") if isinstance(value, str) and re.fullmatch(r"\d+\.\d\d", value) else value


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_is_decided_as_written(text: str) -> None:
    example = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - plain strings only
    expected = {key: minor(example[key]) for key in EXPECTATIONS & set(example)}
    assert expected, "an example expects something"
    assert set(example) <= EXPECTATIONS | {"campaigns", "catalogue", "lines", "at", "spent"}
    spent = {
        CounterKey("campaign", id_, id_, "budget", ""): minor(was) for id_, was in example.get("spent", {}).items()
    }
    facts = make.facts(
        *[line_of(id_, each) for id_, each in example["lines"].items()],
        taken=spent,
        now=datetime.fromisoformat(example["at"]) if "at" in example else make.NOW,
    )
    options = read_options(example.get("catalogue", "{}"), "catalogue.yaml")
    assert options.options is not None, [str(mistake) for mistake in options.mistakes]
    campaigns = [campaign_of(*each) for each in example["campaigns"].items()]
    found = outcome(decide(Catalogue.build(campaigns, options.options), facts))
    assert {key: found[key] for key in expected} == expected
    for key in ("refused", "lost"):
        assert key in expected or not found[key], f"the example does not tell of {key}: {found[key]}"


@pytest.mark.parametrize("text", PYTHON, ids=range(len(PYTHON)))
def test_computation_comes_out_as_written(text: str) -> None:
    test = doctest.DocTestParser().get_doctest(text, {}, "docs/semantics.md", None, None)
    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def test_rules_are_one_to_ten_and_each_has_an_example_or_a_proof() -> None:
    assert [rule.split(".")[0] for rule in RULES] == [str(number) for number in range(1, 11)]
    for rule in RULES:
        assert " example\n" in rule or "Proved by: `test_" in rule, rule.splitlines()[0]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", TEXT))))
def test_named_proof_is_there(name: str) -> None:
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path.name != Path(__file__).name]
    assert any(re.search(rf"^(async )?def {name}\(", path.read_text("utf-8"), flags=re.MULTILINE) for path in files)
