"""Results as JUnit XML, in the form that CI servers read (the schema of Jenkins' xUnit plug-in)."""

from collections import defaultdict
from xml.etree import ElementTree

import click

from router.suites.finished import Finished, Summary
from router.suites.reports.text import failure_lines, trace_text
from router.visible import visible_lines


class JunitReport:
    """Says everything at the end: one suite per file, one case per test."""

    def __init__(self) -> None:
        self._tests: defaultdict[str, list[Finished]] = defaultdict(list)

    def begin(self, total: int) -> str:
        """Nothing."""
        return ""

    def result(self, finished: Finished) -> str:
        """Kept for the end."""
        self._tests[finished.file].append(finished)
        return ""

    def end(self, summary: Summary) -> str:
        """The document. A run of nothing is a failed case, because CI servers take an empty report for a good one."""
        root = ElementTree.Element("testsuites", _counted([each for tests in self._tests.values() for each in tests]))
        for file, tests in self._tests.items():
            suite = ElementTree.SubElement(root, "testsuite", {"name": _printable(file), **_counted(tests)})
            for finished in tests:
                _case(suite, finished)
        if not summary.ran:
            _nothing_ran(root)
        ElementTree.indent(root)
        return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _counted(tests: list[Finished]) -> dict[str, str]:
    statuses = [finished.status for finished in tests]
    return {
        "tests": str(len(tests)),
        "failures": str(statuses.count("failed")),
        "errors": "0",
        "skipped": str(statuses.count("skipped")),
    }


def _case(suite: ElementTree.Element, finished: Finished) -> None:
    place = {"file": _printable(finished.file), "line": str(finished.line)}
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": _printable(finished.file), "name": _printable(finished.name), **place}
    )
    if finished.status == "skipped":
        ElementTree.SubElement(case, "skipped", {"message": _printable(finished.reason or "")})
    if finished.status == "failed":
        text = _printable("\n".join(failure_lines(finished)))
        ElementTree.SubElement(case, "failure", {"message": _first(finished), "type": "expectation"}).text = text
        ElementTree.SubElement(case, "system-err").text = _printable(trace_text(finished))


def _first(finished: Finished) -> str:
    first = finished.failures[0].differences[0]
    return _printable(f"{first.what}: expected {first.expected}, got {first.got}")


def _nothing_ran(root: ElementTree.Element) -> None:
    suite = ElementTree.SubElement(root, "testsuite", {"name": "hybrid-router test", "tests": "1", "failures": "1"})
    case = ElementTree.SubElement(suite, "testcase", {"classname": "hybrid-router test", "name": "a test runs"})
    ElementTree.SubElement(case, "failure", {"message": "no test ran", "type": "expectation"})


def _printable(text: str) -> str:
    """Without colours, and without the characters that XML 1.0 cannot hold or a terminal obeys."""
    return visible_lines(click.unstyle(text))
