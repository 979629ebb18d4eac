"""Between a request and a command: who writes, and refusals in the shell's words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from flask import url_for
from sqlalchemy import or_, select

from services.directory.reach import Hand, why_not_give, why_not_reach
from services.directory.refusal_wording import field_words, refusal_words
from services.directory.refusals import NotFound, Refused, StaleVersion
from services.directory.signin.passwords import BusyError
from services.directory.store.saving import Writing
from services.directory.store.tables import PEOPLE
from services.directory.wording import NOT_FOUND
from shared.clock import local_date
from shared.people.roles import SYSTEM_ADMINISTRATOR
from shared.web.context import clock, connection, district_id, viewer, zone
from shared.web.forms import form_version, invalid, required_version
from shared.web.language import gettext as _
from shared.web.problems import Link, Problem, changed_meanwhile, not_found, refused, too_many, unknown_version
from shared.web.wording import moment


def writing() -> Writing:
    """The viewer's writing, in the request's transaction."""
    return Writing(connection(), district_id(), viewer().person_id, clock(), local_date(clock(), zone()))


def seen_version() -> int | None:
    """The version the sender saw, None where none was sent; one that is no number was never ours."""
    found = form_version()
    if found is None:
        return None
    return int(found) if found.isdecimal() and len(found) < 10 else -1


def required_seen_version() -> int | None:
    """The same for what is changed by page or API: without a version it is a 428 problem."""
    required_version()
    return seen_version()


@contextmanager
def answering(names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Turn a command's refusal into the shell's problem: at the fields where it names fields, else as a whole.

    `names`: what the form calls a field, where the command calls it otherwise.
    """
    try:
        yield
    except NotFound as missing:
        raise not_found(str(NOT_FOUND[missing.what])) from missing
    except StaleVersion as stale:
        if not 0 < (seen_version() or 0) < stale.current:
            raise unknown_version(str(stale.current)) from stale
        raise changed_meanwhile(_stale_words(stale), version=str(stale.current)) from stale
    except BusyError as busy:
        raise too_many(_("Many people sign in at this moment."), seconds=5) from busy
    except Refused as refusal:
        if refusal.fields:
            called = names or {}
            values = refusal.values
            words = {called.get(field, field): field_words(code, values) for field, code in refusal.fields.items()}
            raise invalid(**words) from refusal
        raise refusal_problem(refusal) from refusal


def refusal_problem(refusal: Refused) -> Problem:
    """A refusal that concerns no single field."""
    title, detail, remedy = refusal_words(refusal.code, refusal.values)
    links = []
    if batch := refusal.values.get("batch"):
        links.append(Link(_("Look at the import"), url_for("imports.show", batch_id=batch)))
    if calendar := refusal.values.get("calendar"):
        links.append(Link(_("Open the school year"), url_for("calendars.show", calendar_id=calendar)))
    if refusal.code in _FORBIDDEN:
        return Problem(403, refusal.code, title, detail, remedy, links=links)
    return refused(refusal.code, title, detail, remedy, links=links)


def refuse_form_of_roster(code: str, *, brought: bool) -> None:
    """Refuse on opening, in the words of the refusal on saving: nobody fills in a form, and keeps drafts of it, for nothing.
    `brought`: whether the roster brought what the form is about."""
    if brought:
        raise refusal_problem(Refused(code))


_FORBIDDEN = frozenset({"import_not_yours"})
"""Refused to this viewer, not to everyone."""


def _stale_words(stale: StaleVersion) -> str:
    at = moment(stale.at)
    if stale.by is None:
        return str(_("An import or the command line changed it on %(at)s.", at=at))
    return str(_("%(name)s changed it on %(at)s.", name=stale.by, at=at))


def refuse_unless_may_give(role: str, person_id: UUID | None = None) -> None:
    """Refuse where the viewer may not give or end this role (reach.py). `person_id`: whom it is given to."""
    if (code := why_not_give(_hand(), role, person_id)) is not None:
        raise _forbidden(code)


def refuse_unless_may_reach(person_id: UUID) -> None:
    """Refuse where this account is not the viewer's to change (reach.py)."""
    if (code := why_not_reach(_hand(), administrator=person_id in administrators())) is not None:
        raise _forbidden(code)


def _hand() -> Hand:
    return Hand(viewer().person_id, viewer().has(SYSTEM_ADMINISTRATOR))


def administrators() -> frozenset[UUID]:
    """Who holds the role of system administrator, now or later."""
    role, today = PEOPLE.role, local_date(clock(), zone())
    held = select(role.c.person_id).where(
        role.c.district_id == district_id(),
        role.c.role == SYSTEM_ADMINISTRATOR,
        or_(role.c.ends.is_(None), role.c.ends > today),
    )
    return frozenset(connection().execute(held).scalars())


def _forbidden(code: str) -> Problem:
    title, detail, remedy = refusal_words(code, {})
    return Problem(403, code, title, detail, remedy)


def own(person_id: UUID) -> bool:
    return viewer().person_id == person_id
