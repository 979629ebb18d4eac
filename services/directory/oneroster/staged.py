"""What a roster says about staff, after reading: plain data, ready to be compared with the directory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.directory.oneroster.headers import Version

Mode = Literal["bulk", "delta", "absent"]
"""bulk: the file is the whole truth. delta: only what changed. absent: says nothing."""


@dataclass(frozen=True)
class StagedOrg:
    """`kind`: school, district, department, local, state, national or an `ext:` word."""

    source_id: str
    name: str
    kind: str
    parent: str | None
    line: int | None = field(default=None, compare=False)
    """Where it stands in its file."""


@dataclass(frozen=True)
class StagedSession:
    """A school year, semester or term. `last_day` is inclusive, one day before OneRoster's endDate."""

    source_id: str
    title: str
    kind: str
    first_day: date
    last_day: date
    parent: str | None


@dataclass(frozen=True)
class StagedPerson:
    """A member of staff. `evaluators`: sourcedIds from agentSourcedIds, first choice first."""

    source_id: str
    enabled: bool
    username: str
    given_name: str
    family_name: str
    email: str | None
    identifier: str | None
    evaluators: tuple[str, ...] = ()
    line: int | None = field(default=None, compare=False)
    """Where it stands in its file."""


@dataclass(frozen=True)
class StagedRole:
    """`role` is one of shared.people.roles. `ends` is the first day after it. `proposed`: waits for a person's yes."""

    source_id: str
    person: str
    role: str
    org: str
    begins: date | None
    ends: date | None
    proposed: bool = False
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class StagedRoster:
    """`gone`: by file, the sourcedIds a delta calls tobedeleted; `gone_at`: their lines, in the same order. `dropped`: by
    sort, how many records were left out."""

    version: Version
    modes: Mapping[str, Mode]
    orgs: tuple[StagedOrg, ...] = ()
    sessions: tuple[StagedSession, ...] = ()
    people: tuple[StagedPerson, ...] = ()
    roles: tuple[StagedRole, ...] = ()
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    gone_at: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def gone_lines(self, file: str) -> list[tuple[str, int]]:
        """What a delta calls tobedeleted, each with its line."""
        return list(zip(self.gone.get(file, ()), self.gone_at.get(file, ()), strict=False))

    def mode(self, file: str) -> Mode:
        """How `file` is meant; in 1.1 the roles stand in the users file."""
        return self.modes.get("users" if file == "roles" and self.version == "1.1" else file, "absent")


@dataclass(frozen=True)
class Known:
    """What the directory already has, by sourcedId: for references out of a delta or to a file not in the zip."""

    orgs: Mapping[str, StagedOrg] = field(default_factory=dict)
    sessions: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    """People whom an earlier roster let go of."""
    roles: frozenset[str] = frozenset()
    today: date | None = None
    """The day by which roles are over; None where none is, as far as anyone knows."""


def school_of(org: str, orgs: Mapping[str, StagedOrg]) -> str | None:
    """The school an organisation is or belongs to, going up its parents; None where there is none."""
    seen: set[str] = set()
    at: str | None = org
    while at is not None and at in orgs and at not in seen:
        if orgs[at].kind == "school":
            return at
        seen.add(at)
        at = orgs[at].parent
    return None
