"""What a page says anew in every answer, although the rest of it may be kept: its forms' token and key, the minute.

Templates ask for these by name, as always. Only while a page is written to be kept, a gap stands in their place.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from shared.web.context import clock, visit
from shared.web.csrf import csrf_token
from shared.web.gaps import Gaps
from shared.web.wording import moment


def new_key() -> str:
    """By which a form that is sent twice is known; another one for each form."""
    return secrets.token_urlsafe(16)


def printed_at() -> str:
    """When the page was asked for, for the foot of its print."""
    return moment(clock())


ANEW: Mapping[str, Callable[[], str]] = {"csrf_token": csrf_token, "new_key": new_key, "printed_at": printed_at}


@contextmanager
def written_with_gaps() -> Iterator[Gaps]:
    """Within the block the present request's templates leave gaps."""
    present = visit()
    present.gaps = gaps = Gaps()
    try:
        yield gaps
    finally:
        present.gaps = None


def for_templates() -> dict[str, Callable[[], str]]:
    """The functions by their names, as templates call them."""
    return {name: _or_a_gap(name, say) for name, say in ANEW.items()}


def _or_a_gap(name: str, say: Callable[[], str]) -> Callable[[], str]:
    def said() -> str:
        gaps = visit().gaps
        return say() if gaps is None else gaps.gap(name)

    return said
