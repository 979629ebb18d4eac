"""A browser without JavaScript: keeps cookies, follows links, fills in forms as they stand on the page, sends them.

ruth = Visitor(installation.port)
ruth.sign_in("r.alvarez", "…")
page = ruth.open("/teacher/people")
page = ruth.send(page.form("Begin evaluations"), track="comprehensive")
"""

import html
import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

_FORM = "application/x-www-form-urlencoded"


@dataclass
class Form:
    """A form as it stands: `fields` hold what a browser would send untouched; `buttons` are (name, value, words)."""

    label: str
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Values that radios, checkboxes and selects offer, by name."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._text: tuple[str, list[str]] | None = None
        self._select: str | None = None
        self._button: list[Any] | None = None
        self._elsewhere = ""
        self._by_id: dict[str, Form] = {}
        self._outside: list[tuple[str, tuple[str, str, str]]] = []
        self._inert = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "template":
            self._inert = True
        if self._inert:
            return
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(found.get("aria-label", ""), found.get("action", ""), found.get("method", "get").lower())
            self.forms.append(self._open)
            self._by_id[found.get("id", "")] = self._open
        if tag == "button" and found.get("form"):
            self._elsewhere, self._button = found["form"], [found.get("name", ""), found.get("value", ""), ""]
            return
        form, name = self._open, found.get("name", "")
        if form is None:
            return
        if tag == "input" and name:
            self._input(form, name, found)
        elif tag == "textarea" and name:
            self._text = (name, [])
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select:
            form.choices.setdefault(self._select, []).append(found.get("value", ""))
            if "selected" in found or self._select not in form.fields:
                form.fields[self._select] = [found.get("value", "")]
        elif tag == "button":
            self._button = [name, found.get("value", ""), ""]

    def _input(self, form: Form, name: str, found: dict[str, str]) -> None:
        kind = found.get("type", "text")
        if kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(found.get("value", "on"))
            if "checked" in found:
                form.fields.setdefault(name, []).append(found.get("value", "on"))
        elif kind != "file":
            form.fields.setdefault(name, []).append(found.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[1].append(data)
        if self._button is not None:
            self._button[2] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._inert = False
        if tag == "button" and self._button is not None and self._elsewhere:
            self._outside.append((self._elsewhere, self._pressed()))
            self._elsewhere = ""
        if self._open is None:
            return
        if tag == "textarea" and self._text is not None:
            self._open.fields.setdefault(self._text[0], []).append("".join(self._text[1]).removeprefix("\n"))
            self._text = None
        elif tag == "select":
            self._select = None
        elif tag == "button" and self._button is not None:
            self._open.buttons.append(self._pressed())
        elif tag == "form":
            self._open = None

    def _pressed(self) -> tuple[str, str, str]:
        assert self._button is not None, "it stands open"
        name, value, words = self._button
        self._button = None
        return name, value, " ".join(words.split())

    def whole(self) -> list[Form]:
        """The forms, each with the buttons that name it from outside."""
        for form_id, button in self._outside:
            self._by_id[form_id].buttons.append(button)
        return self.forms


@dataclass(frozen=True)
class Page:
    status: int
    path: str
    text: str
    headers: dict[str, str]

    @property
    def forms(self) -> list[Form]:
        reader = _Reader()
        reader.feed(self.text)
        return reader.whole()

    def form(self, words: str) -> Form:
        """The first form whose label, action or a button has these words."""
        for form in self.forms:
            if words in form.label or words in form.action or any(words in button[2] for button in form.buttons):
                return form
        raise AssertionError(f"{self.path} has no form with {words!r}: {[(f.label, f.action) for f in self.forms]}")

    @property
    def words(self) -> str:
        """What a person reads: the page without its tags."""
        bare = re.sub(r"<(script|style)\b.*?</\1>", " ", self.text, flags=re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())

    def links(self, words: str) -> list[str]:
        """The addresses of the links whose words contain these."""
        found = re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', self.text, flags=re.S)
        plain = [(html.unescape(href), " ".join(re.sub(r"<[^>]+>", " ", inner).split())) for href, inner in found]
        return [href for href, inner in plain if words in html.unescape(inner)]

    def link(self, words: str) -> str:
        found = self.links(words)
        assert found, f"{self.path} has no link {words!r}: {self.words[:1500]}"
        return found[0]


class Visitor:
    """One person's browser. Raises OSError where nobody answers."""

    def __init__(self, port: int, *, timeout: float = 30) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self._timeout = timeout

    def open(self, path: str) -> Page:
        return self._go("GET", path)

    def follow(self, page: Page, words: str) -> Page:
        return self.open(urljoin(page.path, page.link(words)))

    def send(self, form: Form, *, page: Page | None = None, button: str | None = None, **typed: Any) -> Page:
        """Fill in what is typed (text, or a list for several values) and send the form with one of its buttons."""
        target, body = self.filled(form, page=page, button=button, **typed)
        if form.method == "get":
            return self._go("GET", f"{target.split('?')[0]}?{body.decode()}")
        return self._go("POST", target, body, _FORM)

    @staticmethod
    def filled(form: Form, *, page: Page | None = None, button: str | None = None, **typed: Any) -> tuple[str, bytes]:
        """Where the form would be sent, and the bytes of it: for those who send the very same more than once."""
        fields = {name: list(values) for name, values in form.fields.items()}
        for name, value in typed.items():
            fields[name] = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
        pressed = next((one for one in form.buttons if button is None or button in one[2]), ("", "", ""))
        assert button is None or pressed[2], f"no button {button!r} among {form.buttons}"
        if pressed[0]:
            fields[pressed[0]] = [pressed[1]]
        target = urljoin(page.path if page else "/", form.action) if form.action else (page.path if page else "/")
        return target, urlencode([(name, value) for name, values in fields.items() for value in values]).encode()

    def post(self, target: str, body: bytes) -> Page:
        """Send a filled form and answer what comes, without following where it leads."""
        return self._ask("POST", target, body, _FORM)

    def upload(self, form: Form, name: str, filename: str, content: bytes, **typed: Any) -> Page:
        """Send a form with a file."""
        boundary = uuid4().hex
        parts = b""
        for key, values in {**form.fields, **{key: [str(value)] for key, value in typed.items()}}.items():
            for value in values:
                parts += f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts += head.encode() + b"Content-Type: application/zip\r\n\r\n" + content + f"\r\n--{boundary}--\r\n".encode()
        return self._go("POST", form.action, parts, f"multipart/form-data; boundary={boundary}")

    def sign_in(self, username: str, password: str) -> Page:
        page = self.open("/directory/sign-in?next=/home/")
        landed = self.send(page.form("Sign in"), login=username, password=password)
        assert landed.path.startswith("/home/"), (landed.status, landed.path, landed.words[:600])
        return landed

    def _go(self, method: str, path: str, body: bytes | None = None, kind: str | None = None) -> Page:
        for _ in range(8):
            answer = self._ask(method, path, body, kind)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            parts = urlsplit(urljoin(path, answer.headers["location"]))
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            method, body, kind = "GET", None, None
        raise AssertionError(f"{path} leads round in circles")

    def _ask(self, method: str, path: str, body: bytes | None, kind: str | None) -> Page:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self._timeout)
        headers = {
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if kind:
            headers |= {"Content-Type": kind, "Origin": f"http://127.0.0.1:{self.port}"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", errors="replace")
            for cookie in self._set(answer):
                self.cookies[cookie[0]] = cookie[1]
            return Page(answer.status, path, text, {name.lower(): value for name, value in answer.getheaders()})
        finally:
            connection.close()

    @staticmethod
    def _set(answer: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                yield name, morsel.value
