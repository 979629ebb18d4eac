"""How the C library keeps memory for a process of several threads, set so that what a request used comes back.

glibc gives threads up to eight heaps a processor, and takes the size of a large block that was freed for what is usual
from then on: after a few sign-ins, each of which hashes in 19 MiB, every heap keeps such a block for good.
"""

import ctypes

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # malloc.h
_HEAPS = 2
"""The interpreter runs one thread at a time; a second heap is for what works outside it."""
_LARGE = 1 << 20
"""Bytes from which a block is asked of the system, and given back to it when it is freed."""


def keep_little() -> None:
    """For this process and those it forks. Does nothing where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, _HEAPS)
        mallopt(_MMAP_THRESHOLD, _LARGE)
