"""Code 128 in set C, drawn on whole pixels: what a till's laser reads.

Source: ISO/IEC 15417. Two digits a symbol, so an even number of digits; 20 digits are 145 modules.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

START_C: Final = 105
STOP: Final = 106
#: Quiet modules that a reader needs on each side.
QUIET_MODULES: Final = 10
#: Widths of bar, space, bar, space, bar, space by symbol value; the stop has a seventh.
WIDTHS: Final = tuple(
    (
        "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 "
        "122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 "
        "322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 "
        "112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 "
        "331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
        "112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
        "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 "
        "411311 113141 114131 311141 411131 211412 211214 211232 2331112"
    ).split()
)
#: Drawings kept: a code is drawn anew each second of its life.
SHOWN_MAX: Final = 256


def symbols(digits: str) -> list[int]:
    """Return the symbol values with start, check and stop. Raises: ValueError unless an even number of digits."""
    if not digits.isascii() or not digits.isdigit() or len(digits) % 2:
        raise ValueError("a pay code has an even number of digits")
    pairs = [int(digits[place : place + 2]) for place in range(0, len(digits), 2)]
    check = (START_C + sum(place * value for place, value in enumerate(pairs, 1))) % 103
    return [START_C, *pairs, check, STOP]


def bars(digits: str) -> list[tuple[int, int]]:
    """Return each bar as (first module, modules wide)."""
    found, place = [], 0
    for value in symbols(digits):
        for index, width in enumerate(map(int, WIDTHS[value])):
            if index % 2 == 0:
                found.append((place, width))
            place += width
    return found


def modules(digits: str) -> int:
    """Return how many modules wide the code is, without quiet zones."""
    first, width = bars(digits)[-1]
    return first + width


@lru_cache(maxsize=SHOWN_MAX)
def barcode_svg(digits: str, *, module: int, height: int, ink: str = "#000000") -> str:
    """Return the bars as SVG, each module *module* pixels wide, without quiet zones (the white card gives them)."""
    path = "".join(f"M{first * module} 0h{width * module}v{height}h-{width * module}z" for first, width in bars(digits))
    width = modules(digits) * module
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'shape-rendering="crispEdges"><path fill="{ink}" d="{path}"/></svg>'
    )
