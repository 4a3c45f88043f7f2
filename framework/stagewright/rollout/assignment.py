"""Which arm a unit belongs to: a hash bucket, sticky, and monotone in the weight.

Raising the canary's weight only moves units from stable to canary, lowering it only moves them back; no unit
ever changes sides for another reason. Nothing is stored, so a restart cannot lose an assignment.
"""

from __future__ import annotations

from hashlib import blake2b

BUCKETS = 10_000


def share(percent: float) -> float:
    """The share of units that a weight in percent really stands for: whole buckets."""
    return round(percent * BUCKETS / 100) / BUCKETS


def bucket(salt: str, unit: str) -> int:
    """The unit's bucket, 0 to 9,999, uniform over units and independent between salts."""
    digest = blake2b(f"{salt}:{unit}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % BUCKETS


def chosen(salt: str, unit: str, weight: float) -> bool:
    """Whether the unit is among the share `weight` (0 to 1)."""
    return bucket(salt, unit) < round(weight * BUCKETS)
