"""What refusals say: one sentence a code of domain/refusals, and one for each fault of a field. A test holds them total."""

from collections.abc import Mapping
from datetime import date

from flask_babel.speaklater import LazyString

from services.evaluation.core.domain.refusals import Missing, Refused
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.wording import day

REASONS: Mapping[str, LazyString] = {
    "closed": _l("This evaluation is closed. Nothing can be added to it any more."),
    "ended_early": _l("The district office ended this evaluation early. Nothing can be added to it any more."),
    "own_evaluation": _l("Nobody ends their own evaluation. Somebody else of the district office can."),
    "begins_own": _l("Nobody begins their own evaluation. Somebody else of the district office can."),
    "only_subject": _l("Only the person who is evaluated can do this."),
    "only_evaluator": _l("Only the evaluator who is assigned now can do this."),
    "only_office": _l("Only the district office can do this."),
    "no_evaluator": _l("No evaluator is assigned yet. The district office assigns one on the cycle's board."),
    "no_such_step": _l("This evaluation has no such step."),
    "no_such_occasion_type": _l("The agreement has no such kind of observation."),
    "no_such_occasion": _l("This evaluation has no such observation."),
    "no_such_component": _l("The instrument has no component %(component)s."),
    "not_rated_here": _l("This evaluation's track does not rate the component %(component)s."),
    "unknown_item": _l("The form has no question %(item)s."),
    "occasion_exists": _l("This observation has been begun already."),
    "occasion_withdrawn": _l("This observation was withdrawn. Begin a new one."),
    "already_done": _l("“%(title)s” is done already. What was sent stays as it was."),
    "not_yet": _l("“%(title)s” can't be done yet."),
    "may_still_come": _l(
        "“%(title)s” can be done after %(until)s, or sooner if what may still come until then is filed or waived."
    ),
    "already_observed": _l("What was seen is written down already, so the time can't be changed any more."),
    "feedback_sent": _l("The feedback has been sent, so this can't be changed any more."),
    "anothers_script": _l(
        "What was seen was written down by the evaluator before you, and never sent. Write down what you saw yourself, or "
        "withdraw the observation and begin another."
    ),
    "may_still_sign": _l(
        "“%(title)s” can be done in time until the end of %(until)s. From the day after, it can be noted that it was not signed."
    ),
    "noted_unsigned": _l(
        "It has been noted that “%(title)s” was not done in time. That stands on the record, and it can't be signed any more."
    ),
    "nobody_notes_unsigned": _l(
        "The agreement of this evaluation names nobody who may note that “%(title)s” was not done."
    ),
    "not_opened": _l(
        "A signature shows that the summative evaluation was received, and it has not been opened yet. Open it first; to "
        "refuse to sign needs no opening."
    ),
    "summative_sent": _l(
        "The summative evaluation has been sent, so no observation can begin, be moved or be written down any more. One that "
        "was begun can be withdrawn."
    ),
    "observation_to_come": _l(
        "An observation was begun and has not been held. Hold it, or withdraw it, before the summative evaluation is sent: "
        "nothing is observed after that."
    ),
    "held_at_that_time": _l(
        "Another observation of this evaluation was held at that time. One lesson is one observation: correct the time, or "
        "withdraw this one."
    ),
    "nothing_written": _l("Write something first."),
    "too_many_notes": _l("There are more than %(most)s lines. Put some together."),
    "time_wanted": _l("Give the day and the time."),
    "ends_before_begin": _l("The end must come after the beginning."),
    "longer_than_a_day": _l("A visit ends within a day. Look at the date and the time again."),
    "outside_cycle": _l(
        "That day lies far outside the cycle of this evaluation. Look at the year and the month again."
    ),
    "line_far_off": _l(
        "Line %(line)s was written more than a day before the observation began or after it ended. Look at its date again."
    ),
    "too_far_ahead": _l("That is years ahead. Open a cycle that begins within the next three years."),
    "has_that_time": _l("That is the time it has already. Give another time, or another place."),
    "in_the_future": _l("That time has not come yet."),
    "notice_too_late": _l(
        "That time has begun already, so it can't be announced any more. Choose a time to come. What was agreed in words "
        "and is being held, or was held, is begun without a notice: then give the time it was held."
    ),
    "before_what_it_follows": _l(
        "What this follows had not been done by then: its time stands in the steps. Give the time at which this was held. A "
        "lesson seen before its notice was given, or before the conference about it, is not an announced observation."
    ),
    "form_incomplete": _l("Some questions still need an answer."),
    "ratings_incomplete": _l("Some components still need a rating."),
    "not_computable": _l("The score can't be worked out from these ratings."),
    "evaluates_self": _l("Nobody evaluates themselves. Choose someone else."),
    "already_evaluator": _l("This person is the evaluator already."),
    "reason_wanted": _l("Say why the evaluator changes; it stands on the record."),
    "party_missing": _l("%(party)s has not signed. Both parties sign, or nothing is ratified."),
    "no_such_party": _l("The agreement has no party %(party)s."),
    "not_ratified": _l("No such agreement has been ratified by both parties."),
    "not_in_force": _l("The agreement is in force only from %(in_force_from)s. Begin the cycle on that day or later."),
    "cycle_too_long": _l("A cycle lasts no longer than two years and two months."),
    "date_outside_cycle": _l(
        "In a cycle that begins on this first day, “%(title)s” is due on %(on)s, after its last day. Choose days that hold "
        "every date of the agreement; a cycle may have begun already."
    ),
    "title_taken": _l("Another cycle has this title. Choose another."),
    "cycle_in_use": _l(
        "An evaluation has begun in this cycle, so it can't be taken back. What was begun by mistake is ended early, each by "
        "itself."
    ),
    "no_such_track": _l("The agreement has no such track."),
    "earlier_result_wanted": _l(
        "This track carries an earlier result forward, and none that it accepts is on record. Choose another track."
    ),
}

