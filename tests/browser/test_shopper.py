"""The shopper's side of the story, in Chromium against the real server, with a till charging in between."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.chromium import fill, heard, open_wallet, part, switch_on
from tests.browser.shopper import charge, choose, line, refund, sees, shown_digits, sign_in


def test_from_sign_up_to_a_refund(phone, server):
    page = open_wallet(phone, server.url)
    sign_in(page, "13900000011", name="苏禾")
    sees(page, "余额 0 元", "秒后换新码", "只能付一次")

    # --- money in, from the sandbox bank ------------------------------------------------------------------------
    part(page, "balance").locator("flt-semantics").or_(part(page, "balance")).first.click()
    part(page, "amount").wait_for()
    fill(page, "amount", "200")
    choose(page, "会被拒的卡")
    page.get_by_role("button", name="充值", exact=True).first.click()
    sees(page, "银行拒绝了，钱没动。换一张卡")
    choose(page, "会成功的卡")
    page.get_by_role("button", name="充值", exact=True).first.click()
    sees(page, "充了 ¥200.00，已到余额", "200 元")
    page.get_by_role("button", name="付款", exact=True).click()

    # --- the till charges the code; the result comes by itself ---------------------------------------------------
    # Four noodles 128.00 + cucumber 12.00 = 140.00; every 100: 15.00, platform 9.00 and shop 6.00; first order 5.00,
    # platform. Paid 120.00 of 200.00; 1 point a yuan; over 60.00 at Qinghe: a voucher.
    part(page, "pay-code").wait_for()
    till = server.till("noodle-house")
    payment = charge(
        till,
        shown_digits(page),
        line("noodles", "招牌牛肉面", 4, 3200),
        line("cucumber", "凉拌黄瓜", 1, 1200),
    )
    part(page, "result").wait_for(timeout=10_000)
    sees(page, "付好了", "120 元", "原价 ¥140.00", "省了 20 元")
    sees(page, "负 9 元", "负 6 元", "负 5 元", "平台出", "商家出")
    sees(page, "得到 120 积分", "送你一张券：青禾小馆满50减12券", "还剩 ¥80.00")

    # --- the receipt; a refund shows what came back ---------------------------------------------------------------
    page.get_by_role("button", name="看账单").click()
    part(page, "receipt").wait_for()
    sees(page, "招牌牛肉面  × 4", "凉拌黄瓜  × 1", "你付")
    # The cucumber's part of 15.00: 12/140 = 1.29; of 5.00: 10.71/125.00 = 0.43. Paid for it: 12.00 - 1.72 = 10.28.
    # 10.28 of 120.00 came back, so 10 of 120 points go; 109.72 is still over 60.00, so the voucher stays.
    refund(till, payment["payment_id"], "cucumber", 1)
    sees(page, "退款到账", "10 元 2 角 8 分", "收回 10", "凉拌黄瓜 × 1", "没有变化")

    # --- the voucher waits among the coupons; reload keeps the session ------------------------------------------------
    page.goto(server.url + "/coupons")
    switch_on(page)
    sees(page, "青禾小馆满50减12券", "可用 1")


def test_the_digits_are_hidden_until_asked_for(phone, server):
    page = open_wallet(phone, server.url)
    sign_in(page, "13900000012")
    assert not re.search(r"\d{20}|(\d{4} ){4}\d{4}", heard(page))
    assert re.fullmatch(r"28\d{18}", shown_digits(page))


def test_language_and_theme_switch_and_stay(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    page = open_wallet(context, server.url)
    sees(page, "Sign in with your phone")
    sign_in(page, "13900000013")
    sees(page, "Pay code", "seconds left")
    page.goto(server.url + "/me/settings")
    switch_on(page)
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.get_by_role("button", name="Dark", exact=True)).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="中文").click()
    sees(page, "深色", "退出登录")
    page.reload()
    switch_on(page)
    sees(page, "深色", "退出登录")
    assert page.evaluate("() => localStorage.getItem('flutter.youhui.theme')") in {"dark", '"dark"'}
    expect(page.get_by_role("button", name="深色", exact=True)).to_have_attribute("aria-current", "true")
    context.close()


def test_a_wrong_code_says_what_to_do(phone, server):
    page = open_wallet(phone, server.url)
    fill(page, "phone", "12345")
    page.get_by_role("button", name="发验证码").click()
    sees(page, "这个手机号读不出来。写 11 位号码，或 + 开头的国际号码")
    fill(page, "phone", "13900000014")
    page.get_by_role("button", name="发验证码").click()
    part(page, "code").wait_for()
    fill(page, "code", "000000" if "000000" not in heard(page) else "111111")
    page.get_by_role("button", name="登录", exact=True).click()
    sees(page, "验证码不对，再看一眼")
