"""Results as one JSON object: `{"version": 1, "tests": […], "counts": {…}, "coverage": …, "mutation": …}`."""

from typing import Any

import msgspec

from router.suites.coverage import Coverage, percent
from router.suites.finished import FORMAT_VERSION, Finished, Summary, counts
from router.suites.reports.mutation import mutation_json


class JsonReport:
    """Says everything at the end."""

    def __init__(self) -> None:
        self._tests: list[Finished] = []

    def begin(self, total: int) -> str:
        """Nothing."""
        return ""

    def result(self, finished: Finished) -> str:
        """Kept for the end."""
        self._tests.append(finished)
        return ""

    def end(self, summary: Summary) -> str:
        """The object."""
        report = {
            "version": FORMAT_VERSION,
            "tests": self._tests,
            "counts": counts(summary),
            "coverage": _coverage(summary.coverage),
            "mutation": mutation_json(summary.mutation) if summary.mutation else None,
            "exit_code": summary.exit_code.value,
        }
        return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def _coverage(coverage: Coverage | None) -> Any:
    if coverage is None:
        return None
    figures = [{**msgspec.to_builtins(figure), "percent": percent(figure.share)} for figure in coverage.figures]
    return {"figures": figures, "cases": coverage.cases}
