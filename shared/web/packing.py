"""Compressed answers: as a whole, or of pieces that were compressed when they were kept."""

import gzip
import zlib
from collections.abc import Sequence

from flask import request

LEVEL = 3
"""For what is compressed at every answer: half the time of 5, for a tenth more bytes."""
_KEPT_LEVEL = 9
_HEAD = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF))
"""Of a gzip file without a name or a time (RFC 1952, 2.3)."""
_LAST = b"\x03\x00"
"""A last block with nothing in it (RFC 1951, 3.2.6)."""
_LONGEST = 0xFFFF


def wanted() -> bool:
    """Whether who asked reads gzip."""
    return request.accept_encodings["gzip"] > 0


def pack(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)


def piece(text: bytes) -> bytes:
    """Blocks that end on a whole byte, refer to nothing before them and are not the last (RFC 1951, 3.2.3)."""
    made = zlib.compressobj(_KEPT_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return made.compress(text) + made.flush(zlib.Z_FULL_FLUSH)


def whole(pieces: Sequence[bytes], packed: Sequence[bytes]) -> bytes:
    """gzip of all `pieces`: every second of them a short word that goes in as it is, the others as `packed` has them.

    So a form's token is never compressed with what somebody else may have put into the page (BREACH).
    """
    made, sum_of_all, length = [_HEAD], 0, 0
    for number, text in enumerate(pieces):
        sum_of_all = zlib.crc32(text, sum_of_all)
        length += len(text)
        made.append(_as_it_is(text) if number % 2 else packed[number // 2])
    return b"".join((*made, _LAST, sum_of_all.to_bytes(4, "little"), (length & 0xFFFFFFFF).to_bytes(4, "little")))


def _as_it_is(word: bytes) -> bytes:
    """A stored block (RFC 1951, 3.2.4)."""
    length = len(word)
    if length > _LONGEST:
        raise ValueError(f"A stored block holds at most {_LONGEST} bytes, not {length}")
    return b"\x00" + length.to_bytes(2, "little") + (length ^ _LONGEST).to_bytes(2, "little") + word
