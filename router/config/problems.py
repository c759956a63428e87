"""A problem with the place in a file where it stands."""

import msgspec


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong: file, line and column (from 1; 0 = unknown), JSON pointer, what is wrong, how to fix it."""

    file: str
    line: int
    column: int
    pointer: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.pointer or '/'}: {self.message}" + (f"; {self.fix}" if self.fix else "")
