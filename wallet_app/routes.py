"""Which screens stand at a route, and what they need read first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import flet as ft

from wallet_app.frame import framed
from wallet_app.scene import DESKTOP, Scene
from wallet_app.screens.coupons import coupon_detail, coupons
from wallet_app.screens.home import home
from wallet_app.screens.me import me
from wallet_app.screens.payments import payments
from wallet_app.screens.receipt import receipt, result, waiting
from wallet_app.screens.settings import settings, top_up
from wallet_app.screens.sign_in import sign_in
from wallet_app.screens.tier import tier
from wallet_app.session import Shopper


def draw(scene: Scene) -> ft.Control:
    """Return the page of the scene's route; an unknown route is home."""
    if not scene.shopper.is_signed_in:
        return sign_in(scene)
    place, item = place_and_item(scene.route)
    if place == "coupons":
        return _coupons(scene, item)
    if place == "payments":
        return _payments(scene, item)
    if place == "me":
        detail = {"settings": settings, "top-up": top_up}.get(item, tier)
        return framed(scene, me(scene), detail(scene), place="/me", is_detail=bool(item))
    if place == "result" and item:
        return framed(scene, home(scene), result(scene, item), place="/", is_detail=True)
    side = waiting(scene) if scene.width >= DESKTOP else None
    return framed(scene, home(scene), side, place="/", is_detail=False)


def place_and_item(route: str) -> tuple[str, str]:
    """Return the place of a route, "" for home, and what is opened there, "" when nothing is."""
    place, _, item = route.strip("/").partition("/")
    return place, item


def needs(shopper: Shopper, route: str) -> list[Callable[[], Awaitable[object]]]:
    """Return what has to be read before *route* can be drawn in full."""
    place, item = place_and_item(route)
    wanted: list[Callable[[], Awaitable[object]]] = []
    if shopper.me is None or place == "":
        wanted.append(shopper.load_home)
    if place == "coupons" and shopper.coupons is None:
        wanted.append(shopper.load_coupons)
    if place == "payments" and shopper.payments is None:
        wanted.append(shopper.load_payments)
    if place == "me" and item in {"", "tier"} and shopper.loyalty is None:
        wanted.append(shopper.load_loyalty)
    if place in {"payments", "result"} and item and item not in shopper.payment_by_id:
        wanted.append(lambda: shopper.load_payment(item))
    return wanted


def beside(shopper: Shopper, route: str, width: float) -> str:
    """Return the payment that a wide list shows beside it when none was opened."""
    if width >= DESKTOP and route.strip("/") == "payments" and shopper.payments:
        return shopper.payments[0].payment_id
    return ""


def _coupons(scene: Scene, item: str) -> ft.Control:
    held = scene.shopper.coupons_in(scene.chosen.get("coupons.tab", "usable"))
    first = held[0].coupon_id if held and scene.width >= DESKTOP else ""
    shown = item or first
    detail = coupon_detail(scene, shown) if shown else None
    return framed(scene, coupons(scene, shown), detail, place="/coupons", is_detail=bool(item))


def _payments(scene: Scene, item: str) -> ft.Control:
    shown = item or beside(scene.shopper, scene.route, scene.width)
    detail = receipt(scene, shown) if shown else None
    return framed(scene, payments(scene, shown), detail, place="/payments", is_detail=bool(item))
