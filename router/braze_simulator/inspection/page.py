"""GET /_sim/: the workspace for human eyes. Look up a user; see the profile, what happened by which path, what it cost
and what was silently dropped. Rendered on the server, one document, no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from router.braze_simulator.applying import apply_due
from router.braze_simulator.inspection.markup import (
    Html,
    badge,
    clock_time,
    code,
    element,
    facts,
    joined,
    section,
    table,
)
from router.braze_simulator.inspection.reading import find_profiles, surviving
from router.braze_simulator.inspection.style import STYLE
from router.braze_simulator.inspection.views import View, duplicate_view, profile_view, request_summary
from router.braze_simulator.ledgers.duplicates import Duplicate, duplicates
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.times import iso
from router.braze_simulator.workspace import Workspace

_SHOWN = 50


def page_route(workspace: Workspace) -> Route:
    """The page's route; `?q=` searches, `?user=` shows one profile."""
    return Route("/", _endpoint(workspace), methods=["GET"])


def _endpoint(workspace: Workspace) -> Callable[[Request], Awaitable[HTMLResponse]]:
    async def endpoint(request: Request) -> HTMLResponse:
        apply_due(workspace)
        query = request.query_params.get("q", "").strip()
        chosen = workspace.directory.profiles.get(surviving(workspace, request.query_params.get("user", "")))
        return HTMLResponse(_document(workspace, query, chosen))

    return endpoint


def _document(workspace: Workspace, query: str, chosen: Profile | None) -> str:
    twice = duplicates(workspace.directory.profiles.values())
    body = joined(
        [
            element("a", "Skip to the content", href="#content", class_="skip"),
            _header(workspace, twice, query),
            element("main", *_content(workspace, twice, query, chosen), id="content"),
            element("footer", "Everything here is simulated. The same data as JSON: ", _json_links()),
        ]
    )
    head = joined(
        [
            Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<link rel="icon" href="data:,">'),
            element("title", f"{chosen.user} · Braze simulator" if chosen else "Braze simulator"),
            element("style", Html(STYLE)),
        ]
    )
    return "<!doctype html>" + element("html", element("head", head), element("body", body), lang="en")


def _header(workspace: Workspace, twice: list[Duplicate], query: str) -> Html:
    numbers = (
        ("users", len(workspace.directory.profiles)),
        ("requests", sum(workspace.requests.counts.values())),
        ("data points", workspace.data_points.total),
        ("waiting batches", len(workspace.backlog.waiting)),
        ("silent discards", workspace.discards.count),
        ("duplicates", len(twice)),
        ("order violations", workspace.order.count),
    )
    field = element(
        "label",
        "External id, alias, e-mail, phone or Braze id",
        element("input", name="q", type="search", value=query, autocomplete="off", spellcheck="false"),
    )
    return element(
        "header",
        element("h1", element("a", "Braze simulator", href="./")),
        element("p", f"A local workspace. Its clock says {iso(workspace.now())}.", class_="lead"),
        element("ul", *(_number(name, value) for name, value in numbers), class_="numbers"),
        element("form", field, element("button", "Look up", type="submit"), role="search", action="./"),
    )


def _number(name: str, value: int) -> Html:
    alarming = value > 0 and name in {"duplicates", "order violations"}
    item = (element("b", f"{value:,}"), element("span", name))
    return element("li", *item, class_="alarm" if alarming else "calm")


def _content(workspace: Workspace, twice: list[Duplicate], query: str, chosen: Profile | None) -> list[Html]:
    if chosen is not None:
        return _profile_sections(profile_view(workspace, chosen))
    found = find_profiles(workspace, {"q": query})
    if query and len(found) == 1:
        return _profile_sections(profile_view(workspace, found[0]))
    return [
        section("Users" if not query else f"Users that match “{query}”", _user_table(workspace, found)),
        section("Happened twice", _duplicate_table(twice)),
        element(
            "div",
            section("Silent discards", _reason_table(workspace)),
            section("Requests", _request_table(workspace)),
            class_="pair",
        ),
    ]


def _user_table(workspace: Workspace, found: Any) -> Html:
    newest = sorted(found, key=lambda profile: profile.updated_seq, reverse=True)[:_SHOWN]
    rows = [
        (
            _user_link(profile),
            profile.email or "",
            ", ".join(f"{label}:{name}" for label, name in profile.aliases.items()),
            str(sum(entry.count for entry in profile.events.values())),
            str(sum(entry.count for entry in profile.purchases.values())),
            str(workspace.data_points.totals["user"][profile.braze_id]),
            clock_time(iso(profile.updated_at)),
        )
        for profile in newest
    ]
    heads = ("User", "E-mail", "Aliases", "Events", "Purchases", "Data points", "Updated")
    return table(heads, rows, empty="Nobody yet.", label="Users, most recently updated first")


def _user_link(profile: Profile) -> Html:
    return element("a", profile.user, href=f"./?user={profile.braze_id}")


