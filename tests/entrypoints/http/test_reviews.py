"""
Reviews over REST: written by both sides, moderated, read by everybody, answered and reported.
"""

from __future__ import annotations

from carmarket.testing.builders import DEALER
from tests.entrypoints.http.reviewed import completed, public_review, review
from tests.entrypoints.http.service import assert_problem

OF_THE_DEALER = f"/v1/dealers/{DEALER}/reviews"


async def test_a_review_goes_from_a_customer_over_a_moderator_to_everybody(service):
    booking = await completed(service)
    written = await review(service, booking=booking, stars=2, text="It smelled.")
    assert written.status_code == 201
    assert written.json()["status"] == "pending"
    assert (await service.ask("GET", written.headers["location"], "customer")).json() == written.json()
    assert_problem(await service.ask("GET", written.headers["location"], "dealer"), 404, "not-found")
    theirs = await review(service, "dealer", booking=booking, stars=5)
    await service.market.settle()

    waiting = await service.ask("GET", "/v1/reviews?waiting=true", "moderator")
    for one in waiting.json()["reviews"]:
        assert one["actions"] == ["approve", "reject"]
        await service.ask("POST", f"/v1/reviews/{one['id']}/approve", "moderator", etag=f'"{one["version"]}"')

    assert {one["id"] for one in waiting.json()["reviews"]} == {written.json()["id"], theirs.json()["id"]}
    shown = (await service.ask("GET", OF_THE_DEALER)).json()
    assert shown["rating"] == {"count": 1, "average": 2.0, "distribution": [0, 1, 0, 0, 0]}
    assert [(one["stars"], one["text"]) for one in shown["reviews"]] == [(2, "It smelled.")]
    assert shown["reviews"][0].keys() == {"id", "car_id", "stars", "text", "reply", "created_at"}
    about_me = await service.ask("GET", "/v1/reviews?about_me=true", "customer")
    assert [one["stars"] for one in about_me.json()["reviews"]] == [5]


async def test_the_same_words_again_answer_with_the_review_as_it_is(service):
    booking = await completed(service)

    answers = [await review(service, booking=booking) for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert_problem(await review(service, booking=booking, stars=5), 409, "already-reviewed")


async def test_a_reply_says_on_which_version_it_was_decided(service):
    shown = await public_review(service)
    path = f"/v1/reviews/{shown.json()['id']}"
    assert_problem(await service.ask("POST", f"{path}/reply", "dealer", json={"text": "Hm."}), 428, "if-match-required")
    assert_problem(await service.ask("POST", f"{path}/reply", "dealer", etag='"1"', json={"text": "Hm."}), 412, "stale")

    answered = await service.ask(
        "POST", f"{path}/reply", "dealer", etag=shown.headers["etag"], json={"text": "Thank you."}
    )

    assert answered.json()["reply"]["text"] == "Thank you."
    assert "reply" not in answered.json()["actions"]
    again = await service.ask("POST", f"{path}/reply", "dealer", etag=answered.headers["etag"], json={"text": "And."})
    assert_problem(again, 409, "conflict")
    (public,) = (await service.ask("GET", OF_THE_DEALER)).json()["reviews"]
    assert public["reply"] == answered.json()["reply"]


async def test_reports_are_for_moderators(service):
    shown = await public_review(service)
    path = f"/v1/reviews/{shown.json()['id']}"

    reported = await service.ask("POST", f"{path}/report", "other dealer", json={"reason": "Made up."})

    assert reported.json()["reports"] == []
    assert reported.json()["booking_id"] is None
    assert "report" not in reported.json()["actions"]
    queue = (await service.ask("GET", "/v1/reviews?waiting=true", "moderator")).json()["reviews"]
    (waiting,) = [one for one in queue if one["id"] == shown.json()["id"]]
    assert [one["reason"] for one in waiting["reports"]] == ["Made up."]
    rejected = await service.ask("POST", f"{path}/reject", "moderator", etag="*", json={"reason": "So it is."})
    assert (rejected.json()["is_public"], rejected.json()["rejection"]) == (False, "So it is.")
    assert (await service.ask("GET", OF_THE_DEALER)).json()["rating"]["average"] is None
    assert_problem(await service.ask("GET", path, "other dealer"), 404, "not-found")


async def test_lists_go_on_by_cursor_and_for_the_same_question_alone(service):
    for _ in range(3):
        await public_review(service)

    for path, who in ((OF_THE_DEALER, None), ("/v1/reviews", "customer"), ("/v1/reviews?as_seller=true", "dealer")):
        mark = "&" if "?" in path else "?"
        first = (await service.ask("GET", f"{path}{mark}limit=2", who)).json()
        rest = (await service.ask("GET", f"{path}{mark}limit=2&cursor={first['next']}", who)).json()
        seen = [one["id"] for one in (*first["reviews"], *rest["reviews"])]
        assert (len(seen), len(set(seen)), rest["next"]) == (3, 3, None)
        foreign = await service.ask("GET", f"/v1/reviews?about_me=true&cursor={first['next']}", who or "customer")
        assert_problem(foreign, 400, "cursor-forged")


async def test_what_is_known_is_not_sent_again(service):
    written = await review(service)

    answer = await service.ask(
        "GET", written.headers["location"], "customer", headers={"If-None-Match": written.headers["etag"]}
    )

    assert answer.status_code == 304


async def test_stars_and_words_are_bounded(service):
    booking = await completed(service)

    for said, field in (({"stars": 6}, "stars"), ({"text": "x" * 2_001}, "text"), ({"text": " "}, "text")):
        assert_problem(await review(service, booking=booking, **said), 422, "invalid", field=field)
