"""What the API takes and answers."""

from marshmallow import fields, validate

from services.directory.calendar_csv import KINDS
from services.directory.oneroster.kinds import KINDS as CODES
from services.directory.web.people import STATES, USERNAME
from services.directory.wording import ROLE
from shared.web.forms import Schema
from shared.web.lines import Words


def _said(words: str) -> dict[str, str]:
    """A field's description in the API document."""
    return {"description": words}


class PagedQuery(Schema):
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=1_000_000))
    page_size = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


class PeopleQuery(PagedQuery):
    q = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata=_said("Words of name, username, address or staff number"),
    )
    role = fields.String(load_default="", validate=validate.OneOf(["", *ROLE]))
    school = fields.UUID(load_default=None)
    state = fields.String(
        load_default="active",
        validate=validate.OneOf(["", *STATES]),
        metadata=_said("active, inactive, no_password (active, none set yet); blank: all"),
    )


class RoleOut(Schema):
    appointment_id = fields.UUID(required=True)
    role = fields.String(required=True)
    school_id = fields.UUID(required=True, allow_none=True, metadata=_said("null: in the whole district"))
    begins = fields.Date(required=True, allow_none=True)
    ends = fields.Date(required=True, allow_none=True, metadata=_said("The first day after it"))
    from_roster = fields.Boolean(required=True)


class HeldOut(Schema):
    role = fields.String(required=True)
    school_id = fields.UUID(required=True, allow_none=True)


