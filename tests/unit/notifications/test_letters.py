"""Letters as they go over the wire: what names can't do to their headers, and what is no address."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from services.notifications.channels.failures import REASONS, UnsendableError
from services.notifications.channels.letter import Envelope, compose
from services.notifications.messages import Kind
from services.notifications.wording import MOST_NAMED, TOGETHER, WORDINGS, Entry, Words, words_of, words_together
from shared.ids import derived_id

ENVELOPE = Envelope(
    mail_from="Accord <no-reply@accord.example>",
    to_name="Tess Kim",
    to_address="tess@district.example",
    mail_id="<7@accord.example>",
    district_id=derived_id("district"),
    district_name="North district",
    link="https://accord.example/teacher/evaluations/7",
    happened_at="Tue 1 Sep 2026, 10:00 CDT",
    sent_at=datetime(2026, 9, 1, 15, 0, tzinfo=UTC),
)
WORDS = Words("Feedback is here for you", "Paula Alvarez sent you feedback.", "Read the feedback")
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Accord-District", "MIME-Version", "Content-Type",
}  # fmt: skip
HOSTILE = [
    "Tess\r\nBcc: thief@elsewhere.example",
    "Tess\nSubject: won",
    "Tess\rX: y",
    "Tess\u2028Bcc: thief@elsewhere.example",
    "Tess\x00\x0b\x0cKim",
    "Tess\u202egnp.exe",
    '"Tess" <thief@elsewhere.example>, ',
    "=?utf-8?q?Tess=0d=0aBcc:_thief@elsewhere.example?=",
    "Þórdís Ñandú-Öztürk 陳",
    "Kim, Tess; (the younger) [a]",
    "x" * 5000,
]


def over_the_wire(letter: bytes) -> tuple[set[str], list[str]]:
    """The headers a mail server sees, and whom the letter says it is to."""
    read = message_from_bytes(letter, policy=policy.default)
    return set(read.keys()), [address.addr_spec for address in read["To"].addresses]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_adds_no_header_and_no_recipient(name: str) -> None:
    letter = compose(WORDS, replace(ENVELOPE, to_name=name))
    headers, to = over_the_wire(letter.as_bytes())
    assert headers == HEADERS
    assert to == ["tess@district.example"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_subject_adds_no_header(name: str) -> None:
    headers, to = over_the_wire(compose(replace(WORDS, subject=name), ENVELOPE).as_bytes())
    assert (headers, to) == (HEADERS, ["tess@district.example"])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_sentence_stays_in_the_body_and_html_is_shown_not_run(name: str) -> None:
    said = f"<script>alert(1)</script>{name}"
    letter = compose(replace(WORDS, sentence=said), ENVELOPE)
    headers, to = over_the_wire(letter.as_bytes())
    assert (headers, to) == (HEADERS, ["tess@district.example"])
    page = letter.get_body(("html",))
    assert page is not None and "<script>" not in page.get_content()


def test_a_letter_reads_well_as_text_and_as_html() -> None:
    letter = compose(WORDS, ENVELOPE)
    assert letter["Subject"] == "Accord: Feedback is here for you"
    assert str(letter["To"]) == "Tess Kim <tess@district.example>"
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body is not None
        for words in (WORDS.sentence, WORDS.action, ENVELOPE.link, "North district", "10:00 CDT"):
            assert words in body.get_content()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (None, "no_address"),
        ("  ", "no_address"),
        ("tess", "malformed_address"),
        ("@district.example", "malformed_address"),
        ("tess@", "malformed_address"),
        ("tess@district.example\r\nBcc: thief@elsewhere.example", "malformed_address"),
        ("tess@district.example, thief@elsewhere.example", "malformed_address"),
        ("tess@district.example,thief@elsewhere.example", "malformed_address"),
        ("Tess <tess@district.example>", "malformed_address"),
        ("<tess@district.example>", "malformed_address"),
        ("tess@district..example", "malformed_address"),
        ("te ss@district.example", "malformed_address"),
        ("josé@escuela.example", "malformed_address"),
        ("x" * 250 + "@district.example", "malformed_address"),
    ],
)
def test_what_is_no_address_is_never_tried(address: str | None, reason: str) -> None:
    with pytest.raises(UnsendableError) as refused:
        compose(WORDS, replace(ENVELOPE, to_address=address))
    assert refused.value.failure.permanent
    assert refused.value.failure.reason == reason


def test_a_domain_in_another_script_is_written_as_mail_servers_write_it() -> None:
    assert over_the_wire(compose(WORDS, replace(ENVELOPE, to_address="tess@schüle.example")).as_bytes())[1] == [
        "tess@xn--schle-mva.example"
    ]


def test_every_kind_is_worded() -> None:
    assert set(WORDINGS) == set(Kind.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", sorted(WORDINGS))
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("person", ["J. %(cycle)s %s Kim", None])
def test_sentences_are_whole_whatever_is_known(kind: str, own: bool, person: str | None) -> None:
    held = datetime(2026, 11, 3, 20, 0, tzinfo=UTC)
    for held_from in (held, None):
        said = words_of(Entry(kind, own, person, "2026–27", held_from), "America/Chicago")
        assert said.sentence.endswith(".") and "None" not in said.sentence
        assert person is None or "%(person)s" not in said.sentence


@pytest.mark.parametrize("kind", sorted(TOGETHER))
def test_a_letter_that_tells_several_names_whom_it_may_and_says_how_many(kind: str) -> None:
    def told(*people: str | None, cycles: tuple[str, ...] = ("2026–27",)) -> Words:
        return words_together(
            [Entry(kind, False, one, cycles[number % len(cycles)]) for number, one in enumerate(people)], "UTC"
        )

    assert told("J. Kim") == words_of(Entry(kind, False, "J. Kim", "2026–27"), "UTC"), "one alone is said as ever"
    two = told("J. Kim", "T. Nowak")
    assert two.names == ("J. Kim", "T. Nowak") and "2" in two.subject and "Kim" not in two.subject
    assert "2026–27" in two.sentence and two.sentence.endswith(".")
    mixed = told("J. Kim", "T. Nowak", cycles=("2026–27", "2027–28"))
    assert mixed.names == ("J. Kim, 2026–27", "T. Nowak, 2027–28") and "2026" not in mixed.sentence
    assert told("J. Kim", None, None).names == ("J. Kim", "and 2 more")
    many = told(*["J. Kim"] * (MOST_NAMED + 7)).names
    assert (len(many), many[-1]) == (MOST_NAMED + 1, "and 7 more")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_in_a_list_is_one_line_of_it(name: str) -> None:
    letter = compose(replace(WORDS, names=(name, "T. Nowak")), ENVELOPE)
    headers, to = over_the_wire(letter.as_bytes())
    assert (headers, to) == (HEADERS, ["tess@district.example"])
    plain, page = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None and page is not None
    lines = plain.get_content().replace("\r", "").split("\n")
    assert lines[lines.index("- T. Nowak") - 1].startswith("- ") and page.get_content().count("<li>") == 2


def test_times_are_told_in_the_districts_zone() -> None:
    begins, ends = datetime(2026, 11, 3, 20, 0, tzinfo=UTC), datetime(2026, 11, 3, 20, 45, tzinfo=UTC)
    said = words_of(Entry("observation_announced", True, "Paula Alvarez", "2026–27", begins, ends), "America/Chicago")
    assert said.sentence == "Paula Alvarez will observe you on Tue 3 Nov 2026, 14:00 to 14:45 CST."


def test_reasons_end_as_sentences() -> None:
    assert all(str(words).endswith(".") for words in REASONS.values())


def test_no_reason_speaks_of_a_roster() -> None:
    """Whom a letter does not reach may have been entered by hand."""
    assert not [reason for reason, words in REASONS.items() if "roster" in str(words)]
