"""Where a number or a rule comes from: a source that can be opened, or an assumption that says it is one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A text the agreement rests on. `as_of` says in words how current it is ("WAC as amended 2019")."""

    id: str
    title: str
    url: str
    as_of: str


@dataclass(frozen=True)
class Citation:
    """A place in a source. `as_of` stands beside the number, because one source may be read at several dates."""

    source: Source
    where: str
    as_of: str
    note: str | None = None
    """What this document reads into the source, where the source leaves it open."""


@dataclass(frozen=True)
class Assumption:
    """This document's own choice: no source was found that states it."""

    says: str


Basis = Citation | Assumption


@dataclass(frozen=True)
class Clause:
    """A numbered rule of the agreement. `cite` is short: "WA-08 (WAC 392-191-040)"."""

    id: str
    cite: str
    says: str
    basis: Basis
