"""Wrong campaign files, each with its exact messages beside it. A new mistake starts as a new pair of files here."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli.campaign_files import read_text
from engine.rules.language.read import read_campaign

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = sorted(HERE.glob("*.yaml"))
READ_ALONE = """
import sys
from pathlib import Path
from engine.cli.campaign_files import read_text
from engine.rules.language.read import read_campaign
path = Path(sys.argv[1])
print(*read_campaign(read_text(path), path.name).mistakes, sep="\\n")
"""


def told(path: Path) -> str:
    return "".join(f"{mistake}\n" for mistake in read_campaign(read_text(path), path.name).mistakes)


@pytest.mark.parametrize("path", [path for path in FILES if "bomb" not in path.name], ids=lambda path: path.stem)
def test_wrong_file_gets_its_exact_messages(path: Path) -> None:
    expected = path.with_suffix(".txt").read_text("utf-8")
    assert expected
    assert told(path) == expected


@pytest.mark.parametrize("path", [path for path in FILES if "bomb" in path.name], ids=lambda path: path.stem)
def test_bomb_is_refused_and_the_process_lives(path: Path) -> None:
    """In a process of its own: a parser that recursed would take this one with it."""
    ran = subprocess.run(
        [sys.executable, "-c", READ_ALONE, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == path.with_suffix(".txt").read_text("utf-8")


def test_every_pair_is_complete_and_there_are_enough() -> None:
    assert {path.stem for path in HERE.glob("*.txt")} == {path.stem for path in FILES}
    assert len(FILES) >= 30


def codes_in(source: Path) -> set[str]:
    """The codes that a module can tell, by where its calls take them."""
    place_by_call = {"tell": 1, "add": 1, "Flaw": 1, "Fault": 1, "Unreadable": 0}
    calls = [node for node in ast.walk(ast.parse(source.read_text("utf-8"))) if isinstance(node, ast.Call)]
    named = [(getattr(call.func, "attr", getattr(call.func, "id", "")), call.args) for call in calls]
    codes = [args[place_by_call[name]] for name, args in named if name in place_by_call and len(args) > 1]
    return {str(code.value) for code in codes if isinstance(code, ast.Constant)}


def test_every_code_of_a_single_file_is_in_the_gallery() -> None:
    names = ("parse", "fill", "scalars", "checks", "mistakes", "never_given", "never_met", "never_reached")
    language = [ROOT / "engine/rules/language" / f"{name}.py" for name in names]
    kinds = [*(ROOT / "engine/rules/benefits").glob("*.py"), *(ROOT / "engine/rules/conditions").glob("*.py")]
    kinds.append(ROOT / "engine/rules/item_offer.py")
    codes = set().union(*(codes_in(source) for source in [*language, *kinds]))
    shown = {line.split(": ")[1] for path in HERE.glob("*.txt") for line in path.read_text("utf-8").splitlines()}
    assert len(codes) > 40
    assert codes - shown == set()
