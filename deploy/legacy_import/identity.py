"""The new id of what had a number: the same in every run, and sorted by age like all job ids."""

import hashlib
from datetime import datetime
from uuid import UUID

from shared.db.imported import LegacyKey

_BITS = (1 << 74) - 1  # of a version 7 UUID, besides its time


def job_id_of(key: LegacyKey, *, user_id: UUID, created_at: datetime) -> UUID:
    """A version 7 UUID of that moment. Another row, another user or another time: another id."""
    milliseconds = max(0, int(created_at.timestamp() * 1000))
    told = f"{key.table}/{key.id}/{user_id}/{milliseconds}"
    bits = int.from_bytes(hashlib.blake2b(told.encode(), digest_size=10).digest()) & _BITS
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76
    return UUID(int=value | (bits >> 62) << 64 | 0b10 << 62 | bits & ((1 << 62) - 1))
