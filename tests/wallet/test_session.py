"""One shopper's state against the answers of an API, over real HTTP requests."""

from datetime import timedelta

import msgspec
import pytest

from tests.wallet.make import (
    NOW,
    Answers,
    MemoryKeep,
    coupon,
    event,
    full,
    me,
    pay_code,
    payment,
    problem,
    refund,
)
from wallet_app import wire
from wallet_app.api import Api, Offline, Problem
from wallet_app.session import RENEW_EARLY_SECONDS, Shopper


class Clock:
    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at


def shopper_of(answers, clock=None, **kept):
    return Shopper(Api("http://api", answers), MemoryKeep(**kept), clock or Clock())


async def test_signing_in_keeps_the_token_for_the_next_time():
    sent = wire.SignInCodeSent(phone_masked="138", expires_at=NOW, retry_after_seconds=60, sandbox_code="123456")
    signed_in = wire.SignedIn(token="t-1", expires_at=NOW, is_new=True, member=me())
    answers = Answers(**{"POST /v1/sign-in/codes": (202, sent), "POST /v1/sign-in": signed_in})
    shopper = shopper_of(answers)
    await shopper.start("en")
    await shopper.ask_code("13800000001")
    assert await shopper.sign_in("123456", "", "2QC0A1FT")
    asked = msgspec.json.decode(answers.asked[-1].content)
    assert asked["invite_code"] == "2QC0A1FT"
    assert "name" not in asked
    again = Shopper(Api("http://api", answers), shopper._keep)
    await again.start("zh")
    assert again.api.token == "t-1"
    assert again._device_id == asked["device_id"]


async def test_signing_out_forgets_everything():
    shopper = shopper_of(full(), token="t-1")
    await shopper.start("zh")
    await shopper.load_home()
    await shopper.load_payments()
    await shopper.sign_out()
    assert (shopper.me, shopper.code, shopper.payments, shopper.is_signed_in) == (None, None, None, False)
    assert shopper._keep.kept["token"] == ""


async def test_a_code_is_renewed_before_it_dies():
    clock = Clock()
    shopper = shopper_of(full(), clock)
    await shopper.load_home()
    assert shopper.code_seconds() == 60 - RENEW_EARLY_SECONDS
    clock.at = NOW + timedelta(seconds=54.9)
    assert 0 < shopper.code_seconds() < 1
    clock.at = NOW + timedelta(seconds=55)
    assert (shopper.code_seconds(), shopper.code_part()) == (0, 0)


async def test_the_countdown_runs_by_the_servers_clock():
    clock = Clock()
    clock.at = NOW + timedelta(hours=3)
    shopper = shopper_of(full(), clock)
    await shopper.renew_code()
    assert shopper.now() == NOW
    assert shopper.code_seconds() == 55


async def test_digits_are_hidden_again_with_each_new_code():
    shopper = shopper_of(full())
    await shopper.renew_code()
    shopper.digits_shown = True
    await shopper.renew_code()
    assert not shopper.digits_shown


async def test_coupons_stand_in_their_tabs():
    held = (
        coupon("now"),
        coupon("later", state="soon", valid_from=NOW + timedelta(days=1), valid_until=NOW + timedelta(days=9)),
        coupon("edge", valid_until=NOW + timedelta(days=3)),
        coupon("far", valid_until=NOW + timedelta(days=3, seconds=1)),
        coupon("held", state="locked", valid_until=NOW + timedelta(days=30)),
        coupon("used", state="used"),
        coupon("over", state="expired"),
        coupon("back", state="revoked"),
    )
    answers = Answers(
        **{
            "GET /v1/me/coupons": [
                wire.Coupons(items=held[:4], next_cursor="c"),
                wire.Coupons(items=held[4:], next_cursor=None),
            ]
        }
    )
    shopper = shopper_of(answers)
    await shopper.load_coupons()
    tabs = {tab: [one.coupon_id for one in shopper.coupons_in(tab)] for tab in ("usable", "soon", "used", "expired")}
    assert tabs == {
        "usable": ["now", "later", "edge", "far", "held"],
        "soon": ["now", "edge"],
        "used": ["used"],
        "expired": ["over", "back"],
    }
    assert answers.asked[1].url.params["cursor"] == "c"


