"""Letters as people mean them: one way to write each name, and none that can't be seen.

Unicode writes "é" as one sign or as two (NFC, NFD), and has letters of full width and signs of no width; who types a
username or a title can't see the difference.
"""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control and format characters (zero-width, bidirectional), halves and line separators."""
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
"""Letters, symbols and marks that are drawn as nothing: fillers, the empty Braille pattern, variation selectors."""
_JOINERS = "\u200c\u200d"


def composed(text: str) -> str:
    """The text as it is stored: "e" with a combining accent becomes "é" (NFC)."""
    return unicodedata.normalize("NFC", text)


def key_of(text: str) -> str:
    """What two usernames or addresses have in common that are one: without regard to capitals, width and composition."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def bare_key_of(text: str) -> str:
    """What two titles have in common that are read as one: as for a username, and without spaces or letters drawn as none."""
    return "".join(sign for sign in key_of(text) if not sign.isspace() and sign not in _BLANK)


def shows_something(text: str) -> bool:
    """Whether there is a letter, a number or a sign to be seen."""
    return any(unicodedata.category(sign)[0] in "LNPS" and sign not in _BLANK for sign in text)


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
