"""How messages reach a practitioner: chosen among what the place offers, and really tried."""

from __future__ import annotations

from tests.services.portal import neighbourhood as n
from tests.services.portal.installation import Installation
from tests.services.portal.visitor import DESK, KEY_WORKER, LEAD, OPERATIONS, signed_in, text

PATH = "/you/messages"


def test_what_is_chosen_is_kept_and_shown(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    assert PATH in text(visitor.get("/you"))
    page = text(visitor.get(PATH))
    assert "What is immediate comes at once, by email and text message" in page
    assert "morag.ellis@wigan.example" in page
    assert "01942 555 123: no mobile, so no text message reaches it" in page
    assert page.count(" checked") == 3
    done = visitor.post(PATH, channel=["sms"], quiet_from="12:00", quiet_until="13:30")
    assert done.headers["location"] == f"{PATH}?done=chosen"
    assert portal.behind.preferences == {
        n.MORAG: {
            "channels": ["sms"],
            "digest": False,
            "only_working_time": False,
            "quiet_from": "12:00",
            "quiet_until": "13:30",
        }
    }
    page = text(visitor.get(PATH))
    assert page.count(" checked") == 1
    assert 'value="13:30"' in page


def test_what_the_place_does_not_let_is_said_beside_what_was_chosen(portal: Installation):
    visitor = signed_in(portal.url, KEY_WORKER)
    page = text(visitor.post(PATH, channel=["sms"], quiet_from="16:30", quiet_until="18:00"), 422)
    assert "Quiet hours are within working time" in page
    assert 'value="18:00"' in page
    assert page.count(" checked") == 1
    for times in ({"quiet_from": "12:00"}, {"quiet_from": "noon", "quiet_until": "13:00"}):
        assert "times of the clock" in text(visitor.post(PATH, form=times), 422)
    assert portal.behind.preferences == {}


def test_a_test_message_is_sent_to_the_work_contact_and_what_became_of_it_shown(
    portal: Installation,
):
    visitor = signed_in(portal.url, KEY_WORKER)
    done = visitor.post(f"{PATH}/test")
    assert done.headers["location"] == f"{PATH}?done=sent#tests"
    assert portal.behind.said == [("test to morag.ellis@wigan.example", n.MORAG)]
    assert "taken by the server" in text(visitor.get("/parts/test-messages"))
    assert "Wait a minute" in text(visitor.post(f"{PATH}/test"), 409)


def test_leads_and_desks_choose_for_their_inbox_and_operations_have_none(portal: Installation):
    for who, recipient in ((LEAD, n.TEAM), (DESK, "wigan")):
        visitor = signed_in(portal.url, who)
        assert "no work email is known" in text(visitor.get(PATH))
        visitor.post(PATH, channel=["email"])
        assert recipient in portal.behind.preferences
    assert signed_in(portal.url, OPERATIONS).get(PATH).status_code == 403


def test_where_no_channel_is_set_up_the_page_says_so(portal: Installation):
    portal.behind.channels = []
    page = text(signed_in(portal.url, KEY_WORKER).get(PATH))
    assert "alerts are in your inbox only" in page
    assert "Send me a test message" not in page
