"""Campaigns in words, word for word."""

from engine.rules.language.explain import explain
from engine.rules.language.read import read_campaign

WEEKEND = """\
campaign: weekend
currency: CNY
name: {en: "Weekend tea", zh: "周末茶"}
funding: {platform: 50%, "bank:harbour": 50%}
schedule:
  from: 2027-03-01
  until: 2027-04-01
  timezone: Asia/Shanghai
  on: [{days: [sat, sun], from: "10:00", until: "22:00"}]
audience: {any: [{segment: dormant}, {tier: gold}], none: [{tag: staff}]}
scope: {merchants: {tags: [drinks], exclude: {ids: [light-coffee]}}, channels: [scan]}
when: [{spend: {at_least: 20.00}}, {quantity: {at_least: 2}}]
give: [{percent_off: {percent: 12.5%, at_most: 9.90, items: {categories: [tea]}}}]
limits: {budget: 500.00, uses: {per_member: 2}}
stacking: {group: shop, exclusive: phase}
"""


def test_a_campaign_in_english() -> None:
    assert explain(read_campaign(WEEKEND, "weekend.yaml").campaign, "en").splitlines() == [
        "Weekend tea (weekend)",
        "12.5% off category tea, ¥9.90 at most, when you spend at least ¥20 and you buy at least 2 items.",
        "Only if (the shopper's segment is dormant or the shopper's tier is gold) and not: the shopper's tag is staff.",
        "At tag drinks except merchant light-coffee, by scan.",
        "From 2027-03-01 00:00 until 2027-04-01 00:00 (Asia/Shanghai), Saturday and Sunday 10:00–22:00.",
        "Limits: ¥500 in all, 2 uses per member.",
        "Funding: platform pays 50% and bank:harbour pays 50%.",
        "Stacking: in the order phase, at most one of the group shop, with no other offer of its phase.",
    ]


def test_an_audience_that_only_leaves_out() -> None:
    text = WEEKEND.replace("any: [{segment: dormant}, {tier: gold}], ", "")
    campaign = read_campaign(text, "weekend.yaml").campaign
    assert "For everyone, but not: the shopper's tag is staff." in explain(campaign, "en")
    assert "标签为staff的用户除外，其余人人可享。" in explain(campaign, "zh")


def test_a_campaign_in_chinese() -> None:
    assert explain(read_campaign(WEEKEND, "weekend.yaml").campaign, "zh").splitlines() == [
        "周末茶（weekend）",
        "满20元，且满2件，分类「tea」8.75折，最多减9.90元。",
        "仅限：人群为dormant的用户或等级为gold的用户，标签为staff的用户除外。",
        "范围：标签「drinks」（不含商户「light-coffee」），仅扫码。",
        "时间：2027-03-01 00:00起，至2027-04-01 00:00止（Asia/Shanghai），周六、周日10:00–22:00。",
        "限量：总预算500元，每人2次。",
        "费用：平台承担50%，银行 harbour承担50%。",
        "叠加：整单阶段，同组「shop」只享其一，不与同阶段优惠同享。",
    ]
