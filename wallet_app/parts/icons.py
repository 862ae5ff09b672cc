"""Line icons of one weight, drawn as SVG in the colour they stand in."""

from __future__ import annotations

from typing import Final

import flet as ft

PATHS: Final = {
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="3"/>',
    "chev": '<path d="M9 5l7 7-7 7"/>',
    "code": '<path d="M4 5v14M7.5 5v14M12 5v14M15 5v14M20 5v14"/>',
    "tick": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "x": '<path d="M6 6l12 12M18 6L6 18"/>',
    "back": '<path d="M15 5l-7 7 7 7"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
    "tag": '<path d="M4 6h16v4a2 2 0 000 4v4H4v-4a2 2 0 000-4z"/><path d="M14 6v12" stroke-dasharray="2 2.500"/>',
    "list": '<path d="M6 3h12v18l-3-2-3 2-3-2-3 2z"/><path d="M9.500 8h5M9.500 12h5"/>',
    "me": '<circle cx="12" cy="8" r="4"/><path d="M4.500 20.500c1-4 4-5.500 7.500-5.500s6.500 1.500 7.500 5.500"/>',
    "wallet": '<path d="M4 7.500A2.500 2.500 0 016.500 5H18v3M4 7.500V18a1.500 1.500 0 001.500 1.500H20V8H5.500"/><path d="M16 13.800h.01" stroke-width="3"/>',
    "off": '<path d="M3 3l18 18M8.500 15.500a5 5 0 016-.8M5.500 12.200a9.500 9.500 0 014-2.300M14 9.800c1.700.4 3.200 1.200 4.500 2.400M2.500 8.800A14 14 0 016 6.600M10.500 5.500c4-.5 8 .7 11 3.300"/><path d="M12 19h.01" stroke-width="3"/>',
    "info": '<circle cx="12" cy="12" r="8.500"/><path d="M12 11.500V16M12 8h.01"/>',
    "cup": '<path d="M5 9h12v5a5 5 0 01-5 5h-2a5 5 0 01-5-5zM17 10.500h1.500a2.500 2.500 0 010 5H16.800M8.500 3.500v2M12 3.500v2"/>',
    "bowl": '<path d="M3.500 11h17a8.500 8.500 0 01-5.500 8h-6a8.500 8.500 0 01-5.500-8zM9 8c0-2 1.500-2 1.500-4M13.500 8c0-2 1.500-2 1.500-4"/>',
    "film": '<rect x="3.500" y="5" width="17" height="14" rx="2"/><path d="M8 5v14M16 5v14M3.500 9.500H8M3.500 14.500H8M16 9.500h4.500M16 14.500h4.500"/>',
    "ref": '<path d="M19.500 12a7.500 7.500 0 11-2.500-5.600M19.500 4v4h-4"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "gift": '<path d="M4.500 11h15v9h-15zM3.500 7h17v4h-17zM12 7v13M12 7S7.500 7.500 7.500 5 11 3.500 12 7c1-3.500 4.500-4.500 4.500-2S12 7 12 7z"/>',
    "star": '<path d="M12 4l2.400 5 5.600.7-4.100 3.800 1.100 5.500-5-2.800-5 2.800 1.100-5.500L4 9.700 9.600 9z"/>',
    "bag": '<path d="M5 8h14l-1 12H6zM9 8V7a3 3 0 016 0v1"/>',
    "gear": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>',
    "leave": '<path d="M10 4H5v16h5M10 12h10M16 8l4 4-4 4"/>',
}


def icon(name: str, color: str, size: float = 24) -> ft.Image:
    """Return an icon; its meaning is said beside it, so readers skip it. Raises: KeyError for an unknown name."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none" '
        f'stroke="{color}" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{PATHS[name]}</svg>'
    )
    return ft.Image(src=svg, width=size, height=size, exclude_from_semantics=True)
