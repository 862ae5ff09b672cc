"""Signing in and up: codes, tries, invites, isolation of sessions."""

import re
from datetime import timedelta
from pathlib import Path

from litestar.security.jwt import Token

from engine.programs.invite_code import ALPHABET, check_character
from tests.api.house import START, House

PHONE = "138 0000 0001"


async def test_new_phone_signs_up_and_the_same_phone_signs_in(house: House) -> None:
    first = (await house.sign_in(PHONE, name="Lin")).json()
    house.clock.advance(timedelta(minutes=2))
    again = (await house.sign_in("+8613800000001")).json()
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert first["member"]["member_id"] == again["member"]["member_id"]
    assert (again["member"]["name"], again["member"]["phone_masked"]) == ("Lin", "138****0001")
    code = first["member"]["invite_code"]
    assert len(code) == 8
    assert check_character(code[:-1]) == code[-1]
    house.keys["lin"] = first["token"]
    assert (await house.get("/v1/me", "lin")).json() == first["member"]


async def test_code_is_good_for_five_minutes_and_once(house: House) -> None:
    code = await house.code(PHONE)
    body = {"phone": PHONE, "code": code, "device_id": "d"}
    house.clock.advance(timedelta(minutes=5) - timedelta(microseconds=1))
    assert (await house.http.post("/v1/sign-in", json=body)).status_code == 200
    used = await house.http.post("/v1/sign-in", json=body)
    assert (used.status_code, used.json()["code"]) == (401, "sign_in_code_wrong")
    body["code"] = await house.code(PHONE)
    house.clock.advance(timedelta(minutes=5))
    over = await house.http.post("/v1/sign-in", json=body)
    assert (over.status_code, over.json()["code"]) == (401, "sign_in_code_expired")


async def test_five_wrong_tries_end_the_code(house: House) -> None:
    code = await house.code(PHONE)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        answer = await house.http.post("/v1/sign-in", json={"phone": PHONE, "code": wrong, "device_id": "d"})
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_code_wrong")
    right = await house.http.post("/v1/sign-in", json={"phone": PHONE, "code": code, "device_id": "d"})
    assert (right.status_code, right.json()["code"]) == (429, "too_many_tries")


async def test_codes_are_sent_after_a_minute_and_five_an_hour(house: House) -> None:
    await house.code(PHONE)
    for step in range(4):
        house.clock.advance(timedelta(seconds=59))
        soon = await house.http.post("/v1/sign-in/codes", json={"phone": PHONE})
        assert (soon.status_code, soon.headers["Retry-After"]) == (429, "1"), step
        house.clock.advance(timedelta(seconds=1))
        await house.code(PHONE)
    house.clock.advance(timedelta(minutes=2))
    flood = await house.http.post("/v1/sign-in/codes", json={"phone": PHONE})
    assert (flood.status_code, flood.json()["fields"]["retry_after_seconds"]) == (429, 3600 - 4 * 60 - 120)
    house.clock.set(START + timedelta(hours=1))
    await house.code(PHONE)


async def test_code_that_was_not_sent_can_be_asked_for_at_once(house: House) -> None:
    house.sms.fails = True
    failed = await house.http.post("/v1/sign-in/codes", json={"phone": PHONE})
    assert (failed.status_code, failed.json()["code"]) == (503, "sms_unavailable")
    house.sms.fails = False
    await house.code(PHONE)


async def test_invite_code_makes_the_inviter_known(house: House) -> None:
    lin = await house.member("lin", PHONE, name="Lin")
    typed = lin["invite_code"].lower().replace("1", "l").replace("0", "o")
    wei = await house.member("wei", "13800000002", invite_code=f" {typed[:4]}-{typed[4:]} ")
    assert wei["invited_by_name"] == "Lin"


async def test_unknown_invite_code_makes_nothing_and_the_code_stays_good(house: House) -> None:
    body = {"phone": PHONE, "code": await house.code(PHONE), "device_id": "d"}
    free = "0000000"
    for invite_code in (free + check_character(free), "12345678", "short", "é" * 8):
        answer = await house.http.post("/v1/sign-in", json={**body, "invite_code": invite_code})
        assert (answer.status_code, answer.json()["code"]) == (404, "invite_code_unknown"), invite_code
    signed_up = await house.http.post("/v1/sign-in", json=body)
    assert signed_up.json()["is_new"] is True


def test_check_character_finds_every_wrong_character() -> None:
    body = "3F7KQ0Z"
    right = check_character(body)
    for place, _ in enumerate(body):
        others = [body[:place] + other + body[place + 1 :] for other in ALPHABET if other != body[place]]
        assert all(check_character(other) != right for other in others)


async def test_session_is_over_after_thirty_days(house: House) -> None:
    await house.member("lin", PHONE)
    house.clock.advance(timedelta(days=30) - timedelta(seconds=1))
    assert (await house.get("/v1/me", "lin")).status_code == 200
    house.clock.advance(timedelta(seconds=1))
    over = await house.get("/v1/me", "lin")
    assert (over.status_code, over.json()["code"], over.headers["WWW-Authenticate"]) == (401, "not_signed_in", "Bearer")


async def test_forged_sessions_are_refused(sqlite_house: House) -> None:
    house = sqlite_house
    lin = await house.member("lin", PHONE)
    head, body, signature = house.keys["lin"].split(".")
    soon = START.replace(year=2099)
    forged = Token(exp=soon, sub=lin["member_id"], aud="youhui:youhui").encode(
        "another secret of thirty-two bytes", "HS256"
    )
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    changed = ("B" if signature[0] == "A" else "A") + signature[1:]
    for token in (forged, unsigned, f"{head}.{body}.{changed}", f"{head}.{body}", "", "nonsense", "a.b.c"):
        answer = await house.http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), token
    basic = await house.http.get("/v1/me", headers={"Authorization": "Basic bGluOmxpbg=="})
    assert basic.json()["code"] == "not_signed_in"


async def test_forged_keys_are_refused(sqlite_house: House) -> None:
    house = sqlite_house
    right = house.keys["cinema"]
    _, key_id, secret = right.split("_")
    other_id = house.keys["tea-corner"].split("_")[1]
    for key in ("yk_", "yk_1_2", f"yk_{key_id}_{'0' * 64}", f"yk_{other_id}_{secret}", f"{right}0", right[:-1]):
        answer = await house.http.get("/v1/campaigns", headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown"), key
    assert (await house.get("/v1/campaigns", "cinema")).status_code == 200


async def test_no_code_or_secret_stands_in_the_database(sqlite_house: House) -> None:
    code = await sqlite_house.code(PHONE)
    path = sqlite_house.desk.settings.url.removeprefix("sqlite:///")
    kept = b"".join(Path(path + end).read_bytes() for end in ("", "-wal"))
    assert sqlite_house.keys["cinema"].split("_")[2].encode() not in kept
    assert b"13800000001" not in kept
    assert not re.search(rb"\b" + code.encode() + rb"\b", kept)
