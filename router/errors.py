"""Every error the program raises on purpose.

RouterError
├── InvalidJson          a message or body is no JSON, or not of the expected outer shape
├── UnreadableFile       a file of events is cut off or damaged; names it
├── InvalidEvent         the transform cannot make a Braze object of this event (status, message)
├── ConfigInvalid        a connection, settings or suite file is wrong (exit code 3)
├── StoreUnavailable     Redis/Valkey is unreachable, too slow or full (gateway: 503)
├── LeaseLost            another process owns the partition now
└── ServiceUnreachable   a needed service does not answer (exit code 74)
    └── BrazeUnreachable no answer came from Braze; says whether it may have taken the request all the same
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from router.config.problems import Located


class RouterError(Exception):
    """Root of every error raised on purpose."""


class InvalidJson(RouterError):
    """The bytes are no JSON, or no JSON of the expected outer shape."""


class UnreadableFile(RouterError):
    """A file of events cannot be read to its end: it is cut off or damaged."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(file, reason)
        self.file, self.reason = file, reason

    def __str__(self) -> str:
        return f"cannot read `{self.file}`: {self.reason}"


class InvalidEvent(RouterError):
    """The event cannot be turned into a Braze object; `status` and `message` as RudderStack words them."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class ConfigInvalid(RouterError):
    """A file is wrong; `problems` say where and how to mend each."""

    def __init__(self, problems: Sequence[Located]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class StoreUnavailable(RouterError):
    """Redis/Valkey is unreachable, too slow or full."""


class LeaseLost(RouterError):
    """The partition belongs to another process now."""


class ServiceUnreachable(RouterError):
    """A service that the command needs does not answer."""


class BrazeUnreachable(ServiceUnreachable):
    """No answer came from Braze; `arrival` is "no" where it certainly has not seen the request, else "unknown"."""

    def __init__(self, message: str, *, arrival: Literal["no", "unknown"]) -> None:
        super().__init__(message)
        self.arrival: Literal["no", "unknown"] = arrival
