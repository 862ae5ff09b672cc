"""The pay code as a QR code, drawn on whole pixels."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode

#: 20 digits fit the smallest symbol (21 modules) with a quarter of it recoverable.
MODULES: Final = 21
QUIET_MODULES: Final = 4
#: Drawings kept: a code is drawn anew each second of its life.
SHOWN_MAX: Final = 256


def qr_matrix(text: str) -> list[list[bool]]:
    """Return the modules by row, without quiet zone."""
    code = QRCode(error_correction=ERROR_CORRECT_Q, border=0)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


@lru_cache(maxsize=SHOWN_MAX)
def qr_svg(text: str, *, module: int, ink: str = "#000000") -> str:
    """Return the code as one SVG path, each module *module* pixels wide, without quiet zone."""
    rows = qr_matrix(text)
    path = "".join(_row(row, y * module, module) for y, row in enumerate(rows))
    size = len(rows) * module
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><path fill="{ink}" d="{path}"/></svg>'
    )


def _row(row: list[bool], y: int, module: int) -> str:
    """Return runs of dark modules as one rectangle each: fewer seams."""
    drawn, x = "", 0
    while x < len(row):
        run = 0
        while x + run < len(row) and row[x + run]:
            run += 1
        if run:
            drawn += f"M{x * module} {y}h{run * module}v{module}h-{run * module}z"
        x += run or 1
    return drawn
