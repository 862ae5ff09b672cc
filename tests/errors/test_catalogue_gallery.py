"""Wrong files of the catalogue's options, each with its exact messages beside it."""

from pathlib import Path

import pytest

from engine.cli.campaign_files import read_text
from engine.rules.language.catalogue_file import read_options
from tests.errors.test_gallery import ROOT, codes_in

FILES = sorted((Path(__file__).parent / "catalogue").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_wrong_options_get_their_exact_messages(path: Path) -> None:
    read = read_options(read_text(path), path.name)
    assert read.options is None
    assert "".join(f"{mistake}\n" for mistake in read.mistakes) == path.with_suffix(".txt").read_text("utf-8")


def test_every_code_of_the_options_is_in_the_gallery() -> None:
    codes = codes_in(ROOT / "engine/rules/language/catalogue_file.py")
    shown = {line.split(": ")[1] for path in FILES for line in path.with_suffix(".txt").read_text("utf-8").splitlines()}
    assert codes
    assert codes <= shown
