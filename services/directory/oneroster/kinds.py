"""The codes under which findings stand; a code keeps its meaning for ever.

An *error* would make the directory wrong, so nothing is imported. A *warning* departs from the standard but is read
safely. A *question* is read, and waits for a person's yes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "question"]


def N_(text: str) -> str:  # noqa: N802 (the usual mark)
    """Mark a text for translation without translating it yet."""
    return text


@dataclass(frozen=True)
class Kind:
    """One code: how grave, what it is called, what to do about it."""

    code: str
    severity: Severity
    title: str
    remedy: str


_KINDS = (
    Kind(
        "OR001",
        "error",
        N_("No manifest"),
        N_("Add manifest.csv to the root of the zip. Without it the set counts as OneRoster 1.0, which is not read."),
    ),
    Kind("OR002", "error", N_("File in a folder"), N_("Zip the files themselves, not the folder that holds them.")),
    Kind("OR003", "error", N_("Not a zip file"), N_("Export the roster again and send the zip as it came.")),
    Kind(
        "OR004",
        "error",
        N_("Too large"),
        N_("Send the roster files only. A staff roster of a large district is a few megabytes."),
    ),
    Kind(
        "OR005",
        "error",
        N_("Unsafe or doubled file name"),
        N_("Make the zip anew with each file once, at its root, under its plain name."),
    ),
    Kind(
        "OR006",
        "error",
        N_("Encrypted or unknown compression"),
        N_("Make the zip anew without a password, with the usual compression (deflate)."),
    ),
    Kind(
        "OR007",
        "warning",
        N_("Not a OneRoster file"),
        N_("Nothing to do: the file is left unread. Remove it from the export to lose this line."),
    ),
    Kind("OR008", "error", N_("Version not read"), N_("Export as OneRoster 1.2 CSV, or 1.1.")),
    Kind(
        "OR009",
        "warning",
        N_("Manifest line not understood"),
        N_(
            "State each property once: manifest.version, oneroster.version, and one file.<name> row for each "
            "file with absent, bulk or delta."
        ),
    ),
    Kind(
        "OR010",
        "error",
        N_("Column heads differ"),
        N_("Give the heads of the standard, in its order; further columns only at the end and called metadata.<name>."),
    ),
    Kind(
        "OR011",
        "warning",
        N_("Column head in other case"),
        N_("Write the head exactly as in the standard; capitals count."),
    ),
    Kind("OR012", "warning", N_("Empty column head"), N_("Remove the empty column.")),
    Kind("OR013", "error", N_("Column twice"), N_("Keep one of the columns of that name.")),
    Kind("OR014", "error", N_("Not UTF-8"), N_("Save the file as CSV UTF-8.")),
    Kind(
        "OR015",
        "error",
        N_("Not readable as CSV"),
        N_(
            "Separate values by commas; put a value with a comma or a quotation mark in quotation marks, and "
            "double the marks inside it."
        ),
    ),
    Kind(
        "OR016",
        "error",
        N_("Row with too few or too many values"),
        N_("Give every row as many values as there are column heads."),
    ),
    Kind(
        "OR017",
        "error",
        N_("Line break, control character or one that can't be seen"),
        N_("Take it out; typing the value or the column head anew is the surest way."),
    ),
    Kind("OR018", "error", N_("Value too long"), N_("Shorten the value.")),
    Kind(
        "OR019",
        "error",
        N_("A needed file is not there"),
        N_("Export the file too, or leave out the one that needs it."),
    ),
    Kind(
        "OR020",
        "error",
        N_("No rows"),
        N_("Leave the file out and call it absent in the manifest, or export its rows."),
    ),
    Kind(
        "OR021",
        "error",
        N_("Value missing"),
        N_("Fill in the value in the student information or personnel system, and export again."),
    ),
    Kind(
        "OR030",
        "error",
        N_("Row with status or change date in a bulk file"),
        N_("In a bulk file leave status and dateLastModified blank in every row."),
    ),
    Kind(
        "OR031",
        "error",
        N_("Row without status or change date in a delta file"),
        N_("In a delta file give status and dateLastModified in every row."),
    ),
    Kind("OR032", "error", N_("Unknown status"), N_("Write active or tobedeleted.")),
    Kind(
        "OR040",
        "error",
        N_("Word not in the list"),
        N_("Use a word of the standard's list, or an extension that starts with ext:."),
    ),
    Kind(
        "OR041",
        "error",
        N_("Not a date"),
        N_("Write dates as 2026-08-31, change dates as 2026-08-31T12:00:00.000Z, years as 2026."),
    ),
    Kind(
        "OR042",
        "warning",
        N_("Unusual character in an identifier"),
        N_("The standard allows letters, digits and . - _ / @ only; the identifier is read as it stands."),
    ),
    Kind(
        "OR043",
        "error",
        N_("Date out of reach"),
        N_(
            "Write a day in the years 1980 to 2099. Where a role has no first or last day, leave beginDate or endDate "
            "blank; 1900-01-01 or 9999-12-31 do not stand for that."
        ),
    ),
    Kind("OR044", "error", N_("Ends before it begins"), N_("Mend the dates. endDate is the first day after the end.")),
    Kind(
        "OR045",
        "warning",
        N_("Not an e-mail address"),
        N_(
            "Mend the address; before the @, mail servers take the letters a to z, digits and signs only. The person is "
            "imported without one and signs in by username."
        ),
    ),
    Kind(
        "OR046",
        "warning",
        N_("School year differs from the dates"),
        N_("schoolYear is the year in which the school year ends. The dates are what is imported."),
    ),
    Kind(
        "OR050",
        "error",
        N_("Refers to something that is not there"),
        N_(
            "Export the record it refers to, or correct the reference. Where a delta left a role out alone because its person "
            "is not known here, export the person too, or import the whole roster."
        ),
    ),
    Kind("OR051", "error", N_("The same sourcedId twice"), N_("Give each record an identifier of its own.")),
    Kind(
        "OR052",
        "warning",
        N_("Two primary roles at one organisation"),
        N_("Make one of them secondary. Both are imported; which is primary makes no difference here."),
    ),
    Kind("OR053", "error", N_("Circle of parents"), N_("Correct parentSourcedId so that the chain ends.")),
    Kind(
        "OR054",
        "error",
        N_("Username taken"),
        N_("Give each person a username of their own; capitals make no difference."),
    ),
    Kind(
        "OR055",
        "warning",
        N_("E-mail address shared"),
        N_(
            "They sign in by username; a shared address signs nobody in, and one that is somebody's username only that person."
        ),
    ),
    Kind(
        "OR056",
        "warning",
        N_("Person without a role"),
        N_(
            "Add a row to roles.csv if the person works here. Until then they are not imported. Students and others who do "
            "not work here need nothing."
        ),
    ),
    Kind(
        "OR057",
        "warning",
        N_("Organisation without a school"),
        N_(
            "The role is taken as held in the whole district. Give the organisation a school as parent if it "
            "belongs to one."
        ),
    ),
    Kind(
        "OR058",
        "warning",
        N_("Evaluator left out"),
        N_(
            "agentSourcedIds of a staff member names the evaluators: other members of staff. Name one, or "
            "appoint on the person's page."
        ),
    ),
    Kind(
        "OR059",
        "warning",
        N_("More than one district"),
        N_(
            "Everyone in the roster will belong to the district you import into. Export one district if that "
            "is not meant."
        ),
    ),
    Kind(
        "OR060", "error", N_("Manifest and zip differ"), N_("Call a file absent in the manifest, or put it in the zip.")
    ),
    Kind(
        "OR061",
        "warning",
        N_("Rows and manifest disagree on bulk or delta"),
        N_("The rows are followed, as the standard asks. Correct the manifest."),
    ),
    Kind(
        "OR070",
        "question",
        N_("Many people would lose their access or role"),
        N_(
            "Counted is who can work here today and then could not: left out or shut out, or with roles that have ended, "
            "begin only later or end soon. If that is right, confirm it by giving their number. If not, the export is "
            "probably incomplete or its dates are wrong: export again."
        ),
    ),
    Kind(
        "OR071",
        "question",
        N_("Administrator's duty to be confirmed"),
        N_(
            "OneRoster 1.1 cannot tell a principal from other administrators. Confirm the proposed roles, or "
            "export as 1.2."
        ),
    ),
    Kind(
        "OR072",
        "warning",
        N_("Role word of the exporter's own"),
        N_("The person is imported with the role Other. Appoint a role on the person's page where needed."),
    ),
    Kind(
        "OR080",
        "warning",
        N_("District's role at a school"),
        N_(
            "What this role allows it allows in the whole district, so at a school it is imported as Other, which allows "
            "nothing. Name the district in the export, or appoint on the person's page, if the whole district is meant."
        ),
    ),
    Kind(
        "OR073",
        "question",
        N_("Perhaps the same person or school"),
        N_(
            "Confirm that both are one person, or one school: the roster's record goes to the account or the school "
            "that is here, with every evaluation of it. If they are two people, mend the username, e-mail address, "
            "staff number or sourcedId in the export: a sourcedId is never given to anybody else. If they are two "
            "schools, give the new one another name, or each its own sourcedId again. Whoever really takes over the "
            "username or address of somebody who leaves is left out of one import and brought by the next."
        ),
    ),
    Kind(
        "OR074",
        "question",
        N_("People would no longer be evaluated, or evaluate"),
        N_(
            "Counted is who is a teacher, a principal or a school administrator today and would then work here in another "
            "role, such as an aide's: no evaluation of them can begin, or none be given to them. If that is right, confirm "
            "it by giving their number. If not, the role words or dates in the export are probably wrong: export again."
        ),
    ),
    Kind(
        "OR075",
        "question",
        N_("Only a system administrator may import this"),
        N_(
            "System administrators are made, unmade and changed by system administrators only, and nobody else gives "
            "themselves a role or an evaluator. Ask a system administrator to import this roster, or leave these rows out of it."
        ),
    ),
    Kind(
        "OR076",
        "warning",
        N_("School with staff would end"),
        N_(
            "If the school goes on, put it back into orgs.csv as a school. If not, end these roles in the export or "
            "on the people's pages."
        ),
    ),
    Kind(
        "OR077",
        "warning",
        N_("Nobody named as evaluator any more"),
        N_(
            "Evaluations under way keep their evaluators; new ones are assigned by hand. If agentSourcedIds was left out of "
            "the export by mistake, export again."
        ),
    ),
    Kind(
        "OR078",
        "warning",
        N_("Username or e-mail address changes hands"),
        N_(
            "Whoever signs in by it needs the password of the one who has it then, and letters to the address reach that "
            "person. If that is not meant, two rows are mixed up in the export: mend them, and export again."
        ),
    ),
    Kind(
        "OR079",
        "warning",
        N_("Department goes to another school"),
        N_(
            "Export the roles held in the department too, in the same delta or the next one, or import the whole roster: "
            "they go to its new school then."
        ),
    ),
    Kind(
        "OR081",
        "warning",
        N_("School becomes something else"),
        N_(
            "It is closed here, with its evaluations, and the same school again as soon as the export calls it one. If it is "
            "still a school, mend its type in orgs.csv and export again."
        ),
    ),
    Kind(
        "OR082",
        "warning",
        N_("Days written here are left behind"),
        N_(
            "If the calendar goes on under another sourcedId, export it with the same title, type and dates: its days go along "
            "then. Otherwise write the days into the calendar that takes its place."
        ),
    ),
)

KINDS: Mapping[str, Kind] = {kind.code: kind for kind in _KINDS}
