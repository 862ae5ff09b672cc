"""The bars and the QR, against known symbols and an independent reader."""

import re
from pathlib import Path

import msgspec
import pytest
import zxingcpp

from tests.wallet.make import DIGITS
from wallet_app.barcode import QUIET_MODULES, barcode_svg, bars, modules, symbols
from wallet_app.qr import qr_matrix, qr_svg

KNOWN = msgspec.json.decode((Path(__file__).parent / "code128.json").read_bytes())


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["digits"])
def test_symbols_are_the_known_ones(known):
    assert symbols(known["digits"]) == known["codewords"]
    drawn = ["0"] * len(known["bits"])
    for first, width in bars(known["digits"]):
        drawn[first : first + width] = "1" * width
    assert "".join(drawn) == known["bits"]


def test_twenty_digits_are_145_modules():
    assert modules(DIGITS) == 145


@pytest.mark.parametrize("wrong", ["", "123", "12a4", "１２"][1:])
def test_what_is_no_even_number_of_digits_is_refused(wrong):
    with pytest.raises(ValueError, match="even number"):
        symbols(wrong)


def test_a_reader_reads_the_drawn_bars():
    image = painted(barcode_svg(DIGITS, module=2, height=96), quiet=QUIET_MODULES * 2)
    (found,) = zxingcpp.read_barcodes(image)
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.Code128, DIGITS)


def test_a_reader_reads_the_drawn_qr():
    image = painted(qr_svg(DIGITS, module=9), quiet=36)
    (found,) = zxingcpp.read_barcodes(image)
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.QRCode, DIGITS)


def test_twenty_digits_fit_the_smallest_qr():
    assert len(qr_matrix(DIGITS)) == 21


def painted(svg, *, quiet):
    """Fill the rectangles of a drawn path; every number is a whole pixel."""
    width, height = (int(re.search(rf'{name}="(\d+)"', svg)[1]) for name in ("width", "height"))
    high, wide = height + 2 * quiet, width + 2 * quiet
    image = bytearray(b"\xff" * (high * wide))
    for x, y, across, down in (map(int, one) for one in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", svg)):
        for row in range(y + quiet, y + quiet + down):
            start = row * wide + x + quiet
            image[start : start + across] = bytes(across)
    return memoryview(image).cast("B", (high, wide))
