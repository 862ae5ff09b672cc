"""A day in the town, made of one seed: what the shoppers, the tills, the jobs and the thieves do, and what must come of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from engine.checkout.expire import expire_due
from engine.checkout.payment import payment_cell, reward
from engine.checkout.top_up import top_up
from engine.errors import Invalid, NotFound, Unauthorized
from engine.ledger.accounts import account
from engine.ledger.counters import counter
from engine.ledger.transfers import transfer
from engine.ledger.work import Answer
from engine.programs import coupons
from engine.programs.coupon import coupon
from engine.programs.points_expiry import expire_points
from engine.wire.members import TopUpRequest
from engine.wire.payments import Payment, Refunded
from tests.checkout.town import TENANT, Town, body
from tests.simulation.campaigns import ALL
from tests.simulation.model import SHANGHAI, Cell, Model

MEMBERS: Final = ("ann", "bo", "chen", "dan", "eva")
#: sku, unit price, category, merchant
MENU: Final = (
    ("beef-noodles", 3200, "noodles", "noodle-house"),
    ("cucumber", 1199, "dish", "noodle-house"),
    ("napkin", 1, "thing", "noodle-house"),
    ("oolong", 1800, "tea", "tea-corner"),
    ("mango-tea", 2990, "dessert", "tea-corner"),
    ("atlas", 15001, "book", "book-shop"),
)


class Asked(NamedTuple):
    """A request that was answered; it can be sent again."""

    key: str
    again: Callable[[], Awaitable[Answer]]
    answer: Answer


class Asking(NamedTuple):
    """A request not yet sent, and its key."""

    key: str
    send: Callable[[], Awaitable[Answer]]


class Play:
    """One seed's town, its model, and what they do next."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.random, self.model = town, random.Random(seed), Model()
        self.seen: list[str] = []  # what was done, for the reader of a failure
        self.asked: list[Asked] = []
        self.codes: list[tuple[str, str, datetime]] = []
        self.numbers = 0
        self.aged = False

    async def run(self, steps: int) -> None:
        await self._open()
        ways: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (30, self.charge_as_quoted),
            (12, self.burst),
            (8, self.refund_one),
            (5, self.end_one),
            (4, self.repeat),
            (3, self.reuse_key),
            (4, self.replay_code),
            (2, self.steal_code),
            (2, self.strangers),
            (1, self.other_currency),
            (3, self.pour),
            (6, self.jobs),
            (10, self.wait),
        ]
        for step in range(steps):
            [do] = self.random.choices([way for _, way in ways], [weight for weight, _ in ways])
            self.seen.append(f"{step} {self.town.clock.now():%Y-%m-%dT%H:%M:%S} {do.__name__}")
            await do()
            if step % 12 == 0:
                await self.compare()
        await self.jobs()
        await self.compare()

    async def _open(self) -> None:
        self.town.run(*ALL)
        for place, member_id in enumerate(MEMBERS):
            inviter = MEMBERS[place - 1] if place % 2 else ""
            await self.town.join(member_id, balance=20_000, invited_by=inviter)
            self.model.top_up(member_id, 20_000)
            self.model.inviter[member_id] = inviter

    # What is asked

    def _name(self, of: str) -> str:
        self.numbers += 1
        return f"{of}-{self.numbers}"

    def _code(self, member_id: str) -> str:
        """A code never shown before: a phone has a hundred for each half minute."""
        code = self.town.code(member_id)
        if any(code == shown for _, shown, _ in self.codes):
            self.town.clock.advance(timedelta(seconds=30))
            code = self.town.code(member_id)
        self.codes.append((member_id, code, self.town.clock.now()))
        return code

    def _basket(self) -> tuple[str, list[dict[str, Any]]]:
        """A till, and lines of its own and of its neighbours."""
        till = self.random.choice(("noodle-house", "noodle-house", "tea-corner", "book-shop"))
        court = {"noodle-house", "tea-corner"} if till != "book-shop" else {till}
        own = [dish for dish in MENU if dish[3] == till]
        dishes = [self.random.choice(own)]
        dishes += self.random.choices([dish for dish in MENU if dish[3] in court], k=self.random.randrange(4))
        lines = [
            {
                "id": f"L{place}",
                "sku": sku,
                "unit_price_minor": price,
                "category": category,
                "merchant_id": owner,
                "quantity": self.random.randint(1, 4),
            }
            for place, (sku, price, category, owner) in enumerate(dishes)
        ]
        return till, lines

    def _charge(self, *, order_ref: str | None = None) -> tuple[str, str, Asking, tuple[Any, ...]]:
        member_id = self.random.choice(MEMBERS)
        till, lines = self._basket()
        code, key, ref = self._code(member_id), self._name("request"), order_ref or self._name("sale")
        capture = self.random.random() < 0.7
        town = self.town

        async def ask() -> Answer:
            return await town.charge(
                member_id, *lines, merchant_id=till, order_ref=ref, key=key, pay_code=code, capture=capture
            )

        return member_id, code, Asking(key, ask), (till, ref, lines)

    def _refund(self) -> tuple[str, dict[str, int] | None, Asking] | None:
        """Some units of some lines of any payment; now and then more than is left, or all."""
        if not self.model.sold:
            return None
        payment_id = self.random.choice(list(self.model.sold))
        sold = self.model.sold[payment_id]
        if not sold.left:
            return None
        ids = self.random.sample(sorted(sold.left), self.random.randint(1, len(sold.left)))
        extra = self.random.random() < 0.05
        units = {id_: self.random.randint(1, sold.left[id_]) + extra for id_ in ids}
        key, merchant_id, everything = self._name("request"), sold.shown.merchant_id, self.random.random() < 0.3
        lines = None if everything else units

        async def ask() -> Answer:
            return await self.town.refund(payment_id, lines, merchant_id=merchant_id, key=key)

        return payment_id, lines, Asking(key, ask)

    async def _send(self, asking: Asking) -> Answer:
        answer = await asking.send()
        self.asked.append(Asked(asking.key, asking.send, answer))
        return answer

    # What must come of it

    async def _after_charge(self, member_id: str, code: str, answer: Answer, order: tuple[Any, ...]) -> None:
        till, ref, _ = order
        before = self.model.sold.get(self.model.order.get((till, ref), ""))
        if answer.kind == "done":
            shown = msgspec.json.decode(answer.body, type=Payment)
            home = {"tenant_id": TENANT, "payment_id": shown.payment_id}
            cells = [
                Cell(row["line_id"], row["campaign_id"], row["funder"], row["merchant_id"], row["amount_minor"])
                for row in await self.town.rows(payment_cell, **home)
            ]
            promised: dict[str, int] = {}
            for row in await self.town.rows(reward, **home):
                money = row["amount"] if row["kind"] == "red_packet" else 0
                promised[row["campaign_id"]] = promised.get(row["campaign_id"], 0) + money
            self.model.charged(member_id, code, shown, cells, promised)
        elif answer.code == "order_ref_taken":
            assert before is not None
            assert before.state in {"reserved", "committed"}
        elif answer.code == "pay_code_used":
            assert code in self.model.codes
        else:
            assert answer.code in {"insufficient_balance", "pay_code_expired"}, answer

    def _after_refund(self, payment_id: str, lines: dict[str, int] | None, answer: Answer) -> None:
        sold = self.model.sold[payment_id]
        wanted = dict(sold.left) if lines is None else lines
        if sold.state != "committed":
            assert (answer.kind, answer.code) == ("conflict", "payment_state")
        elif not wanted or any(units > sold.left.get(line_id, 0) for line_id, units in wanted.items()):
            assert (answer.kind, answer.code) == ("refused", "refund_exceeds_payment")
        else:
            assert answer.kind == "done", answer
            told = msgspec.json.decode(answer.body, type=Refunded)
            self.model.refunded(payment_id, wanted, told, self.town.clock.now())

    def _after_end(self, verb: str, payment_id: str, answer: Answer) -> None:
        sold = self.model.sold[payment_id]
        over = sold.shown.expires_at is not None and self.town.clock.now() >= sold.shown.expires_at
        if sold.state != "reserved" or (verb == "commit" and over):
            assert (answer.kind, answer.code) == ("conflict", "payment_state"), answer
        elif verb == "commit":
            self.model.committed(payment_id, msgspec.json.decode(answer.body, type=Payment))
        else:
            assert answer.kind == "done"
            self.model.let_go(payment_id, "released")

    # What happens

    async def charge_as_quoted(self) -> None:
        """Alone in the shop: the price is the one quoted just before, or the balance is too low."""
        member_id, code, ask, order = self._charge()
        till, _, lines = order
        quoted = await self.town.quote(*lines, merchant_id=till, member_id=member_id)
        answer = await self._send(ask)
        if self.model.free(member_id) < quoted.payable_minor:
            assert (answer.kind, answer.code) == ("refused", "insufficient_balance")
            missing = body(answer)["fields"]["missing_minor"]
            assert 0 < missing <= quoted.payable_minor - self.model.free(member_id)
        else:
            assert answer.kind == "done", answer
            shown = msgspec.json.decode(answer.body, type=Payment)
            assert (shown.paid_minor, shown.applied) == (quoted.payable_minor, quoted.applied)
        await self._after_charge(member_id, code, answer, order)

    async def burst(self) -> None:
        """Many at once; answers come in the order in which they were decided."""
        told: list[Callable[[], Awaitable[None] | None]] = []
        repeated = self._name("sale")

        async def say(ask: Asking, after: Callable[[Answer], Awaitable[None] | None]) -> None:
            answer = await self._send(ask)
            told.append(lambda: after(answer))

        works = []
        for _ in range(self.random.randint(2, 14)):
            kind = self.random.random()
            if kind < 0.55 or not self.model.sold:
                member_id, code, ask, order = self._charge(order_ref=repeated if kind < 0.1 else None)
                works.append(
                    say(ask, lambda a, m=member_id, c=code, o=order: self._after_charge(m, c, a, o))  # type: ignore[misc]
                )
            elif kind < 0.8 and (found := self._refund()):
                works.append(say(found[2], lambda a, f=found: self._after_refund(f[0], f[1], a)))  # type: ignore[misc]
            else:
                verb, payment_id = self.random.choice(("commit", "release")), self.random.choice(list(self.model.sold))
                merchant_id = self.model.sold[payment_id].shown.merchant_id
                ask = self._ender(verb, payment_id, merchant_id)
                works.append(say(ask, lambda a, v=verb, p=payment_id: self._after_end(v, p, a)))  # type: ignore[misc]
        await asyncio.gather(*works)
        for after in told:
            waited = after()
            if waited is not None:
                await waited

    def _ender(self, verb: str, payment_id: str, merchant_id: str) -> Asking:
        key, do = self._name("request"), self.town.commit if verb == "commit" else self.town.release

        async def ask() -> Answer:
            return await do(payment_id, merchant_id=merchant_id, key=key)

        return Asking(key, ask)

    async def refund_one(self) -> None:
        found = self._refund()
        if found is not None:
            payment_id, lines, ask = found
            self._after_refund(payment_id, lines, await self._send(ask))

    async def end_one(self) -> None:
        held = [id_ for id_, sold in self.model.sold.items() if sold.state == "reserved"] or list(self.model.sold)
        if held:
            verb, payment_id = self.random.choice(("commit", "release")), self.random.choice(held)
            answer = await self._send(self._ender(verb, payment_id, self.model.sold[payment_id].shown.merchant_id))
            self._after_end(verb, payment_id, answer)

    async def repeat(self) -> None:
        """Send an answered request again, a few at once: the same bytes, and nothing happens."""
        if self.asked:
            one = self.random.choice(self.asked)
            assert set(await asyncio.gather(*(one.again() for _ in range(self.random.randint(1, 3))))) == {one.answer}

    async def reuse_key(self) -> None:
        """Another request under a key that was used is refused, whoever the shopper is."""
        if self.asked:
            key, (till, lines) = self.random.choice(self.asked).key, self._basket()
            with pytest.raises(Invalid, match="idempotency_key_reused"):
                await self.town.charge(self.random.choice(MEMBERS), *lines, merchant_id=till, key=key)

    async def replay_code(self) -> None:
        """Show a code that was shown before."""
        if self.codes:
            member_id, code, made = self.random.choice(self.codes)
            order = ("noodle-house", self._name("sale"), [])
            line = {"id": "1", "sku": "napkin", "unit_price_minor": 1, "quantity": 1}
            answer = await self.town.charge(member_id, line, order_ref=order[1], pay_code=code)
            if code in self.model.codes:
                assert answer.code in {"pay_code_used", "pay_code_expired", "pay_code_wrong"}
            if self.town.clock.now() - made >= timedelta(seconds=60):
                assert answer.code in {"pay_code_expired", "pay_code_wrong"}
            if answer.code != "pay_code_wrong":  # so long ago that nobody remembers
                await self._after_charge(member_id, code, answer, order)

    async def steal_code(self) -> None:
        """Make a code with a secret that is not the member's."""
        from engine.paycode import code

        number = self.town.code(self.random.choice(MEMBERS))[2:10]
        forged = code.make(number, b"guessed", nonce=self.random.randrange(100), now=self.town.clock.now())
        answer = await self.town.charge("ann", self._basket()[1][0] | {"merchant_id": "noodle-house"}, pay_code=forged)
        assert answer.code == "pay_code_wrong"

    async def strangers(self) -> None:
        """A till reaches for what is not its own."""
        line = {"id": "1", "sku": "atlas", "unit_price_minor": 1, "quantity": 1}
        mine, other = {**line, "id": "2"}, {**line, "merchant_id": "book-shop"}
        for lines in ((mine, other), (other,)):
            with pytest.raises(Unauthorized, match="not_allowed"):
                await self.town.charge("ann", *lines)
        for payment_id, sold in list(self.model.sold.items())[:1]:
            stranger = next(id_ for id_ in ("noodle-house", "book-shop") if id_ != sold.shown.merchant_id)
            for do in (self.town.refund, self.town.commit, self.town.release):
                with pytest.raises(NotFound, match="payment_not_found"):
                    await do(payment_id, merchant_id=stranger)  # type: ignore[operator]

    async def other_currency(self) -> None:
        """A basket in yen: refused as that, and nothing is opened for it."""
        line = {"id": "1", "sku": "atlas", "unit_price_minor": 1, "quantity": 1}
        answer = await self.town.charge("ann", basket={"currency": "JPY", "lines": [line]})
        assert (answer.kind, answer.code) == ("refused", "currency_mismatch")

    async def pour(self) -> None:
        """Top up; the bank may be silent at first, and the shopper may ask twice."""
        member_id, amount = self.random.choice(MEMBERS), self.random.randint(1, 20_000)
        asked = TopUpRequest(amount_minor=amount)
        request = self.town.request(asked, caller=f"member:{member_id}", key=self._name("top-up"))
        answers = await asyncio.gather(*(top_up(self.town.desk, member_id, asked, request) for _ in range(2)))
        assert answers[0] == answers[1]
        self.model.top_up(member_id, amount)

    async def jobs(self) -> None:
        """Everything that runs by the clock."""
        now, desk = self.town.clock.now(), self.town.desk
        over = [
            id_
            for id_, sold in self.model.sold.items()
            if sold.state == "reserved" and sold.shown.expires_at is not None and sold.shown.expires_at <= now
        ]
        assert await expire_due(desk) == len(over)
        for payment_id in over:
            self.model.let_go(payment_id, "expired")
        await coupons.expire_due(desk)
        await expire_points(desk)
        self.model.points_expired(now)
        await self.town.relay()
        self.model.relayed()

    async def wait(self) -> None:
        """Time goes on: seconds, minutes, to the edge of a day or month in Shanghai, a week, once more than a year."""
        local = self.town.clock.now().astimezone(SHANGHAI)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        month = (local.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        second = timedelta(seconds=self.random.choice((-1, 0, 1)))
        kind = self.random.random()
        if kind < 0.6:
            step = timedelta(seconds=self.random.choice((1, 10, 29, 30, 61, 299, 300)))
        elif kind < 0.74:
            step = midnight - local + second
        elif kind < 0.82:
            step = month - local + second
        elif kind < 0.88 or self.aged:
            step = timedelta(days=8)
        else:
            await self.grow_old()
            return
        self.town.clock.advance(max(step, timedelta(seconds=1)))

    async def grow_old(self) -> None:
        """More than a year goes by: every point is over, and what had earned them still comes back."""
        self.aged = True
        self.town.clock.advance(timedelta(days=400))
        await self.jobs()
        for _ in range(6):
            await self.refund_one()

    # The comparison

    async def compare(self) -> None:
        """Hold the books against the model, to the cent."""
        model, town = self.model, self.town
        await town.assert_books()
        stored = {
            row["account_id"]: (row["posted_minor"], row["pending_out_minor"])
            for row in await town.rows(account, tenant_id=TENANT)
        }
        for member_id in MEMBERS:
            wallet = (model.wallet[member_id], model.held[member_id])
            assert stored.get(f"wallet:{member_id}", (0, 0)) == wallet, member_id
            assert stored.get(f"points:{member_id}", (0, 0)) == (model.points(member_id), 0), member_id
        moved: dict[str, int] = {}
        for row in await town.rows(transfer, tenant_id=TENANT, state="posted", currency="CNY"):
            for name, sign in ((row["credit_account"], 1), (row["debit_account"], -1)):
                moved[name] = moved.get(name, 0) + sign * row["amount_minor"]
        pools = {name: amount for name, amount in moved.items() if amount and not name.startswith("wallet:")}
        assert not (apart := _apart(pools, model.account)), apart
        taken = {
            tuple(row[name] for name in ("scope_kind", "scope_id", "campaign_id", "limit_name", "window_start")): amount
            for row in await town.rows(counter, tenant_id=TENANT)
            if (amount := row["used"] + row["reserved"])
        }
        assert not (apart := _apart(taken, model.taken)), apart
        self._compare_coupons(await town.rows(coupon, tenant_id=TENANT))

    def _compare_coupons(self, rows: list[dict[str, Any]]) -> None:
        now = self.town.clock.now()
        states = {row["coupon_id"]: "over" if row["state"] == "expired" else row["state"] for row in rows}
        expected = {
            id_: "over" if one.state == "expired" or (one.state == "usable" and one.until <= now) else one.state
            for id_, one in self.model.coupons.items()
        }
        assert expected == {
            id_: "over" if state == "usable" and self.model.coupons[id_].until <= now else state
            for id_, state in states.items()
        }


def _apart(found: Mapping[Any, int], expected: Mapping[Any, int]) -> dict[Any, tuple[int, int]]:
    """Where the two differ: found, expected. What is missing is 0."""
    keys = {*found, *expected}
    return {key: pair for key in keys if (pair := (found.get(key, 0), expected.get(key, 0))) and pair[0] != pair[1]}
