"""Refusals as help: what is wrong, what to do, who can mend it. Pages and API say the same words (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request

from shared.db import LONGEST_STATEMENT
from shared.web.language import gettext as _
from shared.web.language import ngettext
from shared.web.typed import is_form


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field. `pointer`: a JSON pointer into the body ("#/notice_date"), or the form field's name."""

    pointer: str
    message: str

    @property
    def in_json(self) -> str:
        """As a JSON pointer, whichever way it was named."""
        return self.pointer if self.pointer.startswith("#") else f"#/{self.pointer}"


@dataclass(frozen=True)
class Link:
    """A way on from a refusal, landing on the spot that mends it."""

    label: str
    href: str


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refusal. Raised anywhere in a request; answered as application/problem+json or as a page, status alike.

    `code`: a stable snake_case word, the last part of `type` (/problems/<code>). `detail`: what happened, here.
    `remedy`: what the reader can do. `extra`: further members for the API; nothing a viewer may not know. `back`: whether the
    page that the form stands on can still be opened by its sender.
    """

    status: int
    code: str
    title: str
    detail: str
    remedy: str | None = None
    errors: Sequence[FieldError] = ()
    links: Sequence[Link] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    back: bool = True

    def __post_init__(self) -> None:
        super().__init__(f"{self.status} {self.code}: {self.detail}")

    def as_json(self, instance: str) -> dict[str, Any]:
        """The members of RFC 9457, with ours: remedy, errors, links."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": str(self.title),
            "status": self.status,
            "detail": str(self.detail),
            "instance": instance,
        }
        if self.remedy:
            body["remedy"] = str(self.remedy)
        if self.errors:
            body["errors"] = [{"pointer": error.in_json, "detail": str(error.message)} for error in self.errors]
        if self.links:
            body["links"] = [{"label": str(link.label), "href": link.href} for link in self.links]
        return {**self.extra, **body}


def refuse_access(why: str, who_can: str) -> Problem:
    """403. `why`: the reason in a sentence; `who_can`: who may, so that the reader knows whom to ask. Its title is of what was
    asked: to see something, or to do it."""
    seeing = request.method in ("GET", "HEAD")
    return Problem(
        403,
        "no_permission",
        _("You can't see this") if seeing else _("You can't do this"),
        _("Why: %(why)s", why=why),
        _("Who can: %(who)s", who=who_can),
        extra={"why": str(why), "who_can": str(who_can)},
    )


def not_found(what: str) -> Problem:
    """404. `what`: the kind of thing, with its article: "this evaluation"."""
    return Problem(
        404,
        "not_found",
        _("We can't find %(what)s", what=what),
        _("The address may be mistyped, or what stood here may have been moved."),
        _("Check the address, or start from your home page."),
    )


def changed_meanwhile(
    detail: str,
    *,
    version: str | None = None,
    changes: Sequence[Mapping[str, Any]] = (),
    links: Sequence[Link] = (),
) -> Problem:
    """412. `detail`: who changed what, and when. `version`: the present one; `changes`: field, by, at; `links`: to what
    changed."""
    extra: dict[str, Any] = {"changes": list(changes)} if changes else {}
    if version is not None:
        extra["version"] = version
    return Problem(
        412,
        "changed_meanwhile",
        _("This has changed since you opened it"),
        detail,
        _("What you typed, if anything, is kept. Open the page again, compare, and send what still holds."),
        links=links,
        extra=extra,
        headers={"ETag": f'"{version}"'} if version is not None else {},
    )


def unknown_version(current: str) -> Problem:
    """412: the change names a version that has never been. `current`: the present one."""
    return Problem(
        412,
        "unknown_version",
        _("There is no such version"),
        _(
            "The change says that it builds on a version that has never been; the present one is %(version)s.",
            version=current,
        ),
        _("Read it again, and send the change with the version you are given then. What you typed is kept."),
        extra={"version": current},
        headers={"ETag": f'"{current}"'},
    )


def refused(code: str, title: str, detail: str, remedy: str | None = None, *, links: Sequence[Link] = ()) -> Problem:
    """409. A step that can't be taken now: `detail` says why and what is missing, `remedy` who can mend it."""
    return Problem(409, code, title, detail, remedy, links=links)


def too_many(detail: str, *, seconds: int) -> Problem:
    """429, with how long to wait."""
    return Problem(
        429,
        "too_many_requests",
        _("Too many tries"),
        detail,
        _("Wait %(time)s, then try again. What you typed is kept.", time=_how_long(seconds)),
        headers={"Retry-After": str(seconds)},
    )


