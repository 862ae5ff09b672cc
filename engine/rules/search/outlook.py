"""How much a set of offers can still save, at most, and which of them a better combination may hold.

Every offer is given a weight so that no combination saves more than ``base`` and the weights of its offers, one of each
clique (offers that can't stand together). An offer takes at most an amount, and of each block of lines at most a part;
the smaller weight counts. Of parts: a block of which x is left in the end pays at least

    f + f * ln(x / f)      for any f > 0, since no tangent of a convex curve lies above it

and ln x falls by ``-ln(1 - part)`` with each offer, whatever the order. With the best parts' own result as f, the
weights are what the offers are worth beside each other, so that the sum is close, and an offer whose clique has a rival
heavier by more than what is still to win can't be part of a better combination. An amount counts whole, since what
comes after it only lowers what it costs; or as the part that it is of the least that the offers before can leave.

Thresholds, caps and shared units are relaxed, never guessed. Rounding: one minor unit, and for lines of several blocks
what a share may move between them (a quarter of a unit a line, as far as later offers treat them differently).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp, expm1, log1p
from math import log as log_of
from typing import Final, NamedTuple, Protocol

#: Weights are summed as floats; this part of the basket, and this much, is more than they can err.
ERROR_PART: Final = 1e-12
ERROR_MINOR: Final = 1e-6
#: Tangent points that are tried.
PASSES_MAX: Final = 4
#: What a minor unit of a threshold's spare may be worth.
PRICES: Final = (0.15, 0.3, 0.45, 0.6, 0.8, 1.0)
#: At first an offer is counted by its part when its amount is at least so much of that part of what is left.
CAPPED: Final = 0.9
#: An amount that is a larger part of what may be left is counted by amount only.
PART_MAX: Final = 0.9
#: A tangent point that lowers the bound by less is not worth another pass.
LOWERS_MIN: Final = 0.5


class Prospect(NamedTuple):
    """An offer as the outlook sees it."""

    region: int
    clique: int  # offers of one clique can't stand together
    log: float  # -ln(1 - part); 0.0 when no part is known beforehand
    slack: float  # by how much rounding may exceed the part
    blocks: Sequence[int]  # that its region is made of
    is_even: bool  # lands by what is left of each line


class Worth(NamedTuple):
    """What an offer may take at its turn, in logarithms of what it leaves: of its region, or of one of its blocks."""

    clique: int
    amount: int
    log: float  # of the region when it lands evenly; 0.0 when unknown
    befores: Sequence[float]  # of each block, when it may land on any: what all before leave of it at least
    slack: float
    region: int
    blocks: Sequence[int]


class Outlook(NamedTuple):
    """What offers may save: at most ``base`` + the weights of those taken."""

    base: float
    weights: dict[int, float]
    most: float  # base + the heaviest of each clique
    by_part: frozenset[int]  # those counted by their part


NOTHING: Final = Outlook(0.0, {}, 0.0, frozenset())


def look(
    numbers: Sequence[int], prospects: Sequence[Prospect], amounts: Mapping[int, int], left: Sequence[int]
) -> Outlook:
    """Return the outlook of the offers *numbers*, in their order, of which each takes at most its amount.

    Shape: *amounts* by number of the offer; *left* by block, what no combination goes beyond.
    """
    total = sum(left)
    worths = _worths(numbers, prospects, amounts, left)
    logs, tangent = [0.0] * len(left), [float(minor) for minor in left]
    found, best_logs = NOTHING, logs
    made_by: list[Worth] = []
    for turn in range(PASSES_MAX):
        outlook, by_part = _weigh(worths, logs, tangent, _base(total, tangent, logs), is_first=not turn)
        if turn and outlook.most > found.most - LOWERS_MIN:
            if outlook.most < found.most:
                found, best_logs = outlook, logs
            break
        found, best_logs = outlook, logs
        if by_part == made_by:
            break
        made_by, logs = by_part, [0.0] * len(left)
        for worth in by_part:
            for block in worth.blocks:
                logs[block] += worth.log
        tangent = [minor * exp(-log) for minor, log in zip(left, logs, strict=True)]
    beside = _beside(worths, found, best_logs)
    return beside if beside.most < found.most else found


def _beside(worths: Mapping[int, Worth], outlook: Outlook, logs: Sequence[float]) -> Outlook:
    """Return the outlook with amounts that count beside the parts of everything that come after them.

    An amount a is worth at most a * (1 + log - z) * kept to a block, z being the logarithms taken; of z, those of
    everything that come after all amounts come to Z at most, the amounts to A. As (A - a)(Z - z) is never negative,
    -a * z is at most A * Z - a * Z - A * z.
    """
    last = max([number for number, worth in worths.items() if worth.befores], default=-1)
    highest, largest = dict[int, float](), dict[int, int]()
    after = list[int]()
    for number, (clique, amount, log, befores, _, _, blocks) in worths.items():
        if befores:
            largest[clique] = max(amount, largest.get(clique, 0))
        elif number > last and number in outlook.by_part and len(blocks) == len(logs):
            highest[clique] = max(log, highest.get(clique, 0.0))
            after.append(number)
    if not after or not largest:
        return outlook
    kept = exp(-max(logs))
    amounts, height = sum(largest.values()), sum(highest.values())
    weights = dict(outlook.weights)
    for number in after:
        weights[number] -= kept * amounts * worths[number].log
    for number, worth in worths.items():
        if worth.befores:
            weights[number] -= kept * height * worth.amount
    base = outlook.base + kept * amounts * height
    return Outlook(base, weights, base + heaviest_of(weights, weights, worths), outlook.by_part)


class _Member(Protocol):
    """What stands in a clique."""

    @property
    def clique(self) -> int:
        """The clique's number."""
        ...


