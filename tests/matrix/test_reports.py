"""The matrix as people and machines read it."""

import csv
import io
import re
import time
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from policies.connection import Workspace, with_modes
from policies.intended import REFUSING
from policies.matrix import changes, matrix
from policies.workspace import parse_workspace
from router.matrix.page import changes_page, matrix_page
from router.matrix.phrases import condition, shared, value
from router.matrix.reports import csv as csv_report
from router.matrix.reports import html, markdown, text
from router.matrix.summary import summary

DATA: dict[str, Any] = {
    "version": 1,
    "sources": [{"id": "shop", "type": "web"}, {"id": "app", "type": "ios"}, {"id": "app-2", "type": "ios"}],
    "destinations": [
        {
            "id": "braze",
            "config": {
                "dataCenter": "EU-01",
                "appKey": "k",
                "connectionMode": {"web": "hybrid", "ios": "device"},
                "eventFilteringOption": "blacklistedEvents",
                "blacklistedEvents": [{"eventName": "<b>|Ping"}],
            },
        }
    ],
    "connections": [{"source": source, "destination": "braze"} for source in ("shop", "app", "app-2")],
}
NOW: Workspace = parse_workspace(DATA)
LATER = with_modes(NOW, {"ios": "hybrid"})
PAGE = matrix_page(matrix(NOW), "shop.yaml")
CHANGES_PAGE = changes_page(changes(NOW, LATER), "shop.yaml", "ios=hybrid")

EVENTS = ("identify", 'track "Seen"', "track (other name)", "track (no name)", "page", "alias")
DIMENSIONS = {"event": EVENTS, "origin": ("user", "auto"), "integrations": ("a", "b", "c")}


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({}, ""),
        ({"event": ("identify", "alias"), "origin": ("auto",)}, "identify, alias; origin = auto"),
        ({"event": EVENTS[:4]}, "identify, track"),
        ({"event": EVENTS[1:5]}, "track, page"),
        ({"event": EVENTS[:3]}, 'identify, track "Seen" / (other name)'),
        ({"event": EVENTS[:5]}, "not alias"),
        ({"integrations": ("a", "c")}, "integrations ≠ b"),
        ({"integrations": ("a",)}, "integrations = a"),
    ],
)
def test_conditions_are_said_in_the_shorter_way(when: dict[str, tuple[str, ...]], said: str) -> None:
    assert condition(when, DIMENSIONS) == said


def test_variants_of_a_name_stand_together_and_all_of_them_are_the_name() -> None:
    known = (
        'track "Order" with all',
        'track "Order" without price',
        "track (other name)",
        'track "Pay"',
        "page",
        "alias",
    )
    assert value("event", {"event": known[:2]}, {"event": known}) == 'track "Order"'
    assert value("event", {"event": (known[1],)}, {"event": known}) == 'track "Order" without price'


def test_more_than_a_few_names_are_counted() -> None:
    known = (*(f'track "Event {at}"' for at in range(9)), "track (other name)", "page", "screen")
    assert value("event", {"event": known[:9]}, {"event": known}).endswith('"Event 3" and 5 more')


def test_thousands_of_names_are_no_matter() -> None:
    known = (*(f'track "Event {at}"' for at in range(20_000)), "track (other name)", "page", "screen")
    started = time.process_time()
    assert value("event", {"event": known[:20_000]}, {"event": known}).endswith("and 19996 more")
    assert time.process_time() - started < 5


def test_what_all_rows_share_is_found_and_a_single_row_shares_nothing() -> None:
    one, other = {"origin": ("user",), "user": ("known",)}, {"origin": ("user",)}
    assert shared([one, other]) == {"origin": ("user",)}
    assert shared([one]) == {}


def test_text_fits_eighty_columns_and_ends_lines_where_they_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for page in (PAGE, CHANGES_PAGE):
        lines = text.render(page).splitlines()
        assert max(map(len, lines)) <= 80
        assert not [line for line in lines if line != line.rstrip()]


def test_text_says_who_carries_what_and_names_connections_that_decide_alike_together() -> None:
    lines = text.render(PAGE).splitlines()
    assert next(line for line in lines if line.startswith("  app-2")).split() == [
        "app-2",
        "device",
        "device",
        "device",
        "–",
        "–",
        "–",
        "–",
        "device",
    ]
    first = next(at for at, line in enumerate(lines) if line.startswith("app → braze"))
    assert lines[first + 1].startswith("app-2 → braze · ios, device mode")


