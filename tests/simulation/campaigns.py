"""One campaign of every kind that money depends on, with limits small enough to be reached in a short simulation."""

from __future__ import annotations

from typing import Final

from engine.rules.benefits.issue_coupon import IssueCoupon
from engine.rules.benefits.points import Points
from engine.rules.benefits.red_packet import RedPacket
from engine.rules.campaign import Campaign, CouponTerms, Filter, RefundRule, Scope
from engine.rules.conditions.first_order import FirstOrder
from engine.rules.conditions.invited import Invited
from tests import make

FLASH_OFF: Final = 2000  # what one mango tea of 29.90 comes down by
INVITER: Final = 1000

ALL: Final[tuple[Campaign, ...]] = (
    make.campaign(
        "third",
        make.percent_off(33),
        scope=make.at("noodle-house"),
        funding=make.funding(platform=60, merchant=40),
        limits={"budget_minor": 9_000},
        group="shop",
    ),
    make.campaign(
        "cut",
        make.amount_off(700, every=3000),
        funding=make.funding(bank_x=50, merchant=50),
        limits={"budget_minor": 5_000, "last_unit": "partial"},
        group="cut",
        priority=3,
    ),
    make.campaign(
        "daily",
        make.amount_off(300),
        when=[make.spend(2000)],
        limits={"uses_per_day": 6, "uses_per_member_per_day": 2},
        group="shop",
    ),
    make.campaign(
        "mine",
        make.amount_off(101),
        funding=make.funding(brand_x=50, platform=30, merchant=20),
        limits={"uses_per_member": 3, "uses_total": 30},
        group="mine",
    ),
    make.campaign(
        "flash",
        make.fixed_price(990, units=2, items={"skus": ("mango-tea",)}),
        phase="item",
        kind="flash",
        scope=make.at("tea-corner"),
        funding=make.funding(platform=50, merchant=50),
        limits={"units_total": 12, "units_per_member": 3, "last_unit": "partial"},
    ),
    make.campaign(
        "tea-half",
        make.percent_off(50, items={"categories": ("tea",)}),
        phase="bundle",
        scope=Scope(merchants=Filter({"ids": ("noodle-house", "tea-corner")})),
        funding=make.funding(merchant=100),
        limits={"uses_per_device": 4},
    ),
    make.campaign(
        "welcome",
        make.amount_off(500),
        audience=[FirstOrder(per=("member", "device"))],
        limits={"budget_minor": 2_000, "uses_per_member": 1, "uses_per_device": 1},
        group="welcome",
    ),
    make.campaign(
        "kept",
        make.amount_off(50),
        limits={"budget_minor": 900, "uses_per_member": 9},
        refund=RefundRule(budget="spent", uses="spent", coupon="spent", rewards="keep"),
        group="kept",
    ),
    make.campaign(
        "gift",
        IssueCoupon(campaign_id="voucher", count=2),
        phase="reward",
        when=[make.spend(2500)],
        funding=make.funding(merchant=100),
        limits={"uses_per_member": 4, "uses_total": 25},
    ),
    make.campaign(
        "voucher",
        make.amount_off(700),
        when=[make.spend(1500)],
        funding=make.funding(merchant=100),
        coupon=CouponTerms(7, per_member=5),
        limits={"uses_total": 5},
        group="voucher",
    ),
    make.campaign("points", Points(earn_points=150, every_minor=100), phase="reward"),
    make.campaign(
        "invite",
        RedPacket(friend_minor=800, inviter_minor=INVITER),
        phase="reward",
        audience=[Invited()],
        when=[make.spend(1000)],
        limits={"budget_minor": 7_200, "uses_per_member": 2},
    ),
)
BY_ID: Final = {campaign.id: campaign for campaign in ALL}