FAULTS: Mapping[str, LazyString] = {
    "answer_wanted": _l("Answer this question."),
    "rating_wanted": _l("Choose one of these."),
    "no_such_level": _l("Choose one of the levels shown."),
    "evidence_wanted": _l(
        "The agreement asks for evidence before this is rated, and nothing sent is tagged to it yet."
    ),
    "line_far_off": _l(
        "This line was written more than a day before the observation began or after it ended. Look at its date again."
    ),
    "lack_missing": _l("This is needed for the score."),
    "lack_not_applicable": _l(
        "The score can't be worked out without this. Choose a level: not applicable is not a zero."
    ),
    "lack_not_accepted": _l("The rule does not accept this value."),
    "no_such_component": _l("The instrument has no such component."),
    "not_rated_here": _l("This evaluation's track does not rate this component."),
}
"""What is wrong with one field; where a code is not here its sentence in REASONS serves."""

DUTIES: Mapping[str, LazyString] = {
    "subject": _l("the person who is evaluated"),
    "evaluator": _l("the evaluator"),
    "office": _l("the district office"),
}

_DAYS = frozenset({"until", "on", "in_force_from"})
"""The values of refusals that are days."""


def reason(refusal: Refused) -> str:
    """The sentence of a refusal."""
    values = {
        name: day(date.fromisoformat(value)) if name in _DAYS else value for name, value in refusal.values.items()
    }
    return str(REASONS[refusal.code]) % values


def fault(code: str) -> str:
    """The sentence at a field."""
    return str(FAULTS.get(code) or REASONS[code])


def missing_sentence(missing: tuple[Missing, ...], code: str = "not_yet") -> str | None:
    """What is still missing and who can mend it; None where nothing is named."""
    if not missing:
        return None
    parts = [_("%(title)s (%(who)s)", title=one.title, who=str(DUTIES[one.duty])) for one in missing]
    if code in ("may_still_come", "may_still_sign"):
        return str(_("It may still come: %(list)s.", list="; ".join(parts)))
    return str(_("Still missing: %(list)s.", list="; ".join(parts)))
