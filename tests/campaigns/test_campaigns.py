"""The campaigns that ship: clean, tested by their cases, valid by the schema, sayable in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.cli.campaign_files import read_asked
from engine.rules.kinds import benefits, conditions
from engine.rules.language.cases import SUFFIX
from engine.rules.language.explain import explain
from engine.rules.language.mistakes import Mistakes
from engine.rules.language.nodes import Mapping, Node, Scalar
from engine.rules.language.parse import parse
from engine.rules.language.schema import campaign_schema

ROOT = Path(__file__).parent.parent.parent
FOLDER = read_asked([ROOT / "campaigns"]).folder
TEXTS = {
    file.stem: file.read_text("utf-8") for file in (ROOT / "campaigns").glob("*.yaml") if not file.name.endswith(SUFFIX)
}
VALIDATOR = jsonschema.Draft202012Validator(campaign_schema())


def as_json(node: Node) -> Any:
    """What an editor's YAML 1.2 reader makes of a file."""
    if isinstance(node, Mapping):
        return {key: as_json(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Scalar):
        is_number = node.is_plain and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", node.text)
        return json.loads(node.text) if is_number else node.text
    return [as_json(item) for item in node.items]


def loaded(text: str) -> Any:
    root = parse(text, Mistakes("x.yaml"))
    assert root is not None
    return as_json(root)


def test_check_is_clean() -> None:
    assert [str(mistake) for mistake in FOLDER.mistakes] == []
    assert {campaign.id for campaign in FOLDER.campaigns} == set(TEXTS)


@pytest.mark.parametrize("result", FOLDER.run(), ids=lambda result: f"{Path(result.file).name}:{result.line}")
def test_case_passes(result: Any) -> None:
    assert result.problems == ()


def test_every_campaign_has_more_than_one_case() -> None:
    ran = [Path(result.file).name.removesuffix(SUFFIX) for result in FOLDER.run()]
    assert {id_ for id_ in TEXTS if ran.count(id_) < 2} == set()


@pytest.mark.parametrize("id_", TEXTS)
def test_schema_takes_the_file(id_: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(loaded(TEXTS[id_]))] == []


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "corridor").glob("*.yaml")), ids=lambda path: path.stem)
def test_schema_takes_the_story(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(loaded(path.read_text("utf-8")))] == []


@pytest.mark.parametrize(
    "name",
    ["19-unknown-fields", "20-missing-fields", "22-no-is-not-false", "26-quoted-number", "36-funding-not-a-share",
     "42-unknown-condition", "43-unknown-benefit", "44-two-kinds-in-one", "57-unknown-values", "65-wrong-length"],
)  # fmt: skip
def test_schema_refuses_what_the_reader_refuses(name: str) -> None:
    assert list(VALIDATOR.iter_errors(loaded((ROOT / "tests" / "errors" / f"{name}.yaml").read_text("utf-8"))))


def test_schema_is_sound_and_holds_every_kind_with_its_page() -> None:
    schema = campaign_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, kinds in (("condition", conditions()), ("benefit", benefits())):
        pages = {
            key: entry["description"] for entry in schema["$defs"][name]["anyOf"] for key in entry.get("required", ())
        }
        assert set(pages) == set(kinds)
        assert all("Source: " in page for page in pages.values())


@pytest.mark.parametrize("campaign", FOLDER.campaigns, ids=lambda campaign: campaign.id)
def test_explained_in_both_languages(campaign: Any) -> None:
    english, chinese = explain(campaign, "en"), explain(campaign, "zh")
    told = english.removeprefix(campaign.name.en)
    assert re.search("[一-鿿]", told) is None
    assert all(re.search("[一-鿿]", line) for line in chinese.splitlines())
    assert campaign.id in english
    assert campaign.id in chinese


#: Kinds whose campaigns come with the gallery; until then the examples of their pages are read and explained.
FOR_THE_GALLERY = set(
    "percent_off_items amount_off_items buy_get set_price graduated_off gift cut_to code spend_at_most".split()
)


def test_every_kind_but_the_rarest_is_used_by_a_campaign() -> None:
    text = "\n".join(TEXTS.values())
    unused = {key for key in (*conditions(), *benefits()) if not re.search(rf"\b{key}:", text)}
    assert unused <= {"nth_order"} | FOR_THE_GALLERY
