"""The agreement as the program reads it: who signed, what is rated, how it adds up, who does what by when.

Frozen, and complete once built: `services.evaluation.core.agreements` builds it from a document and refuses one whose
references don't hold, so nothing here is checked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.evaluation.core.domain.instrument import Component, Instrument, Level, Scale, Standard
from services.evaluation.core.domain.scoring.tree import Scoring
from services.evaluation.core.domain.sources import Assumption, Basis, Citation, Clause, Source

__all__ = [
    "Agreement", "Assumption", "Basis", "Citation", "Clause", "Component", "Due", "DueAfter", "DueOn", "Duty", "Form",
    "FormItem", "Instrument", "ItemKind", "Level", "OccasionType", "Party", "Phase", "Procedure", "Scale", "Scoring",
    "Source", "Standard", "Step", "StepKind", "Track", "Witness",
]  # fmt: skip

StepKind = Literal[
    "form",  # somebody fills and sends a form
    "agreement",  # somebody says yes to what another wrote
    "notice",  # a time is announced
    "conference",
    "observation",
    "feedback",  # what was seen is sent to the subject
    "occasions",  # done by itself when the required number of each occasion type is finished
    "summative",  # the ratings are given and the score computed
    "signature",
    "response",
    "close",
]
Duty = Literal["subject", "evaluator", "office"]
Witness = Literal["evaluator"]
"""Who may note that something did not come."""
ItemKind = Literal["text", "level"]


@dataclass(frozen=True)
class DueOn:
    """The first such date within the cycle's year; the whole of that local day is in time."""

    month: int
    day: int
    source: Basis
    first_only: bool = False
    """In an occasion type: binds the first occasion of the type in an evaluation, not the later ones."""


@dataclass(frozen=True)
class DueAfter:
    """Calendar days after a step of the same track or occasion was done; the whole of the last local day is in time."""

    step: str
    days: int
    source: Basis


Due = DueOn | DueAfter


@dataclass(frozen=True)
class Step:
    """One thing somebody must do, or may do (`required` False)."""

    id: str
    title: str
    kind: StepKind
    duty: Duty
    phase: str | None
    """A phase of the track; None in an occasion type, whose steps belong to the phase that asks for the occasion."""
    after: tuple[str, ...] = ()
    """Steps of the same track or occasion that must be done first."""
    required: bool = True
    due: Due | None = None
    clause: str | None = None
    """Short citation, such as "WA-08 (WAC 392-191-040)"."""
    form: str | None = None
    occasions: Mapping[str, int] = field(default_factory=dict)
    """Kind "occasions" only: occasion type -> how many must be finished."""
    occasions_basis: Basis | None = None
    """Where those numbers come from."""
    rates: tuple[str, ...] = ()
    """Kind "summative" only: the components that are rated here."""
    unsigned: Witness | None = None
    """Kind "signature" only: who may note, once its due day has passed, that it was not signed; None: nobody."""
    unsigned_basis: Basis | None = None
    """Where that comes from."""
    note: str | None = None
    """Words shown with the step, such as what signing does not mean."""


@dataclass(frozen=True)
class Phase:
    id: str
    title: str


@dataclass(frozen=True)
class OccasionType:
    """Something that may happen several times in an evaluation: an announced observation, a walkthrough."""

    id: str
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Track:
    id: str
    title: str
    phases: tuple[Phase, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class FormItem:
    """A question. Kind "level" is answered with a level of its component's scale, "text" in words."""

    id: str
    label: str
    hint: str
    kind: ItemKind
    required: bool
    component: str | None


@dataclass(frozen=True)
class Form:
    id: str
    title: str
    items: tuple[FormItem, ...]


@dataclass(frozen=True)
class Procedure:
    occasions: Mapping[str, OccasionType]
    tracks: Mapping[str, Track]
    forms: Mapping[str, Form]


@dataclass(frozen=True)
class Party:
    """One side of the agreement. `role`: "labor", "management" or "body" (a board that adopts)."""

    id: str
    title: str
    role: str


@dataclass(frozen=True)
class Agreement:
    system: str
    """The id of the system the document describes, such as wa_tpep_teacher."""
    title: str
    kind: str
    """Whom it evaluates: teacher, administrator or board."""
    jurisdiction: str
    parties: tuple[Party, ...]
    sources: tuple[Source, ...]
    clauses: Mapping[str, Clause]
    instrument: Instrument
    scoring: Mapping[str, Scoring]
    """By track."""
    procedure: Procedure
    content_hash: str
    """SHA-256 (hex) of the whole document's content; comments and layout don't count."""
    structure_hash: str
    """SHA-256 (hex) of what makes scores comparable: ids of the instrument, scales, scoring. Wording doesn't count."""
    in_force_from: date
