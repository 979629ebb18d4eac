"""The words for roles, and what OneRoster calls them. A role is held at a school or in the district as a whole."""

from collections.abc import Mapping

TEACHER = "teacher"
COUNSELOR = "counselor"
PRINCIPAL = "principal"
SITE_ADMINISTRATOR = "site_administrator"
DISTRICT_ADMINISTRATOR = "district_administrator"
SYSTEM_ADMINISTRATOR = "system_administrator"
HR = "hr"
SUPERINTENDENT = "superintendent"
BOARD_MEMBER = "board_member"
UNION_REPRESENTATIVE = "union_representative"
AIDE = "aide"
OTHER = "other"

ROLES = frozenset(
    {
        TEACHER, COUNSELOR, PRINCIPAL, SITE_ADMINISTRATOR, DISTRICT_ADMINISTRATOR, SYSTEM_ADMINISTRATOR,
        HR, SUPERINTENDENT, BOARD_MEMBER, UNION_REPRESENTATIVE, AIDE, OTHER,
    }
)  # fmt: skip

DISTRICT_ROLES = frozenset(
    {DISTRICT_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, HR, SUPERINTENDENT, BOARD_MEMBER, UNION_REPRESENTATIVE}
)
"""Held in the district as a whole and nowhere else: whatever they allow, they allow everywhere in it."""
SUBJECT_ROLES = frozenset({TEACHER})
EVALUATOR_ROLES = frozenset({PRINCIPAL, SITE_ADMINISTRATOR})
"""Who can be evaluated, and who can be named to evaluate, in an evaluation service of whichever kind. A test holds them
against the kinds there are; no service asks another."""


def out_of_place(role: str, school: object | None) -> bool:
    """Whether it is a role of the district that is said to be held at a school. It would be over everybody, not over that
    school, so it allows nothing; `school`: however it is named, None where the role is held in the district."""
    return school is not None and role in DISTRICT_ROLES


FROM_ONEROSTER: Mapping[str, str] = {
    "teacher": TEACHER,
    "counselor": COUNSELOR,
    "principal": PRINCIPAL,
    "siteAdministrator": SITE_ADMINISTRATOR,
    "districtAdministrator": DISTRICT_ADMINISTRATOR,
    "systemAdministrator": SYSTEM_ADMINISTRATOR,
    "aide": AIDE,
    "proctor": OTHER,
    "ext:hr": HR,
    "ext:superintendent": SUPERINTENDENT,
    "ext:boardMember": BOARD_MEMBER,
    "ext:unionRepresentative": UNION_REPRESENTATIVE,
}
"""OneRoster 1.2 role word -> ours. Students and guardians are counted and dropped; any other `ext:` word becomes OTHER.
OneRoster has no word for superintendent, board member or union representative (facts: standards.md section 0.1)."""
