"""Cut the wallet's faces from open fonts: ``python -m wallet_app.fonts.build NOTO_FOLDER PLEX_FOLDER``.

NOTO_FOLDER holds ``NotoSansCJK-Regular.ttc`` and ``-Bold.ttc`` (Debian's fonts-noto-cjk), PLEX_FOLDER holds
``ibm-plex-sans-latin-500-normal.woff2`` and ``-600-`` (the npm package @fontsource/ibm-plex-sans). Needs fonttools and
brotli. All are under the SIL Open Font License 1.1; the texts lie beside the faces.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

FONTS: Final = Path(__file__).parent.parent / "assets" / "assets" / "fonts"
SIMPLIFIED_CHINESE: Final = 2  # the face's place in the collection
FIGURES: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ¥$€£.,:/%+−–~×•-"
PUNCTUATION: Final = "¥€£−–—×÷·•…‘’“”→←↑↓✓✕"
DIGIT_WIDTH: Final = 600  # of 1000: columns of amounts line up without font features


def main(noto: Path, plex: Path) -> None:
    """Write the four faces."""
    for name, weight in (("Regular", 400), ("Bold", 700)):
        text_face(noto / f"NotoSansCJK-{name}.ttc", weight)
    for weight in (500, 600):
        figures_face(plex / f"ibm-plex-sans-latin-{weight}-normal.woff2", weight)


def text_face(source: Path, weight: int) -> None:
    """Cut ASCII, the letters of European names and GB 2312 out of the collection at *source*."""
    from fontTools.ttLib import TTFont

    latin = [*range(0x20, 0x7F), *range(0xA0, 0x180)]
    face = TTFont(source, fontNumber=SIMPLIFIED_CHINESE)
    _write(face, {*latin, *map(ord, PUNCTUATION), *gb2312()}, "Youhui Text", f"youhui-text-{weight}.woff2")


def figures_face(source: Path, weight: int) -> None:
    """Cut digits, capitals and money signs out of *source*. Raises: ValueError when a digit has another width."""
    from fontTools.ttLib import TTFont

    face = TTFont(source)
    names, widths = face.getBestCmap(), face["hmtx"]
    wrong = [digit for digit in "0123456789" if widths[names[ord(digit)]][0] != DIGIT_WIDTH]
    if wrong:
        raise ValueError(f"{source.name}: not {DIGIT_WIDTH} wide: {wrong}")
    _write(face, {*map(ord, FIGURES)}, "Youhui Figures", f"youhui-figures-{weight}.woff2")


def gb2312() -> set[int]:
    """Return the code points of GB 2312."""
    found: set[int] = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            found.update(map(ord, bytes((high, low)).decode("gb2312", "ignore")))
    return found


def _write(face: Any, code_points: set[int], family: str, filename: str) -> None:
    from fontTools import subset

    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 13, 14])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=code_points)
    subsetter.subset(face)
    for name_id in (1, 4, 6, 16):
        face["name"].setName(family.replace(" ", "") if name_id == 6 else family, name_id, 3, 1, 0x409)
    face.flavor = "woff2"
    FONTS.mkdir(parents=True, exist_ok=True)
    face.save(FONTS / filename)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
