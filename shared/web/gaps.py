"""Places in a page that is kept, to be filled anew in every answer."""

import re
import secrets


class Gaps:
    """Marks that no text can hold by chance or on purpose: they are drawn for one page and never sent."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(16)

    def gap(self, name: str) -> str:
        return f"{self._mark}{name}{self._mark}"

    def cut(self, page: str) -> tuple[list[str], list[str]]:
        """The texts around the gaps, and the names of the gaps between them."""
        pieces = re.split(f"{self._mark}([a-z_]+){self._mark}", page)
        return pieces[::2], pieces[1::2]
