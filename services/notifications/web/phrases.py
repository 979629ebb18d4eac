"""How what is due is said: verb, object, person. The agreement's own title of the step stands beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel.speaklater import LazyString

from services.notifications.store.due import DueItem, Group
from shared.clock import local_date
from shared.web.context import clock, zone
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.links import url_of
from shared.web.wording import day

_OF_ANOTHER: Mapping[str, LazyString] = {
    "form": _l("Fill in “%(title)s” with %(person)s"),
    "agreement": _l("Agree with %(person)s, or hand it back"),
    "notice": _l("Announce an observation to %(person)s"),
    "conference": _l("Hold a conference with %(person)s"),
    "observation": _l("Observe %(person)s"),
    "feedback": _l("Send feedback to %(person)s"),
    "occasions": _l("Hold the next observation of %(person)s"),
    "summative": _l("Write the summative evaluation of %(person)s"),
    "signature": _l("Sign the evaluation of %(person)s"),
    "response": _l("Respond to %(person)s"),
    "close": _l("Close the evaluation of %(person)s"),
}
_OWN: Mapping[str, LazyString] = {
    "form": _l("Fill in “%(title)s”"),
    "agreement": _l("Agree with %(person)s, or hand it back"),
    "conference": _l("Hold a conference with %(person)s"),
    "signature": _l("Sign your evaluation, or refuse with a note"),
    "response": _l("Respond to your evaluation"),
}


def phrase(item: DueItem) -> str:
    """ "Send feedback to J. Kim". Where nothing is worded for the kind, the agreement's own title."""
    worded = (_OWN if item.own else _OF_ANOTHER).get(item.kind)
    if worded is None:
        return item.title if item.own or item.person is None else _said("%(title)s: %(person)s", item)
    return str(worded) % {"title": item.title, "person": item.person or _("your evaluator")}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of "Due for me" as it is shown. `beside`: the agreement's title of the step, where `what` does not say it."""

    what: str
    href: str
    beside: str
    clause: str | None
    when: str


def rows(group: Group, items: Iterable[DueItem]) -> list[Row]:
    """The lines of one group."""
    return [_row(group, item) for item in items]


def _row(group: Group, item: DueItem) -> Row:
    what = phrase(item)
    return Row(
        what=what,
        href=url_of(item.service, item.path),
        beside="" if item.title in what else item.title,
        clause=item.clause,
        when=_when(group, item),
    )


def _when(group: Group, item: DueItem) -> str:
    planned = item.planned_on
    if planned is not None and (item.due_on is None or planned <= item.due_on):
        said = day(planned)
        past = planned < local_date(clock(), zone())
        return _("was announced for %(day)s", day=said) if past else _("announced for %(day)s", day=said)
    if item.due_on is None:
        return _("No date is set")
    said = day(item.due_on)
    if group == "late":
        return _("was due %(day)s", day=said)
    return _("until %(day)s", day=said) if group == "may" else _("by %(day)s", day=said)


def next_sentence(item: DueItem) -> str:
    """ "Next: Mid-year conference with J. Kim, Wed 14 Jan 2026."."""
    comes = item.not_before or item.due_on
    assert comes is not None, "only dated steps are next"
    when = _("from %(day)s", day=day(comes)) if item.not_before else day(comes)
    if item.person is None:
        return str(_("Next: %(title)s, %(day)s.", title=item.title, day=when))
    return str(_("Next: %(title)s with %(person)s, %(day)s.", title=item.title, person=item.person, day=when))


def _said(words: str, item: DueItem) -> str:
    return words % {"title": item.title, "person": item.person}
