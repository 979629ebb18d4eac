"""What people sign in by, after an import: whose usernames and addresses collide, or change hands."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import StagedPerson
from services.directory.people import Person
from services.directory.planning.own import OWN
from services.directory.planning.plan import Present
from services.directory.planning.whom import FILE
from shared.letters import key_of

_MOVED: Mapping[tuple[str, bool, bool], str] = {
    ("username", False, False): N_("The username %(value)s goes from %(was)s, who stays, to %(name)s."),
    ("username", True, False): N_(
        "The username %(value)s goes from %(was)s, who stays and is called %(now)s from then on, to %(name)s."
    ),
    ("username", False, True): N_(
        "The username %(value)s goes from %(was)s, who stays, to %(name)s, who was called %(before)s until now."
    ),
    ("username", True, True): N_(
        "The username %(value)s goes from %(was)s, who stays and is called %(now)s from then on, to %(name)s, who was "
        "called %(before)s until now."
    ),
    ("email", False, False): N_("The e-mail address %(value)s goes from %(was)s, who stays, to %(name)s."),
    ("email", True, False): N_(
        "The e-mail address %(value)s goes from %(was)s, who stays and is called %(now)s from then on, to %(name)s."
    ),
    ("email", False, True): N_(
        "The e-mail address %(value)s goes from %(was)s, who stays, to %(name)s, who was called %(before)s until now."
    ),
    ("email", True, True): N_(
        "The e-mail address %(value)s goes from %(was)s, who stays and is called %(now)s from then on, to %(name)s, who "
        "was called %(before)s until now."
    ),
}
"""By column, whether the name of who gives it up is another after the import, and whether that of who gets it is."""


def check_sign_in_names(
    present: Present,
    changed: Mapping[str, Person],
    staged: Mapping[str, StagedPerson],
    doubted: Collection[str],
    findings: Findings,
) -> None:
    """Note what `changed`, everyone the roster touches as they would be, does to signing in. `doubted`: of whom it is asked
    whether they are the same people."""
    touched = {person.person_id for person in changed.values()}
    others = (person for person in present.people if person.person_id not in touched)
    signing_in = [person for person in (*others, *changed.values()) if person.holds_username(present.today)]
    _refuse_taken_usernames(signing_in, staged, findings)
    _warn_of_borrowed_addresses(signing_in, staged, findings)
    _warn_of_moved(present, signing_in, staged, doubted, findings)


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
    present: Present,
    signing_in: Sequence[Person],
    staged: Mapping[str, StagedPerson],
    doubted: Collection[str],
    findings: Findings,
) -> None:
    """What somebody has who stays and gets another one, comes to somebody else: as where two rows were mixed up. Where it is
    asked of either whether they are the same person, that says it all."""
    had = {person.person_id: person for person in present.people if person.holds_username(present.today)}
    now = {person.person_id: person for person in signing_in if person.source_id not in doubted}
    for column in ("username", "email"):
        read = OWN[column]
        owners = {key_of(value): person for person in had.values() if (value := read(person))}
        for person in now.values():
            value, one, was = read(person) or "", staged.get(person.source_id or ""), had.get(person.person_id)
            owner = owners.get(key_of(value))
            if owner is None or one is None or owner.person_id not in now:
                continue
            kept = {key_of(read(its) or "") for its in (was, now[owner.person_id]) if its is not None}
            if key_of(value) not in kept:
                sentence, names = _moved(column, (owner, now[owner.person_id]), (was or person, person))
                findings.add("OR078", sentence, file=FILE, column=column, line=one.line, value=value, **names)


def _moved(column: str, giving: tuple[Person, Person], getting: tuple[Person, Person]) -> tuple[str, dict[str, Any]]:
    """The sentence and the names in it. `giving`, `getting`: each as they were, and as they would be."""
    (gives, given), (got, gets) = giving, getting
    names = {"was": gives.name, "now": given.name, "before": got.name, "name": gets.name}
    return _MOVED[column, gives.name != given.name, got.name != gets.name], names
