"""The columns of the files, in the standard's order, and which of them are read here.

Source: 1EdTech OneRoster 1.2 and 1.1 CSV bindings. Files that are never read (gradebook, resources) have no entry; their
rows are not looked at.
"""

from collections.abc import Mapping
from typing import Literal

Version = Literal["1.1", "1.2"]

_RECORD = ("sourcedId", "status", "dateLastModified")


def _columns(names: str) -> tuple[str, ...]:
    return (*_RECORD, *names.split(","))


_COMMON: Mapping[str, tuple[str, ...]] = {
    "manifest": ("propertyName", "value"),
    "academicSessions": _columns("title,type,startDate,endDate,parentSourcedId,schoolYear"),
    "orgs": _columns("name,type,identifier,parentSourcedId"),
    "classes": _columns(
        "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,"
        "subjects,subjectCodes,periods"
    ),
    "courses": _columns("schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes"),
    "enrollments": _columns("classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"),
    "demographics": _columns(
        "birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
        "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,"
        "countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus"
    ),
}

COLUMNS: Mapping[Version, Mapping[str, tuple[str, ...]]] = {
    "1.2": {
        **_COMMON,
        "users": _columns(
            "enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,"
            "grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,"
            "preferredFamilyName,primaryOrgSourcedId,pronouns"
        ),
        "roles": _columns("userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId"),
        "userProfiles": _columns("userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password"),
    },
    "1.1": {
        **_COMMON,
        "users": _columns(
            "enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,"
            "agentSourcedIds,grades,password"
        ),
    },
}  # fmt: skip

_USERS = ("enabledUser", "username", "givenName", "familyName", "identifier", "email", "agentSourcedIds")
_NEEDED: Mapping[str, frozenset[str]] = {
    "manifest": frozenset({"propertyName", "value"}),
    "academicSessions": frozenset({*_RECORD, "title", "type", "startDate", "endDate", "parentSourcedId"}),
    "orgs": frozenset({*_RECORD, "name", "type", "parentSourcedId"}),
    "roles": frozenset({*_RECORD, "userSourcedId", "role", "beginDate", "endDate", "orgSourcedId"}),
    "userProfiles": frozenset({"sourcedId"}),
}

NEEDED: Mapping[Version, Mapping[str, frozenset[str]]] = {
    "1.2": {**_NEEDED, "users": frozenset({*_RECORD, *_USERS, "preferredGivenName", "preferredFamilyName"})},
    "1.1": {**_NEEDED, "users": frozenset({*_RECORD, *_USERS, "role", "orgSourcedIds"})},
}
"""Columns that are read: without one of them, values already here would be blanked, so its absence is an error."""

_FILES_BOTH = {
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
    "enrollments", "lineItems", "orgs", "resources", "results", "users",
}  # fmt: skip
_FILES_12 = {
    "lineItemLearningObjectiveIds", "lineItemScoreScales", "resultLearningObjectiveIds", "resultScoreScales", "roles",
    "scoreScales", "userProfiles", "userResources",
}  # fmt: skip
DATA_FILES: Mapping[Version, frozenset[str]] = {
    "1.2": frozenset(_FILES_BOTH | _FILES_12),
    "1.1": frozenset(_FILES_BOTH),
}

READ: Mapping[Version, tuple[str, ...]] = {
    "1.2": ("orgs", "academicSessions", "roles", "users", "userProfiles"),
    "1.1": ("orgs", "academicSessions", "users"),
}
"""Files whose rows are read, in that order; rows of the others are only counted."""
