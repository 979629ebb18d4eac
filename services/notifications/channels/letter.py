"""A message as a letter: plain text always, simple HTML beside it. No header can be smuggled in by a name."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import UUID

from flask_babel import get_locale
from flask_babel import gettext as _
from jinja2 import Environment, PackageLoader, select_autoescape

from services.notifications.channels.failures import UnsendableError
from services.notifications.wording import Words
from shared.people.addresses import spelled

DISTRICT_HEADER = "X-Accord-District"
"""Tells the local catcher whose letter it is, so that one district's office does not read another's."""
SEAL_HEADER = "X-Accord-Seal"
"""On letters to a local catcher: that this installation wrote them, and no other that found the catcher's port."""
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Envelope:
    """Everything of a letter but its words. `link`: a whole address. `mail_id`: the Message-ID, brackets and all."""

    mail_from: str
    to_name: str
    to_address: str | None
    mail_id: str
    district_id: UUID
    district_name: str
    link: str
    happened_at: str
    sent_at: datetime


_templates = Environment(
    loader=PackageLoader("services.notifications.channels", "templates"),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    keep_trailing_newline=True,
)


def compose(words: Words, envelope: Envelope) -> EmailMessage:
    """The letter. Raises UnsendableError where the address is missing or is none."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = _sender(envelope.mail_from)
    letter["To"] = recipient(envelope.to_name, envelope.to_address)
    letter["Subject"] = f"Accord: {one_line(words.subject)}"
    letter["Date"] = format_datetime(envelope.sent_at)
    letter["Message-ID"] = envelope.mail_id
    letter["Auto-Submitted"] = "auto-generated"  # so that no absence note is sent back
    letter[DISTRICT_HEADER] = str(envelope.district_id)
    shown = {
        "words": words,
        "names": [one_line(name) for name in words.names],
        "letter": envelope,
        "lang": str(get_locale() or "en"),
        "why": _(
            "You get this letter because it is about your account. No letter ever holds a link that sets a password."
        )
        if words.of_account
        else _("You get this letter because you take part in an evaluation. It holds no rating and no text of it."),
    }
    letter.set_content(_templates.get_template("letter.txt").render(shown))
    letter.add_alternative(_templates.get_template("letter.html").render(shown), subtype="html")
    return letter


def seal(secret_key: str, mail_id: str) -> str:
    """What SEAL_HEADER says of the letter with this Message-ID; nobody can write it without the installation's secret."""
    return hmac.digest(secret_key.encode(), f"letter {mail_id}".encode(), "sha256").hex()[:40]  # fits one line


def recipient(name: str, address: str | None) -> Address:
    """Name and address for the header To; raises UnsendableError."""
    if address is None or not address.strip():
        raise UnsendableError("no_address")
    spec = spelled(address)
    if spec is None:
        raise UnsendableError("malformed_address")
    return Address(display_name=one_line(name), addr_spec=spec)


def one_line(text: str) -> str:
    """The text fit for a header or a line: no line breaks or control characters, not too long, and no encoded words.

    EmailMessage reads "=?utf-8?q?…?=" in a header it is given, and writes out what it decodes, line breaks and all
    (seen with Python 3.11.7): a name written so would add a header of its own.
    """
    line = " ".join("".join(" " if _control(c) else c for c in text).split())
    return line.replace("=?", "= ?")[:_LONGEST_NAME]


def _control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _sender(mail_from: str) -> Address:
    name, spec = parseaddr(mail_from)
    return Address(display_name=one_line(name), addr_spec=spec)
