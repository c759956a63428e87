"""A secret that cannot be printed by accident."""

from collections.abc import Mapping

_REFERENCE = "env."


def names_secret(key: object) -> bool:
    """Whether a config key is `restApiKey`, also misspelt: what stands there is never shown, and never kept to be shown."""
    return str(key).lower().replace("_", "").replace("-", "") == "restapikey"


class Secret:
    """A literal secret, or a reference `env.NAME` to an environment variable. Shows neither in `repr` nor in `str`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def variable(self) -> str | None:
        """The environment variable it refers to, or None for a literal."""
        return self._text.removeprefix(_REFERENCE) if self._text.startswith(_REFERENCE) else None

    def reveal(self, environment: Mapping[str, str]) -> str:
        """Return the secret itself; raise KeyError with the variable's name when it is not set."""
        return self._text if self.variable is None else environment[self.variable]

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __str__(self) -> str:
        return f"env.{self.variable}" if self.variable else "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
