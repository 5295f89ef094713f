"""Every form that lacks something, or that a service refuses, is shown again with all that was in
it: one way for all of them, so that none is answered with an error alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from html import unescape
from typing import Any

import httpx
import pytest

from services.portal.app import create_service
from tests.services.portal import neighbourhood as n
from tests.services.portal.every_form import CASES, Case, Value
from tests.services.portal.forms_in import FormIn, Page, as_list
from tests.services.portal.installation import Installation, settings_for
from tests.services.portal.routes import every_route
from tests.services.portal.stand_in import REFUSAL, StandIn
from tests.services.portal.visitor import KEY_WORKER, Visitor, signed_in

NOT_OF_A_PAGE = {"/sign-out"}
"""Its button is on every page, and nothing is entered."""
_ASKED = re.compile(r"preview|/look|/find|subject-access(?!/exports)|/health|/ledger")
"""Addresses that are asked by POST, and change nothing."""
TYPED = ("soon", "noon", "nobody", "the Shahs", "nonsense", "12/4/1988", "?", "Karen", "WH-8")
"""Wrong values that were typed: they stay as well. None of a list can stay that is not in it."""
SOME_WRONG = [(case, name) for case in CASES for name in case.wrong]
ONE_EACH = list({(case.who, case.path): case for case in CASES}.values())


class Sender:
    """Sends forms for everybody; each has signed in once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._visitors: dict[str, tuple[Visitor, str]] = {}

    def send(self, case: Case, form: Mapping[str, Value]) -> httpx.Response:
        if case.who not in self._visitors:
            visitor = signed_in(self._url, case.who) if case.who else Visitor(self._url)
            self._visitors[case.who] = visitor, visitor.token()
        visitor, token = self._visitors[case.who]
        return visitor.post(case.path, token, form)


@pytest.fixture(scope="module")
def sender(installation: Installation) -> Sender:
    return Sender(installation.url)


def kept(state: StandIn) -> Any:
    """What the services have been told to keep."""
    names = (
        "said",
        "links",
        "copies",
        "verdicts",
        "preferences",
        "liftings",
        "leave",
        "holds",
        "erasures",
    )
    return deepcopy([getattr(state, name) for name in (*names, "conflicts", "alerts", "tests")])


def shown_again(answer: httpx.Response, status: int = 422) -> Page:
    """The page that says what is wrong; whatever its summary leads to is there, and says the same.
    No browser says it first, in a way of its own."""
    assert answer.status_code == status, answer.text
    page = Page(answer.text)
    assert page.title.startswith("Error: ")
    assert page.faults
    for id_, words in page.faults:
        assert not id_ or id_ in page.ids, f"the summary leads to {id_}, which is not there"
        assert not id_ or unescape(answer.text).count(words) >= 2
    assert [form for form in page.forms if form.asks_by_post and not form.novalidate] == []
    assert page.required == set()
    return page


def test_every_route_that_takes_a_form_shows_it_again_and_is_tried_here():
    routes = [
        route
        for route in every_route(create_service(settings_for("http://127.0.0.1:9")).api.routes)
        if "POST" in (route.methods or ()) and route.path not in NOT_OF_A_PAGE
    ]
    assert len(routes) > 30
    without = [route.path for route in routes if not hasattr(route.endpoint, "shown_on")]
    assert without == [], "decorate it with @shown_again"
    tried = {case.path for case in CASES}
    untried = [route.path for route in routes if not any(map(route.path_regex.fullmatch, tried))]
    assert untried == [], "add it to every_form.py"


@pytest.mark.parametrize("case", ONE_EACH, ids=str)
def test_an_empty_form_does_nothing_where_something_is_to_be_entered(
    portal: Installation, sender: Sender, case: Case
):
    case.before(portal.behind)
    before = kept(portal.behind)
    answer = sender.send(case, {})
    if case.may_be_empty or not case.right:
        assert answer.status_code in {200, 303}
        return
    assert where(shown_again(answer), case, {})
    assert kept(portal.behind) == before


@pytest.mark.parametrize(("case", "name"), SOME_WRONG, ids=str)
def test_a_wrong_field_is_told_at_the_field_and_all_else_stays(
    portal: Installation, sender: Sender, case: Case, name: str
):
    case.before(portal.behind)
    before = kept(portal.behind)
    value = case.wrong[name]
    sent = case.right | ({} if value is None else {name: value})
    if value is None:
        del sent[name]
    page = shown_again(sender.send(case, sent))
    assert kept(portal.behind) == before
    form = where(page, case, sent)
    assert [page.names[id_] for id_, _ in page.faults] == [name]
    assert form.wrong == {name}
    assert_filled(form, {key: one for key, one in sent.items() if key != name or one in TYPED})


@pytest.mark.parametrize("case", [case for case in CASES if case.may_be_refused], ids=str)
def test_what_a_service_refuses_is_said_above_the_form_with_all_that_was_in_it(
    portal: Installation, sender: Sender, case: Case
):
    case.before(portal.behind)
    before = kept(portal.behind)
    only_asks = re.search("/(look|find|journeys)$", case.path)
    portal.behind.refuses = lambda url: bool(only_asks) or not _ASKED.search(url)
    page = shown_again(sender.send(case, case.right), 409)
    [(_, words)] = page.faults
    assert REFUSAL in words
    assert kept(portal.behind) == before
    form = where(page, case, case.right)
    assert_filled(form, {key: one for key, one in case.right.items() if key in form.fields})


@pytest.mark.parametrize("path", ["/operations/journeys", "/team/members/morag-ellis/plan"])
def test_what_may_not_have_been_done_because_a_service_does_not_answer_is_said_to_be_so(
    portal: Installation, sender: Sender, path: str
):
    case = next(case for case in CASES if case.path == path)
    portal.behind.refuses, portal.behind.refuses_with = lambda _: True, 503
    page = shown_again(sender.send(case, case.right), 502)
    [(_, words)] = page.faults
    assert "does not answer, so this may not have been done" in words
    assert_filled(where(page, case, case.right), case.right)


def test_where_the_page_cannot_be_shown_it_says_why_and_of_no_form(
    portal: Installation, sender: Sender
):
    nobody = f"/households/{n.an_id('nobody')}/intensity"
    answer = sender.send(Case(KEY_WORKER, nobody), {})
    assert (answer.status_code, "There is no such household." in answer.text) == (404, True)
    assert Page(answer.text).faults == []
    portal.behind.down.add("keyworkers")
    answer = sender.send(
        Case(KEY_WORKER, f"/households/{n.GREEN}/hand-over"), {"hand_over_to": "x"}
    )
    assert (answer.status_code, "does not answer" in answer.text) == (502, True)
    assert Page(answer.text).title.startswith("This cannot be shown now")


def where(page: Page, case: Case, sent: dict[str, Value]) -> FormIn:
    """The form that was sent; or the one that what it confirms was entered in."""
    return page.form(case.path if case.path in page.actions else case.shown, sent)


def assert_filled(form: FormIn, sent: dict[str, Value]) -> None:
    assert {name: form.fields.get(name, []) for name in sent} == {
        name: as_list(value) for name, value in sent.items()
    }
