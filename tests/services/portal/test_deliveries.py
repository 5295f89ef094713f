"""Operations' page of what is told outside: seen without what it says, tried again, let go."""

from __future__ import annotations

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.stand_in_deliveries import delivery, webhook
from tests.services.portal.visitor import KEY_WORKER, LEAD, OPERATIONS, signed_in, text

PATH = "/operations/deliveries"


def test_operations_see_what_was_given_up_and_what_waits(portal: Installation):
    visitor = signed_in(portal.url, OPERATIONS)
    assert "could not be told outside" not in text(visitor.get("/operations"))
    portal.behind.deliveries += [
        delivery("one", "agencies"),
        delivery("two", "alerts"),
        delivery("three", "alerts", state="waiting", last_status="SMTP 451", attempts=2),
    ]
    assert "2 messages could not be told outside" in text(visitor.get("/operations"))
    page = text(visitor.get(PATH))
    agencies, practitioners = page.split(">Practitioners<")
    assert "Wigan Homes" in agencies
    assert "503" in agencies
    assert "14 tries" in agencies
    assert "SMTP 550" in practitioners
    assert "SMTP 451" in practitioners
    assert "@" not in page.split("<main")[1]


def test_one_or_all_are_tried_again(portal: Installation):
    one, two = delivery("one", "agencies"), delivery("two", "agencies")
    portal.behind.deliveries += [one, two]
    visitor = signed_in(portal.url, OPERATIONS)
    done = visitor.post(f"{PATH}/agencies/{one['id']}/retry")
    assert done.headers["location"] == f"{PATH}?done=retried"
    visitor.post(f"{PATH}/agencies/retry")
    assert portal.behind.said == [
        (f"retry {one['id']}", "operations"),
        ("retry all agencies", "operations"),
    ]
    again = visitor.post(f"{PATH}/agencies/{one['id']}/retry")
    assert (again.status_code, "somebody dealt with it" in again.text) == (409, True)


def test_what_was_overtaken_is_let_go_and_all_only_once_confirmed(portal: Installation):
    portal.behind.deliveries.append(delivery("one", "agencies", overtaken=True))
    visitor = signed_in(portal.url, OPERATIONS)
    page = text(visitor.get(PATH))
    assert "A later message about the same has arrived" in page
    assert f"/{portal.behind.deliveries[0]['id']}/retry" not in page
    assert visitor.post(f"{PATH}/agencies/let-go").status_code == 422
    assert portal.behind.said == []
    visitor.post(f"{PATH}/agencies/let-go", confirmed="yes")
    assert portal.behind.said == [("let-go all agencies", "operations")]
    assert "Nothing was given up" in text(visitor.get(PATH))


def test_nobody_else_sees_or_decides_and_a_service_that_is_down_is_named(portal: Installation):
    for who in (KEY_WORKER, LEAD):
        visitor = signed_in(portal.url, who)
        assert visitor.get(PATH).status_code == 403
        assert visitor.post(f"{PATH}/alerts/retry").status_code == 403
    visitor = signed_in(portal.url, OPERATIONS)
    assert visitor.post(f"{PATH}/keyworkers/retry").status_code == 403
    assert visitor.post(f"{PATH}/alerts/forget").status_code == 403
    portal.behind.down.add("alerts")
    assert "the service “alerts” does not answer" in text(visitor.get(PATH))


def test_operations_see_which_agency_has_a_webhook_and_pause_it(portal: Installation):
    visitor = signed_in(portal.url, OPERATIONS)
    assert "No agency has a webhook" in text(visitor.get("/operations/webhooks"))
    assert "/operations/webhooks" in text(visitor.get("/operations"))
    portal.behind.webhooks += [
        webhook(),
        webhook(
            "bolton-gp",
            "Bolton GP",
            state="failing",
            failing_since=n.ago(hours=2),
            last_answer="503",
            waiting=3,
            given_up=1,
        ),
        webhook("old", "Old Trust", state="disabled", disabled_at=n.ago(days=2)),
    ]
    page = text(visitor.get("/operations/webhooks"))
    homes, failing, disabled = page.split("<h2>")[1:]
    assert "Answers" in homes
    assert "hooks.wigan-homes.example" in homes
    for words in ("Does not answer", "last answer: 503", "3 outcomes waiting", "1 given up"):
        assert words in failing
    assert "the agency must mend it" in disabled
    assert "<button" not in disabled.partition("</li>")[0]
    done = visitor.post("/operations/webhooks/bolton-gp/pause")
    assert done.headers["location"] == "/operations/webhooks?done=paused"
    assert "Let it go on" in text(visitor.get("/operations/webhooks"))
    visitor.post("/operations/webhooks/bolton-gp/go-on")
    assert visitor.post("/operations/webhooks/bolton-gp/go-on").status_code == 409
    assert portal.behind.said == [
        ("pause bolton-gp", "operations"),
        ("go-on bolton-gp", "operations"),
    ]
    for who in (KEY_WORKER, LEAD):
        other = signed_in(portal.url, who)
        assert other.get("/operations/webhooks").status_code == 403
        assert other.post("/operations/webhooks/bolton-gp/pause").status_code == 403
