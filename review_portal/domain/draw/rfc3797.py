"""RFC 3797, Publicly Verifiable Nominations Committee Random Selection: the procedure itself.

Kept beside EXDRAW-1 so that a draw of that kind held elsewhere can be recomputed, and as the yardstick with a
published vector. It needs no secrets, but whoever knows the key early knows the result.
"""

from __future__ import annotations

import hashlib

_LARGEST_POOL = 2**16


def step_digest(key: bytes, step: int) -> bytes:
    """MD5(step || key || step), the step as two big-endian bytes counted from 0."""
    counter = step.to_bytes(2, "big")
    return hashlib.md5(counter + key + counter, usedforsecurity=False).digest()


def select(key: str, pool_size: int, count: int) -> tuple[int, ...]:
    """The first `count` places (from 1) drawn out of `pool_size`, in order.

    Step i takes the digest as one big-endian number modulo the places that are left, and that place leaves.
    ValueError: more drawn than there are places, or a pool too large for two-byte steps.
    """
    if not 0 <= count <= pool_size < _LARGEST_POOL:
        raise ValueError(f"cannot draw {count} of {pool_size}")
    left = list(range(1, pool_size + 1))
    return tuple(
        left.pop(int.from_bytes(step_digest(key.encode("ascii"), step), "big") % len(left))
        for step in range(count)
    )
