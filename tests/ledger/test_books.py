"""The books stay balanced whatever happens in whatever order, and the audit agrees after every step."""

from __future__ import annotations

import asyncio
import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.audit.audit import audit
from engine.ledger import accounts, counters, transfers
from engine.ledger.sequencer import Sequencer
from engine.ledger.work import Answer, Rows
from engine.settings import Settings
from engine.store.database import open_database
from engine.store.script import read, select
from tests.databases import SqliteFiles
from tests.ledger.works import TENANT, done, top_up, transfer, work

MEMBERS = ["lin", "wei"]
BUDGET = 60


@functools.cache
def _template() -> SqliteFiles:
    folder = Path(tempfile.mkdtemp(prefix="youhui-books-"))
    atexit.register(shutil.rmtree, folder)
    return SqliteFiles(folder)


class Books(RuleBasedStateMachine):
    """Top-ups, holds, settlements and refunds of a made-up shop, against a model in plain Python."""

    @initialize()
    def open(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.fresh = _template().fresh(Path(self.folder.name))
        self.database = self.runner.run(open_database(Settings(database_url=self.fresh.__enter__())))
        self.sequencer = Sequencer(self.database)
        self.free = dict.fromkeys(MEMBERS, 0)
        self.held: dict[str, tuple[str, int]] = {}
        self.paid: dict[str, tuple[str, int]] = {}
        self.budget = 0
        self.number = 0

    def _submit(self, decide, *locks, reads=()) -> Answer:
        return self.runner.run(self.sequencer.submit(work(decide, *locks, reads=reads, key=self._name())))

    def _name(self) -> str:
        self.number += 1
        return f"n{self.number}"

    @rule(member=st.sampled_from(MEMBERS), amount=st.integers(1, 100))
    def top_up(self, member: str, amount: int) -> None:
        self.runner.run(self.sequencer.submit(top_up(self._name(), member, amount)))
        self.free[member] += amount

    @rule(member=st.sampled_from(MEMBERS), amount=st.integers(1, 100), discount=st.integers(1, 20))
    def reserve(self, member: str, amount: int, discount: int) -> None:
        name = self._name()
        key = ("campaign", "spring", "spring", "budget", "")

        def decide(rows: Rows) -> Answer:
            counters.reserve(rows, TENANT, key, payment_id=name, amount=discount, ceiling=BUDGET)
            transfers.pend(
                rows, transfer(name, accounts.wallet(member), accounts.payable("shop"), amount, member=member)
            )
            return done()

        answer = self._submit(decide, counters.counter_lock(TENANT, key), accounts.wallet_lock(TENANT, member, "CNY"))
        fits = self.budget + discount <= BUDGET
        assert answer.code == (
            "limit_reached" if not fits else "insufficient_balance" if amount > self.free[member] else ""
        )
        if answer.kind == "done":
            self.free[member] -= amount
            self.budget += discount
            self.held[name] = (member, amount)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), state=st.sampled_from(["posted", "voided", "expired"]))
    def settle(self, data: st.DataObject, state: transfers.Settled) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        member, amount = self.held.pop(name)
        entries = counters.entries_read(TENANT, name)
        [entry] = self.runner.run(self.database.read(counters.entries_script(TENANT, name)))
        key = counters.key_of(entry)

        def decide(rows: Rows) -> Answer:
            transfers.settle(rows, (TENANT, member, name), state)
            (counters.use if state == "posted" else counters.release)(rows, TENANT, key, name)
            return done()

        locks = (
            transfers.transfer_lock(TENANT, member, name),
            accounts.wallet_lock(TENANT, member, "CNY"),
            counters.counter_lock(TENANT, key),
        )
        assert self._submit(decide, *locks, reads=(entries,)).kind == "done"
        assert self._submit(decide, *locks, reads=(entries,)).code == "payment_state"
        if state == "posted":
            self.paid[name] = (member, amount)
        else:
            self.free[member] += amount
            self.budget -= entry["amount"]

    @precondition(lambda self: self.paid)
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.paid)))
        member, amount = self.paid.pop(name)
        [entry] = self.runner.run(self.database.read(counters.entries_script(TENANT, name)))
        key = counters.key_of(entry)
        back = data.draw(st.integers(0, entry["amount"]))

        def decide(rows: Rows) -> Answer:
            transfers.post(
                rows, transfer(f"{name}-back", accounts.payable("shop"), accounts.wallet(member), amount, member=member)
            )
            counters.give_back(rows, TENANT, key, payment_id=name, amount=back)
            return done()

        locks = (accounts.wallet_lock(TENANT, member, "CNY"), counters.counter_lock(TENANT, key))
        assert self._submit(decide, *locks, reads=(counters.entries_read(TENANT, name),)).kind == "done"
        self.free[member] += amount
        self.budget -= back

    @invariant()
    def balances_are_the_models(self) -> None:
        for member, free in self.free.items():
            lock = accounts.wallet_lock(TENANT, member, "CNY")
            assert self.runner.run(self.database.read(accounts.balance_script(lock))) == free
        taken = self.runner.run(self.database.read(read(select(counters.counter, tenant_id=TENANT))))
        assert sum(row["used"] + row["reserved"] for row in taken) == self.budget

    @invariant()
    def audit_of_accounts_and_counters_is_clean(self) -> None:
        findings = self.runner.run(audit(self.database, TENANT)).findings
        known = (
            "a budget is spent, reserved or left",
            "limits are taken by payments as they stand",
        )  # no payments here
        assert [one for one in findings if one.check not in known] == []

    def teardown(self) -> None:
        if not hasattr(self, "runner"):
            return
        self.runner.run(self.sequencer.close())
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
