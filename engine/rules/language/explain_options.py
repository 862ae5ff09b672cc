"""Say in plain sentences what the options of the whole catalogue mean, in English or Chinese."""

from __future__ import annotations

from engine.rules.options import Options
from engine.rules.phrases import Locale, counted, listing, money, percent


def explain_options(options: Options, locale: Locale) -> str:
    """Return the sentences about *options*, one a line."""
    parts = (_choice, _count, _minimum, _cap)
    return "\n".join(sentence for part in parts if (sentence := part(options, locale)))


def _choice(options: Options, locale: Locale) -> str:
    if options.choose == "best":
        return "自动选用最省的组合。" if locale == "zh" else "The combination that saves the shopper most applies."
    if locale == "zh":
        return "按顺序（阶段、优先级、编号）逐一享用，先到先得，不比较组合。"
    return "Offers apply in order (phase, priority, id): each that can, whether or not others would save more."


def _count(options: Options, locale: Locale) -> str:
    most = options.offers_max
    if most is None:
        return ""
    if locale == "zh":
        return f"每单最多享{most}项优惠。"
    return f"At most {counted(most, 'offer applies', 'offers apply')} to one basket."


def _minimum(options: Options, locale: Locale) -> str:
    least = [money(minor, currency, locale) for currency, minor in sorted(options.payable_at_least_minor.items())]
    if not least:
        return ""
    return (
        f"每单至少支付{listing(least, locale, 'or')}。"
        if locale == "zh"
        else f"At least {listing(least, locale, 'or')} is paid."
    )


def _cap(options: Options, locale: Locale) -> str:
    most = [money(minor, currency, locale) for currency, minor in sorted(options.discount_at_most_minor.items())]
    amounts = listing(most, locale, "or") if most else ""
    part = options.discount_at_most
    if locale == "zh":
        told = [f"原价的{percent(part)}" if part is not None else "", amounts]
        capped = "，且不超过".join(one for one in told if one)
        return f"每单优惠不超过{capped}。" if capped else ""
    told = [f"{percent(part)} of its list price" if part is not None else "", amounts]
    capped = " and at most ".join(one for one in told if one)
    return f"A basket saves at most {capped}." if capped else ""
