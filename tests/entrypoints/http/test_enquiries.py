"""
Enquiries over REST: asked, answered, assigned and closed.
"""

from __future__ import annotations

from tests.entrypoints.http.enquired import ask
from tests.entrypoints.http.service import ACTORS, assert_problem


async def test_a_person_asks_and_the_dealer_answers(service):
    asked = await ask(service)
    path = asked.headers["location"]
    leads = await service.ask("GET", "/v1/enquiries?of_my_cars=true&status=open", "dealer")
    answered = await service.ask("POST", f"{path}/messages", "dealer", json={"text": "It is."})
    shown = await service.ask("GET", path, "customer")
    read = await service.ask("POST", f"{path}/read", "customer")

    assert (asked.status_code, asked.json()["status"], asked.json()["unread"]) == (201, "open", 0)
    (lead,) = leads.json()["enquiries"]
    assert (lead["id"], lead["unread"], lead["last"]["text"]) == (asked.json()["id"], 1, "Is it still there?")
    assert "messages" not in lead
    assert answered.json()["assignee"] == str(ACTORS["dealer"].user_id)
    assert [(one["author"], one["text"]) for one in shown.json()["messages"]] == [
        ("customer", "Is it still there?"), ("seller", "It is."),
    ]  # fmt: skip
    assert (shown.json()["status"], shown.json()["unread"], shown.json()["assignee"]) == ("answered", 1, None)
    assert read.json()["unread"] == 0


async def test_nobody_learns_from_an_enquiry_who_asks(service):
    asked = await ask(service)

    seen = await service.ask("GET", asked.headers["location"], "dealer")

    assert str(ACTORS["customer"].user_id) not in seen.text


async def test_a_key_has_one_effect(service):
    car = (await service.publish()).json()["id"]
    key = {"Idempotency-Key": "k"}
    first, second = [await ask(service, car=car, headers=key) for _ in range(2)]

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = await ask(service, car=car, headers=key, text="Another text.")
    assert_problem(other, 422, "idempotency-key-reused")
    assert_problem(await ask(service, headers=key), 422, "idempotency-key-reused")
    assert len((await service.ask("GET", "/v1/enquiries", "customer")).json()["enquiries"]) == 1


async def test_assigning_and_closing_say_on_which_version_they_were_decided(service):
    asked = await ask(service)
    path, agent = asked.headers["location"], str(ACTORS["dealer"].user_id)
    late = await service.ask("PUT", f"{path}/assignee", "dealer", etag='"9"', json={"assignee": agent})
    assert_problem(late, 412, "stale")
    assert_problem(await service.ask("POST", f"{path}/close", "customer"), 428, "if-match-required")

    assigned = await service.ask(
        "PUT", f"{path}/assignee", "dealer", etag=asked.headers["etag"], json={"assignee": agent}
    )
    mine = await service.ask("GET", "/v1/enquiries?assigned_to_me=true", "dealer")
    closed = await service.ask("POST", f"{path}/close", "customer", etag=assigned.headers["etag"])

    assert assigned.json()["assignee"] == agent
    assert [one["id"] for one in mine.json()["enquiries"]] == [asked.json()["id"]]
    assert (closed.json()["status"], closed.json()["actions"]) == ("closed", ["messages", "read"])
    again = await service.ask("POST", f"{path}/close", "dealer", etag="*")
    assert_problem(again, 409, "illegal-transition")
    by_customer = await service.ask("PUT", f"{path}/assignee", "customer", etag="*", json={"assignee": None})
    assert_problem(by_customer, 403, "forbidden")


async def test_a_car_that_is_not_before_the_public_is_not_asked_about(service):
    drafted = await service.draft()
    await service.market.settle()

    assert_problem(await ask(service, car=drafted.json()["id"]), 409, "not-enquirable")


async def test_a_list_goes_on_by_cursor_and_for_the_same_question_alone(service):
    for _ in range(3):
        await ask(service)

    first = (await service.ask("GET", "/v1/enquiries?limit=2", "customer")).json()
    rest = (await service.ask("GET", f"/v1/enquiries?limit=2&cursor={first['next']}", "customer")).json()

    assert len({one["id"] for one in (*first["enquiries"], *rest["enquiries"])}) == 3
    assert rest["next"] is None
    foreign = await service.ask("GET", f"/v1/enquiries?status=open&cursor={first['next']}", "customer")
    assert_problem(foreign, 400, "cursor-forged")
    assert_problem(await service.ask("GET", "/v1/enquiries?status=lost", "customer"), 422, "invalid", field="status")


async def test_what_is_known_is_not_sent_again(service):
    asked = await ask(service)

    answer = await service.ask(
        "GET", asked.headers["location"], "customer", headers={"If-None-Match": asked.headers["etag"]}
    )

    assert answer.status_code == 304


async def test_administrators_look_on(service):
    asked = await ask(service)

    shown = await service.ask("GET", asked.headers["location"], "admin")
    written = await service.ask("POST", f"{asked.headers['location']}/messages", "admin", json={"text": "Hm."})

    assert (shown.json()["actions"], shown.json()["unread"]) == ([], 0)
    assert_problem(written, 403, "forbidden")
