"""A few HTML elements, with everything escaped that is not markup already."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from html import escape

import msgspec


class Html(str):
    """Text that is markup."""

    __slots__ = ()


def element(tag: str, /, *children: str, **attributes: str) -> Html:
    """An element; `class_` and `for_` lose their underscore, other underscores become hyphens."""
    shown = "".join(f' {_attribute(key)}="{escape(value)}"' for key, value in attributes.items())
    return Html(f"<{tag}{shown}>{_inside(tag, children)}")


def _inside(tag: str, children: Iterable[str]) -> Html:
    return Html("") if tag == "input" else Html(f"{joined(children)}</{tag}>")


def joined(children: Iterable[str]) -> Html:
    """Children one after the other."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children))


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    empty: str,
    label: str,
    numeric: Container[str] = (),
) -> Html:
    """A table with a caption for screen readers, or a sentence when there are no rows; columns named in `numeric` have
    cells of class `number`."""
    classes = [{"class_": "number"} if text in numeric else {} for text in heads]
    body = [
        element("tr", *(element("td", cell, **kind) for cell, kind in zip(row, classes, strict=True))) for row in rows
    ]
    if not body:
        return element("p", empty, class_="empty")
    head = element("tr", *(element("th", text, scope="col", **kind) for text, kind in zip(heads, classes, strict=True)))
    caption = element("caption", label)
    content = element("table", caption, element("thead", head), element("tbody", *body))
    return element("div", content, class_="scroll", tabindex="0", role="region", aria_label=label)


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """Names and values, side by side."""
    return element("dl", *(joined((element("dt", name), element("dd", value))) for name, value in pairs))


def section(title: str, *children: str) -> Html:
    """A titled part of the page."""
    return element("section", element("h2", title), *children)


def code(value: object) -> Html:
    """A JSON value in type-writer letters; texts without quotes."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return element("code", text)


def badge(text: str) -> Html:
    """A small label whose look follows its word."""
    return element("span", text, class_=f"badge {text}")


def clock_time(moment: str) -> Html:
    """An ISO time, short for the eye and whole for machines and hovering."""
    short = moment.replace("T", " ").removesuffix("Z")
    return element("time", short, datetime=moment, title=moment)


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
