"""Rows about people, for pages and the API. Each function is one statement, whatever the number of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, any_, func, literal, or_, select, text

from services.directory.store.by_day import signs_in
from services.directory.store.tables import PEOPLE, account, appointment, credential, one_time_link
from shared.people.choices import EVERYTHING, Sought, is_school
from shared.people.searching import words_of

Rows = Sequence[Any]
person, school = PEOPLE.person, PEOPLE.school


@dataclass(frozen=True)
class Asked:
    """Which people. `state`: active, inactive or no_password; blank fields ask nothing."""

    words: str = ""
    role: str = ""
    school: Sought = EVERYTHING
    state: str = ""


def _asked(district_id: UUID, asked: Asked, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [account.c.district_id == district_id]
    conditions += [account.c.search_key.like(word, escape="\\") for word in words_of(asked.words)]
    if asked.role or asked.school:
        held = select(appointment.c.person_id).where(
            appointment.c.district_id == district_id,
            appointment.c.person_id == account.c.person_id,
            or_(appointment.c.ends.is_(None), appointment.c.ends > today),
        )
        if asked.role:
            held = held.where(appointment.c.role == asked.role)
        if asked.school:
            held = held.where(is_school(appointment.c.school_id, school, district_id, asked.school))
        conditions.append(held.exists())
    if asked.state in ("active", "no_password"):
        conditions.append(signs_in(district_id, today))
    if asked.state == "inactive":
        conditions.append(~signs_in(district_id, today))
    if asked.state == "no_password":
        conditions.append(~_has_password())
    return conditions


def _has_password() -> ColumnElement[bool]:
    return (
        select(credential.c.person_id)
        .where(credential.c.district_id == account.c.district_id, credential.c.person_id == account.c.person_id)
        .exists()
    )


_THERE = (school.c.district_id == appointment.c.district_id) & (school.c.school_id == appointment.c.school_id)
_HERE = (person.c.district_id == account.c.district_id) & (person.c.person_id == account.c.person_id)


def count_people(
    connection: Connection, district_id: UUID, asked: Asked, today: date, *, most: int | None = None
) -> int:
    """How many people were asked for; counting stops at `most`."""
    found = select(account.c.person_id).join(person, _HERE).where(*_asked(district_id, asked, today)).limit(most)
    return int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())


def list_people(
    connection: Connection, district_id: UUID, asked: Asked, today: date, *, limit: int, offset: int
) -> Rows:
    """People by name, each with `held`: a list of role, school_id and school in force, and whether they have a password."""
    one = func.json_build_object(
        "role", appointment.c.role, "school_id", appointment.c.school_id, "school", school.c.name
    )
    held = (
        select(func.json_agg(one))
        .select_from(appointment.outerjoin(school, _THERE))
        .where(
            appointment.c.district_id == account.c.district_id,
            appointment.c.person_id == account.c.person_id,
            or_(appointment.c.ends.is_(None), appointment.c.ends > today),
            or_(appointment.c.begins.is_(None), appointment.c.begins <= today),
        )
        .correlate(account)
        .scalar_subquery()
    )
    query = (
        select(
            account.c.person_id,
            account.c.username,
            account.c.identifier,
            account.c.on_roster,
            account.c.source_id,
            person.c.given_name,
            person.c.family_name,
            person.c.email,
            signs_in(district_id, today).label("active"),
            func.coalesce(held, text("'[]'::json")).label("held"),
            _has_password().label("has_password"),
        )
        .join(person, _HERE)
        .where(*_asked(district_id, asked, today))
        .order_by(account.c.sort_key, account.c.person_id)
        .limit(limit)
        .offset(offset)
    )
    return connection.execute(query).all()


def find_person(connection: Connection, district_id: UUID, person_id: UUID, today: date) -> Any:
    """One person with account and password's date; `changer` names who changed them last."""
    changer = person.alias("changer")
    query = (
        select(
            account,
            person.c.given_name,
            person.c.family_name,
            person.c.email,
            signs_in(district_id, today).label("active"),
            credential.c.set_at.label("password_set_at"),
            (changer.c.given_name + " " + changer.c.family_name).label("changer"),
        )
        .join(person, _HERE)
        .outerjoin(
            credential,
            (credential.c.district_id == account.c.district_id) & (credential.c.person_id == account.c.person_id),
        )
        .outerjoin(
            changer, (changer.c.district_id == account.c.district_id) & (changer.c.person_id == account.c.changed_by)
        )
        .where(account.c.district_id == district_id, account.c.person_id == person_id)
    )
    return connection.execute(query).one_or_none()