def _how_long(seconds: int) -> str:
    """In whole minutes, upwards; less than one is a moment."""
    return minutes(seconds) if seconds >= 60 else _("a few seconds")


def minutes(seconds: int) -> str:
    """So many seconds in words, in whole minutes, upwards: "15 minutes"."""
    return ngettext("one minute", "%(num)s minutes", -(-seconds // 60))


def _what_is_kept() -> str:
    """A page has what was typed before it; a caller of the API has sent it and learns that nothing came of it."""
    if request.path.startswith("/api/"):
        return _("Nothing was written.")
    return _("Nothing you typed is lost: it stands below.") if is_form() else _("Nothing was changed.")


def unavailable(*, seconds: int = 5) -> Problem:
    """503: the database does not answer."""
    return Problem(
        503,
        "unavailable",
        _("The district's store does not answer just now"),
        _what_is_kept(),
        _("Wait a few seconds, then try again."),
        headers={"Retry-After": str(seconds)},
    )


def took_too_long(*, seconds: int = 30) -> Problem:
    """503: the database was at it for as long as a statement may take, and gave up."""
    return Problem(
        503,
        "took_too_long",
        _("This takes too long just now"),
        _(
            "The district's store gave up after %(seconds)s seconds. %(kept)s",
            seconds=LONGEST_STATEMENT,
            kept=_what_is_kept(),
        ),
        _("Wait half a minute, then try again. Ask for less at a time where you can."),
        headers={"Retry-After": str(seconds)},
    )


def not_heard_yet(sign_in: str, *, seconds: int = 3) -> Problem:
    """503: the directory has signed them in, and its word has not come here yet. The page goes back to `sign_in` by itself,
    where the directory says whether it is still so."""
    return Problem(
        503,
        "not_heard_yet",
        _("One moment: your sign-in is on its way"),
        _("You are signed in. This part of Accord has not heard of you yet; usually that takes a second or two."),
        _("The page looks again by itself. If this lasts longer than a minute, tell your district's office."),
        links=[Link(_("Look again"), sign_in)],
        headers={"Retry-After": str(seconds), "Refresh": f"{seconds}; url={sign_in}"},
    )


def sign_in_first() -> Problem:
    """401, for the API; pages go to the sign-in page instead."""
    return Problem(
        401,
        "sign_in_first",
        _("You are not signed in"),
        _("The request carries no session, or one that has ended."),
        _("Sign in, then send the request again with the new session."),
        headers={"WWW-Authenticate": 'Bearer realm="accord"'},
    )


def forged() -> Problem:
    """403: the form's token is missing or was made for another person, or a request without a form has one of another
    session."""
    page = is_form() and not request.path.startswith("/api/")
    return Problem(
        403,
        "form_out_of_date",
        _("This form was opened under another sign-in"),
        _(
            "Nothing was sent. To keep others from sending forms in your name, a form can only be sent by the person who "
            "opened it."
        )
        if page
        else _(
            "To keep others from acting in your name, a request must carry a token of the sign-in it is sent under."
        ),
        _(
            "If somebody else has signed in in this browser since, sign in as yourself first. Then open the page again and "
            "send it from there. Copy what you typed before you leave."
        )
        if page
        else _("Send the token in the X-CSRF-Token header, or use a bearer token."),
    )


def version_unreadable() -> Problem:
    """400: an If-Match, or a form's hidden field, that names no version."""
    return Problem(
        400,
        "version_unreadable",
        _("That names no version"),
        _("What was sent in If-Match is no version of this. Nothing was changed."),
        _('Send the one ETag that your last reading answered, such as "52"; neither * nor a list.'),
    )


def version_missing(current: str | None = None) -> Problem:
    """428: a change without the version it was made on. `current`: the present one, where it is known."""
    page = is_form()
    return Problem(
        428,
        "version_missing",
        _("Look at this once more before it is sent") if page else _("Say which version you saw"),
        _("The form did not say which version you had before you. It may have changed since, so nothing was written.")
        if page
        else _("A change must name the version it was made on, so that nobody's work is overwritten."),
        _("What you typed is kept. Open the page again, compare, and send what still holds.")
        if page
        else _("Read it first, then send its ETag in the If-Match header."),
        extra={"version": current} if current is not None else {},
    )
