"""The page under /_sim/."""

import re
from html.parser import HTMLParser

import pytest

from tests.braze_simulator.conftest import AT, Braze, event

pytestmark = pytest.mark.anyio
VOID = {"meta", "link", "input"}


class Outline(HTMLParser):
    """Open elements, all headings, and whether every element was closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"h1", "h2"}:
            self.headings.append(data)


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    assert parsed.open == []
    return parsed


async def page(braze: Braze, query: str = "") -> str:
    answer = await braze.client.get(f"/_sim/{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


async def test_an_empty_workspace_says_so_everywhere(braze: Braze) -> None:
    shown = await page(braze)
    outline(shown)
    for sentence in ("Nobody yet.", "Nothing was dropped.", "No request yet."):
        assert sentence in shown


async def test_a_user_shows_profile_events_costs_discards_and_history(braze: Braze) -> None:
    await braze.set(email="a@x.io", plan="pro", time_zone="Mars")
    await braze.track(events=[event(properties={"colour": "moss"})])
    calls = [{"method": "changeUser", "args": ["u1"]}, {"method": "logCustomEvent", "args": ["Tap"], "time": AT}]
    await braze.post("/_sim/sdk", {"device_id": "d1", "calls": calls})
    shown = await page(braze, "?q=u1")
    assert outline(shown).headings == [
        "u1",
        "Attributes",
        "Cost",
        "What happened",
        "Silently discarded",
        "History of changes",
    ]
    for text in ("a@x.io", "pro", "moss", "Tap", "unknown-time-zone", 'class="badge cloud"', 'class="badge device"'):
        assert text in shown


async def test_a_search_with_several_hits_lists_them_with_links(braze: Braze) -> None:
    for user in ("u1", "u2", "x3"):
        await braze.set(user)
    shown = await page(braze, "?q=u")
    links = re.findall(r'href="\./(\?user=[0-9a-f]{24})"', shown)
    assert len(links) == 2
    assert "x3" not in shown
    assert outline(await page(braze, links[0])).headings[0] in {"u1", "u2"}


async def test_what_users_send_is_never_markup(braze: Braze) -> None:
    attack = "<script>alert(1)</script>\"'&"
    await braze.set(attack, plan=attack, email=None, **{attack: 1})
    await braze.track(events=[event(attack, name=attack, properties={attack: attack}), event(attack, name=attack)] * 2)
    for query in ("", f"?user={braze.user(attack).braze_id}"):
        shown = await page(braze, query)
        outline(shown)
        assert "<script" not in shown
    assert "<script" not in (await braze.client.get("/_sim/", params={"q": attack + "?"})).text


async def test_the_page_loads_nothing_from_elsewhere(braze: Braze) -> None:
    shown = await page(braze)
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", shown)
    assert "@import" not in shown
    assert "url(" not in shown


async def test_the_address_without_a_slash_leads_to_the_page(braze: Braze) -> None:
    answer = await braze.client.get("/_sim")
    assert (answer.status_code, answer.headers["location"]) == (307, "/_sim/")
