"""Both suites on one node with the same people: one operation is asked of each, and what each then holds is compared.

Three investors with an identity each (an ONCHAINID, whose address is the opaque code on our side), two wallets in use,
one in the drawer for a recovery, and a stranger. Rules on both sides: one country admitted, a limit per investor, a
ceiling of the series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support import suites, trex
from tests.support.evm import Call, Contract, Evm, Refused, wallet
from tests.support.suites import BY, FOREVER, ChainRole, Suite
from tests.support.trex import COUNTRY, OWNER, Trex, TrexToken

DONE = "done"
INVESTOR_LIMIT, CEILING = 500, 1_200
INVESTORS = "ABC"
OF = {name: [f"{name}{n}" for n in (1, 2, 3)] for name in INVESTORS}
NAMES = [*(name for names in OF.values() for name in names), "stranger"]
WALLETS = {name: wallet(1_000 + n) for n, name in enumerate(NAMES)}
SPENDERS = ("B1", "C1", "stranger")
UNLIMITED = 2**256 - 1


@dataclass(frozen=True)
class Op:
    """One operation by names: `Op("transfer", "A1", "B1", 5)`."""

    kind: str
    args: tuple[Any, ...]

    @classmethod
    def of(cls, kind: str, *args: Any) -> Op:
        return cls(kind, args)

    @property
    def items(self) -> list[tuple[Any, ...]]:
        """The parts of a batch, as far as its lists go together; an operation by itself is one part."""
        if not self.kind.startswith("batch_"):
            return [self.args]
        lists = [arg for arg in self.args if isinstance(arg, list)]
        alone = [arg for arg in self.args if not isinstance(arg, list)]
        return [(*alone, *item) for item in zip(*lists, strict=False)]

    @property
    def single(self) -> str:
        return self.kind.removeprefix("batch_")

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(map(str, self.args))})"


@dataclass(frozen=True)
class Account:
    balance: int
    frozen: int
    closed: bool
    verified: bool
    identity: str
    country: int


@dataclass
class State:
    """What one side holds."""

    accounts: dict[str, Account]
    allowances: dict[tuple[str, str], int]
    supply: int
    paused: bool

    def differing(self, other: State) -> dict[str, tuple[Any, Any]]:
        """What differs, by name."""
        pairs: dict[str, tuple[Any, Any]] = {name: (a, other.accounts[name]) for name, a in self.accounts.items()}
        pairs |= {f"allowance {key}": (value, other.allowances[key]) for key, value in self.allowances.items()}
        pairs |= {"supply": (self.supply, other.supply), "paused": (self.paused, other.paused)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass
class World:
    """Both suites, with what the test itself remembers: claims, and which identity a wallet ever had on our side."""

    evm: Evm
    trex: Trex
    peer: TrexToken
    suite: Suite
    token: Contract
    identities: dict[str, str]
    claims: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    lapsed: set[str] = field(default_factory=set)
    renewals: int = 0
    codes: dict[str, str] = field(default_factory=dict)

    def held(self, state: State, identity: str) -> int:
        """Units of an investor over his wallets, removed ones included."""
        return sum(account.balance for name, account in state.accounts.items() if self.codes[name] == identity)

    # -- who is who

    def name_of(self, address: int) -> str:
        """The investor of an identity's address; empty for none."""
        known = {int(identity, 16): name for name, identity in self.identities.items()}
        return known.get(address, f"{address:#x}" if address else "")

    # -- what both sides are asked

    def calls(self, op: Op) -> tuple[Call, Call]:
        """The same operation for T-REX and for us."""
        builder: Callable[..., tuple[Call, Call]] = getattr(self, f"_{op.kind}", self._same)
        return builder(op.kind, *op.args) if builder == self._same else builder(*op.args)

    def ask(self, op: Op) -> tuple[str, str]:
        """What each would say now: `done` or its reason."""
        answers = self.evm.ask(*self.calls(op))
        theirs, ours = (str(a) if isinstance(a, Refused) else DONE for a in answers)
        return theirs, ours

    def apply(self, op: Op) -> None:
        """On both sides, as transactions of one block."""
        self.evm.send(*self.calls(op))
        self._remember(op)

    def both(self) -> tuple[State, State]:
        """T-REX's state and ours, read in one call."""
        questions = self._questions(self.peer.token, self.peer.registry)
        mine = self._questions(self.token, self.suite.registry)
        words = self.evm.read_words([*questions, *mine, *self._codes()])
        self.codes = {
            name: self.name_of(word & (2**160 - 1))
            for name, word in zip(NAMES, words[2 * len(questions) :], strict=True)
        }
        return self._state(words[: len(questions)]), self._state(words[len(questions) : 2 * len(questions)])

    def _codes(self) -> list[tuple[str, bytes]]:
        registry = self.suite.registry
        return [(registry.address, registry.code.data("recordWord", WALLETS[name])) for name in NAMES]

    def _questions(self, token: Contract, registry: Contract) -> list[tuple[str, bytes]]:
        asked = []
        for address in WALLETS.values():
            asked += [
                (token.address, token.code.data(function, address))
                for function in ("balanceOf", "getFrozenTokens", "isFrozen")
            ]
            asked += [
                (registry.address, registry.code.data(function, address))
                for function in ("isVerified", "identity", "investorCountry")
            ]
        for owner in NAMES:
            for spender in SPENDERS:
                asked.append((token.address, token.code.data("allowance", WALLETS[owner], WALLETS[spender])))
        return [*asked, (token.address, token.code.data("totalSupply")), (token.address, token.code.data("paused"))]

    def _state(self, words: Sequence[int]) -> State:
        accounts = {}
        for n, name in enumerate(NAMES):
            balance, frozen, closed, verified, identity, country = words[6 * n : 6 * n + 6]
            accounts[name] = Account(balance, frozen, bool(closed), bool(verified), self.name_of(identity), country)
        rest = iter(words[6 * len(NAMES) :])
        allowances = {(owner, spender): next(rest) for owner in NAMES for spender in SPENDERS}
        return State(accounts, allowances, next(rest), bool(next(rest)))

    # -- the operations: names in, one call for each side out

    FUNCTIONS = {
        "mint": "mint",
        "burn": "burn",
        "forced_transfer": "forcedTransfer",
        "freeze_wallet": "setAddressFrozen",
        "freeze_units": "freezePartialTokens",
        "unfreeze_units": "unfreezePartialTokens",
        "pause": "pause",
        "unpause": "unpause",
        "batch_mint": "batchMint",
        "batch_burn": "batchBurn",
        "batch_forced_transfer": "batchForcedTransfer",
        "batch_freeze_wallet": "batchSetAddressFrozen",
        "batch_freeze_units": "batchFreezePartialTokens",
        "batch_unfreeze_units": "batchUnfreezePartialTokens",
    }

    def _same(self, kind: str, *args: Any) -> tuple[Call, Call]:
        """An agent's function of ERC-3643, with the same arguments on both sides."""
        return self._agent(self.peer.token, self.token, self.FUNCTIONS[kind], *map(_addressed, args))

    def _agent(self, theirs: Contract, ours: Contract, function: str, *args: Any) -> tuple[Call, Call]:
        return theirs.call(trex.AGENT, function, *args), ours.call(BY[ChainRole.AGENT], function, *args)

    def _holder(self, holder: str, function: str, *args: Any) -> tuple[Call, Call]:
        sender, values = WALLETS[holder], [_addressed(arg) for arg in args]
        return self.peer.token.call(sender, function, *values), self.token.call(sender, function, *values)

    def _transfer(self, holder: str, to: str, units: int) -> tuple[Call, Call]:
        return self._holder(holder, "transfer", to, units)

    def _batch_transfer(self, holder: str, to: list[str], units: list[int]) -> tuple[Call, Call]:
        return self._holder(holder, "batchTransfer", to, units)

    def _approve(self, holder: str, spender: str, units: int) -> tuple[Call, Call]:
        return self._holder(holder, "approve", spender, units)

    def _transfer_from(self, spender: str, holder: str, to: str, units: int) -> tuple[Call, Call]:
        return self._holder(spender, "transferFrom", holder, to, units)

    def _register(self, name: str, investor: str, country: int) -> tuple[Call, Call]:
        address, identity = WALLETS[name], self.identities[investor]
        both = self._agent(self.peer.registry, self.suite.registry, "registerIdentity", address, identity, country)
        # The face of ERC-3643 knows no expiry: a lapsed investor's next wallet is written by our own function.
        return (both[0], self._records([(name, investor, country)])) if investor in self.lapsed else both

    def _batch_register(self, names: list[str], investors: list[str], countries: list[int]) -> tuple[Call, Call]:
        function = "batchRegisterIdentity(address[],address[],uint16[])"
        lists = (_addressed(names), [self.identities[i] for i in investors], countries)
        both = self._agent(self.peer.registry, self.suite.registry, function, *lists)
        if not self.lapsed & set(investors) or len({len(one) for one in lists}) > 1:
            return both
        return both[0], self._records(list(zip(names, investors, countries, strict=True)))

    def _remove(self, name: str) -> tuple[Call, Call]:
        return self._agent(self.peer.registry, self.suite.registry, "deleteIdentity", WALLETS[name])

    def _update_country(self, name: str, country: int) -> tuple[Call, Call]:
        return self._agent(self.peer.registry, self.suite.registry, "updateCountry", WALLETS[name], country)

    def _update_identity(self, name: str, investor: str) -> tuple[Call, Call]:
        arguments = (WALLETS[name], self.identities[investor])
        return self._agent(self.peer.registry, self.suite.registry, "updateIdentity", *arguments)

    def _recover(self, lost: str, replacement: str, investor: str) -> tuple[Call, Call]:
        """The one function of ERC-3643, as it stands on each side."""
        arguments = (WALLETS[lost], WALLETS[replacement], self.identities[investor])
        return self._agent(self.peer.token, self.token, "recoveryAddress", *arguments)

    def _recover_and_move(self, lost: str, replacement: str, investor: str) -> tuple[Call, Call]:
        """What T-REX does in one function is three powers on our side: register, recover, remove."""
        theirs, recovery = self._recover(lost, replacement, investor)
        country = self.both()[1].accounts[lost].country
        mine = [self._register(replacement, investor, country)[1], recovery]
        if self.both()[1].accounts[lost].identity:
            mine.append(self._remove(lost)[1])
        return theirs, self.suite.together(*mine)

    def _lapse(self, investor: str) -> tuple[Call, Call]:
        """T-REX: the claim is revoked. Ours: the record of each of his wallets has ended."""
        signature, _ = self.claims[investor]
        theirs = self.trex.issuer.call(OWNER, "revokeClaimBySignature", signature)
        return theirs, self._records(self._records_of(investor), lapsed={investor})

    def _renew(self, investor: str) -> tuple[Call, Call]:
        """T-REX: the investor puts a new claim where the old one was. Ours: the records run again."""
        data = b"kyc %d" % (self.renewals + 1)
        identity = self.identities[investor]
        theirs = self.trex.claim_call(WALLETS[OF[investor][0]], identity, self.trex.claim(identity, data), data)
        return theirs, self._records(self._records_of(investor), lapsed=set())

    def _add_revoked_claim_again(self, investor: str) -> tuple[Call, Call]:
        """The investor's own act: the revoked claim with its signature written another way.

        Our registry takes no claim from an investor: nothing he sends changes his record. (What our book says about
        such a claim is in test_claims.py.)
        """
        signature, data = self.claims[investor]
        other = signature[:64] + bytes([signature[64] - 27])
        holder = WALLETS[OF[investor][0]]
        theirs = self.trex.claim_call(holder, self.identities[investor], other, data)
        return theirs, Call(holder, holder, b"")

    def _records_of(self, investor: str) -> list[tuple[str, str, int]]:
        mine = self.both()[1].accounts
        return [(name, investor, mine[name].country) for name in NAMES if mine[name].identity == investor]

    def _records(self, lines: list[tuple[str, str, int]], *, lapsed: set[str] | None = None) -> Call:
        ended = self.lapsed if lapsed is None else lapsed
        rows = [(WALLETS[n], self.identities[i], country, 0, 1 if i in ended else FOREVER) for n, i, country in lines]
        sender = BY[ChainRole.AGENT]
        return self.suite.registry.call(sender, "registerBatch", rows) if rows else Call(sender, sender, b"")

    def memory(self) -> tuple[dict[str, tuple[bytes, bytes]], set[str], int]:
        """What the chain does not say, to be put back when the chain is."""
        return dict(self.claims), set(self.lapsed), self.renewals

    def forget(self, memory: tuple[dict[str, tuple[bytes, bytes]], set[str], int]) -> None:
        self.claims, lapsed, self.renewals = memory
        self.lapsed.clear()
        self.lapsed.update(lapsed)

    def _remember(self, op: Op) -> None:
        if op.kind == "lapse":
            self.lapsed.add(op.args[0])
        if op.kind == "renew":
            self.lapsed.discard(op.args[0])
            self.renewals += 1
            data = b"kyc %d" % self.renewals
            self.claims[op.args[0]] = (self.trex.claim(self.identities[op.args[0]], data), data)


