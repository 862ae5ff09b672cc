"""The command itself: verbs by folder, help, clear errors, exit codes; every verb stands in the README."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli.main import find_commands

ROOT = Path(__file__).parents[2]
VERBS = sorted(find_commands())


def youhui(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in *folder* with no settings but *environment*."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("YOUHUI_")}
    return subprocess.run(
        [sys.executable, "-m", "engine.cli.main", *words],
        cwd=folder, env={**clean, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", **environment},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_alone_it_prints_its_verbs(tmp_path: Path) -> None:
    printed = youhui(folder=tmp_path)
    assert printed.returncode == 0
    assert [verb for verb in VERBS if f"\n    {verb}" in printed.stdout] == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_verb_is_documented(verb: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"| `{verb}` |" in readme, f"README's table of verbs lacks {verb}"


@pytest.mark.parametrize("verb", VERBS)
def test_verb_has_help(verb: str, tmp_path: Path) -> None:
    printed = youhui(verb, "--help", folder=tmp_path)
    assert printed.returncode == 0
    assert printed.stdout.startswith(f"usage: youhui {verb}")


def test_an_unknown_verb_is_told_with_those_there_are(tmp_path: Path) -> None:
    printed = youhui("pubish", folder=tmp_path)
    assert printed.returncode == 2
    assert "publish" in printed.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["till", "campaigns"], 2, "run `youhui setup`"),
        (["publish", "--server", "http://127.0.0.1:1"], 1, "No campaign file at campaigns."),
        (["audit"], 2, "database"),
        (["till", "charge"], 2, "run `youhui setup`"),
    ],
)
def test_before_set_up_each_verb_says_what_is_missing(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    printed = youhui(*words, folder=tmp_path)
    assert (printed.returncode, "Traceback" in printed.stderr) == (code, False), printed.stderr
    assert said in printed.stderr
    assert len(printed.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["till", "charge", "--code", "1"], "An empty basket"),
        (["till", "charge", "--line", "oolong"], "Give the shopper's pay code"),
        (["till", "quote", "--line", "unknown-thing"], "is not on the menu of noodle-house"),
        (["till", "quote", "--line", "beef-noodles:x"], "is not a line"),
        (["till", "quote", "--line", "beef-noodles:1:1e3"], "is not an amount in CNY"),
        (["till", "quote", "--line", "beef-noodles:1:-3.00"], "is not an amount in CNY"),
        (["till", "show"], "Which payment?"),
        (["till", "refund", "pay_1", "--line", "L1"], "is not a refund line"),
        (["till", "refund", "pay_1", "--line", "L1:½"], "is not a refund line"),
        (["till", "refund", "pay_1", "--line", "L1=5.001"], "is not an amount in CNY"),
        (["till", "refund", "pay_1", "--amount", "five"], "is not an amount in CNY"),
    ],
)
def test_a_till_command_that_makes_no_sense_asks_for_what_is_missing(
    words: list[str], said: str, tmp_path: Path
) -> None:
    printed = youhui(*words, folder=tmp_path, YOUHUI_KEY="yk_x")
    assert (printed.returncode, "Traceback" in printed.stderr) == (2, False), printed.stderr
    assert said in printed.stderr


@pytest.mark.parametrize("words", [["till", "campaigns"], ["publish", str(ROOT / "campaigns")]])
def test_no_server_is_said_with_what_to_do(words: list[str], tmp_path: Path) -> None:
    printed = youhui(*words, "--server", "http://127.0.0.1:1", folder=tmp_path, YOUHUI_KEY="yk_x")
    assert printed.returncode == 2
    assert printed.stderr.endswith(
        "No server answers at http://127.0.0.1:1. Start one with `youhui serve`, or give --server.\n"
    )


def test_publish_tells_every_mistake_before_it_asks_a_server(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("campaign: a\ncurrency: CNY\n")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe")
    printed = youhui("publish", "a.yaml", folder=tmp_path, YOUHUI_KEY="yk_x")
    assert printed.returncode == 1
    assert "a.yaml:1:1: missing_field:" in printed.stderr
    assert "nothing was published" in printed.stderr
    printed = youhui("publish", "b.yaml", folder=tmp_path, YOUHUI_KEY="yk_x")
    assert (printed.returncode, "is not UTF-8" in printed.stderr) == (2, True)


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    printed = youhui("audit", folder=tmp_path, YOUHUI_PORT="eighty")
    assert (printed.returncode, "YOUHUI_" in printed.stderr, "Traceback" in printed.stderr) == (2, True, False)


def test_a_reader_who_has_enough_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m engine.cli.main schema | head -c 1"
    cut = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (cut.returncode, cut.stdout, cut.stderr) == (0, "{", "")
