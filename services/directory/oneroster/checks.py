"""Checks across rows and files: references, circles of parents, usernames and addresses that collide."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_, Severity
from services.directory.oneroster.staged import (
    Known,
    Mode,
    StagedOrg,
    StagedPerson,
    StagedRole,
    StagedSession,
    school_of,
)
from services.directory.oneroster.staging import Placed
from shared.letters import key_of
from shared.people.roles import out_of_place

_PLACES = frozenset({"district", "local", "state", "national"})


@dataclass(frozen=True)
class Targets:
    """The identifiers that references may name. A file that is whole in the zip is the only truth about its records."""

    orgs: Mapping[str, StagedOrg]
    sessions: Collection[str]
    people: Collection[str]
    dropped: Collection[str]
    """Users of the zip who are not staff."""


def targets(
    known: Known,
    modes: Mapping[str, Mode],
    *,
    orgs: Iterable[Placed[StagedOrg]],
    sessions: Iterable[Placed[StagedSession]],
    people: Iterable[Placed[StagedPerson]],
    dropped: Collection[str],
) -> Targets:
    """What is in the zip, with what the directory knows besides where the zip does not tell the whole."""
    own = {placed.item.source_id: placed.item for placed in orgs}
    own_sessions = {placed.item.source_id for placed in sessions}
    own_people = {placed.item.source_id for placed in people}
    return Targets(
        own if modes["orgs"] == "bulk" else {**known.orgs, **own},
        own_sessions if modes["academicSessions"] == "bulk" else known.sessions | own_sessions,
        own_people if modes["users"] == "bulk" else known.people | own_people,
        dropped,
    )


@dataclass(frozen=True)
class Gaps:
    """What the zip names though its record was not taken. That has a finding of its own, or is nothing to do, so nobody is
    told that the record is not there. `files`: those not read whole. `named`: by file, of rows that are wrong or deleted."""

    files: frozenset[str] = frozenset()
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def hide(self, file: str, name: str) -> bool:
        return file in self.files or name in self.named.get(file, ())


class Checks:
    """The checks of one roster; each notes what it finds. `leaves_out`: neither roles nor users are whole, so that a role of
    somebody who is not known is left out alone: who becomes staff has a new role, and a users row that did not change."""

    def __init__(self, findings: Findings, targets: Targets, gaps: Gaps, *, leaves_out: bool) -> None:
        self._findings = findings
        self._gaps = gaps
        self._leaves_out = leaves_out
        self._targets = targets

    def orgs(self, orgs: Sequence[Placed[StagedOrg]]) -> None:
        """Parents that are not there or run in a circle; more than one district."""
        everywhere = self._targets.orgs
        for placed in orgs:
            if placed.item.parent and placed.item.parent not in everywhere:
                self._dangling("orgs.csv", placed, "parentSourcedId", placed.item.parent, into="orgs")
        self._circles(
            "orgs.csv", orgs, {name: org.parent for name, org in everywhere.items()}, lambda org: org.source_id
        )
        districts = [placed for placed in orgs if placed.item.kind == "district"]
        if len(districts) > 1:
            template = N_("The roster holds %(count)s districts.")
            self._findings.add(
                "OR059", template, file="orgs.csv", line=districts[1].line, column="type", count=len(districts)
            )

    def sessions(self, sessions: Sequence[Placed[StagedSession]]) -> None:
        """Parents that are not there or run in a circle."""
        for placed in sessions:
            if placed.item.parent and placed.item.parent not in self._targets.sessions:
                self._dangling(
                    "academicSessions.csv", placed, "parentSourcedId", placed.item.parent, into="academicSessions"
                )
        parents = {placed.item.source_id: placed.item.parent for placed in sessions}
        self._circles("academicSessions.csv", sessions, parents, lambda session: session.source_id)

    def roles(self, roles: Sequence[Placed[StagedRole]], file: str) -> list[Placed[StagedRole]]:
        """People and organisations that are not there; two primaries; organisations that belong to no school. Answers the
        roles that are not left out."""
        primaries: dict[tuple[str, str], int] = {}
        kept = [placed for placed in roles if not self._left_out(placed, file)]
        for placed in kept:
            role = placed.item
            if role.person not in self._targets.people:
                self._dangling(file, placed, "userSourcedId", role.person, into="users")
            org_column = "orgSourcedId" if file == "roles.csv" else "orgSourcedIds"
            if (org := self._targets.orgs.get(role.org)) is None:
                self._dangling(file, placed, org_column, role.org, into="orgs")
            elif org.kind not in _PLACES and school_of(role.org, self._targets.orgs) is None:
                template = N_("%(id)s is a %(kind)s that belongs to no school.")
                self._findings.add(
                    "OR057", template, file=file, line=placed.line, column=org_column, id=role.org, kind=org.kind
                )
            if out_of_place(role.role, school_of(role.org, self._targets.orgs)):
                template = N_("%(id)s is %(word)s at %(org)s, which is a school.")
                word = placed.record["role"]
                self._findings.add(
                    "OR080",
                    template,
                    file=file,
                    line=placed.line,
                    column="role",
                    id=role.person,
                    word=word,
                    org=role.org,
                )
            if placed.record["roleType"] == "primary":
                first = primaries.setdefault((role.person, role.org), placed.line)
                if first != placed.line:
                    template = N_("%(id)s already has a primary role there, in line %(first)s.")
                    self._findings.add(
                        "OR052", template, file=file, line=placed.line, column="roleType", id=role.person, first=first
                    )
        return kept

    def _left_out(self, placed: Placed[StagedRole], file: str) -> bool:
        name = placed.item.person
        if not self._leaves_out or name in self._targets.people or self._gaps.hide("users", name):
            return False
        template = N_("%(id)s is nobody known here, so this role is left out.")
        self._findings.add(
            "OR050", template, file=file, line=placed.line, column="userSourcedId", severity="warning", id=name
        )
        return True

    def people(self, people: Sequence[Placed[StagedPerson]]) -> list[Placed[StagedPerson]]:
        """Usernames and addresses that collide, home organisations, evaluators. Answers the people with evaluators that hold."""
        self._collisions(people)
        checked = []
        for placed in people:
            home = placed.record["primaryOrgSourcedId"]
            if home and home not in self._targets.orgs:
                self._dangling("users.csv", placed, "primaryOrgSourcedId", home, severity="warning", into="orgs")
            holding = tuple(name for name in placed.item.evaluators if self._is_evaluator(placed, name))
            checked.append(Placed(replace(placed.item, evaluators=holding), placed.record))
        return checked

    def profiles(self, roles: Sequence[Placed[StagedRole]], profiles: Collection[str]) -> None:
        """Profiles that roles name and userProfiles.csv does not hold; nothing of them is kept, so a warning."""
        for placed in roles:
            name = placed.record["userProfileSourcedId"]
            if name and name not in profiles:
                self._dangling(
                    "roles.csv", placed, "userProfileSourcedId", name, severity="warning", into="userProfiles"
                )

    def _is_evaluator(self, placed: Placed[StagedPerson], name: str) -> bool:
        if name == placed.item.source_id:
            template = N_("%(id)s names themself as evaluator.")
        elif name in self._targets.people:
            return True
        elif name in self._targets.dropped:
            template = N_("%(id)s is not a member of staff.")
        else:
            self._dangling("users.csv", placed, "agentSourcedIds", name, into="users")
            return False
        self._findings.add("OR058", template, file="users.csv", line=placed.line, column="agentSourcedIds", id=name)
        return False

    def _collisions(self, people: Sequence[Placed[StagedPerson]]) -> None:
        usernames: dict[str, int] = {}
        addresses: dict[str, int] = {}
        for placed in people:
            person = placed.item
            if (first := usernames.setdefault(key_of(person.username), placed.line)) != placed.line:
                template = N_("The username %(name)s is also in line %(first)s.")
                self._findings.add(
                    "OR054",
                    template,
                    file="users.csv",
                    line=placed.line,
                    column="username",
                    name=person.username,
                    first=first,
                )
            if person.email and (first := addresses.setdefault(key_of(person.email), placed.line)) != placed.line:
                template = N_("The address %(email)s is also in line %(first)s.")
                self._findings.add(
                    "OR055",
                    template,
                    file="users.csv",
                    line=placed.line,
                    column="email",
                    email=person.email,
                    first=first,
                )

    def _circles(
        self,
        file: str,
        placed: Sequence[Placed[StagedOrg]] | Sequence[Placed[StagedSession]],
        parents: Mapping[str, str | None],
        name_of: Callable[[StagedOrg | StagedSession], str],
    ) -> None:
        """Walk up from each record once; a walk that comes back to where it began is a circle, told once."""
        told: set[str] = set()
        for at in placed:
            start = name_of(at.item)
            path: list[str] = [start]
            up = parents.get(start)
            while up is not None and up not in path:
                path.append(up)
                up = parents.get(up)
            if up == start and start not in told:
                told.update(path)
                template = N_("%(id)s is its own parent, by way of %(path)s.")
                self._findings.add(
                    "OR053",
                    template,
                    file=file,
                    line=at.line,
                    column="parentSourcedId",
                    id=start,
                    path=" → ".join([*path, start]),
                )

    def _dangling(
        self,
        file: str,
        placed: Placed[StagedOrg] | Placed[StagedSession] | Placed[StagedPerson] | Placed[StagedRole],
        column: str,
        name: str,
        severity: Severity = "error",
        *,
        into: str,
    ) -> None:
        if self._gaps.hide(into, name):
            return
        template = N_("There is no record %(id)s.")
        self._findings.add("OR050", template, file=file, line=placed.line, column=column, severity=severity, id=name)
