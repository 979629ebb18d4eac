"""What people sign in by, after an import: whose usernames and addresses collide, or change hands."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import StagedPerson
from services.directory.people import Person
from services.directory.planning.plan import Present
from services.directory.planning.whom import FILE, OWN, is_somebody_else
from shared.letters import key_of

_MOVED: Mapping[str, str] = {
    "username": N_("The username %(value)s goes from %(was)s, who stays, to %(name)s."),
    "email": N_("The e-mail address %(value)s goes from %(was)s, who stays, to %(name)s."),
}


def check_sign_in_names(
    present: Present, changed: Mapping[str, Person], staged: Mapping[str, StagedPerson], findings: Findings
) -> None:
    """Note what `changed`, everyone the roster touches as they would be, does to signing in."""
    touched = {person.person_id for person in changed.values()}
    others = (person for person in present.people if person.person_id not in touched)
    signing_in = [person for person in (*others, *changed.values()) if person.holds_username(present.today)]
    _refuse_taken_usernames(signing_in, staged, findings)
    _warn_of_borrowed_addresses(signing_in, staged, findings)
    _warn_of_moved(present, signing_in, staged, findings)


def _refuse_taken_usernames(signing_in: Sequence[Person], staged: Collection[str], findings: Findings) -> None:
    """Usernames of people who may sign in after the import must differ. Two in one zip the reader has told already."""
    owners: defaultdict[str, list[Person]] = defaultdict(list)
    for person in signing_in:
        owners[key_of(person.username)].append(person)
    for same in owners.values():
        told = [person for person in same if person.source_id in staged]
        if len(same) > 1 and len(told) < len(same) and told:
            other = next(person for person in same if person not in told)
            template = N_("The username %(username)s of %(id)s belongs to %(name)s already.")
            findings.add(
                "OR054",
                template,
                file=FILE,
                column="username",
                username=told[0].username,
                id=told[0].source_id or "",
                name=other.name,
            )


def _warn_of_borrowed_addresses(
    signing_in: Sequence[Person], staged: Mapping[str, StagedPerson], findings: Findings
) -> None:
    """A username goes before an address: whoever types an address that is another's username is taken for that other."""
    owners: defaultdict[str, list[Person]] = defaultdict(list)
    for person in signing_in:
        if person.email:
            owners[key_of(person.email)].append(person)
    for person in signing_in:
        for owner in owners.get(key_of(person.username), ()):
            stated = staged.get(person.source_id or "") or staged.get(owner.source_id or "")
            if owner is person or stated is None:
                continue
            template = N_("The username %(username)s of %(id)s is the e-mail address of %(name)s.")
            about: dict[str, Any] = {"username": person.username, "id": person.source_id or "", "name": owner.name}
            findings.add("OR055", template, file=FILE, column="username", line=stated.line, **about)


def _warn_of_moved(
    present: Present, signing_in: Sequence[Person], staged: Mapping[str, StagedPerson], findings: Findings
) -> None:
    """What somebody has who stays and gets another one, comes to somebody else: as where two rows were mixed up. Where a
    record comes with the names too, it is asked whether they are the same person."""
    had = {person.person_id: person for person in present.people if person.holds_username(present.today)}
    now = {person.person_id: person for person in signing_in}
    for column, template in _MOVED.items():
        read = OWN[column]
        owners = {key_of(value): person for person in had.values() if (value := read(person))}
        for person in signing_in:
            value, one, was = read(person) or "", staged.get(person.source_id or ""), had.get(person.person_id)
            owner = owners.get(key_of(value))
            if owner is None or one is None or owner.person_id not in now:
                continue
            kept = {key_of(read(its) or "") for its in (was, now[owner.person_id]) if its is not None}
            if key_of(value) not in kept and not (was and is_somebody_else(one, was)):
                about: dict[str, Any] = {"value": value, "was": owner.name, "name": person.name}
                findings.add("OR078", template, file=FILE, column=column, line=one.line, **about)