class _Members(Protocol):
    """Members by the number of the offer: a sequence or a mapping."""

    def __getitem__(self, number: int, /) -> _Member:
        """Return the member of that number."""
        ...


def heaviest_of(numbers: Iterable[int], weights: Mapping[int, float], members: _Members) -> float:
    """Return what the heaviest of each clique weigh together."""
    heaviest = dict[int, float]()
    for number in numbers:
        clique, weight = members[number].clique, weights[number]
        if weight > heaviest.get(clique, 0.0):
            heaviest[clique] = weight
    return sum(heaviest.values())


class Threshold(NamedTuple):
    """A threshold that has to hold: what may be taken before it, and what each offer before it takes at least."""

    spare: int
    cost_by_number: Mapping[int, float]


def spared(outlook: Outlook, prospects: Sequence[Prospect], threshold: Threshold) -> Outlook:
    """Return *outlook* when all before a threshold take no more than its spare: at the best of a few prices of it."""
    found = outlook
    spare, costs = threshold
    for price in PRICES:
        weights = {number: weight - price * costs.get(number, 0.0) for number, weight in outlook.weights.items()}
        base = outlook.base + price * spare
        most = base + heaviest_of(weights, weights, prospects)
        if most < found.most:
            found = Outlook(base, weights, most, outlook.by_part)
    return found


def _worths(
    numbers: Sequence[int], prospects: Sequence[Prospect], amounts: Mapping[int, int], left: Sequence[int]
) -> dict[int, Worth]:
    """Return what each offer may take at its turn, when those before leave as little as they can."""
    kept, kept_by_clique = [1.0] * len(left), dict[int, list[float]]()  # by parts, of each block
    gone, gone_by_clique = 0, dict[int, int]()  # by amounts, of whichever block
    found = {}
    for number in numbers:
        region, clique, log, slack, blocks, is_even = prospects[number]
        amount = amounts[number]
        befores: list[float] = []
        if is_even:
            least = sum([left[block] * kept[block] for block in blocks]) - gone
            if amount < PART_MAX * least:
                by_amount = -log1p(-amount / least)
                if not log or by_amount < log:
                    log = by_amount
        else:
            befores = [kept[block] for block in blocks]
        if is_even and log:
            own = kept_by_clique.get(clique)
            if own is None:
                own = kept_by_clique[clique] = [1.0] * len(left)
            keeps = exp(-log)
            for block in blocks:
                if keeps < own[block]:
                    kept[block] *= keeps / own[block]
                    own[block] = keeps
        else:
            more = amount - gone_by_clique.get(clique, 0)
            if more > 0:
                gone += more
                gone_by_clique[clique] = amount
        found[number] = Worth(clique, amount, log, befores, slack, region, blocks)
    return found


def _base(total: int, tangent: Sequence[float], logs: Sequence[float]) -> float:
    kept = sum([f + f * log for f, log in zip(tangent, logs, strict=True)])
    return total - kept + ERROR_MINOR + ERROR_PART * total


def _weigh(
    worths: Mapping[int, Worth], logs: Sequence[float], tangent: Sequence[float], base: float, *, is_first: bool
) -> tuple[Outlook, list[Worth]]:
    """Return the outlook at a tangent point, and those of the heaviest that are to make the next one."""
    weights, tangent_by_region = dict[int, float](), dict[int, float]()
    heaviest, by_part, parts = dict[int, float](), dict[int, Worth](), list[int]()
    kept = [exp(-log) for log in logs]
    for number, worth in worths.items():
        clique, amount, log, befores, slack, region, blocks = worth
        weight: float = amount
        part = False
        if befores:
            most = 0.0
            for block, before in zip(blocks, befores, strict=True):
                after = kept[block] / before if before else 1.0
                most = max(most, after * (1.0 - log_of(after)) if after < 1.0 else 1.0)
            weight *= most
        elif log:
            here = tangent_by_region.get(region)
            if here is None:
                here = tangent_by_region[region] = sum([tangent[block] for block in blocks])
            by_log = here * log + slack
            if by_log < weight or (is_first and weight > CAPPED * here * -expm1(-log)):
                weight, part = by_log, True
        weights[number] = weight
        if part:
            parts.append(number)
        if weight > heaviest.get(clique, 0.0):
            heaviest[clique] = weight
            if part:
                by_part[clique] = worth
            else:
                by_part.pop(clique, None)
    return Outlook(base, weights, base + sum(heaviest.values()), frozenset(parts)), list(by_part.values())
