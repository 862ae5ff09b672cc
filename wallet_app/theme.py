"""The Flet theme made of the tokens: every colour of the scheme is set, so nothing drifts from a seed."""

from __future__ import annotations

import dataclasses
from typing import Final

import flet as ft

from wallet_app.look import Look, tokens

TEXT_FACE: Final = "Youhui Text"
FIGURES_FACE: Final = "Youhui Figures"
#: Fields that the map leaves out, by token.
_MORE: Final = {
    "surface_bright": "card",
    "surface_dim": "sunken",
    "inverse_primary": "primary_container",
    "shadow": "code_ink",
    "scrim": "code_ink",
    "primary_fixed": "primary_container",
    "primary_fixed_dim": "primary_container",
    "on_primary_fixed": "on_primary_container",
    "on_primary_fixed_variant": "on_primary_container",
    "secondary_fixed": "primary_container",
    "secondary_fixed_dim": "primary_container",
    "on_secondary_fixed": "on_primary_container",
    "on_secondary_fixed_variant": "on_primary_container",
    "tertiary_fixed": "saving_container",
    "tertiary_fixed_dim": "saving_container",
    "on_tertiary_fixed": "on_saving_container",
    "on_tertiary_fixed_variant": "on_saving_container",
}


def theme(look: Look) -> ft.Theme:
    """Return the theme of *look*."""
    return ft.Theme(
        color_scheme=ft.ColorScheme(**{field: look.color(token) for field, token in scheme_tokens().items()}),
        font_family=TEXT_FACE,
        scaffold_bgcolor=look.color("surface"),
        page_transitions=ft.PageTransitionsTheme(
            android=ft.PageTransitionTheme.NONE,
            ios=ft.PageTransitionTheme.NONE,
            linux=ft.PageTransitionTheme.NONE,
            macos=ft.PageTransitionTheme.NONE,
            windows=ft.PageTransitionTheme.NONE,
        ),
    )


def scheme_tokens() -> dict[str, str]:
    """Return the token of each field of ``ft.ColorScheme``. Raises: LookupError when a field has none."""
    token_by_field = {**_MORE, **tokens()["color_scheme_map"]["map"]}
    missing = [field.name for field in dataclasses.fields(ft.ColorScheme) if field.name not in token_by_field]
    if missing:
        raise LookupError(f"no token for {missing}")
    return token_by_field