class PersonLineOut(Schema):
    person_id = fields.UUID(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    username = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    identifier = fields.String(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    has_password = fields.Boolean(required=True)
    roles = fields.List(fields.Nested(HeldOut), required=True, metadata=_said("In force today"))


class PeopleOut(Schema):
    total = fields.Integer(required=True)
    people = fields.List(fields.Nested(PersonLineOut), required=True)


class PersonOut(Schema):
    person_id = fields.UUID(required=True)
    version = fields.Integer(required=True, metadata=_said("Also the ETag; send it as If-Match with a change"))
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    username = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    identifier = fields.String(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    on_roster = fields.Boolean(required=True)
    source_id = fields.String(
        required=True, allow_none=True, metadata=_said("The roster's sourcedId; null: entered by hand")
    )
    password_set_at = fields.AwareDateTime(required=True, allow_none=True)
    roles = fields.List(fields.Nested(RoleOut), required=True, metadata=_said("All ever held"))
    evaluator_ids = fields.List(fields.UUID(), required=True, metadata=_said("Named here, first choice first"))
    roster_evaluator_ids = fields.List(
        fields.UUID(), required=True, metadata=_said("Named by the roster; proposed after those named here")
    )
    evaluates_ids = fields.List(
        fields.UUID(),
        required=True,
        metadata=_said("Whose named evaluators they are among; who evaluates in a cycle is told by its evaluations"),
    )


class PersonIn(Schema):
    given_name = Words(required=True, validate=validate.Length(min=1, max=100))
    family_name = Words(required=True, validate=validate.Length(min=1, max=100))
    username = Words(required=True, validate=USERNAME)
    email = fields.Email(load_default=None, allow_none=True)
    identifier = Words(load_default=None, allow_none=True, validate=validate.Length(max=60))


class NewPersonIn(PersonIn):
    role = fields.String(required=True, validate=validate.OneOf(list(ROLE)))
    school_id = fields.UUID(load_default=None, allow_none=True)


class RoleIn(Schema):
    role = fields.String(required=True, validate=validate.OneOf(list(ROLE)))
    school_id = fields.UUID(load_default=None, allow_none=True)
    begins = fields.Date(load_default=None, allow_none=True)
    ends = fields.Date(load_default=None, allow_none=True)


class EndIn(Schema):
    ends = fields.Date(
        load_default=None,
        allow_none=True,
        metadata=_said("The first day after it; null: from today. Never later than it ends already"),
    )


class EvaluatorsIn(Schema):
    evaluator_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(max=10))


class LinkOut(Schema):
    url = fields.String(required=True, metadata=_said("Shown this once; only a hash of it is kept"))
    expires_at = fields.AwareDateTime(required=True)


class SchoolOut(Schema):
    school_id = fields.UUID(required=True)
    name = fields.String(required=True)
    active = fields.Boolean(required=True)
    source_id = fields.String(required=True, allow_none=True)
    staff = fields.Integer(required=True)
    without_password = fields.Integer(required=True)
    version = fields.Integer(
        required=True, allow_none=True, metadata=_said("Send it as If-Match with a change; null: a roster's")
    )


class SchoolIn(Schema):
    name = Words(required=True, validate=validate.Length(min=1, max=200))
    another = fields.Boolean(
        load_default=False, metadata=_said("true: a school is called so already, and this is another one")
    )


class SchoolChangeIn(SchoolIn):
    active = fields.Boolean(required=True)


class DayShape(Schema):
    day = fields.Date(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = Words(load_default="", validate=validate.Length(max=120))


class CalendarLineOut(Schema):
    calendar_id = fields.UUID(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True, metadata=_said("Inclusive"))
    active = fields.Boolean(required=True)
    source_id = fields.String(required=True, allow_none=True)
    parent_id = fields.UUID(required=True, allow_none=True, metadata=_said("The year whose days it shares"))


class CalendarOut(CalendarLineOut):
    version = fields.Integer(required=True)
    school_id = fields.UUID(required=True, allow_none=True)
    days = fields.List(fields.Nested(DayShape), required=True)


class CalendarIn(Schema):
    title = Words(required=True, validate=validate.Length(min=1, max=120))
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    school_id = fields.UUID(load_default=None, allow_none=True)


class CalendarChangeIn(CalendarIn):
    active = fields.Boolean(required=True)


class DaysIn(Schema):
    days = fields.List(fields.Nested(DayShape), required=True, validate=validate.Length(max=400))


class DistrictOut(Schema):
    name = fields.String(required=True)
    zone = fields.String(required=True)
    guard_percent = fields.Integer(required=True)
    version = fields.Integer(required=True)


class DistrictIn(Schema):
    name = Words(required=True, validate=validate.Length(min=1, max=200))
    zone = Words(required=True, validate=validate.Length(max=60))
    guard_percent = fields.Integer(required=True, validate=validate.Range(min=1, max=100))


class FindingOut(Schema):
    code = fields.String(required=True, validate=validate.OneOf(list(CODES)))
    severity = fields.String(required=True, validate=validate.OneOf(["error", "question", "warning"]))
    file = fields.String(required=True)
    line = fields.Integer(required=True, allow_none=True)
    column = fields.String(required=True, allow_none=True)
    message = fields.String(required=True)
    remedy = fields.String(required=True)


class LineOut(Schema):
    sort = fields.String(required=True, metadata=_said("people, schools or calendars"))
    action = fields.String(required=True, metadata=_said("added, changed, ended or returned"))
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    notes = fields.List(fields.String(), required=True)


class ImportLineOut(Schema):
    import_id = fields.UUID(required=True)
    state = fields.String(required=True, metadata=_said("checked, refused, applied, discarded or expired"))
    file_name = fields.String(required=True)
    checked_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    errors = fields.Integer(required=True)
    finding_counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ImportOut(ImportLineOut):
    findings = fields.List(fields.Nested(FindingOut), required=True)
    counts = fields.Dict(required=True, allow_none=True, metadata=_said("sort -> action -> how many"))
    dropped = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    staff_before = fields.Integer(required=True)
    ending = fields.Integer(
        required=True, metadata=_said("Staff who would lose their access or role, at once or within 30 days")
    )
    losing = fields.Integer(
        required=True,
        metadata=_said("Other staff who would lose the role by which they are evaluated or evaluate, as soon"),
    )
    changes = fields.List(fields.Nested(LineOut), required=True)


class ImportsOut(Schema):
    total = fields.Integer(required=True)
    imports = fields.List(fields.Nested(ImportLineOut), required=True)


class UploadIn(Schema):
    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary", "description": "The roster's zip"})


class AnswersIn(Schema):
    confirm_ending = fields.Integer(
        load_default=None,
        allow_none=True,
        metadata=_said("The number of staff who will lose their access or role (OR070)"),
    )
    confirm_losing = fields.Integer(
        load_default=None,
        allow_none=True,
        metadata=_said("The number of other staff who will lose their part in evaluations (OR074)"),
    )
    confirm_roles = fields.Boolean(load_default=False, metadata=_said("The proposed roles are right (OR071)"))
    confirm_same_people = fields.Boolean(
        load_default=False, metadata=_said("They are the same people and schools (OR073)")
    )


class LastLinkOut(Schema):
    made_at = fields.AwareDateTime(required=True)
    made_by = fields.String(required=True, allow_none=True, metadata=_said("A name; null: the command line"))
    used_at = fields.AwareDateTime(required=True, allow_none=True)


class MeOut(Schema):
    person_id = fields.UUID(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    username = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    district_name = fields.String(required=True)
    roles = fields.List(fields.Nested(HeldOut), required=True)
    password_set_at = fields.AwareDateTime(required=True, allow_none=True)
    last_link = fields.Nested(
        LastLinkOut, required=True, allow_none=True, metadata=_said("The last one-time link made for your account")
    )


class SessionOut(Schema):
    session_id = fields.UUID(required=True)
    address = fields.String(required=True)
    device = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)
    renewed_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    present = fields.Boolean(required=True)


class PasswordIn(Schema):
    present_password = fields.String(required=True, validate=validate.Length(max=1000))
    password = fields.String(required=True, validate=validate.Length(max=1000))
    password_again = fields.String(required=True, validate=validate.Length(max=1000))


class SignInIn(Schema):
    district = fields.UUID(
        required=True,
        metadata=_said(
            "The district's id: `accord district list` tells it, and so does the sign-in page's list of districts"
        ),
    )
    login = fields.String(
        required=True, validate=validate.Length(max=300), metadata=_said("Username or e-mail address")
    )
    password = fields.String(required=True, validate=validate.Length(max=1000))


class TokenOut(Schema):
    token = fields.String(required=True, metadata=_said("Send it as Authorization: Bearer …"))
    expires_at = fields.AwareDateTime(required=True)
