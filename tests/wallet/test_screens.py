"""The screens, on a page without a browser."""

import flet as ft
import pytest

from tests.wallet.make import (
    DIGITS,
    Answers,
    MemoryKeep,
    coupon,
    event,
    full,
    me,
    payment,
    problem,
    refund,
)
from tests.wallet.stage import Stage, walk
from wallet_app import guards, routes, wallet, wire
from wallet_app.look import Look
from wallet_app.parts.marks import tally

ROUTES = ["/", "/coupons", "/coupons/cpn_1", "/payments", "/payments/pay_1", "/result/pay_1", "/me", "/me/tier"]
ROUTES += ["/me/settings", "/me/top-up", "/nowhere", "/payments/none", "/coupons/none"]


@pytest.mark.parametrize("width", [320, 390, 800, 1440])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("percent", ["100", "200"])
async def test_every_screen_is_drawn(width, language, percent, caplog):
    keep = MemoryKeep(token="t", device="d", language=language, percent=percent)
    answers = full(**{"GET /v1/me/payments/none": problem("payment_not_found", 404)})
    async with Stage(answers, width=width, keep=keep) as stage:
        for route in ROUTES:
            await stage.go(route)
            assert stage.words(), route
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_the_code_is_shown_without_its_digits_until_asked_for():
    async with Stage(full()) as stage:
        stage.shows("付款码", "秒后换新码", "自动用这张，最多省 ¥12", "余额 ¥326.40")
        assert not any(DIGITS[:4] in text for text in stage.words())
        await stage.tap("看数字")
        stage.shows("2812 3456 7890 1234 5678", "只给收银员看")


async def test_each_second_sends_the_ring_and_its_number_and_nothing_else(monkeypatch):
    async with Stage(full()) as stage:
        shopper = stage.wallet.shopper
        monkeypatch.setattr(shopper, "code_seconds", lambda: 41.0)
        stage.wallet.draw()
        before = len(stage.line.sent)
        monkeypatch.setattr(shopper, "code_seconds", lambda: 40.0)
        await stage.wallet._tick()
        await stage.settle()
        [second] = stage.line.sent[before:]
        assert b"40" in second
        assert len(second) < 400, "a second redraws the screen"
        ids = {control._i for control in stage.all(ft.Image)}
        stage.wallet.draw()
        assert {control._i for control in stage.all(ft.Image)} == ids


async def test_a_result_arrives_by_itself():
    async with Stage(full()) as stage:
        await stage.wallet._hear(event(1, "payment.committed", payment_id="pay_1"))
        await stage.settle()
        assert stage.page.route == "/result/pay_1"
        stage.shows(
            "付好了",
            "¥63.50",
            "省了 ¥24.50",
            "原价 ¥88.00",
            "−¥12.00",
            "−¥8.00",
            "−¥4.50",
            "华桥银行出",
            "得到 63 积分",
        )


async def test_discounts_stand_in_the_order_of_the_bar():
    async with Stage(full(), route="/payments/pay_1") as stage:
        rows = [text for text in stage.words() if text.startswith("−")]
        assert rows == ["−¥12.00", "−¥8.00", "−¥4.50"]


async def test_a_refund_shows_what_came_back():
    answers = full()
    async with Stage(answers, route="/payments/pay_1") as stage:
        answers.say("GET /v1/me/payments/pay_1", payment(refunds=(refund(),), refunded_minor=866))
        await stage.wallet._hear(event(2, "payment.refunded", payment_id="pay_1"))
        await stage.settle()
        stage.shows("退款到账", "¥8.66", "收回 9", "凉拌黄瓜 × 1", "没有变化")


async def test_a_refund_shows_an_amount_what_was_lost_and_what_is_owed():
    lines = (wire.RefundLineShown(line_id="2", quantity=0, amount_minor=500),)
    back = refund(500, lines=lines, withheld_minor=120, due_points=30, due_minor=80)
    async with Stage(full(), route="/payments/pay_1") as stage:
        stage.answers.say("GET /v1/me/payments/pay_1", payment(refunds=(back,), refunded_minor=500))
        await stage.wallet._hear(event(2, "payment.refunded", payment_id="pay_1"))
        await stage.settle()
        stage.shows("凉拌黄瓜 ¥5.00", "优惠失效", "¥1.20", "从以后的积分扣 30", "从以后的红包或积分扣 ¥0.80")


async def test_coupons_that_wait_stand_below_with_their_reason():
    held = (coupon("a", state="locked", name=wire.Words(en="Held", zh="占用券")), coupon("b"))
    async with Stage(
        full(**{"GET /v1/me/coupons": wire.Coupons(items=held, next_cursor=None)}), route="/coupons"
    ) as stage:
        words = stage.words()
        assert words.index("小馆满减券") < words.index("现在还用不了 1 张") < words.index("占用券")
        stage.shows("付款中占用，没付成会放回", "今天 23:59 到期")
        await stage.tap("用过")
        stage.shows("还没用过券")


