"""Where we do not do what T-REX 4.1.6 does, on purpose: one entry for each, as data.

A difference that a run meets must match exactly one entry: its operation, T-REX's outcome, ours, and the situation.
Each entry is reproduced by its scene (both sides do the steps before the last alike, and differ in the last) or, where
it is about logs or time, by a test of its own. The table in contracts/README.md is this list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.chain.peer.world import DONE, INVESTOR_LIMIT, OF, UNLIMITED, Op, State, World
from tests.support.suites import COUNTRY

Situation = Callable[[Op, State, World], bool]


@dataclass(frozen=True)
class Difference:
    """`theirs` and `ours`: `done` or the refusal's reason (ours: one of those named); `when`: how it stood before."""

    id: str
    situation: str
    kinds: tuple[str, ...]
    theirs: str
    ours: str
    why: str
    when: Situation
    scene: tuple[Op, ...] = ()
    # For both `done`: whether the states then differ in this and nothing else.
    effect: Callable[[Op, State, State], bool] | None = None
    shown: tuple[str, str] = ("", "")

    def matches(self, op: Op, theirs: str, ours: str, before: State, world: World) -> bool:
        named = (op.single in self.kinds, theirs == self.theirs, ours in self.ours.split(" / "))
        return all(named) and self.when(op, before, world)


def steps(*lines: tuple[object, ...]) -> tuple[Op, ...]:
    return tuple(Op(str(kind), args) for kind, *rest in lines for args in [tuple(rest)])


MOVES = ("transfer", "transfer_from")
RECOVERIES = ("recover", "recover_and_move")
BATCHES = (
    *("mint", "burn", "forced_transfer", "transfer", "register"),
    *("freeze_wallet", "freeze_units", "unfreeze_units"),
)


def _sender(item: tuple[object, ...], op: Op) -> str:
    return str(item[1] if op.single == "transfer_from" else item[0])


def _receiver(item: tuple[object, ...], op: Op) -> str:
    return str(item[2] if op.single == "transfer_from" else item[1])


def _own_wallets(op: Op, state: State, world: World) -> bool:
    def same(item: tuple[object, ...]) -> bool:
        sender, receiver = (state.accounts[n] for n in (_sender(item, op), _receiver(item, op)))
        return bool(sender.identity) and sender.identity == receiver.identity

    return any(same(item) for item in op.items)


def _over_limit(op: Op, state: State, world: World) -> bool:
    moved: dict[str, int] = {}
    for _, to, units in op.items:
        moved[state.accounts[to].identity] = moved.get(state.accounts[to].identity, 0) + units
    return any(world.held(state, identity) + units > INVESTOR_LIMIT for identity, units in moved.items())


def _lapsed_sender(op: Op, state: State, world: World) -> bool:
    senders = [state.accounts[_sender(item, op)] for item in op.items]
    return any(sender.identity and not sender.verified for sender in senders)


def _unlimited(op: Op, state: State, world: World) -> bool:
    spender, holder, _, units = op.args
    return state.allowances[holder, spender] == UNLIMITED and units > 0


def _allowance_alone(op: Op, theirs: State, ours: State) -> bool:
    spender, holder, _, units = op.args
    return theirs.differing(ours) == {f"allowance {(holder, spender)}": (UNLIMITED - units, UNLIMITED)}


def _verified_alone(op: Op, theirs: State, ours: State) -> bool:
    """Every wallet of the investor is verified again in T-REX, and nothing else differs."""
    found = theirs.differing(ours)
    return bool(found) and all(
        pair[0].verified and not pair[1].verified and pair[0].identity == op.args[0] for pair in found.values()
    )


def _other_identity(op: Op, state: State, world: World) -> bool:
    """The wallet had another identity once (ours keeps it also after a removal)."""
    if op.single in RECOVERIES:
        return world.codes[op.args[1]] not in ("", op.args[2])
    return any(world.codes[item[0]] not in ("", item[1]) for item in op.items)


def _unregistered(index: int) -> Situation:
    return lambda op, state, world: any(not state.accounts[item[index]].identity for item in op.items)


def _closed(index: int) -> Situation:
    return lambda op, state, world: any(state.accounts[item[index]].closed for item in op.items)


