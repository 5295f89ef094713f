"""The forms of a page, and what each would send as it stands, as a browser reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_CHOSEN = {"checkbox", "radio"}


@dataclass
class FormIn:
    """``fields``: what it would send, its button apart; ``shown``: those of them that a visitor
    can change; ``wrong``: of which a message says what is wrong."""

    action: str
    method: str
    novalidate: bool
    fields: dict[str, list[str]] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)

    @property
    def asks_by_post(self) -> bool:
        return self.method == "post" and bool(self.shown)


class Page(HTMLParser):
    """``faults``: of each of its summary's, where it leads ("" where it does not), and the words.
    ``ids``: every element that has one, with what it is described by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[FormIn] = []
        self.faults: list[tuple[str, str]] = []
        self.title = ""
        self.ids: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.required: set[str] = set()
        self._open: list[tuple[str, dict[str, str]]] = []
        self._select = ""
        self._first: str | None = None
        self.feed(text)

    @property
    def actions(self) -> set[str]:
        return {form.action for form in self.forms if form.method == "post"}

    def form(self, action: str, sent: dict[str, str | list[str]]) -> FormIn:
        """The form to ``action`` that has most of what was sent still in it."""
        found = [one for one in self.forms if one.action == action and one.method == "post"]
        assert found, f"the page has no form to {action}"

        def kept(one: FormIn) -> int:
            return sum(one.fields.get(name) == as_list(value) for name, value in sent.items())

        return max(found, key=kept)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if "id" in has:
            self.ids[has["id"]] = has.get("aria-describedby", "")
            self.names[has["id"]] = has.get("name", "")
        if tag == "form":
            self.forms.append(FormIn(has.get("action", ""), has["method"], "novalidate" in has))
        elif self.forms:
            self._control(tag, has)
        if tag not in {"input", "meta", "link", "img", "br", "path", "circle", "line", "rect"}:
            self._open.append((tag, has))

    def _control(self, tag: str, has: dict[str, str]) -> None:
        form, name = self.forms[-1], has.get("name", "")
        if "required" in has:
            self.required.add(name)
        if name and any(self._describes(has)):
            form.wrong.add(name)
        kind = has.get("type", "text") if tag == "input" else tag
        if tag == "select":
            self._select, self._first = name, None
            form.shown.add(name)
        elif tag == "option":
            if self._first is None or "selected" in has:
                self._first = has["value"]
        elif tag == "input" and name:
            if kind != "hidden":
                form.shown.add(name)
            if kind not in _CHOSEN or "checked" in has:
                form.fields.setdefault(name, []).append(has.get("value", ""))

    def _describes(self, has: dict[str, str]) -> Iterator[bool]:
        """Its own message, or the one of the fieldset that it is in."""
        around = [inner for tag, inner in self._open if tag == "fieldset"]
        for one in (has, *around):
            yield any(id_.endswith("-fault") for id_ in one.get("aria-describedby", "").split())

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.forms[-1].fields[self._select] = [self._first or ""]
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "title" in tags:
            self.title += data
        if "li" in tags and any(has.get("class") == "faults" for _, has in self._open):
            tag, has = self._open[-1]
            self.faults.append((has["href"].removeprefix("#") if tag == "a" else "", data))


def as_list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