async def test_signing_in_shows_the_sandboxs_code_and_marks_it():
    sent = wire.SignInCodeSent(
        phone_masked="139****0001", expires_at=payment().decided_at, retry_after_seconds=60, sandbox_code="246810"
    )
    signed_in = wire.SignedIn(token="t-9", expires_at=payment().decided_at, is_new=True, member=me())
    answers = full(
        **{"POST /v1/sign-in/codes": (202, sent), "POST /v1/sign-in": [problem("sign_in_code_wrong", 401), signed_in]}
    )
    keep = MemoryKeep(device="d")
    async with Stage(answers, keep=keep) as stage:
        await stage.type("phone", "139 0000 0001")
        await stage.tap("发验证码")
        stage.shows("沙盒：不发短信，验证码是 246810")
        await stage.type("code", "111111")
        await stage.tap("登录")
        fields = [one for one in stage.all(ft.TextField) if one.error]
        assert [one.error for one in fields] == ["验证码不对，再看一眼"]
        await stage.type("code", "246810")
        await stage.tap("登录")
        stage.shows("付款码")
        assert keep.kept["token"] == "t-9"


async def test_a_session_that_is_over_leads_to_signing_in():
    async with Stage(Answers(**{"GET /v1/me": problem("not_signed_in", 401)})) as stage:
        stage.shows("用手机号登录")
        assert stage.keep.kept["token"] == ""


async def test_without_a_network_it_says_so_and_shows_no_dead_code():
    async with Stage(Answers()) as stage:
        stage.shows("没有网络。付款码要联网，连上后自动更新。", "没有网络，付款码要联网")


async def test_a_drawing_that_breaks_leaves_the_wallet_alive(monkeypatch, caplog):
    def breaks(_scene):
        raise RuntimeError("secret detail")

    async with Stage(full()) as stage:
        monkeypatch.setattr(wallet, "draw", breaks)
        await stage.go("/coupons")
        stage.shows("这一页没打开", "钱和券都没动。")
        monkeypatch.setattr(wallet, "draw", routes.draw)
        await stage.tap("回到付款码")
        stage.shows("付款码")
        assert not any(b"secret detail" in frame for frame in stage.line.sent)
    assert "could not be drawn" in caplog.text


async def test_a_handler_that_breaks_tells_no_traceback(monkeypatch, caplog):
    async with Stage(full(), route="/me/settings") as stage:

        async def breaks(_theme):
            raise RuntimeError("secret detail")

        monkeypatch.setattr(stage.wallet.shopper, "choose_theme", breaks)
        await stage.go("/me/settings")
        await stage.tap("深色")
        stage.shows("外观")
        assert not any(b"secret detail" in frame for frame in stage.line.sent)
        assert any("出了点问题".encode() in frame for frame in stage.line.sent)
    assert "a handler failed" in caplog.text


async def test_two_shoppers_share_nothing():
    async with Stage(full()) as ann:
        other = full(**{"GET /v1/me": me("周周"), "GET /v1/me/payments/pay_1": payment("pay_2")})
        async with Stage(other, route="/me") as ben:
            ben.shows("周周")
            await ann.wallet._hear(event(1, "payment.committed", payment_id="pay_1"))
            await ann.settle()
            assert ann.page.route == "/result/pay_1"
            assert ben.page.route == "/me"
            assert not any("青禾小馆".encode() in frame for frame in ben.line.sent)
        assert not any("周周".encode() in frame for frame in ann.line.sent)


async def test_closing_the_page_ends_its_tasks():
    async with Stage(full()) as stage:
        tasks, listener = list(stage.wallet._tasks), stage.wallet._listener
    assert listener.cancelled() or listener.done()
    assert all(task.cancelled() or task.done() for task in tasks)


@pytest.mark.parametrize("dark", [False, True])
async def test_themes_take_every_colour_from_the_tokens(dark):
    async with Stage(full(), keep=MemoryKeep(token="t", device="d", theme="dark" if dark else "light")) as stage:
        assert stage.wallet._root.controls[0].bgcolor == Look(dark=dark).color("surface")
        paper = next(one for one in walk(stage.named("pay-code")) if isinstance(one, ft.Container))
        assert paper.bgcolor == "#FFFFFF"  # in both themes


def test_the_bar_is_in_true_proportion_and_small_parts_stay_visible():
    bar = tally([("#000000", 6350), ("#111111", 2450), ("#222222", 0), ("#333333", 1)]).content
    assert [part.expand for part in bar.controls] == [721, 278, 12]


def test_each_problem_is_said_in_the_shoppers_words():
    assert (
        guards.said(Look(language="zh"), guards.Problem("card_declined", "raw", 409)) == "银行拒绝了，钱没动。换一张卡"
    )
    assert guards.said(Look(language="en"), guards.Problem("new_code", "raw", 409)).startswith("It did not work")