def _addressed(value: Any) -> Any:
    if isinstance(value, list):
        return [_addressed(one) for one in value]
    return WALLETS.get(value, value) if isinstance(value, str) else value


def build(evm: Evm) -> World:
    """Both suites; A1, A2, B1, B2 and C1 registered in the admitted country, and the same powers given to one agent."""
    peer_suite = trex.deploy_trex(evm)
    evm.learn(*(module.code for module in peer_suite.modules.values()))
    peer = peer_suite.series("peer", CEILING, max_balance=INVESTOR_LIMIT)
    suite = suites.deploy_suite(evm)
    token = suite.series("peer", CEILING, suite.rules(country=True, units_per_investor=INVESTOR_LIMIT))
    suite.grant_agent(token)
    first = [WALLETS[names[0]] for names in OF.values()]
    peer_suite.investors(first)
    identities = {name: peer_suite.identity_of(WALLETS[OF[name][0]]) for name in INVESTORS}
    for name, address in identities.items():
        for other in OF[name][1:]:
            key = trex.key_of(WALLETS[other])
            peer_suite.identity(address).send(WALLETS[OF[name][0]], "addKey", key, trex.MANAGEMENT, trex.ECDSA)
    world = World(evm, peer_suite, peer, suite, token, identities)
    world.claims = {name: (peer_suite.claim(address, b"kyc"), b"kyc") for name, address in identities.items()}
    evm.send(*(Call(OWNER, address, b"") for address in WALLETS.values()))
    for name in ("A1", "A2", "B1", "B2", "C1"):
        world.apply(Op.of("register", name, name[0], COUNTRY))
    return world
