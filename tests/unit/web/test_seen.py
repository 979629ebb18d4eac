"""What is typed counts as a text where something of it can be seen."""

import pytest
from marshmallow import ValidationError, fields

from shared.web.forms import Schema
from shared.web.typed import clean, shows

UNSEEN = ("\u202e\u200b", "\u200d", "\u2060\ufeff", "\u0301", "\u3164", "\u2800", "\u00ad \u200e", "\U000e0041")
SEEN = ("a", "0", "?", "می\u200cخواهم", "क्\u200dष", "👩\u200d👩\u200d👧", "\u200ba", "e\u0301", "한", "☺\ufe0f")


@pytest.mark.parametrize("text", UNSEEN)
def test_what_can_not_be_seen_is_no_text(text: str) -> None:
    assert (shows(text), clean(text), clean(f" {text}\n")) == (False, "", "")


@pytest.mark.parametrize("text", SEEN)
def test_what_can_be_seen_is_kept_as_it_is_written(text: str) -> None:
    assert (shows(text), clean(text)) == (True, text)


def test_blanks_stay_where_they_stand() -> None:
    assert (clean(" \r\n "), shows(" \n\u00a0")) == (" \n ", False)


class _Shape(Schema):
    title = fields.String(required=True)
    note = fields.String(load_default="none")
    answers = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


@pytest.mark.parametrize("text", [*UNSEEN, "", " \n"])
def test_a_required_text_must_show_something(text: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        _Shape().load({"title": text})
    assert str(wrong.value.messages_dict["title"]) == "Fill this in."


def test_of_a_body_every_text_is_looked_at() -> None:
    found = _Shape().load(
        {"title": "می\u200cخواهم", "note": "\u200b", "answers": {"a": "\u202e\u200b", "b": "b\u200b"}}
    )
    assert found == {"title": "می\u200cخواهم", "note": "", "answers": {"a": "", "b": "b\u200b"}}
