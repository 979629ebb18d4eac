"""Somebody who is signed in as everyone is: by the page, with a password, keeping the cookie."""

import gzip
import http.client
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

_IMPORT = re.compile(r"""\bimport\s*(?:[\w{},*\s]+\s+from\s*)?["']([^"']+)["']""")
_IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")


class VisitError(Exception):
    """A page did not answer as it must for the benchmark to mean anything."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode("utf-8")


@dataclass(frozen=True)
class Visitor:
    """A signed-in person. `csrf`: a token of the session, good for each of its forms."""

    port: int
    cookie: str
    csrf: str = ""

    def get(self, path: str) -> Answer:
        return _ask(self.port, "GET", path, {"Cookie": self.cookie, "Accept-Encoding": "gzip"})

    def page(self, path: str) -> str:
        """The text of a page that must be there."""
        answer = self.get(path)
        if answer.status != 200:
            raise VisitError(f"{path} answers {answer.status} {answer.headers.get('location', '')}")
        return answer.text

    def as_bytes(self, path: str) -> bytes:
        """A GET of the page as a browser sends it, for the load generator."""
        return _request("GET", path, {"Cookie": self.cookie, "Accept": "text/html", "Accept-Encoding": "gzip"})

    def put_json(self, path: str, body: bytes) -> bytes:
        headers = {"Cookie": self.cookie, "X-CSRF-Token": self.csrf, "Content-Type": "application/json"}
        return _request("PUT", path, headers, body)

    def post_form(self, path: str, fields: dict[str, str]) -> bytes:
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return _request("POST", path, headers, urlencode({"csrf": self.csrf, **fields}).encode())

    def first_load(self, path: str) -> int:
        """Bytes over the wire for a browser that has nothing yet: the page and all that it names, compressed where the
        server compresses."""
        page = self.get(path)
        if page.status != 200:
            raise VisitError(f"{path} answers {page.status}")
        total, seen = len(page.body), set()
        waiting = [urljoin(path, one) for one in _named_by(page.text)]
        while waiting:
            address = waiting.pop()
            if address in seen or not address.startswith("/"):
                continue
            seen.add(address)
            part = self.get(address)
            if part.status != 200:
                raise VisitError(f"{address}, named by {path}, answers {part.status}")
            total += len(part.body)
            waiting += [urljoin(address, one) for one in _named_within(part)]
        return total


def sign_in(port: int, username: str, password: str) -> Visitor:
    """Open the sign-in page, send its form, and fetch a token for further forms. Raises VisitError."""
    page = _ask(port, "GET", "/directory/sign-in", {})
    fields = _hidden(page.text) | {"login": username, "password": password, "next": "/directory/me"}
    headers = {"Cookie": _cookies(page), "Content-Type": "application/x-www-form-urlencoded"}
    answer = _ask(port, "POST", "/directory/sign-in", headers, urlencode(fields).encode())
    if answer.status != 303:
        raise VisitError(f"{username} could not sign in: {answer.status}")
    visitor = Visitor(port, _cookies(answer))
    return Visitor(port, visitor.cookie, _hidden(visitor.page("/directory/me"))["csrf"])


def _ask(port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        named: dict[str, str] = {}
        for name, value in answer.getheaders():
            named[name.lower()] = f"{named[name.lower()]}\n{value}" if name.lower() in named else value
        return Answer(answer.status, named, answer.read())
    finally:
        connection.close()


def _request(method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def _cookies(answer: Answer) -> str:
    return "; ".join(one.split(";", 1)[0] for one in answer.headers.get("set-cookie", "").splitlines())


class _Reader(HTMLParser):
    """Hidden fields, and the addresses of what the page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given.get("name", "")] = given.get("value", "")
        elif tag == "link" and set(given.get("rel", "").split()) & {"stylesheet", "icon", "modulepreload", "manifest"}:
            self.loads.append(given.get("href", ""))
        elif tag in ("script", "img", "iframe", "source") and given.get("src"):
            self.loads.append(given["src"])


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    return reader


def _hidden(html: str) -> dict[str, str]:
    return _read(html).hidden


def _named_by(html: str) -> list[str]:
    return _read(html).loads


def _named_within(part: Answer) -> list[str]:
    kind = part.headers.get("content-type", "")
    if "javascript" in kind:
        return _IMPORT.findall(part.text)
    if "css" in kind:
        return [one for pair in _IN_STYLE.findall(part.text) for one in pair if one and not one.startswith("data:")]
    return []
