"""Headers as nobody's browser sends them: each is answered in our words, and none leads anybody elsewhere."""

from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

import pytest

from services.notifications.bootstrap import create_app
from tests.support.postgres import SettingsFactory
from tests.support.web import Demo

NAMES = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Type", "Cookie", "Forwarded", "Host",
    "Idempotency-Key", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Origin", "Range", "Referer",
    "Sec-Fetch-Mode", "Sec-Fetch-Site", "User-Agent", "X-CSRF-Token", "X-Forwarded-For", "X-Forwarded-Host",
    "X-Request-Id",
)  # fmt: skip
VALUES = (
    "", " ", ",", ";", "=", "[", "http://[x", "http://[::1", "http://\u00e9\u00bd:99999/a?b", "//x@[y", "\u00ff\u00fe", "*",
    "bytes=a-b", "bytes=9-1,-", "en;q=x", "q=1;q=", "Thu, 99 Foo 0000 99:99:99", "W/", '"', "9" * 5_000, "Bearer ",
    "Bearer a.b.c",
    "accord_session=\u00ff; accord_visitor=\u00e9", "a/json; charset=[", "multipart/form-data; boundary=",
    "application/json; charset=bogus", "for=[::1", "evil.example/home/",
)  # fmt: skip
_NESTED, _LONG = ("[" * 5_000).encode(), (b'{"alg":' + b"9" * 5_000 + b"}")
TOKENS = [
    f"Bearer {urlsafe_b64encode(start).decode().rstrip('=')}.e30.e30" for start in (_NESTED, _LONG, b"null", b"1")
]


@pytest.mark.parametrize("name", NAMES)
def test_no_header_is_too_odd_to_be_answered(demo: Demo, name: str) -> None:
    """What a view raises is raised here too, the application being under test."""
    for value in (*VALUES, *TOKENS):
        for client in (demo.app.test_client(), demo.client(demo.alice)):
            for method, path in (("GET", "/notes/"), ("POST", "/notes/new"), ("POST", "/api/v1/notes/")):
                sent = {"json": {}} if "/api/" in path else {"data": {"title": "a"}}
                answer = client.open(path, method=method, headers={name: value}, **(sent if method == "POST" else {}))
                assert answer.status_code < 500, (name, value, path)


@pytest.mark.parametrize("host", ["evil.example", "evil.example/home/x", "[x", "evil.example?", "a//evil.example", ""])
@pytest.mark.parametrize("path", ["/home", "/home/notes?a=b", "/home/notes//?a=b", "/home//evil.example/"])
def test_a_redirect_of_ours_names_no_host(demo: Demo, host: str, path: str) -> None:
    where = {"SCRIPT_NAME": "/home", "PATH_INFO": path.partition("?")[0].removeprefix("/home")}
    answer = demo.client(demo.alice).get(path, headers={"Host": host}, environ_overrides=where)
    assert answer.status_code < 500
    if answer.status_code in (301, 302, 303, 307, 308):
        led = urlsplit(answer.headers["Location"])
        assert (led.scheme, led.netloc) == ("", "")
        assert led.path.startswith(("/home/", "/directory/"))


def test_a_path_without_its_last_slash_leads_to_the_one_with_it(demo: Demo) -> None:
    answer = demo.app.test_client().get("/home/notes?a=b%20c", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, "/home/notes/?a=b%20c")


def test_a_service_s_front_without_its_slash_leads_to_the_one_with_it(service_settings: SettingsFactory) -> None:
    """As the dispatcher hands it on: nothing is left of the path behind the prefix."""
    front = {"SCRIPT_NAME": "/home", "PATH_INFO": ""}
    client = create_app(service_settings("notifications")).test_client()
    answer = client.get("/", headers={"Host": "evil.example"}, environ_overrides=front)
    assert (answer.status_code, answer.headers["Location"]) == (308, "/home/")
