"""The directory's app, and people who sign in to it through its own sign-in page."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.directory.bootstrap import create_app
from services.directory.signin.passwords import Hasher
from services.directory.web.sign_in import HASHER
from shared.clock import Clock
from shared.web.session import SessionReader, cookie_name
from tests.support.directories import PASSWORD, Directory
from tests.support.documented import DocumentedClient
from tests.support.rosters import roster, small


def field(page: TestResponse, name: str) -> str:
    """The value of a hidden field of the page's first form that has it."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.get_data(as_text=True))
    assert found is not None, f"no field {name} on {page.request.path}: {page.status}"
    return found[1]


def plain(page: TestResponse) -> str:
    """The page's words, tags left out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)))


@dataclass
class Browser:
    """Somebody's browser: keeps cookies, follows forms. Paths stand below the directory's prefix."""

    client: FlaskClient

    def get(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, **options)  # type: ignore[arg-type]

    def post(
        self, path: str, data: dict[str, object] | None = None, *, page: str | None = None, **more: object
    ) -> TestResponse:
        """Post a form as its page would: the page is opened first, its csrf token, key and version go along."""
        shown = self.client.get(page or path)
        text = shown.get_data(as_text=True)
        hidden: dict[str, object] = {"csrf": field(shown, "csrf")}
        for name in ("once", "version"):
            if (found := re.search(rf'name="{name}" value="([^"]*)"', text)) is not None:
                hidden[name] = found[1]
        return self.client.post(path, data={**hidden, **(data or {})}, **more)  # type: ignore[arg-type]


@dataclass
class Site:
    """A district, its directory's app, and the people in it."""

    directory: Directory
    app: Flask

    def visitor(self) -> Browser:
        return Browser(self.app.test_client())

    def sign_in(self, login: str, password: str = PASSWORD, **more: object) -> TestResponse:
        """What a fresh browser gets for these words."""
        return self.enter(self.visitor(), login, password, **more)

    def enter(self, browser: Browser, login: str, password: str = PASSWORD, **more: object) -> TestResponse:
        data = {"district": str(self.directory.district_id), "login": login, "password": password, **more}
        return browser.post("/sign-in", data)

    def enter_anew(self, browser: Browser, login: str, password: str = PASSWORD) -> TestResponse:
        """Sign in again in a browser that is signed in: its sign-in page leads on, so the form is sent as a kept one."""
        data = {"district": str(self.directory.district_id), "login": login, "password": password}
        return browser.client.post("/sign-in", data={**data, "csrf": field(browser.get("/me"), "csrf")})

    def signed_in(self, login: str, person_id: UUID) -> Browser:
        """A browser with a session got through the sign-in page; the password is set first."""
        self.directory.give_password(person_id)
        browser = self.visitor()
        answer = self.enter(browser, login)
        assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
        return browser

    def admin(self) -> Browser:
        return self.signed_in("ada", self.directory.admin_id)


class Caller:
    """A program that signed in for a token."""

    def __init__(self, site: Site, login: str) -> None:
        self.client = site.app.test_client(use_cookies=False)
        body = {"district": str(site.directory.district_id), "login": login, "password": PASSWORD}
        answer = self.client.post("/api/v1/sessions", json=body)
        assert answer.status_code == 201, answer.text
        assert "Set-Cookie" not in answer.headers
        self.headers = {"Authorization": f"Bearer {answer.get_json()['token']}"}

    def ask(
        self, method: str, path: str, *, version: int | None = None, key: str | None = None, **more: Any
    ) -> TestResponse:
        headers = dict(self.headers)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)


def tran(site: Site) -> Browser:
    """Tom Tran's browser, signed in."""
    return site.signed_in("tom.tran", site.directory.person("Tran"))


def session_of(site: Site, browser: Browser) -> str | None:
    """The token the browser holds."""
    cookie = browser.client.get_cookie(cookie_name(site.directory.settings))
    return cookie.value if cookie else None


def reader(site: Site) -> SessionReader:
    """What any service reads tokens with."""
    return SessionReader(site.directory.settings.session_verify_key)


@pytest.fixture
def make_site(directory: Directory) -> Iterator[Callable[..., Site]]:
    """-> the app on the test's clock."""

    def make(made: Directory = directory) -> Site:
        app = create_app(made.settings)
        app.test_client_class = DocumentedClient
        clock: Clock = lambda: made.at  # noqa: E731
        app.config.update(CLOCK=clock, TESTING=True)
        app.extensions[HASHER] = Hasher(patience=1.0)
        apps.append(app)
        return Site(made, app)

    apps: list[Flask] = []
    yield make
    for app in apps:
        app.extensions["accord.engine"].dispose()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A district with the small roster in it: Ana Prieto (principal), Tom Tran and Ulli Ude (teachers), Ada Admin."""
    made = make_site()
    made.directory.load(roster(small()))
    return made


@pytest.fixture
def admin(site: Site) -> Browser:
    """The first administrator, signed in."""
    return site.admin()


@pytest.fixture
def office(site: Site) -> Caller:
    """A program that signed in as the first administrator."""
    site.directory.give_password(site.directory.admin_id)
    return Caller(site, "ada")
