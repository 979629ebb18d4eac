"""What messages say, in one table, the same in the inbox and in the letter. No rating and no text of an evaluation:
neither is known here. The subject of a letter names nobody, for it lights up on locked screens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel.speaklater import LazyString

from shared.clock import local_date
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.language import ngettext
from shared.web.wording import day


@dataclass(frozen=True)
class Wording:
    """`sentence` may name %(person)s, %(cycle)s, %(when)s. `own`: said to the subject where that differs.
    `undated`: said where no time is known. `action`: the words of the link."""

    subject: LazyString
    sentence: LazyString
    action: LazyString
    own: LazyString | None = None
    undated: LazyString | None = None
    of_account: bool = False
    """Said to the owner of an account, not to somebody who takes part in an evaluation."""


WORDINGS: Mapping[str, Wording] = {
    "evaluator_named": Wording(
        _l("Your evaluator is named"),
        _l("%(person)s evaluates you in %(cycle)s."),
        _l("Open your evaluation"),
    ),
    "evaluator_changed": Wording(
        _l("You have another evaluator"),
        _l("%(person)s evaluates you in %(cycle)s from now on."),
        _l("Open your evaluation"),
    ),
    "evaluation_assigned": Wording(
        _l("An evaluation is assigned to you"),
        _l("You evaluate %(person)s in %(cycle)s."),
        _l("Open the evaluation"),
    ),
    "evaluation_moved": Wording(
        _l("An evaluation went to another evaluator"),
        _l("You no longer evaluate %(person)s in %(cycle)s. Nothing more is due from you there."),
        _l("See the people you evaluate"),
    ),
    "goals_agreed": Wording(
        _l("Your goals are agreed"),
        _l("%(person)s agreed to the goals you sent for %(cycle)s."),
        _l("See what was agreed"),
    ),
    "goals_returned": Wording(
        _l("Your goals are handed back"),
        _l("%(person)s handed the goals you sent for %(cycle)s back for change, and says why."),
        _l("Read why, and change them"),
    ),
    "observation_announced": Wording(
        _l("An observation is announced"),
        _l("%(person)s will observe you on %(when)s."),
        _l("See the notice"),
        undated=_l("%(person)s announced an observation."),
    ),
    "observation_moved": Wording(
        _l("An observation is announced anew"),
        _l("%(person)s will observe you on %(when)s. This takes the place of the notice you were given before."),
        _l("See the notice"),
        undated=_l("%(person)s changed the time or the place of an observation."),
    ),
    "observation_withdrawn": Wording(
        _l("An observation is withdrawn"),
        _l("%(person)s withdrew the observation announced for %(when)s. It is no part of your evaluation any more."),
        _l("See why"),
        undated=_l("%(person)s withdrew an observation. It is no part of your evaluation any more."),
    ),
    "feedback_sent": Wording(
        _l("Feedback is here for you"),
        _l("%(person)s sent you feedback on an observation."),
        _l("Read the feedback"),
    ),
    "summative_sent": Wording(
        _l("Your summative evaluation is here"),
        _l("%(person)s sent you the summative evaluation of %(cycle)s."),
        _l("Read the evaluation"),
    ),
    "signature_asked": Wording(
        _l("Your signature is asked for"),
        _l("An evaluation of %(cycle)s waits for your signature. You can sign, or refuse with a note."),
        _l("Read and sign"),
        own=_l("Your evaluation of %(cycle)s waits for your signature. You can sign, or refuse with a note."),
    ),
    "response_filed": Wording(
        _l("A response is filed"),
        _l("%(person)s filed a written response to the evaluation of %(cycle)s."),
        _l("Read the response"),
    ),
    "response_waived": Wording(
        _l("No response will come"),
        _l(
            "%(person)s said that no written response to the evaluation of %(cycle)s will come. Nobody need wait for it."
        ),
        _l("Open the evaluation"),
    ),
    "signed": Wording(
        _l("An evaluation is signed"),
        _l("%(person)s signed the evaluation of %(cycle)s."),
        _l("Open the evaluation"),
    ),
    "signature_refused": Wording(
        _l("A signature is refused"),
        _l("%(person)s refused to sign the evaluation of %(cycle)s."),
        _l("Open the evaluation"),
    ),
    "signature_lacking": Wording(
        _l("It was noted that you did not sign"),
        _l(
            "%(person)s noted that the evaluation of %(cycle)s was neither signed nor refused in time, and says what was tried. "
            "It goes on without your signature."
        ),
        _l("Read what was noted"),
    ),
    "evaluation_closed": Wording(
        _l("An evaluation is closed"),
        _l("The evaluation of %(person)s in %(cycle)s is closed."),
        _l("Open the evaluation"),
        own=_l("Your evaluation in %(cycle)s is closed."),
    ),
    "evaluation_ended_early": Wording(
        _l("An evaluation ended early"),
        _l(
            "The district office ended the evaluation of %(person)s in %(cycle)s early, and says why. Nothing more is due from "
            "you there."
        ),
        _l("Open the evaluation"),
        own=_l(
            "The district office ended your evaluation in %(cycle)s early, and says why. Nothing more is due from you there."
        ),
    ),
    "link_made": Wording(
        _l("A link to set your password was made"),
        _l(
            "%(person)s made a one-time link by which a new password can be set for your account. If you did not ask for it, "
            "change your password now: that ends the link. Then ask your human resources office why it was made."
        ),
        _l("Open your profile"),
        of_account=True,
    ),
    "link_made_by_operator": Wording(
        _l("A link to set your password was made"),
        _l(
            "Whoever runs this installation made a one-time link, at its command line, by which a new password can be set "
            "for your account. If you did not ask for it, change your password now: that ends the link. Then ask your human "
            "resources office why it was made."
        ),
        _l("Open your profile"),
        of_account=True,
    ),
    "password_set_by_link": Wording(
        _l("Your password was set by a link"),
        _l(
            "Your password was set by the one-time link that %(person)s made. If that was not you, somebody else can sign in "
            "as you. Tell your human resources office or a system administrator at once, and ask for a new link."
        ),
        _l("Open your profile"),
        of_account=True,
    ),
    "password_set_by_operators_link": Wording(
        _l("Your password was set by a link"),
        _l(
            "Your password was set by a one-time link made at the command line of this installation. If that was not you, "
            "somebody else can sign in as you. Tell your human resources office or a system administrator at once, and ask "
            "for a new link."
        ),
        _l("Open your profile"),
        of_account=True,
    ),
    "password_changed": Wording(
        _l("Your password was changed"),
        _l(
            "Your password was changed by somebody who was signed in as you and knew the one before. If that was not you, "
            "somebody else can sign in as you. Tell your human resources office or a system administrator at once, and ask "
            "for a link to set a new one."
        ),
        _l("Open your profile"),
        of_account=True,
    ),
    "email_changed": Wording(
        _l("Your e-mail address was changed"),
        _l(
            "Your e-mail address here was changed to another one by %(person)s on %(when)s. Letters about your account go "
            "there from now on. If that is not right, change your password now, and tell a system administrator of your "
            "district at once."
        ),
        _l("Open your profile"),
        of_account=True,
    ),
    "email_changed_by_operator": Wording(
        _l("Your e-mail address was changed"),
        _l(
            "Your e-mail address here was changed to another one at the command line of this installation on %(when)s. "
            "Letters about your account go there from now on. If that is not right, change your password now, and tell a "
            "system administrator of your district at once."
        ),
        _l("Open your profile"),
        of_account=True,
    ),
}


@dataclass(frozen=True)
class Together:
    """What one letter says of several entries of a kind; each function takes how many there are. `mixed`: said where they are
    of several cycles. `path`: where its link lands, below the service's prefix."""

    subject: Callable[[int], str]
    sentence: Callable[[int, str], str]
    mixed: Callable[[int], str]
    action: LazyString
    path: str = "/people"


