"""The reports there are, for whoever asks."""

from flask import Blueprint, render_template

from services.reporting.policy import AUDIT, BOARD, RATINGS
from shared.web.access import Rule, signed_in
from shared.web.context import viewer

RULES: dict[str, Rule] = {"reports.index": signed_in()}


def make() -> Blueprint:
    blueprint = Blueprint("reports", __name__, template_folder="templates")
    blueprint.add_url_rule("/", "index", index)
    return blueprint


def index() -> str:
    """Just the reports that the viewer may open."""
    somebody = viewer()
    return render_template(
        "reports/index.html",
        board=somebody.has(*BOARD),
        ratings=somebody.has(*RATINGS),
        audit=somebody.has(*AUDIT),
    )
