"""Builders of what the API would answer, for the wallet's own tests."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta

import httpx
import msgspec

from wallet_app import wire
from wallet_app.wire import Words

NOW = datetime(2026, 11, 22, 10, 32, tzinfo=UTC)  # 18:32 in Shanghai, a Sunday
DIGITS = "28123456789012345678"


def tier(**given):
    return wire.Tier(
        **{"id": "plain", "name": Words(en="Member", zh="普通会员"), "points_12_months": 755, "next_at_points": 1000}
        | {"next_name": Words(en="Silver", zh="银卡会员"), "next_id": "silver"}
        | given
    )


def me(name="林夏", **given):
    fields = {
        "member_id": f"mem_{name}",
        "name": name,
        "phone_masked": "138****0001",
        "locale": "zh",
        "currency": "CNY",
        "balance_minor": 32_640,
        "points": 2_480,
        "tier": tier(),
        "invite_code": "2QC0A1FT",
        "invited_by_name": None,
        "joined_at": NOW,
        "coupons_usable": 1,
        "saved_this_month_minor": 18_620,
    }
    return wire.Me(**fields | given)


def coupon(coupon_id="cpn_1", **given):
    fields = {
        "coupon_id": coupon_id,
        "campaign_id": "market-50-10",
        "name": Words(en="Market coupon", zh="小馆满减券"),
        "face": Words(en="¥12", zh="¥12"),
        "threshold": Words(en="Spend ¥50", zh="满¥50可用"),
        "rules": (Words(en="¥12 off", zh="减12元"),),
        "state": "usable",
        "currency": "CNY",
        "face_minor": 1200,
        "funder_kind": "platform",
        "funder_name": Words(en="Youhui", zh="平台"),
        "where": Words(en="All shops", zh="全部门店"),
        "valid_from": NOW - timedelta(days=1),
        "valid_until": datetime(2026, 11, 22, 16, 0, tzinfo=UTC),
        "issued_at": NOW - timedelta(days=1),
    }
    return wire.Coupon(**fields | given)


def pay_code(code=DIGITS, *, issued_at=NOW, lives_seconds=60, **given):
    end = issued_at + timedelta(seconds=lives_seconds)
    return wire.PayCode(
        code=code, issued_at=issued_at, expires_at=end, server_time=issued_at, lives_seconds=lives_seconds, **given
    )


def part(kind, amount_minor, name=None):
    return wire.FunderPart(funder=kind, kind=kind, name=name or Words(en=kind, zh=kind), amount_minor=amount_minor)


def offer(campaign_id, name, *parts):
    amount = sum(one.amount_minor for one in parts)
    return wire.AppliedOffer(
        campaign_id=campaign_id, name=name, amount_minor=amount, nominal_minor=amount, coupon_id=None, funders=parts
    )


def line(line_id, name, quantity, list_minor, discount_minor=0, **given):
    return wire.LinePriced(
        line_id=line_id,
        merchant_id="qinghe",
        sku=line_id,
        name=name,
        quantity=quantity,
        list_minor=list_minor,
        discount_minor=discount_minor,
        payable_minor=list_minor - discount_minor,
        **given,
    )


def payment(payment_id="pay_1", **given):
    """88.00 of noodles, cucumber and plum drink; 12 by the platform, 8 by the shop, 4.50 by the bank; 63.50 paid."""
    fields = {
        "payment_id": payment_id,
        "order_ref": "o-1",
        "merchant_id": "qinghe",
        "merchant_name": Words(en="Qinghe Kitchen", zh="青禾小馆"),
        "shop_id": "wangjing",
        "shop_name": Words(en="Wangjing", zh="望京店"),
        "state": "committed",
        "currency": "CNY",
        "list_minor": 8800,
        "discount_minor": 2450,
        "paid_minor": 6350,
        "refunded_minor": 0,
        "lines": (
            line("1", "招牌牛肉面", 2, 6400, 1782),
            line("2", "凉拌黄瓜", 1, 1200, 334),
            line("3", "酸梅汤", 1, 1200, 334),
        ),
        "applied": (
            offer(
                "sunday",
                Words(en="Sunday surprise", zh="周日随机立减"),
                part("bank", 450, Words(en="Huaqiao", zh="华桥银行")),
            ),
            offer("half", Words(en="¥20 off", zh="满 80 减 20"), part("merchant", 800), part("platform", 1200)),
        ),
        "rewards": (
            wire.RewardGiven(kind="points", campaign_id="p", name=Words(en="p", zh="p"), amount=63, state="given"),
        ),
        "refunds": (),
        "decided_at": NOW,
        "committed_at": NOW,
        "expires_at": None,
        "tool": "balance",
        "balance_after_minor": 26_290,
        "points_after": 2_480,
    }
    return wire.Payment(**fields | given)


def refund(amount_minor=866, **given):
    fields = {
        "refund_id": "ref_1",
        "amount_minor": amount_minor,
        "at": NOW + timedelta(minutes=20),
        "reason": "",
        "lines": (wire.RefundLineShown(line_id="2", quantity=1, amount_minor=amount_minor),),
        "funders": (part("platform", 334, Words(en="Youhui", zh="平台")),),
        "points_clawed_back": 9,
        "coupons_returned": (),
        "coupons_clawed_back": (),
    }
    return wire.RefundShown(**fields | given)


def summary(payment_id="pay_1", **given):
    fields = {
        "payment_id": payment_id,
        "merchant_name": Words(en="Qinghe Kitchen", zh="青禾小馆"),
        "shop_name": None,
        "category": "food",
        "state": "committed",
        "currency": "CNY",
        "list_minor": 8800,
        "discount_minor": 2450,
        "paid_minor": 6350,
        "refunded_minor": 0,
        "at": NOW,
    }
    return wire.PaymentSummary(**fields | given)


def event(seq, type_, **given):
    return wire.MemberEvent(seq=seq, type=type_, at=NOW, **given)


def loyalty(**given):
    lots = (
        wire.PointsLot(points=600, expires_at=datetime(2026, 12, 31, 16, tzinfo=UTC)),
        wire.PointsLot(points=1880, expires_at=datetime(2027, 3, 31, 16, tzinfo=UTC)),
    )
    entry = wire.PointsEntry(
        at=NOW, points=-12, reason=Words(en="Refund", zh="退款收回"), payment_id=None, balance_after=2480
    )
    return wire.Loyalty(**{"tier": tier(), "points": 2480, "lots": lots, "entries": (entry,)} | given)


class MemoryKeep:
    """What a browser keeps."""

    def __init__(self, **kept):
        self.kept = kept

    async def get(self, name):
        return self.kept.get(name)

    async def set(self, name, text):
        self.kept[name] = text


class Answers(httpx.AsyncBaseTransport):
    """The other end of the line: answers by method and path, what was asked is kept; no answer left: the line is cut."""

    def __init__(self, **by_path):
        self.by_path = {path: deque(found if isinstance(found, list) else [found]) for path, found in by_path.items()}
        self.asked = []

    def say(self, path, *answers):
        self.by_path[path] = deque(answers)

    async def handle_async_request(self, request):
        self.asked.append(request)
        found = self.by_path.get(f"{request.method} {request.url.path}")
        if not found:
            raise httpx.ConnectError("cut", request=request)
        answer = found.popleft() if len(found) > 1 else found[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(
            status, content=body if isinstance(body, bytes) else msgspec.json.encode(body), request=request
        )


def problem(code, status=409):
    return (status, {"type": "about:blank", "title": code, "status": status, "code": code, "detail": "said by the API"})


def full(**more):
    """Answers of a member with a code, a coupon, a payment and points."""
    known = {
        "GET /v1/me": me(),
        "GET /v1/me/pay-code": pay_code(best_coupon=coupon()),
        "GET /v1/me/coupons": wire.Coupons(items=(coupon(),), next_cursor=None),
        "GET /v1/me/payments": wire.Payments(items=(summary(),), next_cursor=None),
        "GET /v1/me/payments/pay_1": payment(),
        "GET /v1/me/loyalty": loyalty(),
    }
    return Answers(**known | more)
