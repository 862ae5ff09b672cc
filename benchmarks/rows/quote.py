"""A whole quote, bytes in and bytes out, against a typed Litestar echo of the same body; and as campaigns grow."""

from __future__ import annotations

import gc
from statistics import median
from time import process_time_ns

import msgspec

from benchmarks.bench import Row
from benchmarks.echo import cost_us
from benchmarks.scenes import Scene, quoting, scenes
from engine.wire.quotes import Quote

LIVE, SCENES, TIMES = 10_000, 8, 40


def rows() -> list[Row]:
    return [
        _against_echo("quote5_vs_echo", scenes(SCENES, live=LIVE, applicable=5, lines=5)),
        _against_echo("quote20_vs_echo", scenes(SCENES, live=LIVE, applicable=20, lines=20)),
        _growth(),
    ]


def _against_echo(name: str, found: list[Scene]) -> Row:
    ours, echo = _quote_us(found), cost_us(found[0].body)
    return Row(
        name=name, ours=round(ours, 1), other=round(echo, 1), ratio=round(ours / echo, 2), unit="µs, ours / echo"
    )


def _growth() -> Row:
    few = _quote_us(scenes(SCENES, live=100, applicable=10, lines=5))
    many = _quote_us(scenes(SCENES, live=LIVE, applicable=10, lines=5))
    return Row(
        name="quote_growth",
        ours=round(many, 1),
        other=round(few, 1),
        ratio=round(many / few, 2),
        unit="µs, 10,000 / 100",
    )


def _quote_us(found: list[Scene]) -> float:
    """Return the CPU time of one quote: the median of scenes, of each the median of its repetitions."""
    gc.collect()
    gc.freeze()
    spent = []
    for scene in found:
        quote = quoting(scene)
        shown = msgspec.json.decode(quote(), type=Quote)
        assert len(shown.applied) + len(shown.lost) == scene.applicable
        assert shown.optimal
        spent.append(median(_us(quote) for _ in range(TIMES)))
    gc.unfreeze()
    return median(spent)


def _us(quote) -> float:
    start = process_time_ns()
    quote()
    return (process_time_ns() - start) / 1000
