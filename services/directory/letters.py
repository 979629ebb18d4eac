"""Letters as people mean them: one way to write each name, and none that can't be seen.

Unicode writes "é" as one sign or as two (NFC, NFD), and has letters of full width and signs of no width; who types a
username can't see the difference.
"""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control and format characters (zero-width, bidirectional), halves and line separators."""
_JOINERS = "\u200c\u200d"


def composed(text: str) -> str:
    """The text as it is stored: "e" with a combining accent becomes "é" (NFC)."""
    return unicodedata.normalize("NFC", text)


def key_of(text: str) -> str:
    """What two usernames or addresses have in common that are one: without regard to capitals, width and composition."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def holds_unseen(text: str, *, joined: bool = False) -> bool:
    """Whether a character can't be seen. `joined`: the joiners that Persian and Indic names are written with may stand
    where such names have them, after an Arabic letter or a virama (RFC 5892, appendix A)."""
    if text.isprintable():
        return False
    return any(
        unicodedata.category(sign) in _UNSEEN and not (joined and sign in _JOINERS and _joins(text[at - 1 : at]))
        for at, sign in enumerate(text)
    )


def _joins(before: str) -> bool:
    return bool(before) and (unicodedata.bidirectional(before) == "AL" or unicodedata.combining(before) == 9)
