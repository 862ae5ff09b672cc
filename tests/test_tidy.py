"""The house rules that no linter knows: names, sizes, bare package files, every kind and code documented and tested."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from engine.errors import TITLE_BY_CODE
from engine.rules.kinds import benefits, conditions

ROOT = Path(__file__).parent.parent
SOURCES = sorted(p for d in ("engine", "wallet_app") for p in (ROOT / d).rglob("*.py") if "migrations" not in p.parts)
FILE_MAX_LINES = 300
#: Written by `make wire` from the OpenAPI document; nobody reads it from top to bottom.
GENERATED = {ROOT / "wallet_app" / "wire.py"}
FUNCTION_MAX_LINES = 50
BANNED = re.compile(r"(^|_)(utils?|helpers?|common|manager|processor|misc|service|impl)(_|$)")


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_id)
def test_file_is_named_by_an_idea_and_short(path: Path) -> None:
    assert not BANNED.search(path.stem), f"{_id(path)}: name the noun it defines or the verb it does"
    if path in GENERATED:
        return
    assert len(path.read_text("utf-8").splitlines()) <= FILE_MAX_LINES, f"{_id(path)}: split it"


@pytest.mark.parametrize("path", SOURCES, ids=_id)
def test_functions_are_short(path: Path) -> None:
    long = [
        f"{_id(path)}:{node.lineno} {node.name}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_MAX_LINES
    ]
    assert not long


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "__init__.py"], ids=_id)
def test_package_file_holds_a_docstring_at_most(path: Path) -> None:
    body = ast.parse(path.read_text("utf-8")).body
    assert all(isinstance(node, ast.Expr) for node in body), f"{_id(path)}: a package file holds a docstring only"
    assert len(body) <= 1


@pytest.mark.parametrize("key", [*conditions(), *benefits()])
def test_kind_has_a_test_and_a_campaign_or_case_using_it(key: str) -> None:
    tests = "".join(p.read_text("utf-8") for p in (ROOT / "tests" / "rules").rglob("*.py"))
    assert re.search(rf"\b{key}\b", tests), f"no test under tests/rules names {key}"


@pytest.mark.parametrize("code", sorted(TITLE_BY_CODE))
def test_error_code_is_raised_somewhere(code: str) -> None:
    text = "".join(p.read_text("utf-8") for p in SOURCES if p.name != "errors.py")
    assert f'"{code}"' in text, f"{code} is documented but nothing raises it"


def test_every_code_that_is_raised_is_documented() -> None:
    families = r"(?:Invalid|Unauthorized|NotFound|Conflict|Refused|Unavailable)"
    for path in SOURCES:
        if path.parts[-2] == "wallet_app":
            continue
        for code in re.findall(rf'{families}\(\s*"([a-z_]+)"', path.read_text("utf-8")):
            assert code in TITLE_BY_CODE, f"{_id(path)} raises {code}"


def test_readme_shows_what_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_no_path_of_a_machine_and_no_registry_is_committed() -> None:
    words = [
        "/" + "work/",
        "/" + "tmp/bash_jobs",
        "py" + "pi.org",
        "python" + "hosted",
        "deb." + "debian",
        "npm" + "js",
    ]
    found = subprocess.run(
        ["git", "grep", "-nIF", *[arg for word in words for arg in ("-e", word)], "--", ".", ":!*.woff2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode in (0, 1, 128), found.stderr
    assert found.stdout == ""


def test_lock_file_names_versions_only() -> None:
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert lines
    assert [
        line for line in lines if not re.fullmatch(r"[A-Za-z0-9._\-]+(\[[a-z,]+\])?==[A-Za-z0-9.+]+( ;.*)?", line)
    ] == []
