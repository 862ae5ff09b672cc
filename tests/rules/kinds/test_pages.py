"""Every kind's page holds examples, and each of them is a piece of a campaign file that reads without mistake."""

import inspect
import re

import pytest

from engine.rules.kinds import benefits, conditions
from engine.rules.language.explain import explain
from engine.rules.language.read import read_campaign

KINDS = {**conditions(), **benefits()}
REST = {
    "campaign": "example",
    "currency": "CNY",
    "name": "{en: Example, zh: 例子}",
    "funding": "{platform: 100%}",
    "schedule": "{from: 2027-03-01, timezone: Asia/Shanghai}",
    "give": "[{amount_off: {amount: 1.00}}]",
    "limits": "{uses: {per_member: 1}}",
}


def examples(key: str) -> list[str]:
    """The indented lines of a page; lines of different sections that follow each other are one example."""
    page = inspect.getmodule(KINDS[key]).__doc__
    found: list[dict[str, str]] = [{}]
    for line in re.findall(r"^    (.+)$", page, re.MULTILINE):
        section, _, text = line.partition(": ")
        if section in found[-1]:
            found.append({})
        found[-1][section] = text
    return [
        "\n".join(f"{section}: {text}" for section, text in {**REST, **example}.items()) for example in found if example
    ]


@pytest.mark.parametrize("key", KINDS)
def test_examples_of_a_page_read_and_explain(key: str) -> None:
    texts = examples(key)
    assert texts
    for text in texts:
        assert f"{key}:" in text
        reading = read_campaign(text, "example.yaml")
        assert [str(mistake) for mistake in reading.mistakes] == []
        for locale in ("en", "zh"):
            assert explain(reading.campaign, locale)


@pytest.mark.parametrize("key", KINDS)
def test_page_begins_with_a_sentence_and_names_its_source(key: str) -> None:
    page = inspect.getmodule(KINDS[key]).__doc__
    assert page.splitlines()[0].endswith(".")
    assert "Source: " in page