async def test_a_payment_heard_of_brings_its_receipt_and_a_new_code():
    shopper = shopper_of(full(**{"GET /v1/me/pay-code": [pay_code("1" * 20), pay_code("2" * 20)]}))
    await shopper.load_home()
    await shopper.load_coupons()
    shown = await shopper.hear(event(7, "payment.committed", payment_id="pay_1"))
    assert shown == payment()
    assert (shopper.code.code, shopper.last_seq, shopper.coupons) == ("2" * 20, 7, None)


async def test_a_refund_heard_of_replaces_the_receipt():
    answers = full()
    shopper = shopper_of(answers)
    await shopper.load_payment("pay_1")
    answers.say("GET /v1/me/payments/pay_1", payment(refunds=(refund(),), refunded_minor=866))
    await shopper.hear(event(8, "payment.refunded", payment_id="pay_1"))
    assert shopper.payment_by_id["pay_1"].refunds[0].amount_minor == 866


@pytest.mark.parametrize("type_", ["payment.reserved", "payment.released", "payment.expired"])
async def test_other_news_of_payments_show_no_result(type_):
    assert await shopper_of(full()).hear(event(1, type_, payment_id="pay_1")) is None


async def test_a_top_up_without_answer_is_sent_again_under_the_same_key():
    done = wire.ToppedUp(top_up_id="t", amount_minor=5000, balance_minor=37_640, currency="CNY")
    answers = full(**{"POST /v1/me/top-ups": [problem("rail_unavailable", 503), (201, done), (201, done)]})
    shopper = shopper_of(answers)
    await shopper.load_home()
    wish = wire.TopUpRequest(amount_minor=5000)
    with pytest.raises(Problem):
        await shopper.top_up(wish)
    await shopper.top_up(wish)
    await shopper.top_up(wish)
    first, second, third = [one.headers["Idempotency-Key"] for one in answers.asked if "top-ups" in one.url.path]
    assert first == second != third
    assert shopper.me.balance_minor == 37_640


async def test_a_declined_card_gets_a_new_key():
    answers = full(**{"POST /v1/me/top-ups": problem("card_declined")})
    shopper = shopper_of(answers)
    for _ in range(2):
        with pytest.raises(Problem):
            await shopper.top_up(wire.TopUpRequest(amount_minor=5000))
    first, second = [one.headers["Idempotency-Key"] for one in answers.asked]
    assert first != second


@pytest.mark.parametrize("answer", [(500, b"<html>"), (200, b"{}"), (200, b"not json")], ids=["html", "empty", "junk"])
async def test_an_answer_that_is_none_is_no_network(answer):
    with pytest.raises(Offline):
        await shopper_of(Answers(**{"GET /v1/me": answer})).api.me()


async def test_a_cut_line_is_no_network():
    with pytest.raises(Offline):
        await shopper_of(Answers()).load_home()


async def test_a_problem_carries_the_apis_code():
    with pytest.raises(Problem) as raised:
        await shopper_of(Answers(**{"GET /v1/me": problem("not_signed_in", 401)})).api.me()
    assert (raised.value.code, raised.value.status) == ("not_signed_in", 401)


async def test_choices_are_kept_and_nonsense_in_the_browser_is_passed_over():
    shopper = shopper_of(Answers(), language="xx", theme="pink", percent="9000")
    await shopper.start("en")
    assert (shopper.language, shopper.theme, shopper.percent) == ("en", "system", 100)
    await shopper.choose_theme("dark")
    await shopper.choose_percent(130)
    await shopper.choose_language("zh")
    again = Shopper(Api("http://api", Answers()), shopper._keep)
    await again.start("en")
    assert (again.language, again.theme, again.percent) == ("zh", "dark", 130)
