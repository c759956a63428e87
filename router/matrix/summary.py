"""What a change does to events, in one line: how many kinds of them change path, and whether any is lost or doubled."""

from collections import Counter
from collections.abc import Iterator

from policies.intended import is_intended
from policies.matrix import EFFECTS, Changes, EffectRow


def summary(changes: Changes) -> str:
    """E.g. `6 kinds of events change path: 1 moved, 3 gained; lost: none but for suppressed users; doubled: none`."""
    rows = [row for section in changes.sections for row in section.effects]
    if not rows:
        return "no kind of event changes path"
    meant = [row for row in rows if is_intended(row.effect, row.when)]
    counted = Counter(row.effect for row in rows if row not in meant)
    told = [
        f"{counted[effect]} {effect}" for effect in EFFECTS if counted[effect] and effect not in ("lost", "doubled")
    ]
    kinds = f"{len(rows)} kinds of events change" if len(rows) > 1 else "1 kind of event changes"
    path = f"{kinds} path" + (f": {', '.join(told)}" if told else "")
    exceptions = " and ".join(dict.fromkeys(each for row in meant for each in _why(row)))
    lost = f"{counted['lost'] or 'none'}" + (f" but for {exceptions}" if exceptions else "")
    return f"{path}; lost: {lost}; doubled: {counted['doubled'] or 'none'}"


def _why(row: EffectRow) -> Iterator[str]:
    if row.when.get("suppressed") == ("yes",):
        yield "suppressed users"
    else:
        yield f"integrations = {' / '.join(row.when['integrations'])}"
