"""Two profiles become one (Braze docs: users/merge, users/identify, merge behaviour).

The target keeps what it has; what it lacks is filled from the source, counts are summed, the source disappears.
Not documented, and modelled so: group states follow the addresses, the target's global subscription state stays.
"""

from __future__ import annotations

from typing import Literal

from router.braze_simulator.ledgers.discards import Reason
from router.braze_simulator.operations import Operation
from router.braze_simulator.profiles.addresses import is_phone
from router.braze_simulator.profiles.profile import Profile, Tally
from router.braze_simulator.profiles.resolution import set_email, set_phone
from router.braze_simulator.workspace import Workspace

MERGED_STANDARD = frozenset(
    {"first_name", "last_name", "gender", "dob", "time_zone", "home_city", "country", "language"}
)
Extent = Literal["everything", "engagement"]


def merge_problem(source: Profile, target: Profile) -> Reason | None:
    """Why Braze would silently not merge these two."""
    if source is target:
        return "same-profile"
    if source.control_group or target.control_group:
        return "control-group"
    if source.marked_for_deletion or target.marked_for_deletion:
        return "marked-for-deletion"
    bad_phones = [profile.phone for profile in (source, target) if profile.phone and not is_phone(profile.phone)]
    return "invalid-phones" if len(bad_phones) == 2 else None


def merge_profiles(
    workspace: Workspace, operation: Operation, source: Profile, target: Profile, *, extent: Extent = "everything"
) -> bool:
    """Merge `source` into `target` and remove it; False (and a discard) when Braze would not."""
    problem = merge_problem(source, target)
    if problem is not None:
        workspace.discard(operation, problem, detail=f"{source.user} into {target.user}")
        return False
    _carry_engagement(workspace, source, target)
    if extent == "everything":
        _fill_gaps(source, target)
        _sum_counts(source, target)
        _fill_contacts(workspace, source, target)
    _move_aliases(workspace, source, target)
    workspace.directory.remove(source)
    workspace.merged_into[source.braze_id] = target.braze_id
    workspace.data_points.move(source.braze_id, target.braze_id)
    workspace.directory.touch(target, workspace.now())
    for device in source.devices:
        if workspace.sdk_users.get(device) == source.braze_id:
            workspace.sdk_users[device] = target.braze_id
    return True


def _carry_engagement(workspace: Workspace, source: Profile, target: Profile) -> None:
    """Push tokens, devices and message history; with `merge_behavior: none` nothing else moved."""
    for token in list(source.push_tokens):
        workspace.directory.add_push_token(target, token)
    target.devices = {**source.devices, **target.devices}
    engagement = [occurrence for occurrence in source.log if occurrence.kind == "engagement"]
    source.log = [occurrence for occurrence in source.log if occurrence.kind != "engagement"]
    target.log += engagement


def _fill_gaps(source: Profile, target: Profile) -> None:
    for name in MERGED_STANDARD:
        if not target.standard.get(name) and name in source.standard:
            target.standard[name] = source.standard[name]
    target.custom = {**source.custom, **target.custom}
    target.types = {**source.types, **target.types}
    target.is_test = target.is_test or source.is_test


def _sum_counts(source: Profile, target: Profile) -> None:
    for counts, more in (
        (target.events, source.events),
        (target.purchases, source.purchases),
        (target.sessions, source.sessions),
    ):
        for name, entry in more.items():
            counts[name] = _summed(counts.get(name), entry)
    target.log = sorted(target.log + source.log, key=lambda occurrence: occurrence.applied_at)
    target.revenue_cents += source.revenue_cents
    target.applied_seq = max(target.applied_seq, source.applied_seq)
    _sum_commerce(source, target)


def _summed(old: Tally | None, more: Tally) -> Tally:
    if old is None:
        return more
    return Tally(first=min(old.first, more.first), last=max(old.last, more.last), count=old.count + more.count)


def _sum_commerce(source: Profile, target: Profile) -> None:
    ours, theirs = target.commerce, source.commerce
    ours.total_revenue += theirs.total_revenue
    ours.total_refunds += theirs.total_refunds
    ours.orders_placed |= theirs.orders_placed
    ours.orders_cancelled |= theirs.orders_cancelled
    ours.carts = {**theirs.carts, **ours.carts}


def _fill_contacts(workspace: Workspace, source: Profile, target: Profile) -> None:
    if not target.email and source.email:
        set_email(workspace, target, source.email)
    if not target.phone and source.phone:
        set_phone(workspace, target, source.phone)


def _move_aliases(workspace: Workspace, source: Profile, target: Profile) -> None:
    """Aliases move; where the target has the label already, its own alias stays and the source's is gone."""
    for label, name in list(source.aliases.items()):
        workspace.directory.drop_alias(source, label)
        if label not in target.aliases:
            workspace.directory.add_alias(target, (label, name))
