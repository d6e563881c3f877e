"""A random sequence of operations on both suites, compared after every step."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from tests.chain.peer.differences import DIFFERENCES, Difference
from tests.chain.peer.world import DONE, INVESTORS, NAMES, OF, SPENDERS, UNLIMITED, Op, State, World
from tests.support.suites import COUNTRY, FOREIGN

WEIGHTS = {
    "mint": 10,
    "transfer": 16,
    "transfer_from": 8,
    "approve": 6,
    "burn": 5,
    "forced_transfer": 6,
    "freeze_wallet": 4,
    "freeze_units": 6,
    "unfreeze_units": 5,
    "pause": 1,
    "unpause": 2,
    "register": 5,
    "remove": 3,
    "update_country": 3,
    "update_identity": 1,
    "recover": 2,
    "recover_and_move": 4,
    "lapse": 2,
    "renew": 3,
    "add_revoked_claim_again": 1,
    "batch_mint": 3,
    "batch_burn": 2,
    "batch_transfer": 3,
    "batch_forced_transfer": 2,
    "batch_freeze_wallet": 1,
    "batch_freeze_units": 2,
    "batch_unfreeze_units": 2,
    "batch_register": 1,
}


class Chooser:
    """Draws the next operation, likely ones more often than absurd ones."""

    def __init__(self, random: Random, lapsed: set[str]) -> None:
        self.random = random
        self.lapsed = lapsed

    def next(self, state: State) -> Op:
        if state.paused and self.random.random() < 0.4:
            return Op.of("unpause")
        kind = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if kind in ("lapse", "renew", "add_revoked_claim_again"):
            return self._claim(kind)
        if kind.startswith("batch_"):
            return self._batch(kind, state)
        return Op(kind, getattr(self, f"_{kind}", self._wallet_and_units)(state))

    def _wallet(self, state: State, *, holder: bool = False) -> str:
        holders = [name for name, account in state.accounts.items() if account.balance]
        if holder and holders and self.random.random() < 0.85:
            return self.random.choice(holders)
        known = [name for name, account in state.accounts.items() if account.identity]
        return self.random.choice(known if known and self.random.random() < 0.85 else NAMES)

    def _units(self, most: int = 0) -> int:
        """Up to what there is, mostly; the edges (nothing, all, one too many) now and then."""
        edge = self.random.random()
        if edge < 0.15:
            return self.random.choice([0, most, most + 1])
        return self.random.randint(1, max(1, most or 200))

    def _wallet_and_units(self, state: State) -> tuple[Any, ...]:
        holder = self._wallet(state, holder=True)
        return holder, self._units(state.accounts[holder].balance)

    def _mint(self, state: State) -> tuple[Any, ...]:
        return self._wallet(state), self._units()

    def _transfer(self, state: State) -> tuple[Any, ...]:
        holder = self._wallet(state, holder=True)
        account = state.accounts[holder]
        return holder, self._receiver(state), self._units(account.balance - account.frozen)

    def _forced_transfer(self, state: State) -> tuple[Any, ...]:
        holder, units = self._wallet_and_units(state)
        return holder, self._wallet(state), units

    def _receiver(self, state: State) -> str:
        free = [name for name, account in state.accounts.items() if account.verified and not account.closed]
        return self.random.choice(free) if free and self.random.random() < 0.8 else self._wallet(state)

    def _approve(self, state: State) -> tuple[Any, ...]:
        units = self.random.choice([0, UNLIMITED, self.random.randint(1, 400)])
        return self._wallet(state, holder=True), self.random.choice(SPENDERS), units

    def _transfer_from(self, state: State) -> tuple[Any, ...]:
        granted = [pair for pair, units in state.allowances.items() if units and state.accounts[pair[0]].balance]
        holder, spender = self.random.choice(granted or [("A1", "B1")])
        most = min(state.accounts[holder].balance, state.allowances[holder, spender])
        return spender, holder, self._receiver(state), self._units(most)

    def _freeze_wallet(self, state: State) -> tuple[Any, ...]:
        frozen = [name for name, account in state.accounts.items() if account.closed]
        if frozen and self.random.random() < 0.6:
            return self.random.choice(frozen), False
        return self._wallet(state), len(frozen) < 2

    def _unfreeze_units(self, state: State) -> tuple[Any, ...]:
        frozen = [name for name, account in state.accounts.items() if account.frozen] or NAMES
        name = self.random.choice(frozen)
        return name, self._units(state.accounts[name].frozen)

    def _pause(self, state: State) -> tuple[Any, ...]:
        return ()

    _unpause = _pause

    def _register(self, state: State) -> tuple[Any, ...]:
        free = [name for name, account in state.accounts.items() if not account.identity]
        name = self.random.choice(free if free and self.random.random() < 0.8 else NAMES)
        own = name[0] if name[0] in INVESTORS and self.random.random() < 0.85 else self.random.choice(INVESTORS)
        return name, own, self._country()

    def _country(self) -> int:
        return COUNTRY if self.random.random() < 0.88 else FOREIGN

    def _remove(self, state: State) -> tuple[Any, ...]:
        return (self._wallet(state),)

    def _update_country(self, state: State) -> tuple[Any, ...]:
        return self._wallet(state), self._country()

    def _update_identity(self, state: State) -> tuple[Any, ...]:
        return self._wallet(state), self.random.choice(INVESTORS)

    def _recover(self, state: State) -> tuple[Any, ...]:
        lost = self._wallet(state, holder=True)
        investor = state.accounts[lost].identity or self.random.choice(INVESTORS)
        if self.random.random() < 0.2:
            investor = self.random.choice(INVESTORS)
        likely = OF[investor]
        spare = [name for name in likely if not state.accounts[name].identity] or likely
        return lost, self.random.choice(spare if self.random.random() < 0.7 else NAMES), investor

    _recover_and_move = _recover

    def _claim(self, kind: str) -> Op:
        """A claim is revoked once, and is revoked before it is added again."""
        investor = self.random.choice(INVESTORS)
        if kind == "lapse" and self.lapsed:
            kind = "renew"
        if kind == "renew" and self.lapsed:
            investor = self.random.choice(sorted(self.lapsed))
        if kind == "add_revoked_claim_again" and investor not in self.lapsed:
            kind = "renew" if self.lapsed else "lapse"
        return Op.of(kind, investor)

    def _batch(self, kind: str, state: State) -> Op:
        single = kind.removeprefix("batch_")
        size = self.random.choice([0, 1, 2, 2, 3, 3, 4])
        drawn = [getattr(self, f"_{single}", self._wallet_and_units)(state) for _ in range(max(size, 1))]
        if single == "transfer":
            holder = drawn[0][0]
            lists = [[item[1] for item in drawn], [self._units(20) for _ in drawn]]
            return Op.of(kind, holder, *(self._cut(one, size) for one in lists))
        lists = [list(column) for column in zip(*drawn, strict=True)]
        return Op.of(kind, *(self._cut(one, size) for one in lists))

    def _cut(self, column: list[Any], size: int) -> list[Any]:
        """Now and then a list is longer or shorter than the others."""
        return [*column, column[-1]] if self.random.random() < 0.04 else column[:size]


class Run:
    """`steps` operations from one seed; `seen` counts the differences met, `done` the operations both sides did."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chooser = Chooser(Random(seed), world.lapsed)
        self.seen: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.history: list[str] = []
        self.state = self._equal()

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.step(self.chooser.next(self.state))

    def step(self, op: Op) -> None:
        theirs, ours = self.world.ask(op)
        self.history.append(f"{op} -> T-REX: {theirs}; ours: {ours}")
        if (theirs == DONE) != (ours == DONE):
            self.seen[self.difference(op, theirs, ours).id] += 1
        elif theirs == DONE:
            self._do(op)
        else:
            self.refused[op.kind] += 1

    def difference(self, op: Op, theirs: str, ours: str) -> Difference:
        """The one entry that says so; anything else is a failure."""
        found = [d for d in DIFFERENCES if d.matches(op, theirs, ours, self.state, self.world)]
        assert len(found) == 1, self._told(f"{len(found)} entries match: {[d.id for d in found]}")
        return found[0]

    def _do(self, op: Op) -> None:
        """On both sides; a difference in the states must be the effect of an entry, and is then undone."""
        before = self.world.memory()
        with self.world.evm.kept_if() as keep:
            self.world.apply(op)
            theirs, ours = self.world.both()
            if not theirs.differing(ours):
                keep()
        if not theirs.differing(ours):
            self.done[op.kind] += 1
            self.state = theirs
            return
        self.world.forget(before)
        entry = self.difference(op, DONE, DONE)
        as_told = entry.effect is not None and entry.effect(op, theirs, ours)
        assert as_told, self._told(str(theirs.differing(ours)))
        self.seen[entry.id] += 1

    def _equal(self) -> State:
        theirs, ours = self.world.both()
        assert theirs.differing(ours) == {}, self._told("the sides start apart")
        return theirs

    def _told(self, problem: str) -> str:
        return "\n".join([problem, f"state: {self.state}" if self.history else "", *self.history[-12:]])
