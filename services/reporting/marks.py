"""Names that lead nobody back to a person: keyed hashes, the same on every replay as long as the service keeps its secret."""

import base64
import hashlib
import hmac
from uuid import UUID

_LOT = 8


class Marks:
    """Made from the service's secret, which never leaves it; who does not know it can't tell whose a mark is."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def evaluation(self, district_id: UUID, evaluation_id: UUID) -> str:
        """16 letters and digits for an evaluation, as they stand in the addresses of the audit."""
        return self._name("evaluation", district_id, evaluation_id)

    def evaluator(self, district_id: UUID, cycle_id: UUID, school_id: UUID | None, evaluator_id: UUID) -> str:
        """The same for an evaluator at one school in one cycle; at another school the mark is another."""
        return self._name("evaluator", district_id, cycle_id, school_id, evaluator_id)

    def drawn(self, *what: object) -> bool:
        """A lot that falls on one in eight, always the same for the same thing."""
        return self._digest("lot", *what)[0] % _LOT == 0

    def _name(self, *what: object) -> str:
        return base64.b32encode(self._digest(*what))[:16].decode().lower()

    def _digest(self, *what: object) -> bytes:
        words = "\x1f".join(str(part) for part in what)
        return hmac.new(self._secret, words.encode(), hashlib.sha256).digest()


def short(mark: str) -> str:
    """The mark as people read it: "7F3KQ"."""
    return mark[:5].upper()
