"""docs/suites.md is part of the program: its commands run, its suites pass, no key or option is missing."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from router.cli.test import test as command
from router.suites import file as suite_file
from router.suites.expectation import NEVER_WORDS
from tests.suites.test_command import run_test

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "suites.md").read_text()
STRUCTS = [
    each
    for each in vars(suite_file).values()
    if isinstance(each, type) and issubclass(each, msgspec.Struct) and each.__module__ == suite_file.__name__
]
KEYS = sorted({field.encode_name for each in STRUCTS for field in msgspec.structs.fields(each)})


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_a_suite_is_documented(key: str) -> None:
    assert re.search(rf"`{key}:?`|{{{key}: |`{key}`", PAGE), key


@pytest.mark.parametrize("option", [name for each in command.params for name in (*each.opts, *each.secondary_opts)])
def test_every_option_is_documented(option: str) -> None:
    assert option == "paths" or f"`{option}" in PAGE


@pytest.mark.parametrize("word", NEVER_WORDS)
def test_every_word_of_never_is_documented(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("line", [line for block in blocks("console") for line in block.splitlines()])
def test_every_command_runs(tmp_path: Path, line: str) -> None:
    _, *arguments = shlex.split(line.partition(" > ")[0])
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    done = subprocess.run(
        [sys.executable, "-m", "router.cli.main", *arguments],
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr


def test_the_suite_of_the_page_passes(tmp_path: Path) -> None:
    (suite,) = blocks("yaml")
    shutil.copy(ROOT / "fixtures" / "connections" / "quickstart.yaml", tmp_path)
    (tmp_path / "page.policy.yaml").write_text(suite)
    done = run_test(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "12 passed" in done.stdout


def test_the_python_of_the_page_passes(pytester: pytest.Pytester) -> None:
    (source,) = blocks("python")
    shutil.copy(ROOT / "fixtures" / "connections" / "quickstart.yaml", pytester.path)
    pytester.makepyfile(source)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
