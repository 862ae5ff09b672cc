"""Signing in by phone: first the number, then the code; a new member says a name and who invited."""

from __future__ import annotations

import flet as ft

from wallet_app.frame import logo
from wallet_app.parts.controls import (
    STRETCH,
    choices,
    column,
    field,
    gap,
    named,
    outlined_button,
    primary_button,
    row,
    strip,
)
from wallet_app.parts.states import offline
from wallet_app.parts.text import text
from wallet_app.scene import Scene

FORM_WIDTH = 420


def sign_in(scene: Scene) -> ft.Control:
    """Return the form for the number, or for the code once it is sent."""
    look, shopper = scene.look, scene.shopper
    brand = row([logo(look), text(look, "screen_title", look.say("app"))], 12)
    form = _code_form(scene) if shopper.sent is not None else _phone_form(scene)
    warning = [offline(look), gap(12)] if shopper.offline else []
    shown = column([gap(48), *warning, brand, gap(28), *form, gap(40), _languages(scene)])
    sheet = ft.Container(shown, width=min(FORM_WIDTH, scene.width - 32))
    scrolled = ft.Column([ft.Row([sheet], alignment=ft.MainAxisAlignment.CENTER)], scroll=ft.ScrollMode.AUTO)
    return ft.Container(scrolled, expand=True, alignment=ft.Alignment.TOP_CENTER)


def _phone_form(scene: Scene) -> list[ft.Control]:
    look, chosen = scene.look, scene.chosen

    async def send() -> None:
        await scene.shopper.ask_code("".join(chosen.get("phone", "").split()))

    phone = field(
        look,
        look.say("sign_in.phone"),
        value=chosen.get("phone", ""),
        keyboard_type=ft.KeyboardType.PHONE,
        max_length=20,
        counter="",
        autofill_hints=[ft.AutofillHint.TELEPHONE_NUMBER],
        on_change=scene.keep("phone"),
        on_submit=scene.do(send),
        error=chosen.get("error") or None,
    )
    return [
        text(look, "section", look.say("sign_in.title")),
        gap(6),
        text(look, "body", look.say("sign_in.line"), "muted"),
        gap(20),
        named("phone", phone),
        gap(16),
        primary_button(look, look.say("sign_in.send"), scene.do(send)),
    ]


def _code_form(scene: Scene) -> list[ft.Control]:
    look, chosen, sent = scene.look, scene.chosen, scene.shopper.sent

    async def enter() -> None:
        name, invite = chosen.get("name", "").strip(), chosen.get("invite", "").strip()
        await scene.shopper.sign_in(chosen.get("code", "").strip(), name, invite)

    async def other() -> None:
        scene.shopper.sent = None
        chosen.pop("code", None)

    code = field(
        look,
        look.say("sign_in.code"),
        value=chosen.get("code", ""),
        keyboard_type=ft.KeyboardType.NUMBER,
        max_length=6,
        counter="",
        autofocus=True,
        autofill_hints=[ft.AutofillHint.ONE_TIME_CODE],
        on_change=scene.keep("code"),
        on_submit=scene.do(enter),
        error=chosen.get("error") or None,
    )
    shown: list[ft.Control] = [
        text(look, "section", look.say("sign_in.code_title")),
        gap(6),
        text(look, "body", look.say("sign_in.sent", phone=sent.phone_masked if sent else ""), "muted"),
        gap(16),
    ]
    if sent is not None and sent.sandbox_code:
        said = look.say("sign_in.sandbox", code=sent.sandbox_code)
        shown += [named("sandbox-code", strip(look, "info", said, tone="warning_container")), gap(16)]
    shown += [named("code", code), gap(20), *_newcomer(scene), gap(20)]
    shown += [primary_button(look, look.say("sign_in.enter"), scene.do(enter)), gap(12)]
    return [*shown, outlined_button(look, look.say("sign_in.other"), scene.do(other))]


def _newcomer(scene: Scene) -> list[ft.Control]:
    """Return what only a new member says: a name and who invited."""
    look, chosen = scene.look, scene.chosen
    name = field(
        look,
        look.say("sign_in.name"),
        value=chosen.get("name", ""),
        max_length=80,
        counter="",
        on_change=scene.keep("name"),
    )
    invite = field(
        look,
        look.say("sign_in.invite"),
        value=chosen.get("invite", ""),
        max_length=16,
        counter="",
        helper=look.say("sign_in.invite_line"),
        on_change=scene.keep("invite"),
    )
    head = text(look, "label_strong", look.say("sign_in.new"))
    return [head, gap(8), named("name", name), gap(12), named("invite", invite)]


def _languages(scene: Scene) -> ft.Control:
    shopper = scene.shopper
    options = [
        ("中文", shopper.language == "zh", scene.do(lambda: shopper.choose_language("zh"))),
        ("English", shopper.language == "en", scene.do(lambda: shopper.choose_language("en"))),
    ]
    return ft.Column([choices(scene.look, options)], horizontal_alignment=STRETCH, tight=True)
