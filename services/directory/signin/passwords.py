"""Passwords: which are good enough, and how they are kept.

Rules (NIST SP 800-63B-4, OWASP ASVS 5.0 6.2): at least 15 characters because the password stands alone, any characters,
no composition rules, no ageing; refused are the well-known, the patterned and the person's own names.
Kept as argon2id with ASVS's least cost (t=2, m=19 MiB: about 66 ms and 15 a second on one core), so hashing is bounded:
two at once in a process, others wait a little, and past that they are asked to come back.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 15
LONGEST = 256
_LEFT_AT_LEAST = 8
"""Characters that must remain when well-known words and the person's names are taken away."""
AT_ONCE = 2
PATIENCE = 4.0
"""Seconds a sign-in waits for its turn to hash."""

_WELL_KNOWN = (
    "password", "passwort", "contraseña", "letmein", "welcome", "qwertyuiop", "qwertz", "qwerty", "asdfghjkl", "asdfgh",
    "zxcvbnm", "iloveyou", "monkey", "dragon", "sunshine", "princess", "football", "baseball", "superman", "batman",
    "administrator", "admin", "changeme", "secret", "accord", "evaluation", "teacher", "teaching", "principal", "school",
    "district", "education", "classroom", "student", "summer", "autumn", "winter", "spring", "monday", "friday",
)  # fmt: skip
_SEQUENCES = ("0123456789" * 3, "9876543210" * 3, "abcdefghijklmnopqrstuvwxyz" * 2, "zyxwvutsrqponmlkjihgfedcba" * 2)
_DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$dYRVtS/TUiEx5M7vOD1DfQ$Y/fQmNtqcs7tVzvOkyZB8gt2NSJWF6bdujZZLXbJPwE"
"""Verified where there is no hash to verify against, so that a name that does not exist takes as long as one that does."""


class BusyError(Exception):
    """Too many sign-ins at this moment; come back in a few seconds."""


def weakness(password: str, own_words: Iterable[str]) -> str | None:
    """The code of what is wrong with a new password, or None. `own_words`: names, username, address, district, school."""
    whole = normal(password)
    if len(whole) < SHORTEST:
        return "password_short"
    if len(whole) > LONGEST:
        return "password_long"
    plain = "".join(sign for sign in whole.casefold() if sign.isalnum())
    if _patterned(whole.casefold()) or (plain and _patterned(plain)):
        return "password_patterned"
    own = sorted({part for word in own_words for part in _parts(word)}, key=len, reverse=True)
    if _remaining(plain, own) < _LEFT_AT_LEAST and len(plain) > _remaining(plain, own):
        return "password_own_name"
    if _remaining(plain, (*own, *_WELL_KNOWN)) < _LEFT_AT_LEAST and len(plain) > _remaining(
        plain, (*own, *_WELL_KNOWN)
    ):
        return "password_well_known"
    return None


def normal(password: str) -> str:
    """The password as it is hashed: the same whichever keyboard typed it."""
    return unicodedata.normalize("NFKC", password)


def _parts(word: str) -> list[str]:
    return [part for part in re.split(r"[\W_]+", normal(word).casefold()) if len(part) >= 3]


def _remaining(plain: str, words: Iterable[str]) -> int:
    for word in words:
        plain = plain.replace(word, "\0")
    return len(plain.replace("\0", ""))


def _patterned(text: str) -> bool:
    """A short piece repeated, or a piece of the alphabet or the digits."""
    repeated = any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 5))
    return repeated or any(text in sequence for sequence in _SEQUENCES)


class Hasher:
    """argon2id behind a gate. One for each process."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._argon = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._gate = threading.BoundedSemaphore(at_once)
        self._patience = patience

    def hash(self, password: str) -> str:
        """What to keep of a new password; raises BusyError."""
        with self._turn():
            return self._argon.hash(normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether this is the password; takes as long where nothing is kept. Raises BusyError."""
        with self._turn():
            try:
                typed = normal(password)
                right = self._argon.verify(kept or _DUMMY, typed if len(typed) <= LONGEST else "")
                return right and kept is not None
            except (VerificationError, InvalidHashError):
                return False

    def outdated(self, kept: str) -> bool:
        """Whether a kept hash was made with other costs than today's."""
        return self._argon.check_needs_rehash(kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._gate.acquire(timeout=self._patience):
            raise BusyError
        try:
            yield
        finally:
            self._gate.release()
