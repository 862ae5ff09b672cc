"""Both languages say the same things, and nothing stands unused."""

import re
import string
from pathlib import Path

import pytest

import wallet_app
from wallet_app.words.say import sentences

ROOT = Path(wallet_app.__file__).parent
SOURCE = "\n".join(path.read_text("utf-8") for path in ROOT.rglob("*.py"))


def test_both_languages_have_the_same_keys():
    assert sentences("zh").keys() == sentences("en").keys()


@pytest.mark.parametrize("key", sorted(sentences("en")))
def test_places_for_facts_are_the_same(key):
    zh, en = (
        sorted(name for _, name, _, _ in string.Formatter().parse(sentences(one)[key]) if name) for one in ("zh", "en")
    )
    assert zh == en


def test_every_key_is_used():
    built = [re.escape(found).replace(r"\{", "{") for found in re.findall(r'f"([a-z_.]+\.?)\{', SOURCE)]
    unused = [
        key for key in sentences("en") if f'"{key}"' not in SOURCE and not any(re.match(one, key) for one in built)
    ]
    assert unused == []


def test_every_key_that_is_asked_for_exists():
    asked = re.findall(r'(?:say|_centered|_way|_fact)\((?:[a-z_]+, )*"([a-z_]+(?:\.[a-z_]+)+)"', SOURCE)
    assert asked
    assert [key for key in asked if key not in sentences("en")] == []


def test_no_sentence_shouts():
    assert [key for one in ("zh", "en") for key, words in sentences(one).items() if "!" in words or "！" in words] == []


def test_every_letter_is_in_the_bundled_face():
    from fontTools.ttLib import TTFont

    for weight in (400, 700):
        known = TTFont(ROOT / "assets" / "assets" / "fonts" / f"youhui-text-{weight}.woff2").getBestCmap()
        said = {letter for one in ("zh", "en") for words in sentences(one).values() for letter in words}
        assert {letter for letter in said if ord(letter) not in known} == set()