def last_link_of(connection: Connection, district_id: UUID, person_id: UUID) -> Any:
    """When the last one-time link to a person's account was made and used, and by whom it was made (None: the command
    line); None where there never was one."""
    link = one_time_link
    query = (
        select(link.c.made_at, link.c.used_at, (person.c.given_name + " " + person.c.family_name).label("made_by"))
        .outerjoin(person, (person.c.district_id == link.c.district_id) & (person.c.person_id == link.c.made_by))
        .where(link.c.district_id == district_id, link.c.person_id == person_id)
        .order_by(link.c.made_at.desc(), link.c.link_id.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def appointments_of(connection: Connection, district_id: UUID, person_id: UUID) -> Rows:
    """Every role a person holds or held, with the school's name, standing ones first."""
    query = (
        select(appointment, school.c.name.label("school"))
        .outerjoin(
            school,
            (school.c.district_id == appointment.c.district_id) & (school.c.school_id == appointment.c.school_id),
        )
        .where(appointment.c.district_id == district_id, appointment.c.person_id == person_id)
        .order_by(appointment.c.ends.is_not(None), appointment.c.begins.desc().nulls_last(), appointment.c.role)
    )
    return connection.execute(query).all()


def related_people(
    connection: Connection, district_id: UUID, person_id: UUID, evaluators: Sequence[UUID], today: date
) -> Rows:
    """The person's evaluators (`is_evaluator`) and those they evaluate, by name."""
    is_evaluator = person.c.person_id == func.any(list(evaluators))
    query = (
        select(
            person.c.person_id, person.c.given_name, person.c.family_name,
            signs_in(district_id, today).label("active"), is_evaluator.label("is_evaluator"),
            (literal(person_id) == any_(person.c.evaluator_ids)).label("is_evaluated"),
        )
        .join(account, _HERE)
        .where(person.c.district_id == district_id, or_(is_evaluator, literal(person_id) == any_(person.c.evaluator_ids)))
        .order_by(account.c.sort_key)
        .limit(300)
    )  # fmt: skip
    return connection.execute(query).all()


def choosable_people(connection: Connection, district_id: UUID, roles: Sequence[str], today: date) -> Rows:
    """Active people holding one of these roles, by name, to choose from."""
    held = select(appointment.c.person_id).where(
        appointment.c.district_id == district_id,
        appointment.c.person_id == account.c.person_id,
        appointment.c.role == func.any(list(roles)),
        or_(appointment.c.ends.is_(None), appointment.c.ends > today),
    )
    query = (
        select(person.c.person_id, person.c.given_name, person.c.family_name)
        .join(account, _HERE)
        .where(account.c.district_id == district_id, signs_in(district_id, today), held.exists())
        .order_by(account.c.sort_key)
        .limit(500)
    )
    return connection.execute(query).all()


def staff_without_password(connection: Connection, district_id: UUID, school_id: UUID | None, today: date) -> Rows:
    """Active people of a school (None: of the whole district) who have set no password yet: id, names, username."""
    asked = Asked(school=Sought(school_id), state="no_password")
    query = (
        select(person.c.person_id, person.c.given_name, person.c.family_name, account.c.username)
        .join(account, _HERE)
        .where(*_asked(district_id, asked, today))
        .order_by(account.c.sort_key)
    )
    return connection.execute(query).all()