TOGETHER: Mapping[str, Together] = {
    "evaluation_assigned": Together(
        lambda num: ngettext("An evaluation is assigned to you", "%(num)s evaluations are assigned to you", num),
        lambda num, cycle: ngettext(
            "You were assigned 1 evaluation in %(cycle)s.",
            "You were assigned %(num)s evaluations in %(cycle)s.",
            num,
            cycle=cycle,
        ),
        lambda num: ngettext("You were assigned 1 evaluation.", "You were assigned %(num)s evaluations.", num),
        _l("See the people you evaluate"),
    ),
    "evaluation_moved": Together(
        lambda num: ngettext(
            "An evaluation went to another evaluator", "%(num)s evaluations went to another evaluator", num
        ),
        lambda num, cycle: ngettext(
            "You no longer evaluate 1 person in %(cycle)s. Nothing more is due from you there.",
            "You no longer evaluate these %(num)s people in %(cycle)s. Nothing more is due from you there.",
            num,
            cycle=cycle,
        ),
        lambda num: ngettext(
            "You no longer evaluate 1 person. Nothing more is due from you there.",
            "You no longer evaluate these %(num)s people. Nothing more is due from you there.",
            num,
        ),
        _l("See the people you evaluate"),
    ),
}
"""The kinds of which one letter may tell several: they come in bulk, each about another person, and lead to one list."""
MOST_NAMED = 100
"""People whom a letter names; of more it says how many."""


