"""Exit codes; documented in the README."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit code means."""

    OK = 0
    TESTS_FAILED = 1
    CHANGES = 2
    INVALID = 3
    BELOW_THRESHOLD = 4
    USAGE = 64
    INTERNAL = 70
    UNREACHABLE = 74
    INTERRUPTED = 130
