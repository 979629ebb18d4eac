"""An agreement from its document: read, checked as a whole, hashed, and built; or refused with every finding."""

from pathlib import Path

from services.evaluation.core.agreements.document import Document, load, parse
from services.evaluation.core.agreements.fields import Fields
from services.evaluation.core.agreements.findings import Findings
from services.evaluation.core.agreements.hashes import content_hash, structure_hash
from services.evaluation.core.agreements.parts import (
    Sources,
    keyed,
    read_clauses,
    read_instrument,
    read_party,
    read_source,
)
from services.evaluation.core.agreements.procedure import read_procedure
from services.evaluation.core.agreements.scoring import read_scoring
from services.evaluation.core.domain.agreement import Agreement

FORMAT = "accord-agreement/1"
KINDS = ("teacher", "administrator", "board")
REQUIRED = (
    "format", "system", "title", "kind", "jurisdiction", "in_force_from", "parties", "sources",
    "instrument", "scoring", "procedure",
)  # fmt: skip


def load_agreement(path: Path) -> Agreement:
    """The agreement in a file. Raises AgreementError with every finding."""
    return build_agreement(load(path))


def read_agreement(document: str | bytes, *, name: str = "agreement.yaml") -> Agreement:
    """The agreement that the YAML text `document` holds; `name` is what findings call it.

    Raises AgreementError with every finding, each with its line, path, what is wrong and how to mend it.
    """
    content = document.encode(errors="surrogatepass") if isinstance(document, str) else document
    return build_agreement(parse(content, name))


def build_agreement(document: Document) -> Agreement:
    """The agreement a parsed document describes."""
    findings = Findings(document.file, document.lines)
    top = Fields(document.root, "", findings, required=REQUIRED, optional=("clauses",))
    top.choice("format", (FORMAT,))
    parties = top.each("parties", read_party)
    keyed(parties, "parties", findings)
    listed = top.each("sources", read_source)
    sources = Sources(keyed(listed, "sources", findings))
    clauses = read_clauses(top, sources)
    instrument = read_instrument(top, sources)
    procedure = read_procedure(top, instrument, clauses, sources)
    scoring = read_scoring(top, instrument, procedure, sources)
    system, title, jurisdiction = top.id("system"), top.text("title"), top.text("jurisdiction")
    kind, in_force_from = top.choice("kind", KINDS), top.date("in_force_from")
    findings.raise_if_any()
    return Agreement(
        system=system,
        title=title,
        kind=kind,
        jurisdiction=jurisdiction,
        parties=parties,
        sources=listed,
        clauses=clauses,
        instrument=instrument,
        scoring=scoring,
        procedure=procedure,
        content_hash=content_hash(document.root),
        structure_hash=structure_hash(instrument, scoring),
        in_force_from=in_force_from,
    )