@dataclass(frozen=True)
class Entry:
    """What a message holds that its words are made of. `person`: the name of whom it is about, None where unknown.
    `cycle_title`: None of an account."""

    kind: str
    to_subject: bool
    person: str | None
    cycle_title: str | None
    held_from: datetime | None = None
    held_to: datetime | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Words:
    subject: str
    sentence: str
    action: str
    names: tuple[str, ...] = ()
    """Whom a letter lists that tells several entries, a line each."""
    of_account: bool = False


def subject_of(kind: str, several: int = 1) -> str:
    """The subject of a letter that tells so many entries of a kind."""
    return TOGETHER[kind].subject(several) if several > 1 else str(WORDINGS[kind].subject)


def words_together(entries: Sequence[Entry], zone: str) -> Words:
    """The words of one letter that tells these entries, all of one kind: whom they are about, by name."""
    if len(entries) == 1:
        return words_of(entries[0], zone)
    kind, cycles = TOGETHER[entries[0].kind], {entry.cycle_title or "" for entry in entries}
    named = [entry for entry in entries if entry.person is not None][:MOST_NAMED]
    names = [f"{one.person}, {one.cycle_title}" if len(cycles) > 1 else str(one.person) for one in named]
    if left := len(entries) - len(named):
        names.append(ngettext("and 1 more", "and %(num)s more", left))
    sentence = kind.sentence(len(entries), cycles.pop()) if len(cycles) == 1 else kind.mixed(len(entries))
    return Words(subject_of(entries[0].kind, len(entries)), sentence, str(kind.action), tuple(names))


def words_of(entry: Entry, zone: str) -> Words:
    """The words of one message; times in `zone` (IANA)."""
    wording = WORDINGS[entry.kind]
    sentence = wording.sentence
    if entry.to_subject and wording.own is not None:
        sentence = wording.own
    if entry.held_from is None and wording.undated is not None:
        sentence = wording.undated
    said = str(sentence) % {
        "person": entry.person or _("Someone"),
        "cycle": entry.cycle_title,
        "when": span(entry.held_from, entry.held_to, zone) if entry.held_from else "",
    }
    if entry.due_on is not None:
        said += " " + _("Due %(day)s.", day=day(entry.due_on))
    return Words(str(wording.subject), said, str(wording.action), of_account=wording.of_account)


def span(begins: datetime, ends: datetime | None, zone: str) -> str:
    """ "Tue 12 May 2026, 14:02 to 14:50 CDT" in `zone`; without an end just the beginning."""
    local = begins.astimezone(ZoneInfo(zone))
    if ends is None:
        return f"{day(local_date(begins, zone))}, {local:%H:%M %Z}"
    until = ends.astimezone(ZoneInfo(zone))
    return str(
        _(
            "%(day)s, %(begin)s to %(end)s",
            day=day(local_date(begins, zone)),
            begin=f"{local:%H:%M}",
            end=f"{until:%H:%M %Z}",
        )
    )
