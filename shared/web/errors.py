"""Every refusal and failure answered in the same words: as a page, or as application/problem+json."""

import re
from collections.abc import Mapping

import msgspec
from flask import Flask, Response, current_app, make_response, render_template, request
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from shared import logs
from shared.web.arrival import wants_json
from shared.web.context import visit
from shared.web.keeping import keep_after_refusal
from shared.web.links import page_of_form, without_marks
from shared.web.plain_http import problem_from
from shared.web.problems import Problem, took_too_long, unavailable
from shared.web.typed import BUTTON, Value, is_form, posted

log = logs.get(__name__)

_NO_WORDS = re.compile(r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{64}|true|false|on|\s)+", re.IGNORECASE)
_TRY_AGAIN = frozenset({429, 500, 503})
"""Where the same form may be sent again as it is; its key `once` keeps it from counting twice."""


def install(app: Flask) -> None:
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(PoolTimeoutError, _database_busy)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unforeseen)


def answer(problem: Problem) -> Response:
    """The response for a Problem."""
    visit().problem = problem.code
    if wants_json():
        body = msgspec.json.encode(problem.as_json(f"{request.script_root}{request.path}"))
        response = Response(body, status=problem.status, mimetype="application/problem+json")
    else:
        response = _page(problem)
    response.headers.update(dict(problem.headers))
    return response


def _page(problem: Problem) -> Response:
    large = problem.status == 413  # too much to be read, or to be shown
    typed = _typed() if request.method == "POST" and is_form() and not large and _readable() else {}
    kept = bool(typed) and problem.status not in (503, 500) and keep_after_refusal()
    page = render_template(
        "problem.html",
        problem=problem,
        typed=typed,
        texts=_texts(typed),
        kept=kept,
        again=request.form if typed and problem.status in _TRY_AGAIN else None,
        back=_back(problem) if typed and problem.back else None,
        request_id=visit().request_id,
    )
    return make_response(page, problem.status)


def _back(problem: Problem) -> str:
    """The form's page. Once its author has been told what changed, it builds on what stands there now."""
    return without_marks(page_of_form()) if problem.status == 412 else page_of_form()


def _typed() -> dict[str, Value]:
    """What a person wrote or chose, to be shown to them again."""
    return {name: value for name, value in posted().items() if name != BUTTON and any(value)}


def _texts(typed: Mapping[str, Value]) -> list[str]:
    """The words alone: what a field is called is known to its page, here only the program's name for it; and nobody reads
    ids and ticks."""
    values = [one if isinstance(one, str) else "\n".join(one) for one in typed.values()]
    return [one for one in values if not _NO_WORDS.fullmatch(one)]


def _readable() -> bool:
    """Whether the body could be read at all: a form over its limit can't be."""
    try:
        return bool(request.form)
    except HTTPException:
        return False


def _http(error: HTTPException) -> Response:
    if isinstance(error, InternalServerError):
        return _unforeseen(error.original_exception or error)
    if error.code is not None and error.code < 400:
        return make_response(error.get_response())
    return answer(problem_from(error))


def _database_busy(error: PoolTimeoutError) -> Response:
    log.warning("database_pool_empty", request=visit().request_id)
    return answer(unavailable())


def _database(error: DBAPIError) -> Response:
    """The database is away, restarting, out of space, read-only, took too long, or asks to be tried again: 503. Anything
    else is our fault."""
    if isinstance(error.orig, QueryCanceled):
        log.warning("statement_took_too_long", request=visit().request_id, endpoint=request.endpoint)
        return answer(took_too_long())
    passing = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    read_only = isinstance(error, InternalError) and getattr(error.orig, "sqlstate", "") == "25006"
    if passing or read_only:
        log.warning("database_unavailable", request=visit().request_id, error=type(error.orig).__name__)
        return answer(unavailable())
    return _unforeseen(error)


def _unforeseen(error: BaseException) -> Response:
    if current_app.testing:
        raise error  # a test wants to see it as it is
    log.error(
        "request_failed",
        request=visit().request_id,
        endpoint=request.endpoint,
        error=type(error).__name__,
        where=_where(error),
    )
    return answer(problem_from(InternalServerError()))


def _where(error: BaseException) -> str:
    """File and line of each frame, without the values: a message could hold what somebody typed."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}:{trace.tb_frame.f_code.co_name}")
        trace = trace.tb_next
    return " < ".join(reversed(frames[-8:]))