def _duplicate_table(twice: list[Duplicate]) -> Html:
    rows = [
        (
            view["user"],
            view["kind"],
            view["name"],
            clock_time(view["time"]),
            str(view["count"]),
            joined(joined([badge(path), " "]) for path in view["paths"]),
        )
        for view in map(duplicate_view, twice[:_SHOWN])
    ]
    heads = ("User", "Kind", "Name", "Time", "Times", "Paths")
    return table(heads, rows, empty="Nothing: no user has the same thing more than once.", label="Duplicates")


def _reason_table(workspace: Workspace) -> Html:
    rows = [(reason, str(count)) for reason, count in workspace.discards.by_reason.most_common()]
    return table(("Reason", "Objects"), rows, empty="Nothing was dropped.", label="Silent discards by reason")


def _request_table(workspace: Workspace) -> Html:
    newest = list(reversed(workspace.requests.records.values()))[:_SHOWN]
    rows = [
        (clock_time(view["at"]), code(view["path"]), str(view["status"] or "no answer"), view["fault"] or "")
        for view in map(request_summary, newest)
    ]
    return table(("At", "Path", "Status", "Fault"), rows, empty="No request yet.", label="Requests, newest first")


def _profile_sections(view: View) -> list[Html]:
    return [
        element("div", _who(view), section("Cost", _cost_table(view)), class_="pair"),
        section("What happened", _event_table(view)),
        section("Silently discarded", _discard_table(view)),
        section("History of changes", _change_table(view)),
    ]


def _who(view: View) -> Html:
    return element("div", section(view["user"], _identity(view)), section("Attributes", _attribute_table(view)))


def _identity(view: View) -> Html:
    aliases = ", ".join(f"{alias['alias_label']}:{alias['alias_name']}" for alias in view["user_aliases"])
    groups = ", ".join(f"{row['group']} {row['state']}" for row in view["subscriptions"])
    commerce = view["ecommerce"]
    pairs = (
        ("External id", view["external_id"] or ""),
        ("Former ids", ", ".join(view["deprecated_ids"])),
        ("Braze id", code(view["braze_id"])),
        ("Merged in", ", ".join(view["merged_braze_ids"])),
        ("Aliases", aliases),
        ("E-mail", view["email"] or ""),
        ("Phone", view["phone"] or ""),
        ("Groups", groups),
        ("Devices", ", ".join(view["devices"])),
        ("Purchases", f"${view['total_revenue']:.2f}" if view["purchases"] else ""),
        (
            "Orders",
            f"{commerce['total_orders']}, ${commerce['total_revenue']:.2f}" if commerce["orders_placed"] else "",
        ),
        ("Created", clock_time(view["created_at"])),
        ("Updated", clock_time(view["updated_at"])),
    )
    return facts((name, value) for name, value in pairs if value)


def _cost_table(view: View) -> Html:
    points: Counter[tuple[str, str]] = Counter()
    for row in view["data_point_rows"]:
        points[row["key"], row["path"]] += row["points"]
    rows = [(code(key), badge(path), str(count)) for (key, path), count in points.most_common(_SHOWN)]
    total = element("p", f"{view['data_points']} data points in all.")
    return joined([total, table(("Key", "Path", "Points"), rows, empty="Nothing yet.", label="Data points by key")])


def _attribute_table(view: View) -> Html:
    rows = [(code(name), "standard", code(value)) for name, value in view["attributes"].items()]
    rows += [
        (code(name), view["attribute_types"].get(name, ""), code(value))
        for name, value in view["custom_attributes"].items()
    ]
    return table(("Name", "Type", "Value"), rows, empty="None.", label="Attributes")


def _event_table(view: View) -> Html:
    rows = [
        (
            clock_time(event["time"]),
            badge(event["path"]),
            event["kind"],
            event["name"],
            code(event["properties"] or {}),
        )
        for event in sorted(view["events"], key=_time, reverse=True)[: _SHOWN * 4]
    ]
    heads = ("Time", "Path", "Kind", "Name", "Properties")
    return table(heads, rows, empty="Nothing yet.", label="Events, purchases, sessions and engagement, newest first")


def _time(event: View) -> str:
    return str(event["time"])


def _discard_table(view: View) -> Html:
    rows = [
        (clock_time(row["at"]), badge(row["path"]), row["kind"], row["reason"], code(row["key"]), row["detail"])
        for row in reversed(view["discards"][-_SHOWN:])
    ]
    heads = ("At", "Path", "Kind", "Reason", "Key", "Detail")
    return table(heads, rows, empty="Nothing: all that Braze accepted was applied.", label="Silent discards")


def _change_table(view: View) -> Html:
    rows = [
        (clock_time(change["at"]), badge(change["path"]), code(name), code(before), code(after))
        for change in reversed(view["changes"][-_SHOWN:])
        for name, (before, after) in change["fields"].items()
    ]
    return table(("At", "Path", "Attribute", "Before", "After"), rows, empty="None.", label="Changes, newest first")


def _json_links() -> Html:
    names = (
        "users",
        "events",
        "requests",
        "duplicates",
        "discards",
        "datapoints",
        "order-violations",
        "faults",
        "config",
    )
    return joined(joined([element("a", name, href=f"./{name}"), " "]) for name in names)
