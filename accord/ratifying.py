"""Recording that both parties signed an agreement: from then on a cycle may be opened under it."""

from datetime import date
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import Engine, select

from accord.settings import environment
from services.evaluation.core.agreements import AgreementError
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.store.agreement_store import ratify as keep
from services.evaluation.core.store.tables import PEOPLE
from shared.clock import local_date, now
from shared.config import load_settings
from shared.db import connect, transaction

_SERVICE = "teacher"


def ratify(file: Path, district: str, signed: tuple[str, ...]) -> None:
    """Keep the version for good and say so. `signed`: PARTY:NAME:DAY of each signatory. Raises click's errors."""
    signatures = [_signature(one) for one in signed]
    settings = load_settings(_SERVICE, environment())
    worker, web = connect(settings, "worker"), connect(settings, "web")
    district_id, zone = _district(worker, district)
    _refuse_days_to_come(signatures, local_date(now(), zone))
    try:
        with transaction(web, district_id) as connection:
            text = file.read_text(encoding="utf-8")
            agreement = keep(connection, district_id, text, signatures, now(), service=_SERVICE)
    except AgreementError as error:
        raise click.ClickException("\n".join(str(finding) for finding in error.findings)) from None
    except Refused as refusal:
        words = {
            "party_missing": "has not signed; both parties sign, or nothing is ratified",
            "no_such_party": "is no party",
        }
        raise click.ClickException(f"{refusal.values['party']} {words[refusal.code]}.") from None
    click.echo(f"{agreement.title}: ratified for {district}.")
    click.echo(f"content {agreement.content_hash}")


def _signature(text: str) -> dict[str, str]:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.strip() for part in parts):
        raise click.BadParameter(f"{text!r} is not PARTY:NAME:DAY", param_hint="--signed")
    party, name, on = (part.strip() for part in parts)
    try:
        date.fromisoformat(on)
    except ValueError:
        raise click.BadParameter(f"{on!r} is no day; write it as 2026-06-12", param_hint="--signed") from None
    return {"party": party, "name": name, "on": on}


def _refuse_days_to_come(signatures: list[dict[str, str]], today: date) -> None:
    """What is ratified is kept for good, and nobody has signed on a day that has not come."""
    for one in signatures:
        if date.fromisoformat(one["on"]) > today:
            raise click.ClickException(
                f"The signature of {one['name']} for {one['party']} is dated {one['on']}, and today is {today}. Give the day "
                "on which it was signed; if it has yet to be signed, ratify after that."
            )


def _district(worker: Engine, name: str) -> tuple[UUID, str]:
    """Its id and its time zone."""
    table = PEOPLE.district
    with transaction(worker, None) as connection:
        rows = connection.execute(select(table.c.district_id, table.c.name, table.c.zone)).all()
    found = [(row.district_id, row.zone) for row in rows if row.name == name]
    if len(found) == 1:
        return found[0]
    known = ", ".join(sorted(row.name for row in rows)) or "none yet"
    raise click.ClickException(f"The teacher service knows no district {name!r}. It knows: {known}.")
