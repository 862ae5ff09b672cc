"""Settings: language, theme, size of text; sign out. And moving money in."""

from __future__ import annotations

import re
from functools import partial

import flet as ft

from wallet_app import wire
from wallet_app.format import money
from wallet_app.frame import pane
from wallet_app.look import SCALES, THEMES
from wallet_app.parts.controls import (
    card,
    choices,
    column,
    field,
    gap,
    named,
    outlined_button,
    primary_button,
    strip,
)
from wallet_app.parts.text import amount, text
from wallet_app.scene import DESKTOP, Scene

AMOUNTS = (5_000, 10_000, 20_000, 50_000)
CARDS = ("sandbox-ok", "sandbox-declines", "sandbox-times-out")
_AMOUNT = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,2}))?\Z")


def settings(scene: Scene) -> ft.Control:
    """Return the settings."""
    look, shopper = scene.look, scene.shopper
    back = "" if scene.width >= DESKTOP else "/me"

    languages = [
        ("中文", shopper.language == "zh", scene.do(lambda: shopper.choose_language("zh"))),
        ("English", shopper.language == "en", scene.do(lambda: shopper.choose_language("en"))),
    ]
    themes = [
        (look.say(f"theme.{one}"), shopper.theme == one, scene.do(partial(shopper.choose_theme, one))) for one in THEMES
    ]
    sizes = [(f"{one}%", shopper.percent == one, scene.do(partial(shopper.choose_percent, one))) for one in SCALES]
    groups = [("settings.language", languages), ("settings.theme", themes), ("settings.size", sizes)]
    rows: list[ft.Control] = []
    for place, (key, options) in enumerate(groups):
        rows += [gap(20)] if place else []
        rows += [text(look, "title", look.say(key)), gap(10), choices(look, options)]
    leave = outlined_button(look, look.say("settings.leave"), scene.do(shopper.sign_out))
    return pane(scene, look.say("me.settings"), [card(look, column(rows)), gap(4), leave], back=back)


def top_up(scene: Scene) -> ft.Control:
    """Return the form that moves money in; the bank is a sandbox and may say no."""
    look, shopper, chosen = scene.look, scene.shopper, scene.chosen
    back = "" if scene.width >= DESKTOP else "/me"
    currency = shopper.me.currency if shopper.me else "CNY"
    typed = chosen.get("top_up.amount", "100")
    bank = chosen.get("top_up.card", CARDS[0])

    async def send() -> None:
        chosen.pop("top_up.done", None)
        wanted = minor(chosen.get("top_up.amount", "100"))
        chosen["error"] = "" if wanted else look.say("top_up.wrong")
        if wanted:
            done = await shopper.top_up(wire.TopUpRequest(amount_minor=wanted, card=bank))  # type: ignore[arg-type]
            chosen["top_up.done"] = look.say("top_up.done", amount=money(done.amount_minor, currency))

    quick = [
        (money(one, currency).removesuffix(".00"), minor(typed) == one, scene.choose("top_up.amount", str(one // 100)))
        for one in AMOUNTS
    ]
    cards = [(look.say(f"card.{one}"), bank == one, scene.choose("top_up.card", one)) for one in CARDS]
    box = field(
        look,
        look.say("top_up.amount"),
        value=typed,
        keyboard_type=ft.KeyboardType.NUMBER,
        max_length=9,
        counter="",
        on_change=scene.keep("top_up.amount"),
        on_submit=scene.do(send),
        error=chosen.get("error") or None,
    )
    now = [text(look, "label", look.say("home.balance"), "muted")]
    if shopper.me is not None:
        now.append(amount(look, "figure_l", shopper.me.balance_minor, currency))
    form: list[ft.Control] = [*now, gap(16), named("amount", box), gap(12), choices(look, quick)]
    form += [gap(20), text(look, "title", look.say("top_up.from")), gap(10), choices(look, cards)]
    shown: list[ft.Control] = [card(look, column(form)), strip(look, "info", look.say("top_up.sandbox"))]
    if said := chosen.get("top_up.done"):
        shown.append(ft.Semantics(live_region=True, content=strip(look, "tick", said, tone="saving_container")))
    shown.append(primary_button(look, look.say("top_up.send"), scene.do(send)))
    return pane(scene, look.say("me.top_up"), shown, back=back)


def minor(typed: str) -> int:
    """Return what was typed in minor units, 0 when it is no amount of money."""
    found = _AMOUNT.match(typed.strip().replace(",", "").replace("，", "").replace("¥", ""))
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else 0
