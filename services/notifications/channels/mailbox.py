"""Letters on disk, as the local catcher keeps them: one folder a district, one file a letter.

The file's name comes from the Message-ID, so a letter sent twice with the same one is there once, as in a real mailbox.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

from services.notifications.channels.letter import DISTRICT_HEADER
from shared.config import Settings

_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Caught:
    """A letter that was caught. `id`: its name in the folder and in addresses."""

    id: str
    caught_at: datetime
    sender: str
    to: str
    subject: str
    text: str


class Mailbox:
    """The letters below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, raw: bytes) -> None:
        """Store a letter as it came; whole or not at all, on disk before this returns."""
        head = _parse(raw)
        try:
            folder = self._of(UUID(str(head[DISTRICT_HEADER] or "")))
        except ValueError:
            folder = self._folder / "nobody"  # not one of Accord's: nobody's to read in the browser
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mail_id = str(head["Message-ID"] or uuid4())
        name = hashlib.sha256(mail_id.encode()).hexdigest()[:32]
        part = folder / f".{name}.{uuid4().hex}"
        with part.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.rename(folder / f"{name}.eml")

    def newest(self, district_id: UUID, *, skip: int, most: int) -> tuple[Sequence[Caught], int]:
        """A page of the district's letters, newest first, and how many there are."""
        try:
            with os.scandir(self._of(district_id)) as entries:
                found = [(entry.stat().st_mtime_ns, entry.name) for entry in entries if entry.name.endswith(".eml")]
        except FileNotFoundError:
            return [], 0
        found.sort(reverse=True)
        letters = (self.read(district_id, name.removesuffix(".eml")) for _, name in found[skip : skip + most])
        return [letter for letter in letters if letter is not None], len(found)

    def read(self, district_id: UUID, letter_id: str) -> Caught | None:
        """One letter, None where there is no such one in the district."""
        raw = self.raw(district_id, letter_id)
        if raw is None:
            return None
        head = _parse(raw)
        body = head.get_body(("plain",))
        caught = (self._of(district_id) / f"{letter_id}.eml").stat().st_mtime
        return Caught(
            id=letter_id,
            caught_at=datetime.fromtimestamp(caught, UTC),
            sender=str(head["From"] or ""),
            to=str(head["To"] or ""),
            subject=str(head["Subject"] or ""),
            text=body.get_content() if body is not None else "",
        )

    def raw(self, district_id: UUID, letter_id: str) -> bytes | None:
        """The letter as it came."""
        if not _NAME.fullmatch(letter_id):
            return None
        try:
            return (self._of(district_id) / f"{letter_id}.eml").read_bytes()
        except FileNotFoundError:
            return None

    def _of(self, district_id: UUID) -> Path:
        return self._folder / str(district_id)


def mailbox_of(settings: Settings) -> Mailbox:
    """Where this installation's caught letters are."""
    return Mailbox(settings.home / "mail")


def _parse(raw: bytes) -> EmailMessage:
    parsed = message_from_bytes(raw, policy=policy.default)
    return parsed if isinstance(parsed, EmailMessage) else message_from_string("", policy=policy.default)
