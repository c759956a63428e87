"""`hybrid-router admin status` is readable on a narrow terminal."""

import os
import re
import time

import pytest

from router.cli.admin.status import age, ranges
from tests.cli.test_main import run
from tests.end_to_end.conftest import StartUp, start_up

__all__ = ["start_up"]


@pytest.mark.parametrize(("numbers", "told"), [([], ""), ([3], "3"), ([0, 1, 2, 5], "0-2,5"), ([5, 1, 0], "0-1,5")])
def test_partitions_are_told_as_ranges(numbers: list[int], told: str) -> None:
    assert ranges(numbers) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0s"), (0.6, "1s"), (119, "119s"), (120, "2m"), (7199, "120m"), (7200, "2h"), (172_800, "2d"), (9e6, "104d")],
)
def test_an_age_is_told_in_one_unit(seconds: float, told: str) -> None:
    assert age(seconds) == told


def test_status_fits_eighty_columns_and_says_what_matters(start_up: StartUp) -> None:
    up = start_up("--demo").wait_until_ready()
    up.wait_until_settled(accepted=74)
    found = re.search(r"Authorization: Bearer ([\w-]+)", up.output())
    assert found is not None
    time.sleep(2.5)  # two seconds until the next report
    environment = {**os.environ, "COLUMNS": "80", "HYBRID_ROUTER_ADMIN_TOKEN": found[1]}
    ended = run("admin", "--url", up.gateway, "status", environment=environment)
    text = ended.stdout.decode()
    assert ended.returncode == 0, ended.stderr.decode()
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"^braze-eu +on +0 +– +\d+ +closed", text, re.MULTILINE), text
    assert re.search(rf":{up.process.pid} +up +\d+s +\w+ +0-15", text), text
    assert re.search(r"^delivered +\w", text, re.MULTILINE)
