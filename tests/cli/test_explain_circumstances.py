"""`hybrid-router explain` under circumstances that an event does not tell: SDK, consents, suppression, rule set."""

import io
import json
import sys
from pathlib import Path

import pytest

from router.cli.main import main

CONNECTIONS = str(Path(__file__).parent.parent.parent / "fixtures" / "connections" / "quickstart.yaml")
TRACK = '{"source":"web-shop","message":{"type":"track","event":"Seen","userId":"u-1"}}'
GROUP = '{"source":"web-shop","message":{"type":"group","groupId":"g","userId":"u-1"}}'
UNASKED = '{"provider":"custom","initialized":false,"pre_consent":true}'


@pytest.mark.parametrize(
    ("event", "flags", "path", "rule"),
    [
        (TRACK, [], "cloud", "cloud/deliver"),
        (TRACK, ["--suppressed"], "cloud", "cloud/suppressed-user"),
        (TRACK, ["--device-consent", UNASKED], "device", "device/consent"),
        (GROUP, [], "cloud", "cloud/deliver"),
        (GROUP, ["--ruleset", "rudderstack"], "cloud", "cloud/hybrid-filter"),
        (
            '{"type":"track","event":"Seen","userId":"u-1"}',
            [
                "--source-type",
                "iosSwift",
                "--sdk",
                "iosSwift-v2",
                "--mode",
                "iosSwift=hybrid",
                "--ruleset",
                "rudderstack",
            ],
            "device",
            "device/deliver",
        ),
    ],
)
def test_what_is_given_decides(
    event: str,
    flags: list[str],
    path: str,
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(event.encode()))))
    assert main(["explain", "-c", CONNECTIONS, "--json", *flags]) == 0
    assert json.loads(capsys.readouterr().out)[path]["rule"] == rule


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--device-consent", "custom"], "`custom` is no consents"),
        (["--device-consent", '{"provder":"custom"}'], "there is no `provder`; did you mean `provider`?"),
        (["--device-consent", '{"allowed":"ads"}'], "is no consents: Expected `array`"),
        (["--sdk", "webb"], "--sdk"),
    ],
)
def test_circumstances_that_mean_nothing_are_refused(
    flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "-c", CONNECTIONS, *flags]) == 64
    assert said in capsys.readouterr().err
