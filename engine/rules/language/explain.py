"""Say in plain sentences what a campaign does, in English or Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from engine.rules.campaign import Campaign, Group, Pattern, Schedule
from engine.rules.items import items_in_words
from engine.rules.kinds import Condition
from engine.rules.phrases import Locale, counted, listing, money, percent

_DAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_FUNDERS_ZH: Final = {"platform": "平台", "merchant": "商户", "brand": "品牌", "bank": "银行"}
_PHASES_ZH: Final = {"item": "单品", "bundle": "搭配", "order": "整单", "payment": "支付", "reward": "付款后"}
_CHANNELS: Final = {"pay_code": ("pay code", "付款码"), "scan": ("scan", "扫码"), "online": ("online", "线上")}


def explain(campaign: Campaign, locale: Locale) -> str:
    """Return the sentences about *campaign*, one a line, its name first."""
    return "\n".join(sentences(campaign, locale))


def sentences(campaign: Campaign, locale: Locale) -> list[str]:
    """Return what a shopper, a merchant and a marketer should know: name, gift, conditions, time, limits, funding."""
    parts = (_name, _gift, _audience, _scope, _time, _coupon, _limits, _funding, _stacking)
    return [sentence for part in parts if (sentence := part(campaign, locale))]


def _name(campaign: Campaign, locale: Locale) -> str:
    name = campaign.name.zh if locale == "zh" else campaign.name.en
    return f"{name}（{campaign.id}）" if locale == "zh" else f"{name} ({campaign.id})"


def _gift(campaign: Campaign, locale: Locale) -> str:
    given = [benefit.describe(locale, campaign.currency) for benefit in campaign.give]
    when = _group(campaign.when, locale, campaign.currency)
    if locale == "zh":
        return f"{when}，{'，'.join(given)}。" if when else f"{'，'.join(given)}。"
    sentence = f"{listing(given, locale)}{f', when {when}' if when else ''}."
    return sentence[0].upper() + sentence[1:]


def _audience(campaign: Campaign, locale: Locale) -> str:
    who = _group(campaign.audience, locale, campaign.currency)
    if not who:
        return "人人可享。" if locale == "zh" else "For everyone."
    if not campaign.audience.all and not campaign.audience.any:
        return f"{who}，其余人人可享。" if locale == "zh" else f"For everyone, but {who}."
    return f"仅限：{who}。" if locale == "zh" else f"Only if {who}."


def _group(group: Group, locale: Locale, currency: str) -> str:
    def words(members: Sequence[Condition | Group]) -> list[str]:
        return [_member(member, locale, currency) for member in members]

    parts = words(group.all)
    if group.any:
        options = listing(words(group.any), locale, "or")
        parts.append(f"({options})" if locale == "en" and (parts or group.none) else options)
    told = listing(words(group.none), locale, "or") if group.none else ""
    if locale == "zh":
        return "，".join(part for part in ("，且".join(parts), f"{told}除外" if told else "") if part)
    return " and ".join([*parts, f"not: {told}"] if told else parts)


def _member(member: Condition | Group, locale: Locale, currency: str) -> str:
    if isinstance(member, Group):
        return f"({_group(member, locale, currency)})" if locale == "en" else f"（{_group(member, locale, currency)}）"
    return member.describe(locale, currency)


def _scope(campaign: Campaign, locale: Locale) -> str:
    scope = campaign.scope
    merchants, items = items_in_words(scope.merchants, locale), items_in_words(scope.items, locale)
    channels = (
        listing([_CHANNELS[channel][locale == "zh"] for channel in scope.channels], locale, "or")
        if scope.channels
        else ""
    )
    if locale == "zh":
        parts = [part for part in (merchants or "全部商户", items, f"仅{channels}" if channels else "") if part]
        return f"范围：{'，'.join(parts)}。"
    parts = [f"At {merchants or 'every merchant'}", items and f"for {items}", channels and f"by {channels}"]
    return ", ".join(part for part in parts if part) + "."


def _time(campaign: Campaign, locale: Locale) -> str:
    schedule = campaign.schedule
    start = _local(schedule.start, schedule)
    until = _local(schedule.until, schedule) if schedule.until else ""
    hours = [_pattern(pattern, locale) for pattern in schedule.on]
    if locale == "zh":
        span = f"{start}起" + (f"，至{until}止" if until else "，长期有效")
        return f"时间：{span}（{schedule.timezone}）" + (f"，{'；'.join(hours)}" if hours else "") + "。"
    span = f"From {start}" + (f" until {until}" if until else " on")
    return f"{span} ({schedule.timezone})" + (f", {listing(hours, locale)}" if hours else "") + "."


def _local(instant: datetime, schedule: Schedule) -> str:
    return instant.astimezone(ZoneInfo(schedule.timezone)).strftime("%Y-%m-%d %H:%M")


def _pattern(pattern: Pattern, locale: Locale) -> str:
    days = [_DAYS[locale][day] for day in pattern.days]
    all_day = pattern.start == pattern.until
    hours = "" if all_day else f"{pattern.start:%H:%M}–{pattern.until:%H:%M}"
    if locale == "zh":
        return f"{'、'.join(days) or '每天'}{hours}"
    return f"{listing(days, locale) if days else 'every day'}{f' {hours}' if hours else ''}"


def _coupon(campaign: Campaign, locale: Locale) -> str:
    if campaign.coupon is None:
        return ""
    days = campaign.coupon.valid_for_days
    if locale == "zh":
        return f"需持券使用，领取后{days}天内有效。"
    return f"Needs its coupon, valid for {counted(days, 'day', 'days')} from the day it is given."


def _limits(campaign: Campaign, locale: Locale) -> str:
    limits = campaign.limits
    budget = money(limits.budget_minor, campaign.currency, locale) if limits.budget_minor else None
    rows = (
        (limits.uses_total, "use", "in all", "共{}次"),
        (limits.uses_per_day, "use", "a day", "每天{}次"),
        (limits.uses_per_member, "use", "per member", "每人{}次"),
        (limits.uses_per_member_per_day, "use", "per member a day", "每人每天{}次"),
        (limits.uses_per_device, "use", "per device", "每台设备{}次"),
        (limits.units_total, "piece", "in all", "共{}件"),
        (limits.units_per_member, "piece", "per member", "每人限{}件"),
    )
    told = [f"总预算{budget}" if locale == "zh" else f"{budget} in all"] if budget else []
    for ceiling, noun, scope, zh in rows:
        if ceiling is not None:
            told.append(zh.format(ceiling) if locale == "zh" else f"{counted(ceiling, noun, f'{noun}s')} {scope}")
    if not told:
        return "不限量。" if locale == "zh" else "Without limits."
    return f"限量：{'，'.join(told)}。" if locale == "zh" else f"Limits: {', '.join(told)}."


def _funding(campaign: Campaign, locale: Locale) -> str:
    if locale == "zh":
        parts = [f"{_funder_zh(share.funder)}承担{percent(share.part)}" for share in campaign.funding]
        return f"费用：{'，'.join(parts)}。"
    parts = [f"{share.funder} pays {percent(share.part)}" for share in campaign.funding]
    return f"Funding: {listing(parts, locale)}."


def _funder_zh(funder: str) -> str:
    kind, _, name = funder.partition(":")
    return f"{_FUNDERS_ZH[kind]}{f' {name}' if name else ''}"


def _stacking(campaign: Campaign, locale: Locale) -> str:
    stacking = campaign.stacking
    rows = (
        (stacking.group, "at most one of the group {}", "同组「{}」只享其一"),
        (stacking.exclusive == "alone", "with no other offer", "不与其他优惠同享"),
        (stacking.exclusive == "phase", "with no other offer of its phase", "不与同阶段优惠同享"),
        (listing(stacking.combine_with, locale) if stacking.combine_with else "", "only with {}", "仅可与{}同享"),
    )
    told = [(zh if locale == "zh" else en).format(value) for value, en, zh in rows if value]
    if locale == "zh":
        return f"叠加：{'，'.join([f'{_PHASES_ZH[stacking.phase]}阶段', *told])}。"
    return f"Stacking: {', '.join([f'in the {stacking.phase} phase', *told])}."
