"""Published figures about ratings as pages and as files: final levels, and the levels of each component."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request

from services.reporting.policy import RATINGS
from services.reporting.releases import FINAL, NOT_APPLICABLE, QUIET, SHARE, SINCE_OPENING
from services.reporting.reports.ratings import (
    PublishedRow,
    Series,
    component_levels,
    everything,
    final_levels,
    progress,
    schools_shown,
    totals,
)
from services.reporting.reports.schools import Wanted
from services.reporting.web.asked import id_after_asked, named_asked, series_asked, today
from services.reporting.web.boards import SCHOOLS
from services.reporting.web.files import csv_answer
from services.reporting.web.heat import heat
from shared.web.access import Rule, holding
from shared.web.context import connection, district_id
from shared.web.language import gettext as _
from shared.web.links import settings
from shared.web.paging import Page, asked_page
from shared.web.problems import not_found

RULES: dict[str, Rule] = dict.fromkeys(
    ("ratings.levels", "ratings.levels_file", "ratings.rubric", "ratings.rubric_file"), holding(*RATINGS)
)


def make() -> Blueprint:
    blueprint = Blueprint("ratings", __name__, template_folder="templates")
    blueprint.add_url_rule("/ratings", "levels", levels)
    blueprint.add_url_rule("/ratings.csv", "levels_file", levels_file)
    blueprint.add_url_rule("/rubric", "rubric", rubric)
    blueprint.add_url_rule("/rubric.csv", "rubric_file", rubric_file)
    return blueprint


def rule_words(of: Series | None) -> dict[str, Any]:
    """The numbers of the rule by which figures are published, for the page to state."""
    return {
        "minimum": of.minimum if of is not None and of.minimum else settings().minimum_group,
        "share": f"{SHARE[0]}/{SHARE[1]}",
        "since_opening": SINCE_OPENING.days,
        "quiet": QUIET.days,
    }


def levels() -> str:
    """Final levels, and how far results have come. Five queries, the viewer's own included."""
    chosen, found = series_asked()
    if chosen is None:
        return render_template("ratings/empty.html", heading=_("Ratings"), rule=rule_words(None))
    rows = final_levels(connection(), district_id(), chosen)
    number, size = asked_page(size=SCHOOLS)
    shown = [row for row in rows if row.part not in ("district", "others")]
    others = [row for row in rows if row.part == "others"]
    wanted = Wanted(SCHOOLS + 1, id_after_asked(), named_asked())
    come = progress(connection(), district_id(), chosen, wanted)
    return render_template(
        "ratings/levels.html",
        all_series=found,
        series=chosen,
        rule=rule_words(chosen),
        progress=come[:SCHOOLS],
        more=come[SCHOOLS - 1].school_id if len(come) > SCHOOLS else None,
        named=wanted.named,
        district=totals(connection(), district_id(), chosen),
        whole=next((row for row in rows if row.part == "district"), None),
        groups=[*shown[(number - 1) * size : number * size], *others],
        groups_page=Page(number, size, len(shown)),
        shown=len(shown),
    )


def rubric() -> str:
    """The levels of each component, as a heat map. Four queries, the viewer's own included."""
    chosen, found = series_asked()
    if chosen is None:
        return render_template("ratings/empty.html", heading=_("Rubric"), rule=rule_words(None))
    part = request.args.get("part") or "district"
    schools = schools_shown(connection(), district_id(), chosen)
    names = {"district": _("The whole district"), "others": _("All other schools together"), **dict(schools)}
    if part not in names:
        raise not_found(_("published figures of this school"))
    rows = component_levels(connection(), district_id(), chosen, part)
    return render_template(
        "ratings/rubric.html",
        all_series=found,
        series=chosen,
        rule=rule_words(chosen),
        part=part,
        parts=names,
        drawn=heat(chosen.components, rows),
    )


COLUMNS = (
    "cycle_id", "cycle", "agreement", "component_id", "component", "group", "school_id", "school", "level_from", "level_to",
    "people", "percent", "minimum", "results_until",
)  # fmt: skip


def levels_file() -> Response:
    return _file("ratings", components=False)


def rubric_file() -> Response:
    return _file("rubric", components=True)


def _file(name: str, *, components: bool) -> Response:
    chosen, _found = series_asked()
    if chosen is None:
        raise not_found(_("these results"))
    subjects = everything(connection(), district_id(), chosen)
    wanted = {subject: rows for subject, rows in subjects.items() if (subject != FINAL) == components}
    return csv_answer(name, COLUMNS, _cells(chosen, wanted), today())


def _cells(of: Series, subjects: dict[str, Sequence[PublishedRow]]) -> Iterator[tuple[Any, ...]]:
    titles = {one.component_id: (one.title, one.levels) for one in of.components} | {FINAL: ("", of.final_levels)}
    for subject, rows in subjects.items():
        title, labels = titles[subject]
        names = {NOT_APPLICABLE: "Not applicable", **dict(enumerate(labels))}
        for row in rows:
            whole = row.part in ("district", "others")
            for one in row.classes:
                yield (
                    of.cycle_id, of.cycle, of.agreement, subject, title, row.part if whole else "school",
                    None if whole else row.part, row.school, names[one.first], names[one.last], one.people, one.percent,
                    of.minimum, of.cut_at.isoformat() if of.cut_at is not None else None,
                )  # fmt: skip
