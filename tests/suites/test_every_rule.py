"""No vacuous green: without any one of its rules the policy fails the shipped suites."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from policies.decide import Policy
from policies.rules import CLOUD, DEVICE, Rule
from policies.terms import Terms
from router.suites.discovery import Collection, collect, suite_files
from router.suites.running import Result, run

SUITES = Path(__file__).parent.parent.parent / "fixtures" / "suites"


@cache
def shipped() -> Collection:
    """The shipped suites, read once."""
    return collect(suite_files([SUITES]))


def failing(policy_of: Callable[[Terms], Policy]) -> list[Result]:
    """The tests that fail under other policies."""
    return [result for result in run(shipped().trials, policy_of) if result.status == "failed"]


def is_noticed(policy_of: Callable[[Terms], Policy]) -> bool:
    """Whether some test fails, or the policy cannot even be compiled: a path without its last rule settles nothing."""
    try:
        return bool(failing(policy_of))
    except AssertionError:
        return True


def test_the_policy_as_it_is_fails_nothing() -> None:
    assert failing(Policy) == []


@pytest.mark.parametrize("lacking", DEVICE, ids=lambda rule: rule.id)
def test_a_device_path_without_the_rule_fails_the_shipped_suites(lacking: Rule) -> None:
    device = tuple(rule for rule in DEVICE if rule is not lacking)
    assert is_noticed(lambda terms: Policy(terms, device=device))


@pytest.mark.parametrize("lacking", CLOUD, ids=lambda rule: rule.id)
def test_a_cloud_path_without_the_rule_fails_the_shipped_suites(lacking: Rule) -> None:
    cloud = tuple(rule for rule in CLOUD if rule is not lacking)
    assert is_noticed(lambda terms: Policy(terms, cloud=cloud))


def test_without_every_rule_but_the_last_most_tests_fail() -> None:
    found = failing(lambda terms: Policy(terms, device=DEVICE[-1:], cloud=CLOUD[-1:]))
    assert len(found) > len(shipped().trials) / 2
