"""The whole reading of a package: zip, manifest, files in the order in which they explain one another, checks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from services.directory.oneroster import staging
from services.directory.oneroster.archive import LIMITS, Archive, Limits, open_archive
from services.directory.oneroster.checks import Checks, Gaps, targets
from services.directory.oneroster.csv_files import CsvFile, Record
from services.directory.oneroster.findings import Findings, Report
from services.directory.oneroster.headers import READ
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.loading import Keep, Loaded, load
from services.directory.oneroster.manifest import Manifest, read_manifest
from services.directory.oneroster.staged import (
    Known,
    Mode,
    StagedOrg,
    StagedPerson,
    StagedRole,
    StagedRoster,
    StagedSession,
)
from services.directory.oneroster.staging import Admission, Door, Placed
from services.directory.oneroster.values import Values

NOTHING_KNOWN = Known()


@dataclass(frozen=True)
class Reading:
    """`roster` is None where the zip could not be read to its end; it may be applied only where `report` has no error."""

    report: Report
    roster: StagedRoster | None


def read_roster(source: Path | bytes | BinaryIO, known: Known = NOTHING_KNOWN, limits: Limits = LIMITS) -> Reading:
    """Read and check a package. Never raises for what is in it; everything wrong is a finding."""
    findings = Findings()
    archive = open_archive(source, findings, limits)
    if archive is None:
        return Reading(findings.report(), None)
    with archive:
        manifest = read_manifest(archive, findings)
        if manifest is None:
            return Reading(findings.report(), None)
        roster = _Reader(archive, manifest, known, findings).read()
    return Reading(findings.report(), roster)


class _Reader:
    def __init__(self, archive: Archive, manifest: Manifest, known: Known, findings: Findings) -> None:
        self._archive = archive
        self._manifest = manifest
        self._known = known
        self._findings = findings
        self._door = Door()
        self._modes: dict[str, Mode] = dict(manifest.modes)
        self._loaded: dict[str, Loaded] = {}
        self._others: dict[str, int] = {}

    def read(self) -> StagedRoster:
        orgs = staging.stage_orgs(self._load("orgs").records, self._values("orgs"))
        sessions = staging.stage_sessions(self._load("academicSessions").records, self._values("academicSessions"))
        roles, people = self._roles_and_people(orgs)
        roles, people = self._check(orgs, sessions, people, roles)
        self._count_the_rest()
        periods = [placed for placed in sessions if placed.item.kind not in staging.CALENDARS]
        self._door.dropped["gradingPeriod"] += len(periods)
        return StagedRoster(
            version=self._manifest.version,
            modes=self._modes,
            orgs=tuple(placed.item for placed in orgs),
            sessions=tuple(placed.item for placed in sessions if placed.item.kind in staging.CALENDARS),
            people=tuple(placed.item for placed in people),
            roles=tuple(placed.item for placed in roles),
            gone={file: loaded.gone for file, loaded in self._loaded.items() if loaded.gone},
            gone_at={file: loaded.gone_at for file, loaded in self._loaded.items() if loaded.gone_at},
            dropped={sort: count for sort, count in sorted(self._door.dropped.items()) if count},
        )

    def _roles_and_people(
        self, orgs: list[Placed[StagedOrg]]
    ) -> tuple[list[Placed[StagedRole]], list[Placed[StagedPerson]]]:
        if self._manifest.version == "1.1":
            rows = self._load("users", self._admit_11).records
            self._let_go("users", self._others)
            everywhere = {**self._known.orgs, **{placed.item.source_id: placed.item for placed in orgs}}
            roles = staging.stage_roles_11(rows, everywhere, self._values("users"))
            return roles, staging.stage_people(rows, self._values("users"))
        if self._modes["users"] == "bulk" and self._modes["roles"] == "absent":
            self._findings.add(
                "OR019", N_("users.csv is whole, but there is no roles.csv to say who is staff."), file="roles.csv"
            )
        rows = self._load("roles", self._admit_role).records
        sure = "roles" not in self._not_whole()
        admission = Admission(self._door, self._known, self._findings, "users.csv", self._modes["roles"], sure)
        users = self._load("users", admission).records
        roles = staging.stage_roles(self._of_staff(rows), self._values("roles"))
        self._let_go("roles", self._others)
        people = staging.stage_people(users, self._values("users"))
        self._count_unknown()
        return roles, people

    def _of_staff(self, rows: Iterable[Record]) -> list[Record]:
        """Rows of roles less the former ones of whoever is not staff, which have gone from whoever held them until now."""
        kept = []
        for record in rows:
            if record["userSourcedId"] not in self._door.turned_away:
                kept.append(record)
            elif record["sourcedId"] in self._known.roles:
                self._others[record["sourcedId"]] = record.line
        return kept

    def _admit_role(self, record: Record) -> bool:
        admitted = self._door.admits(record["userSourcedId"], record, self._known.today)
        if not admitted and record["sourcedId"] in self._known.roles:
            self._others[record["sourcedId"]] = record.line
        return admitted

    def _admit_11(self, record: Record) -> bool:
        admitted = self._door.admits(record["sourcedId"], record, self._known.today)
        self._door.dropped["password"] += bool(record["password"])
        if not admitted:
            self._door.turn_away(record["sourcedId"])
        if not admitted and record["sourcedId"] in self._known.people:
            self._others[record["sourcedId"]] = record.line
        return admitted

    def _let_go(self, file: str, others: dict[str, int]) -> None:
        """Records of staff here that a delta gives to a student, a guardian or somebody not known: for us they are gone.
        `others`: with their lines."""
        loaded = self._loaded[file]
        if loaded.mode == "delta":
            lines = dict(zip(loaded.gone, loaded.gone_at, strict=True)) | others
            if file == "roles":  # one that is not known may be a pupil's
                lines = {name: line for name, line in lines.items() if name in self._known.roles}
            self._loaded[file] = replace(loaded, gone=tuple(lines), gone_at=tuple(lines.values()))

    def _count_unknown(self) -> None:
        """Without all roles nothing says which users are staff: most are not, so their number is all that is told. A whole
        file without any roles is told by itself."""
        told = self._modes["roles"] == "absent" and self._manifest.modes["users"] == "bulk"
        if self._door.unknown and not told:
            template = N_("%(count)s people have no role that is known here, and are left out.")
            self._findings.add("OR056", template, file="users.csv", count=self._door.unknown)

    def _check(
        self,
        orgs: list[Placed[StagedOrg]],
        sessions: list[Placed[StagedSession]],
        people: list[Placed[StagedPerson]],
        roles: list[Placed[StagedRole]],
    ) -> tuple[list[Placed[StagedRole]], list[Placed[StagedPerson]]]:
        """Roles and people as they hold after the checks."""
        dropped = self._door.not_staff()
        profiles = self._profiles() if self._modes.get("userProfiles", "absent") != "absent" else None
        there = targets(self._known, self._modes, orgs=orgs, sessions=sessions, people=people, dropped=dropped)
        partly = self._modes.get("roles") == "delta" and self._modes["users"] != "bulk"
        checks = Checks(self._findings, there, self._gaps(), leaves_out=partly)
        checks.orgs(orgs)
        checks.sessions(sessions)
        roles = self._roles_kept(checks, roles)
        if profiles is not None:
            checks.profiles(roles, profiles)
        return roles, checks.people(people)

    def _roles_kept(self, checks: Checks, roles: list[Placed[StagedRole]]) -> list[Placed[StagedRole]]:
        """Those that hold after the checks. One that is left out has gone from whoever held it until now."""
        kept = checks.roles(roles, "users.csv" if self._manifest.version == "1.1" else "roles.csv")
        left_out = {placed.item.source_id: placed.line for placed in roles}
        for placed in kept:
            left_out.pop(placed.item.source_id, None)
        if left_out:
            self._let_go("roles", {name: line for name, line in left_out.items() if name in self._known.roles})
        return kept

    def _not_whole(self) -> frozenset[str]:
        """Files of which something could not be read; each has its finding."""
        return self._manifest.unread | {file for file, loaded in self._loaded.items() if not loaded.whole}

    def _gaps(self) -> Gaps:
        files = self._not_whole()
        if "roles" in files:  # who is staff is not known, so not every user was taken
            files |= {"users"}
        named = {file: loaded.named for file, loaded in self._loaded.items()}
        if "users" in self._loaded:
            named["users"] |= frozenset(self._loaded["users"].gone)
        return Gaps(files, named)

    def _profiles(self) -> frozenset[str]:
        """Identifiers of user profiles; nothing else of them is kept."""
        names: set[str] = set()

        def note(record: Record) -> bool:
            names.add(record["sourcedId"])
            self._door.dropped["userProfiles"] += 1
            self._door.dropped["password"] += bool(record["password"])
            return False

        self._load("userProfiles", note)
        return frozenset(names)

    def _count_the_rest(self) -> None:
        for file in sorted(self._archive.files & self._manifest.modes.keys() - set(READ[self._manifest.version])):
            self._door.dropped[file] += CsvFile(self._archive, file, self._findings).count()

    def _load(self, file: str, keep: Keep = lambda _: True) -> Loaded:
        version = self._manifest.version
        loaded = load(self._archive, file, version, self._findings, stated=self._manifest.modes[file], keep=keep)
        self._modes[file] = loaded.mode
        self._loaded[file] = loaded
        return loaded

    def _values(self, file: str) -> Values:
        return Values(f"{file}.csv", self._findings)
