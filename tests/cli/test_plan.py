"""`hybrid-router plan` as a command: reports, exit codes, files, stdin."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from router.simulation.plan.saved import read_plan
from tests.cli.test_main import CONNECTIONS, EVENTS, ROOT, run

PLAN = ("plan", EVENTS, "-c", CONNECTIONS)
TO_DEVICE = ("--to", "web=device")


def test_the_text_report_fits_80_columns_and_says_what_is_lost() -> None:
    done = run(
        *PLAN, *TO_DEVICE, "--client-lag", "24h", "--offline-share", "10%", "--cost", environment={"COLUMNS": "80"}
    )
    text = done.stdout.decode()
    assert done.returncode == 0
    assert "25 of 75 event deliveries change path: 3 lost, 0 doubled." in text
    assert "Seen in 75 events from 2026-05-04T04:30Z to 2026-05-04T20:15Z." in text
    assert "an offline share of 10.0%" in text
    assert "Not covered by this traffic" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_json_report_has_a_format_version_and_the_same_figures() -> None:
    made = json.loads(run(*PLAN, *TO_DEVICE, "--format", "json").stdout)
    assert (made["format"], made["version"]) == ("hybrid-router-plan", 1)
    assert (made["summary"]["changed"], made["summary"]["lost"]) == (25, 3)
    assert made["summary"]["changed"] == sum(row["events"] for row in made["rows"] if row["before"] != row["after"])


def test_the_markdown_report_opens_what_is_alarming_and_folds_the_rest() -> None:
    text = run(*PLAN, *TO_DEVICE, "--format", "markdown").stdout.decode()
    assert "#### ⚠ Lost: a path now, none then" in text
    assert "<details><summary>Events that change path</summary>" in text
    assert "| web-shop | group |  | cloud | neither | 2 |" in text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = run(*PLAN, *TO_DEVICE, "--format", "html").stdout.decode()
    assert page.startswith("<!doctype html>")
    assert "<svg" in page
    assert not any(mark in page for mark in ("<script", "src=", "href=", "@import", "url("))


@pytest.mark.parametrize("output", ["text", "markdown", "html"])
def test_what_clients_sent_is_no_markup(output: str) -> None:
    message = {"type": "track", "event": "<q>[red]|x`", "userId": "u", "messageId": "<q>"}
    feed = json.dumps({"source": "web-shop", "message": message}).encode()
    shown = run("plan", "-", "-c", CONNECTIONS, *TO_DEVICE, "--format", output, feed=feed).stdout.decode()
    forbidden = {"html": "<q>", "markdown": "| <q>", "text": "\\[red"}[output]
    assert forbidden not in shown
    assert {"html": "&lt;q&gt;", "markdown": "\\<q\\>", "text": "<q>[red]|x`"}[output] in shown


EXITS = [
    ((*TO_DEVICE,), 0),
    ((*TO_DEVICE, "--detailed-exitcode"), 2),
    (("--to", "web=hybrid", "--detailed-exitcode"), 0),
    (("--to-file", CONNECTIONS, "--detailed-exitcode"), 0),
    ((*TO_DEVICE, "--fail-on", "doubled,undecided,limit", "--detailed-exitcode"), 2),
    ((*TO_DEVICE, "--fail-on", "doubled,lost", "--detailed-exitcode"), 1),
    ((), 64),
    ((*TO_DEVICE, "--to-file", CONNECTIONS), 64),
    (("--to", "web=cluod"), 64),
    (("--to", "flutter=cloud"), 64),
    ((*TO_DEVICE, "--client-lag", "1 day"), 64),
    ((*TO_DEVICE, "--offline-share", "105%"), 64),
    ((*TO_DEVICE, "--fail-on", "losst"), 64),
    ((*TO_DEVICE, "--fail-on", "refused"), 64),
    ((*TO_DEVICE, "--fail-on", "refused", "--cost"), 0),
    ((*TO_DEVICE, "--to", "web=cloud"), 64),
    ((*TO_DEVICE, "--to", "web=device"), 0),
    ((*TO_DEVICE, "--engine", "spark://x"), 64),
    (("--to-file", "none.yaml"), 3),
]


@pytest.mark.parametrize(
    ("options", "code"), EXITS, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_the_exit_code_says_what_came_of_it(options: tuple[str, ...], code: int) -> None:
    done = run(*PLAN, *options)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False)


def test_a_source_type_that_nothing_is_connected_from_is_named_with_those_that_are() -> None:
    done = run(*PLAN, "--to", "flutter=cloud")
    assert b"no source of type flutter is connected in this file; connected: android, cloud, ios, web" in done.stderr


def test_traffic_comes_from_stdin_too() -> None:
    done = run("plan", "-", "-c", CONNECTIONS, *TO_DEVICE, "--format", "json", feed=(ROOT / EVENTS).read_bytes())
    assert json.loads(done.stdout) == json.loads(run(*PLAN, *TO_DEVICE, "--format", "json").stdout)


WITHOUT = [
    (("traffic.parquet",), "`traffic.parquet` is a Parquet file: reading it needs `pip install 'hybrid-router[parquet]'`"),
    ((EVENTS, "--engine", "dask://127.0.0.1:1"), "`--engine dask://…` needs `pip install 'hybrid-router[dask]'`"),
    ((EVENTS, "--engine", "spark://x"), "`spark://x` is no engine: write dask://HOST:PORT"),
]  # fmt: skip


@pytest.mark.parametrize(("traffic", "told"), WITHOUT)
def test_what_needs_an_extra_says_how_to_install_it_and_nothing_else_needs_one(
    tmp_path: Path, traffic: tuple[str, ...], told: str
) -> None:
    """None in sys.modules is a package that is not installed."""
    (tmp_path / "traffic.parquet").write_bytes(b"PAR1")
    (tmp_path / EVENTS).parent.mkdir(parents=True)
    (tmp_path / EVENTS).write_bytes((ROOT / EVENTS).read_bytes())
    lacking = (
        "import sys; sys.modules |= dict.fromkeys(['pyarrow', 'distributed']); from router.cli.main import run; run()"
    )
    command = [sys.executable, "-c", lacking, "plan", "-c", str(ROOT / CONNECTIONS), *TO_DEVICE]
    done = subprocess.run([*command, *traffic], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.splitlines()) == (64, [f"error: {told}"])
    plain = subprocess.run([*command, EVENTS], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert plain.returncode == 0


def test_stdin_cannot_be_read_twice() -> None:
    assert run("plan", "-", "-c", CONNECTIONS, *TO_DEVICE, "--cost").returncode == 64


def test_the_plan_is_saved_with_the_config_to_come(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    done = run(*PLAN, *TO_DEVICE, "--out", str(path), "--format", "json")
    saved = read_plan(path)
    assert saved.document["destinations"][0]["config"]["connectionMode"]["web"] == "device"
    assert saved.plan.summary.lost == json.loads(done.stdout)["summary"]["lost"] == 3


def test_lines_that_cannot_be_decided_do_not_stop_a_plan_unless_asked_to(tmp_path: Path) -> None:
    path = tmp_path / "traffic.jsonl"
    path.write_bytes(b"{broken\n" + (ROOT / EVENTS).read_bytes())
    done = run("plan", str(path), "-c", CONNECTIONS, *TO_DEVICE)
    assert done.returncode == 0
    assert "lines that could not be decided: 1" in " ".join(done.stdout.decode().split())
    assert "Lines that could not be decided" in done.stdout.decode()
    assert run("plan", str(path), "-c", CONNECTIONS, *TO_DEVICE, "--fail-on", "undecided").returncode == 1


@pytest.mark.parametrize(
    "traffic", [b"", b"{broken\n", b'{"source":"nowhere","message":{"type":"page"}}\n', b"\x00\x9d\xfe\n\x10\xaa"]
)
def test_a_plan_that_saw_nothing_says_so_and_passes_no_check(tmp_path: Path, traffic: bytes) -> None:
    path = tmp_path / "traffic.jsonl"
    path.write_bytes(traffic)
    for options, code in (((), 0), (("--fail-on", "doubled"), 1), (("--fail-on", "limit", "--cost"), 1)):
        done = run("plan", str(path), "-c", CONNECTIONS, *TO_DEVICE, *options)
        assert done.returncode == code
        assert b"Nothing was decided" in done.stdout


def test_what_the_transform_refuses_is_in_the_headline_and_can_fail_the_check(tmp_path: Path) -> None:
    path = tmp_path / "traffic.jsonl"
    sound = {"type": "track", "event": "Hi", "userId": "u1", "messageId": "m1", "timestamp": "2026-05-04T09:00:00Z"}
    refused = {"type": "alias", "userId": "u1", "messageId": "m2"}
    lines = [json.dumps({"source": "web-shop", "message": message}) for message in (sound, refused)]
    check = ("plan", str(path), "-c", CONNECTIONS, "--to", "web=cloud", "--cost", "--fail-on", "refused")
    path.write_text(lines[0])
    assert run(*check).returncode == 0
    path.write_text("\n".join(lines))
    done = run(*check)
    assert done.returncode == 1
    assert "The transform refuses 1 (" in " ".join(done.stdout.decode().split())
    page = run(*check, "--format", "html").stdout.decode()
    assert '<li class="alarm"><b>1</b><span>refused by the transform</span></li>' in page
    without = run(*check[:-3], "--format", "html").stdout.decode()
    assert "refused by the transform</span>" not in without, "no event was transformed, so nothing is known of it"
