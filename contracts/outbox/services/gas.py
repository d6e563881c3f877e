"""Gas of one call: what a node's estimate means, and the spare that is added to it."""

from __future__ import annotations

from contracts.gateway.errors import NodeErrorKind
from contracts.outbox import config

# Room above the estimate: state may change between the dry run and the block.
_SPARE_NUMERATOR, _SPARE_DENOMINATOR, _SPARE_FIXED = 5, 4, 30_000
# Any of these means the call as such cannot work now; other answers are about the node.
CALL_FAILS = frozenset({NodeErrorKind.REVERTED, NodeErrorKind.GAS})


def with_spare(estimate: int) -> int:
    """The gas limit of a transaction: the estimate and its spare, within the limit of one transaction."""
    return min(estimate * _SPARE_NUMERATOR // _SPARE_DENOMINATOR + _SPARE_FIXED, config.gas_cap())


def room() -> int:
    """The largest estimate whose whole spare stays within the limit of one transaction."""
    return (config.gas_cap() - _SPARE_FIXED) * _SPARE_DENOMINATOR // _SPARE_NUMERATOR
