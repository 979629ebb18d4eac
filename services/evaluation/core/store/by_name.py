"""People in the order of a telephone book: by family name, then given name, whatever the capitals and marks on letters.

PostgreSQL sorts so by itself only where it was built with ICU, so the order is made of the names alone. The constants are
written into the statement, not sent beside it: only then is it the expression of the index (migrations/versions/0001_first.py).
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, literal_column

_MARKS = "'[\u0300-\u036f]'"
_FROM, _TO = "'ŁłĐđØøðħı’'", "'LlDdOodhi'''"


def by_name(person: FromClause) -> ColumnElement[Any]:
    """What to sort rows of people_person (or an alias of it) by. "Ó Briain, Íde" is "o briain\tide"."""
    whole = person.c.family_name.op("||")(literal_column(r"E'\t'")).op("||")(person.c.given_name)
    apart = func.normalize(whole, literal_column("NFKD"))
    bare = func.regexp_replace(apart, literal_column(_MARKS), literal_column("''"), literal_column("'g'"))
    return func.lower(func.translate(bare, literal_column(_FROM), literal_column(_TO)))