def _by_time(op: Op, state: State, world: World) -> bool:
    """Not met by operations: shown by a test of its own."""
    return False


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "mint-while-paused",
        "mint while the token is paused",
        ("mint",),
        DONE,
        "TokenPaused",
        "a pause that lets supply grow is none",
        lambda op, state, world: state.paused,
        steps(("pause",), ("mint", "A1", 5)),
    ),
    Difference(
        "mint-to-frozen",
        "mint to a frozen wallet",
        ("mint",),
        DONE,
        "TokenWalletFrozen",
        "a frozen wallet neither sends nor receives",
        _closed(0),
        steps(("freeze_wallet", "A1", True), ("mint", "A1", 5)),
    ),
    Difference(
        "forced-transfer-to-frozen",
        "forced transfer, or recovery, into a frozen wallet",
        ("forced_transfer", *RECOVERIES),
        DONE,
        "TokenWalletFrozen",
        "the order names a receiver who may hold; lift his freeze first, with its own order",
        _closed(1),
        steps(("mint", "A1", 5), ("freeze_wallet", "B1", True), ("forced_transfer", "A1", "B1", 5)),
    ),
    Difference(
        "forced-transfer-to-self",
        "forced transfer, or recovery, from a wallet to itself",
        ("forced_transfer", *RECOVERIES),
        DONE,
        "TokenTransferToSelf",
        "it moves nothing and erases the freeze on what it touches",
        lambda op, state, world: any(item[0] == item[1] for item in op.items),
        steps(("mint", "A1", 5), ("freeze_units", "A1", 5), ("forced_transfer", "A1", "A1", 5)),
    ),
    Difference(
        "forced-transfer-over-limit",
        "forced transfer past the receiver's holding limit",
        ("forced_transfer",),
        "MaxBalanceExceeded",
        DONE,
        "an order of law is counted, not refused: a court does not ask for room",
        _over_limit,
        steps(("mint", "A1", INVESTOR_LIMIT), ("mint", "B1", INVESTOR_LIMIT), ("forced_transfer", "A1", "B1", 1)),
    ),
    Difference(
        "lapsed-holder-sends",
        "transfer by a holder whose identity has lapsed",
        MOVES,
        DONE,
        "IdentityExpired",
        "nobody can be dealt with whose file has ended; he keeps his units, and is redeemed and paid",
        _lapsed_sender,
        steps(("mint", "A1", 5), ("lapse", "A"), ("transfer", "A1", "B1", 5)),
    ),
    Difference(
        "revoked-claim-encoded-again",
        "a revoked claim added again by its holder, its signature written with v 0 or 1 for 27 or 28",
        ("add_revoked_claim_again",),
        DONE,
        DONE,
        "ONCHAINID 2.2.1 revokes the bytes of a signature; what counts here is the claim, and the registrar's record",
        lambda op, state, world: op.args[0] in world.lapsed,
        steps(("mint", "A1", 5), ("lapse", "A"), ("add_revoked_claim_again", "A")),
        effect=_verified_alone,
        shown=("he is verified again", "nothing he sends changes his record"),
    ),
    Difference(
        "transfer-of-nothing",
        "transfer of 0 units",
        MOVES,
        "invalid argument - no value transfer",
        DONE,
        "ERC-20: a transfer of 0 must be treated as any other",
        lambda op, state, world: any(item[-1] == 0 for item in op.items),
        steps(("mint", "A1", 5), ("transfer", "A1", "B1", 0)),
    ),
    Difference(
        "transfer-between-own-wallets",
        "transfer between wallets of one investor who is near his holding limit",
        MOVES,
        "Transfer not possible",
        DONE,
        "his holding is the same afterwards; T-REX counts the units twice",
        _own_wallets,
        steps(("mint", "A1", INVESTOR_LIMIT), ("transfer", "A1", "A2", 1)),
    ),
    Difference(
        "unlimited-allowance",
        "transfer under an allowance of 2**256 - 1",
        ("transfer_from",),
        DONE,
        DONE,
        "OpenZeppelin's convention: an unlimited allowance stays unlimited",
        _unlimited,
        steps(("mint", "A1", 5), ("approve", "A1", "C1", UNLIMITED), ("transfer_from", "C1", "A1", "B1", 5)),
        effect=_allowance_alone,
        shown=("it falls by the units", "it stays"),
    ),
    Difference(
        "burn-from-removed",
        "burn, forced transfer or recovery from a wallet that was removed from the registry",
        ("burn", "forced_transfer", *RECOVERIES),
        "identity not found",
        DONE,
        "no rule stands before a payment or an order; T-REX's balance module locks these units",
        _unregistered(0),
        steps(("mint", "A1", 5), ("remove", "A1"), ("burn", "A1", 5)),
    ),
    Difference(
        "pause-twice",
        "pause while paused",
        ("pause",),
        "Pausable: paused",
        DONE,
        "a break-glass button must not fail because somebody else was quicker",
        lambda op, state, world: state.paused,
        steps(("pause",), ("pause",)),
    ),
    Difference(
        "unpause-twice",
        "unpause while not paused",
        ("unpause",),
        "Pausable: not paused",
        DONE,
        "as for the pause: the call states what shall be",
        lambda op, state, world: not state.paused,
        steps(("unpause",)),
    ),
    Difference(
        "register-again",
        "register a registered wallet again",
        ("register",),
        "address stored already",
        DONE,
        "a renewal is the same act as a registration and keeps every restriction",
        lambda op, state, world: (
            any(state.accounts[item[0]].identity for item in op.items)
            or len({item[0] for item in op.items}) < len(op.items)
        ),
        steps(("register", "A1", "A", COUNTRY)),
    ),
    Difference(
        "identity-is-permanent",
        "a wallet given to another investor, also after its removal",
        ("register", "update_identity", *RECOVERIES),
        DONE,
        "IdentityFixed",
        "holdings are counted by the identity of the wallet: what was counted for one must not be taken from another",
        _other_identity,
        steps(("remove", "A2"), ("register", "A2", "B", COUNTRY)),
    ),
    Difference(
        "recovery-registers",
        "recovery to a wallet that is not registered",
        ("recover",),
        DONE,
        "IdentityUnknown",
        "who may hold is the identity officer's power, not a side effect of the enforcement's",
        _unregistered(1),
        steps(("mint", "A1", 5), ("recover", "A1", "A3", "A")),
    ),
    Difference(
        "recovery-to-registered",
        "recovery to a wallet that the investor has registered already",
        RECOVERIES,
        "address stored already",
        DONE,
        "his second wallet is where he expects his units",
        lambda op, state, world: bool(state.accounts[op.args[1]].identity),
        steps(("mint", "A1", 5), ("recover", "A1", "A2", "A")),
    ),
    Difference(
        "recovery-by-a-named-identity",
        "recovery where the identity named in the call does not know the wallet",
        RECOVERIES,
        "Recovery not possible",
        DONE,
        "the identity in the call is not trusted: both wallets must be of one investor on record",
        lambda op, state, world: op.args[1] not in OF[op.args[2]],
        steps(("mint", "A1", 5), ("recover", "A1", "A2", "B")),
    ),
    Difference(
        "recovery-into-another-investor",
        "recovery to a wallet of another investor",
        RECOVERIES,
        DONE,
        "TokenOtherIdentity",
        "a recovery gives back; to give to somebody else takes a forced transfer and its order",
        lambda op, state, world: state.accounts[op.args[0]].identity != op.args[2],
        steps(("mint", "A1", 5), ("recover_and_move", "A1", "B3", "B")),
    ),
    Difference(
        "batch-of-nothing",
        "a batch without items",
        BATCHES,
        DONE,
        "TokenBatchSize / IdentityBatchSize",
        "an instruction that does nothing is a mistake upstream",
        lambda op, state, world: not op.items,
        steps(("batch_mint", [], [])),
    ),
    Difference(
        "batch-of-unequal-lists",
        "a batch whose later list is longer than its first",
        BATCHES,
        DONE,
        "TokenLengthMismatch / IdentityLengthMismatch",
        "T-REX drops the surplus without a word",
        lambda op, state, world: len({len(arg) for arg in op.args if isinstance(arg, list)}) > 1,
        steps(("batch_mint", ["A1"], [5, 7])),
    ),
    Difference(
        "batch-needs-its-total",
        "a batch of transfers with the sender among the receivers, for more than he has",
        ("transfer",),
        DONE,
        "ERC20InsufficientBalance / ERC7943InsufficientUnfrozenBalance",
        "the sender is checked once for the total; T-REX lets the units that come back pay for the next item",
        lambda op, state, world: op.kind.startswith("batch_") and op.args[0] in op.args[1],
        steps(("mint", "A1", 5), ("batch_transfer", "A1", ["A1", "B1"], [5, 5])),
    ),
    Difference(
        "maturity-ends-dealing",
        "transfer or mint after the maturity of the series",
        (),
        DONE,
        "EngineMatured",
        "a bill that is due is not dealt in; T-REX knows no maturity",
        _by_time,
    ),
    Difference(
        "identity-expiry-ends-a-file",
        "transfer after the end of the sender's or receiver's file",
        (),
        DONE,
        "IdentityExpired",
        "a file ends by its date, without anybody's transaction; claims in T-REX carry no date",
        _by_time,
    ),
    Difference(
        "a-cause-in-the-logs",
        "logs of a forced transfer",
        (),
        "Transfer alone",
        "its cause follows",
        "a register rebuilt from logs must tell an order from a sale",
        _by_time,
    ),
    Difference(
        "a-country-in-the-logs",
        "logs of a registration",
        (),
        "wallet and identity",
        "the whole record",
        "state is rebuilt from logs alone",
        _by_time,
    ),
)


def table() -> str:
    """The list as it stands in contracts/README.md."""
    lines = ["| difference | situation | T-REX 4.1.6 | ours | why |", "|---|---|---|---|---|"]
    for d in DIFFERENCES:
        theirs, ours = d.shown if d.effect else (_told(d, d.theirs), _told(d, d.ours))
        lines.append(f"| {d.id} | {d.situation} | {theirs} | {ours} | {d.why} |")
    return "\n".join(lines)


def _told(difference: Difference, outcome: str) -> str:
    """Reasons as they stand in the code; plain words stay plain."""
    if outcome == DONE or not difference.kinds:
        return outcome
    return ", ".join(f"`{reason}`" for reason in outcome.split(" / "))
