"""Why a command was not carried out, and what to do about it, found by the refusal's code."""

from collections.abc import Mapping
from typing import Any

from flask_babel.speaklater import LazyString

from shared.web.language import lazy_gettext as _l

_REFUSALS: Mapping[str, tuple[LazyString, LazyString, LazyString]] = {
    "plan_changed": (
        _l("The directory has changed since the check"),
        _l("What this import would do now is not what you were shown, so nothing was imported."),
        _l("Check it again, look through the changes, and then import."),
    ),
    "not_confirmed": (
        _l("A question is still open"),
        _l("The import asks about: %(codes)s."),
        _l("Answer each question below, then import."),
    ),
    "import_applied": (
        _l("Imported already"),
        _l("This import was carried out before; nothing was done twice."),
        _l("See the history of imports."),
    ),
    "import_refused": (
        _l("This roster can't be imported"),
        _l("The check found something that must be mended."),
        _l("Mend what the findings name, export again, and upload the new zip."),
    ),
    "import_discarded": (
        _l("This import was let go"),
        _l("It was let go, and what had been read was deleted."),
        _l("Upload the zip again."),
    ),
    "import_expired": (
        _l("This import has waited too long"),
        _l("After a week, what had been read was deleted."),
        _l("Upload the zip again."),
    ),
    "person_from_roster": (
        _l("The roster says so"),
        _l("Name, username and address of this person come from the roster."),
        _l("Change them in the system the roster comes from; the next import brings them here."),
    ),
    "role_from_roster": (
        _l("The roster says so"),
        _l("This role comes from the roster."),
        _l("End it in the system the roster comes from; the next import ends it here."),
    ),
    "role_over": (
        _l("This role is over"),
        _l("A role that is over stays over, so nothing was changed."),
        _l("If it is to be held again, give it anew."),
    ),
    "school_from_roster": (
        _l("The roster says so"),
        _l("This school comes from the roster."),
        _l("Change it in the system the roster comes from."),
    ),
    "calendar_from_roster": (
        _l("The roster says so"),
        _l("Title and dates of this calendar come from the roster."),
        _l("Change them in the system the roster comes from."),
    ),
    "days_of_the_year": (
        _l("The days belong to the school year"),
        _l("This calendar takes its days from the school year it lies in."),
        _l("Change the days there."),
    ),
    "username_given_away": (
        _l("The username belongs to somebody else now"),
        _l("While %(name)s was away, the username %(username)s was given to somebody else, and nobody can share one."),
        _l(
            "Give one of the two another username: in the system the roster comes from, or here where it was entered by hand."
        ),
    ),
    "own_account": (_l("That is yourself"), _l("You can't shut yourself out."), _l("Ask another administrator.")),
    "own_last_role": (
        _l("That is your own last key"),
        _l("With this role you would lose the right to manage the directory."),
        _l("Ask another administrator to end it."),
    ),
    "roster_shuts_out": (
        _l("The roster keeps this person out"),
        _l("The roster says that this account is not enabled."),
        _l("Change enabledUser in the system the roster comes from."),
    ),
    "not_on_roster": (
        _l("This person has left the roster"),
        _l("The last import did not name them, and no role given here stands."),
        _l("Give a role here, or wait for the roster that names them again."),
    ),
    "link_for_inactive": (
        _l("No link for someone who can't sign in"),
        _l("Links are made for active people only."),
        _l("Let the person in first."),
    ),
    "not_yours_to_reach": (
        _l("This account is not yours to reach"),
        _l(
            "The account of a system administrator is for system administrators to change, to shut out or to make links to."
        ),
        _l("Ask a system administrator."),
    ),
    "import_not_yours": (
        _l("Only a system administrator may import this"),
        _l(
            "The roster makes, unmakes or changes a system administrator, or gives you a role of your own. Nothing was "
            "imported. These rows: %(rows)s."
        ),
        _l("Ask a system administrator to import it, or leave these rows out, export again, and upload the new zip."),
    ),
    "own_role": (
        _l("Nobody gives themselves a role"),
        _l("A role is given by somebody else, so that two people know of it."),
        _l("Ask a colleague of human resources, or a system administrator."),
    ),
    "not_yours_to_give": (
        _l("You can't give or end this role"),
        _l("Only a system administrator gives or ends the role of system administrator."),
        _l("Ask a system administrator."),
    ),
}

FIELD: Mapping[str, LazyString] = {
    "username_taken": _l(
        "This is the username or the e-mail address of somebody else in the district. Choose another."
    ),
    "email_taken": _l(
        "This is the e-mail address or the username of somebody else in the district, and a shared address signs nobody in. "
        "Give another one, or none."
    ),
    "email_unreachable": _l(
        "No letter can be written to this address: before the @, mail servers take the letters a to z, digits and signs only. "
        "Give another one, or none."
    ),
    "no_such_role": _l("Choose a role from the list."),
    "no_such_school": _l("Choose a school that is in use."),
    "role_of_the_district": _l(
        "This role is held in the whole district. Leave the school blank, or choose another role."
    ),
    "school_there": _l(
        "There is a school called “%(name)s” already. Confirm here that this is another one of that name, or choose another "
        "name."
    ),
    "school_there_closed": _l(
        "There is a school called “%(name)s” already. It is closed, and can be opened again. Confirm here that this is another "
        "one of that name, or choose another name."
    ),
    "name_blank": _l("Write a name."),
    "name_unseen": _l("This holds a character that can't be seen. Type it anew."),
    "name_long": _l("Shorten this to %(most)s characters."),
    "district_there": _l("There is a district called %(name)s already. Choose another name."),
    "no_such_zone": _l("Write the zone as in America/Chicago."),
    "ends_before_it_begins": _l("The end must come after the beginning."),
    "ends_earlier_already": _l(
        "The role ends before that day already, and its end can only be moved to an earlier one. If it is to be held longer, "
        "give it anew from the day it ends."
    ),
    "holds_it_already": _l("The person holds this role there already."),
    "names_own": _l("Nobody names their own evaluator. Ask a colleague of human resources, or a system administrator."),
    "own_evaluator": _l("Nobody evaluates themself. Choose somebody else."),
    "evaluator_not_active": _l("Choose people who can sign in."),
    "password_short": _l("Use at least 15 characters. A few words in a row are easy to keep in mind."),
    "password_long": _l("Use at most 256 characters."),
    "password_patterned": _l(
        "This repeats itself or runs along the alphabet. Choose words that do not belong together."
    ),
    "password_own_name": _l("This is built from your own name or your district's. Choose other words."),
    "password_well_known": _l("This is built from words that are guessed first. Choose others."),
    "present_password_wrong": _l("This is not your present password."),
    "OR070": _l("Write the number of people who will lose their access or role, to say that this is right."),
    "OR071": _l("Confirm the proposed roles."),
    "OR073": _l("Confirm that they are the same people and schools."),
    "OR074": _l("Write the number of people who will lose their part in evaluations, to say that this is right."),
}


def refusal_words(code: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
    """(title, what is so, what to do)."""
    title, detail, remedy = _REFUSALS[code]
    return str(title), str(detail) % values if values else str(detail), str(remedy)


def field_words(code: str, values: Mapping[str, Any] | None = None) -> str:
    """What is wrong at a field. `values`: the refusal's."""
    return str(FIELD[code]) % values if values else str(FIELD[code])
