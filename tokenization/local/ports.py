"""Ports for the parts of a stack, each given to one asker at a time.

A port that the kernel hands out by itself is free only until somebody else's outgoing connection is given the same
number, which on a busy machine happens between the question and the part's first breath. So ports are taken from below
that range, and each is claimed by a locked file for as long as the asking process lives.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

_FIRST = 20_000
_KERNEL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
# Open files of this process, which are its claims: closing one gives the port back.
_claims: dict[int, int] = {}


def free_port(wish: int = 0) -> int:
    """`wish` if nobody listens there and no other process has asked for it, else any such port of 127.0.0.1."""
    if wish and _take(wish):
        return wish
    candidates = list(range(_FIRST, max(_below_the_kernels(), _FIRST + 1_000)))
    random.shuffle(candidates)
    for port in candidates:
        if port not in _claims and _take(port):
            return port
    raise OSError("no port of 127.0.0.1 is free")


def _take(port: int) -> bool:
    ours = port in _claims
    if not _claim(port):
        return False
    if _is_free(port):
        return True
    if not ours:
        os.close(_claims.pop(port))
    return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port that is merely in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _claim(port: int) -> bool:
    """Claim a port for this process, which may have it already (a part that is started again keeps its port)."""
    if port in _claims:
        return True
    place = Path(tempfile.gettempdir()) / f"tokenization-ports-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    claim = os.open(place / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claim)
        return False
    _claims[port] = claim
    return True


def _below_the_kernels() -> int:
    """The first port that the kernel gives to outgoing connections by itself (32768 where it does not say)."""
    try:
        return int(_KERNEL_RANGE.read_text().split()[0])
    except (OSError, ValueError):
        return 32_768