def test_text_of_a_change_names_both_modes_and_every_effect() -> None:
    said = text.render(CHANGES_PAGE)
    assert "app → braze · ios, hybrid mode · before: mode device" in said
    assert "  moved   device → cloud" in said
    assert "  deliver device/deliver  " in said
    assert "  → block device/hybrid-goes-by-cloud  " in said
    assert "No verdict and no rule changes." in text.render(changes_page(changes(NOW, NOW), "a", "b"))


def test_a_connection_on_one_side_alone_is_new_or_removed() -> None:
    without = parse_workspace({**DATA, "connections": DATA["connections"][:2]})
    assert "app-2 → braze · ios, device mode · removed" in text.render(changes_page(changes(NOW, without), "a", "b"))
    said = text.render(changes_page(changes(without, NOW), "a", "b"))
    assert "app-2 → braze · ios, device mode · new" in said
    assert "no connection" in said
    assert csv_report.render_changes(changes(without, NOW)).count("app-2,braze,ios,ios,device,") > 3


def test_markdown_tables_have_as_many_cells_in_each_row() -> None:
    for page in (PAGE, CHANGES_PAGE):
        said = markdown.render(page).replace("\\|", "")
        tables = [block.splitlines() for block in said.split("\n\n") if block.startswith("|")]
        assert len(tables) >= 3
        for table in tables:
            assert len({line.count("|") for line in table}) == 1


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_html_loads_nothing_and_escapes_what_users_wrote() -> None:
    for page in (PAGE, CHANGES_PAGE):
        reader = _Reader()
        reader.feed(html.render(page))
        assert not {"script", "link", "img", "b"} & {tag for tag, _ in reader.tags}
        assert not [
            attrs for _, attrs in reader.tags if attrs.get("src") or not (attrs.get("href") or "#").startswith("#")
        ]
        assert '"<b>|Ping"' in reader.words


def test_csv_has_a_line_for_every_connection_and_row_and_says_anything_with_a_star() -> None:
    lines = list(csv.DictReader(io.StringIO(csv_report.render_matrix(matrix(NOW)))))
    sections = matrix(NOW).sections
    rows = sum(len(each.carriers) * sum(map(len, (each.ways, each.device, each.cloud))) for each in sections)
    assert len(lines) == rows
    last = [line for line in lines if line["source"] == "app-2" and line["list"] == "device"][-1]
    assert {last[name] for name in ("event", "user", "origin", "suppressed")} == {"*"}
    changed = list(csv.DictReader(io.StringIO(csv_report.render_changes(changes(NOW, LATER)))))
    assert {line["list"] for line in changed} >= {"effect: moved", "device", "cloud"}
    assert {line["source"] for line in changed} == {"app", "app-2"}


def test_json_has_a_version_and_every_label() -> None:
    told = msgspec.json.decode(msgspec.json.encode(matrix(NOW)))
    assert told["version"] == 1
    assert 'track "<b>|Ping"' in told["sections"][0]["dimensions"]["event"]


def test_losses_that_are_meant_stand_apart_and_behind_the_others() -> None:
    said = text.render(CHANGES_PAGE)
    real, _, meant = said.partition("No longer carried, as meant")
    assert "lost" not in real
    assert "suppressed = yes" in meant
    assert "integrations = null / a text" in meant


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (
            LATER,
            "change path: 1 moved, 3 gained; lost: none but for suppressed users and integrations = null / a text; doubled: none",
        ),
        (with_modes(NOW, {"web": "device"}), "; doubled: none"),
        (NOW, "no kind of event changes path"),
    ],
)
def test_a_change_is_summed_up_in_a_line(later: Workspace, said: str) -> None:
    told = summary(changes(NOW, later))
    assert told.endswith(said)
    assert "\n" not in told


def test_a_real_loss_is_counted_in_the_summary() -> None:
    told = summary(changes(NOW, with_modes(NOW, {"web": "device"})))
    assert re.search(r"; lost: [1-9]", told), told


def test_the_cloud_path_refuses_what_counts_as_an_events_own_refusal() -> None:
    section = next(each for each in matrix(NOW).sections if each.carriers[0].source == "shop")
    refused = {
        label
        for row in section.cloud
        if row.verdict.rule == "cloud/integrations-object"
        for label in row.when["integrations"]
    }
    assert refused == REFUSING
