"""Settings that can't be used are told by name, all at once, before anything starts."""

import pytest

from shared.config import NO_MAIL_SERVER, ConfigError, load_settings

GIVEN = {
    "DATABASE_URL": "postgresql://{role}@/accord_{service}",
    "BUS_DATABASE_URL": "postgresql://accord_worker@/accord_bus",
    "SECRET_KEY": "s" * 40,
    "SESSION_VERIFY_KEY_PATH": "verify.pem",
}


def test_what_nobody_gave_has_its_usual_value() -> None:
    usual = load_settings("teacher", GIVEN)
    assert (usual.pool_size, usual.web_workers, usual.web_threads, usual.smtp_url) == (8, 2, 8, NO_MAIL_SERVER)
    assert load_settings("teacher", GIVEN | {"WEB_WORKERS": "5", "POOL_SIZE": ""}).web_workers == 5


@pytest.mark.parametrize("name", ["WEB_WORKERS", "WEB_THREADS", "POOL_SIZE", "MINIMUM_GROUP"])
@pytest.mark.parametrize("value", ["abc", "0", "-1", "2.5"])
def test_a_number_that_is_none_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is '{value}'. Set it to a whole number, "):
        load_settings("teacher", GIVEN | {name: value})


@pytest.mark.parametrize("url", ["foo", "http://mail.example", "smtp://", "smtp://host:port", "mail.example:25"])
def test_an_address_that_is_no_mail_server_s_names_its_variable(url: str) -> None:
    with pytest.raises(ConfigError, match=r"SMTP_URL can't be read\. Write smtp://host:port"):
        load_settings("teacher", GIVEN | {"SMTP_URL": url})


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        load_settings("directory", GIVEN | {"SMTP_URL": "foo", "WEB_WORKERS": "abc", "SECRET_KEY": "short"})
    assert [line.split()[0] for line in str(told.value).splitlines()] == [
        "SECRET_KEY", "SESSION_SIGNING_KEY_PATH", "WEB_WORKERS", "SMTP_URL",
    ]  # fmt: skip
