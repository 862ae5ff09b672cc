"""Line icons of one weight, drawn as SVG in the colour they stand in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import flet as ft
import msgspec

#: What is drawn in a 24 by 24 box, by name.
PATHS: Final[dict[str, str]] = msgspec.json.decode((Path(__file__).parent / "icons.json").read_bytes())


def icon(name: str, color: str, size: float = 24) -> ft.Image:
    """Return an icon; its meaning is said beside it, so readers skip it. Raises: KeyError for an unknown name."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none" '
        f'stroke="{color}" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{PATHS[name]}</svg>'
    )
    return ft.Image(src=svg, width=size, height=size, exclude_from_semantics=True)
