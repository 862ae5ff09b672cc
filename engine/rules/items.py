"""A choice of items in words."""

from __future__ import annotations

from typing import Final

from engine.rules.campaign import Filter
from engine.rules.phrases import Locale, listing

_NOUNS: Final = {
    "skus": ("item", "商品"),
    "categories": ("category", "分类"),
    "tags": ("tag", "标签"),
    "ids": ("merchant", "商户"),
    "districts": ("district", "商圈"),
}


def items_in_words(chosen: Filter, locale: Locale) -> str:
    """Return what *chosen* chooses, "" when it chooses everything."""
    including = _values(chosen.include, locale)
    excluding = _values(chosen.exclude, locale)
    if locale == "zh":
        return including + (f"（不含{excluding}）" if excluding else "")
    return " ".join(part for part in (including, f"except {excluding}" if excluding else "") if part)


def _values(values_by_dimension: dict[str, tuple[str, ...]], locale: Locale) -> str:
    parts = []
    for dimension, values in values_by_dimension.items():
        en, zh = _NOUNS[dimension]
        parts.append(
            f"{zh}「{listing(values, locale, 'or')}」" if locale == "zh" else f"{en} {listing(values, locale, 'or')}"
        )
    return ("或" if locale == "zh" else " or ").join(parts)
