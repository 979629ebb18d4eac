"""manifest.csv: which version, and for each file whether it is absent, whole (bulk) or changes only (delta)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from services.directory.oneroster.archive import Archive
from services.directory.oneroster.csv_files import CsvFile
from services.directory.oneroster.findings import Findings
from services.directory.oneroster.headers import COLUMNS, DATA_FILES, NEEDED, READ, Version
from services.directory.oneroster.kinds import N_, Severity
from services.directory.oneroster.staged import Mode

FILE = "manifest.csv"
_MODES = ("absent", "bulk", "delta")
_VERSIONS: Mapping[str, Version] = {"1.2": "1.2", "1.2.1": "1.2", "1.1": "1.1"}


@dataclass(frozen=True)
class Manifest:
    """`modes` has an entry for every data file of the version. `unread`: files of which the manifest says one thing and the zip
    another."""

    version: Version
    modes: Mapping[str, Mode]
    unread: frozenset[str] = frozenset()


def read_manifest(archive: Archive, findings: Findings) -> Manifest | None:
    """The manifest, held against what is in the zip; None where the rest can't be read by it."""
    stated = _properties(archive, findings)
    if stated is None:
        return None
    said = stated.pop("oneroster.version", "")
    version = _VERSIONS.get(said)
    if version is None:
        template = N_("oneroster.version is %(value)s; 1.2 and 1.1 are read.")
        findings.add("OR008", template, file=FILE, column="oneroster.version", value=said or "—")
        return None
    if (own := stated.pop("manifest.version", "")) != "1.0":
        template = N_("manifest.version is %(value)s; the standard has 1.0.")
        findings.add("OR009", template, file=FILE, column="manifest.version", value=own or "—")
    modes = _modes(stated, version, findings)
    unread = frozenset(file for file, mode in modes.items() if (mode == "absent") == (file in archive.files))
    _hold_against_zip(archive, version, modes, findings)
    return Manifest(version, modes, unread)


def _properties(archive: Archive, findings: Findings) -> dict[str, str] | None:
    before = findings.errors
    stated: dict[str, str] = {}
    source, columns = CsvFile(archive, "manifest", findings), NEEDED["1.2"]["manifest"]
    for record in source.records(COLUMNS["1.2"]["manifest"], columns):
        if source.value_problems(record, columns):
            continue
        name = record["propertyName"]
        if name in stated:
            template = N_("%(name)s is stated twice; the first is followed.")
            findings.add("OR009", template, file=FILE, line=record.line, column="propertyName", name=name)
            continue
        stated[name] = record["value"]
    return None if findings.errors > before else stated


def _modes(stated: Mapping[str, str], version: Version, findings: Findings) -> dict[str, Mode]:
    modes: dict[str, Mode] = dict.fromkeys(DATA_FILES[version], "absent")
    for name, value in stated.items():
        file = name.removeprefix("file.")
        if file == name:
            if not name.startswith("source."):
                findings.add("OR009", N_("%(name)s is no property of a manifest."), file=FILE, column=name, name=name)
        elif file not in modes:
            template = N_("%(name)s is no file of OneRoster %(version)s.")
            findings.add("OR009", template, file=FILE, column=name, name=file, version=version)
        elif value.casefold() not in _MODES:
            template = N_("%(name)s is %(value)s; it must be absent, bulk or delta. It is taken as absent.")
            findings.add("OR009", template, file=FILE, column=name, name=name, value=value or "—")
        else:
            modes[file] = cast("Mode", value.casefold())
    for file in sorted(DATA_FILES[version] - {name.removeprefix("file.") for name in stated}):
        template = N_("file.%(name)s is not stated; it is taken as absent.")
        findings.add("OR009", template, file=FILE, column=f"file.{file}", name=file)
    return modes


def _hold_against_zip(archive: Archive, version: Version, modes: dict[str, Mode], findings: Findings) -> None:
    """Files stated but not there, or there but called absent: an error where we read them, else a warning."""
    for file in sorted(archive.files - {"manifest"}):
        if file not in modes:
            findings.add(
                "OR007",
                N_("%(name)s is no file of OneRoster %(version)s."),
                file=f"{file}.csv",
                name=f"{file}.csv",
                version=version,
            )
        elif modes[file] == "absent":
            _differs(file, N_("%(name)s is in the zip, but the manifest calls it absent."), version, findings)
    for file in sorted(file for file, mode in modes.items() if mode != "absent" and file not in archive.files):
        _differs(file, N_("%(name)s is stated in the manifest, but it is not in the zip."), version, findings)
        modes[file] = "absent"


def _differs(file: str, template: str, version: Version, findings: Findings) -> None:
    severity: Severity = "error" if file in READ[version] else "warning"
    findings.add("OR060", template, file=f"{file}.csv", severity=severity, name=f"{file}.csv")
