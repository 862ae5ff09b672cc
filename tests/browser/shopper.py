"""A shopper's hands in the browser, and the till's across the counter."""

from __future__ import annotations

import itertools
import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser.chromium import fill, heard, part

_keys = itertools.count()
SEND = re.compile("^(发验证码|Send code)$")
ENTER = re.compile("^(登录|Sign in)$")


def sign_in(page: Page, phone: str, name: str = "", invite_code: str = "") -> None:
    """Sign in with the code that the sandbox shows."""
    part(page, "phone").wait_for()
    fill(page, "phone", phone)
    page.get_by_role("button", name=SEND).click()
    part(page, "sandbox-code").wait_for()
    fill(page, "code", re.search(r"\b(\d{6})\b", heard(page))[1])
    if name:
        fill(page, "name", name)
    if invite_code:
        fill(page, "invite", invite_code)
    page.get_by_role("button", name=ENTER).click()
    part(page, "pay-code").wait_for()


def shown_digits(page: Page) -> str:
    """Ask for the digits of the pay code and read them."""
    page.get_by_role("button", name=re.compile("^(看数字|Show)$")).click()
    digits = page.get_by_text(re.compile(r"^(\d{4} ){4}\d{4}$")).or_(
        page.get_by_label(re.compile(r"^(\d{4} ){4}\d{4}$"))
    )
    digits.first.wait_for()
    found = re.search(r"((?:\d{4} ){4}\d{4})", heard(page))
    return found[1].replace(" ", "")


def choose(page: Page, words: str) -> None:
    """Choose one of several; chosen once the screen says so."""
    button = page.get_by_role("button", name=words, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-current", "true", timeout=10_000)


def sees(page: Page, *words: str) -> None:
    """Hold that each of *words* can be heard on the screen, sooner or later."""
    for word in words:
        expect(page.get_by_text(word).or_(page.get_by_label(word)).first).to_be_attached(timeout=10_000)


def line(line_id: str, name: str, quantity: int, unit_price_minor: int) -> dict:
    return {"id": line_id, "sku": line_id, "name": name, "quantity": quantity, "unit_price_minor": unit_price_minor}


def charge(till: httpx.Client, pay_code: str, *lines: dict) -> dict:
    number = next(_keys)
    body = {"pay_code": pay_code, "order_ref": f"order-{number}", "basket": {"currency": "CNY", "lines": list(lines)}}
    answer = till.post("/v1/payments", json=body, headers={"Idempotency-Key": f"till-{number}"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def refund(till: httpx.Client, payment_id: str, line_id: str, quantity: int) -> dict:
    body = {"lines": [{"line_id": line_id, "quantity": quantity}], "reason": "cold"}
    key = {"Idempotency-Key": f"refund-{next(_keys)}"}
    answer = till.post(f"/v1/payments/{payment_id}/refunds", json=body, headers=key)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()
