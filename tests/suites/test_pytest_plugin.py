"""The pytest plug-in, in test runs of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.suites.conftest import CONNECTION, TRACK

pytest_plugins = ["pytester"]

GOOD = f"  - {{name: goes by cloud, tags: [fast], {TRACK}, expect: {{device: block, cloud: deliver}}}}\n"
BAD = f"  - {{name: stays on the device, {TRACK}, expect: {{device: deliver}}}}\n"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a connection file that the setting names."""
    pytester.makefile(".yaml", connection=CONNECTION)
    pytester.makefile(".ini", pytest="[pytest]\npolicy_connection = connection.yaml\n")
    return pytester


def write_suite(project: pytest.Pytester, tests: str) -> None:
    """A suite beside the connection file."""
    Path(project.path, "shop.policy.yaml").write_text(f"version: 1\nconnection: connection.yaml\ntests:\n{tests}")


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A pytest run inside this one, with installed plug-ins as a user has them."""
    return project.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def test_loading_the_plugin_imports_nothing_of_the_router() -> None:
    code = """
import sys
import pytest
import router.pytest_plugin
loaded = {name for name in sys.modules if name.partition(".")[0] in ("router", "policies", "msgspec", "ruamel", "httpx", "click")}
sys.exit(str(loaded - {"router", "router.pytest_plugin"}) if loaded > {"router", "router.pytest_plugin"} else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_run_without_policies_imports_nothing_of_the_router(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            assert "router.pytest_plugin" in sys.modules
            assert [name for name in sys.modules if name.startswith(("policies", "router.suites", "msgspec"))] == []
        """
    )
    pytester.runpytest_subprocess(timeout=60).assert_outcomes(passed=1)


def test_suites_are_collected_and_each_row_is_a_test(project: pytest.Pytester) -> None:
    cases = "cases: [{name: first}, {name: second}, {name: third, skip: not yet}]"
    write_suite(project, f"  - {{name: rows, {TRACK}, expect: {{cloud: deliver}}, {cases}}}\n" + BAD)
    done = run(project)
    done.assert_outcomes(passed=2, failed=1, skipped=1)
    done.stdout.fnmatch_lines(["*expected  deliver*", "*got       block*", "*device/hybrid-goes-by-cloud*"])
    done.stdout.fnmatch_lines(["*policy trace*", "*device/mode-unsupported*"])
    assert "Traceback" not in done.stdout.str()


def test_names_and_tags_choose_tests(project: pytest.Pytester) -> None:
    write_suite(project, GOOD + BAD)
    run(project, "-k", "fast").assert_outcomes(passed=1, deselected=1)
    run(project, "-k", "stays and device").assert_outcomes(failed=1, deselected=1)


def test_a_wrong_suite_is_an_error_of_collection_with_its_place(project: pytest.Pytester) -> None:
    write_suite(project, GOOD.replace("expect", "expects"))
    done = run(project)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*shop.policy.yaml:4:*unknown key `expects`; did you mean `expect`?*"])


def test_lint_errors_of_the_connection_file_are_errors_of_collection(project: pytest.Pytester) -> None:
    Path(project.path, "connection.yaml").write_text(CONNECTION.replace("appKey", "apKey"))
    write_suite(project, GOOD)
    done = run(project)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*config/misspelt-key*"])


def test_assert_route_holds_an_event_against_verdicts_and_rules(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        TRACK = {"type": "track", "event": "Product Viewed", "userId": "u-1"}

        def test_right(assert_route):
            assert_route(TRACK, device="block", cloud="deliver", rule="device/hybrid-goes-by-cloud")
            assert_route(TRACK, rule=["device/deliver", "cloud/device-mode"], mode="device", source="shop")
            assert_route(TRACK, cloud="cloud/suppressed-user", suppressed=True, expect={"requests": "none", "never": "cloud"})

        @pytest.mark.parametrize("route", [
            {"device": "deliver"}, {"cloud": "block"}, {"rule": "cloud/hybrid-filter"}, {"device": "block", "rule": "device/consent"},
        ])
        def test_wrong(assert_route, route):
            with pytest.raises(AssertionError, match="expected"):
                assert_route(TRACK, **route)

        @pytest.mark.parametrize("nonsense", [
            {}, {"device": "blocked"}, {"rule": "hybrid"}, {"rule": "device/hybrid"}, {"cloud": "deliver", "mood": "good"},
            {"rule": ["device/consent", "device/deliver"]},
        ])
        def test_nonsense(assert_route, nonsense):
            with pytest.raises(Exception) as raised:
                assert_route(TRACK, **nonsense)
            assert not isinstance(raised.value, AssertionError)
        """
    )
    run(project).assert_outcomes(passed=11)


def test_policy_explains_and_a_marker_names_another_connection_file(project: pytest.Pytester) -> None:
    Path(project.path, "other.yaml").write_text(CONNECTION.replace("hybrid", "cloud"))
    project.makepyfile(
        """
        import pytest

        def test_by_setting(policy):
            (outcome,) = policy.explain({"type": "page", "userId": "u-1"})
            assert (outcome.mode, outcome.device.rule) == ("hybrid", "device/hybrid-goes-by-cloud")
            assert outcome.steps[-1].rule == "cloud/deliver"

        @pytest.mark.policy("other.yaml")
        def test_by_marker(policy, assert_route):
            (outcome,) = policy.explain({"type": "page", "userId": "u-1"})
            assert outcome.mode == "cloud"
            assert_route({"type": "page", "userId": "u-1"}, device="block", rule="device/sdk-not-loaded")
        """
    )
    run(project, "--strict-markers").assert_outcomes(passed=2)


def test_without_a_connection_file_the_fixture_says_how_to_name_one(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(policy): pass")
    done = run(pytester)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*no connection file: mark the test with @pytest.mark.policy*"])


def test_what_is_simulated_can_be_sent_to_a_braze_in_this_process(project: pytest.Pytester) -> None:
    project.makefile(".jsonl", events='{"type":"identify","userId":"u-1","traits":{"plan":"pro"}}')
    project.makepyfile(
        """
        TRACK = {"type": "track", "event": "Hello", "userId": "u-1", "timestamp": "2026-05-04T09:00:00Z"}

        def test_delivery(simulate, braze):
            assert braze.user("u-1") is None
            braze.send(simulate("events.jsonl"))
            braze.send(simulate([TRACK, {"source": "shop", "message": TRACK}]))
            user = braze.user("u-1")
            assert user["custom_attributes"] == {"plan": "pro"}
            assert braze.see("requests")["count"] == 3
            assert braze.post("/users/track", {}).status_code == 400

        def test_another_mode(simulate):
            (outcome,) = simulate([TRACK], modes={"web": "device"}, source_type="web")
            assert outcome.requests == []
        """
    )
    run(project).assert_outcomes(passed=2)


def test_policy_coverage_counts_suites_and_assert_route_together(project: pytest.Pytester) -> None:
    write_suite(project, GOOD)
    project.makepyfile(
        """
        def test_it(assert_route):
            assert_route({"type": "page", "userId": "u-1"}, rule=["device/hybrid-goes-by-cloud", "cloud/deliver"],
                         device="block", cloud="deliver")
        """
    )
    alone, both = run(project, "shop.policy.yaml", "--policy-cov"), run(project, "--policy-cov")
    alone.stdout.fnmatch_lines(["*policy coverage*", "*: cells    1/*", "*# cases that cover it*"])
    both.stdout.fnmatch_lines(["*: cells    2/*"])
    assert (alone.ret, both.ret) == (0, 0)


def test_policy_coverage_below_the_threshold_fails_the_run(project: pytest.Pytester) -> None:
    write_suite(project, GOOD)
    done = run(project, "--policy-cov-fail-under", "100")
    done.stdout.fnmatch_lines(["*policy coverage is below 100 %*"])
    assert done.ret == 1
    assert run(project, "--policy-cov-fail-under", "0").ret == 0


def test_no_policy_tested_is_below_any_threshold(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(): pass")
    done = run(project, "--policy-cov-fail-under", "0")
    done.stdout.fnmatch_lines(["*no policy was tested*"])
    assert done.ret == 1


@pytest.mark.parametrize("option", ["--policy-cov", "--policy-cov-fail-under=0"])
def test_policy_coverage_is_refused_where_tests_run_in_other_processes(project: pytest.Pytester, option: str) -> None:
    write_suite(project, GOOD)
    project.makeconftest(
        "def pytest_configure(config): config.pluginmanager.register(object(), 'dsession')  # as pytest-xdist does"
    )
    run(project).assert_outcomes(passed=1)
    done = run(project, option)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: --policy-cov counts what one process asserts*add `-n 0`*"])


def test_a_missing_connection_file_is_told_without_the_stack_of_this_program(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.policy("nowhere.yaml")
        @pytest.mark.parametrize("fixture", ["policy", "simulate"])
        def test_it(request, fixture):
            request.getfixturevalue(fixture)
        """
    )
    said = run(project).stdout
    said.fnmatch_lines(["*nowhere.yaml*cannot read the file: No such file or directory*"])
    assert "read_text" not in said.str()
    assert "pytest_plugin" not in said.str()


@pytest.mark.parametrize("threshold", ["150", "-1", "nan", "much"])
def test_a_threshold_that_is_no_percentage_is_refused(project: pytest.Pytester, threshold: str) -> None:
    write_suite(project, GOOD)
    done = run(project, f"--policy-cov-fail-under={threshold}")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"*`{threshold}` is no percentage*"])
