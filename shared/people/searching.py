"""Looking for people by name, everywhere alike: words in any order, without regard to capitals and to marks on letters.

The words are made plain here, the names in the statement, so that people who are stored already are found too. What is put
there stands in the statement itself and is not sent beside it, as in an index.
"""

import unicodedata

from sqlalchemy import ColumnElement, FromClause, func, literal_column

MOST_WORDS = 6
_SIGNS = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})
_PLAIN = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h", "’": "'", "ʻ": "'"}
)


_MARKS = "'[\u0300-\u036f]'"
_FROM, _TO = "'ŁłĐđØøıÐðĦħ’ʻÆŒÞẞ'", "'llddooiddhh''''æœþß'"
"""Capitals too: a database that was made without a language lowers those of ASCII alone."""
_TWO = {"æ": "ae", "œ": "oe", "þ": "th", "ß": "ss"}


def plain(text: str) -> str:
    """The text without marks and capitals, to sort and search by: "Ó Briain" is "o briain"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).translate(_PLAIN)


def words_of(text: str) -> list[str]:
    """What is looked for, as patterns for LIKE with "\\" as its escape; at most MOST_WORDS. Names in lists stand as
    "Haddad, Yara", and are looked for as they stand."""
    return [f"%{word.translate(_SIGNS)}%" for word in plain(text).replace(",", " ").split()[:MOST_WORDS]]


def plain_name(person: FromClause) -> ColumnElement[str]:
    """What `plain` makes of the name in a row of people_person (or an alias of it), made by the database."""
    whole = person.c.given_name.op("||")(literal_column("' '")).op("||")(person.c.family_name)
    apart = func.normalize(whole, literal_column("NFKD"))
    bare = func.regexp_replace(apart, literal_column(_MARKS), literal_column("''"), literal_column("'g'"))
    found: ColumnElement[str] = func.translate(func.lower(bare), literal_column(_FROM), literal_column(_TO))
    for letter, letters in _TWO.items():
        found = func.replace(found, literal_column(f"'{letter}'"), literal_column(f"'{letters}'"))
    return found


def is_named(person: FromClause, text: str) -> list[ColumnElement[bool]]:
    """That each of the words stands somewhere in the name; nothing where there is none."""
    name = plain_name(person)
    return [name.like(word, escape="\\") for word in words_of(text)]
