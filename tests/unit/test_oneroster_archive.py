"""Zips made to harm: bombs, lying sizes, damaged content. Refused without unpacking, in little memory and time."""

import io
import os
import struct
import time
import tracemalloc
import zipfile

import pytest

from services.directory.oneroster.archive import LIMITS, Limits
from services.directory.oneroster.csv_files import MOST_BLANK
from services.directory.oneroster.reader import read_roster
from tests.support.rosters import manifest_text, roster, small

MEGABYTE = 1_000_000


def bomb(size: int) -> bytes:
    """A roster whose users.csv unpacks to `size` bytes of zeros."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", manifest_text({"users": "bulk", "roles": "bulk"}))
        with archive.open("users.csv", "w", force_zip64=True) as entry:
            for _ in range(size // MEGABYTE):
                entry.write(b"0" * MEGABYTE)
    return out.getvalue()


def declared(content: bytes, name: str, size: int) -> bytes:
    """The same zip declaring another unpacked size for `name`, in both of its places."""
    changed = bytearray(content)
    for signature, length_at, name_at in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        place = -1
        while (place := changed.find(signature, place + 1)) >= 0:
            if changed[place + name_at : place + name_at + len(name)] == name.encode():
                changed[place + length_at : place + length_at + 4] = struct.pack("<I", size)
    return bytes(changed)


def codes(content: bytes, limits: Limits = LIMITS) -> dict[str, int]:
    return dict(read_roster(content, limits=limits).report.counts)


def test_a_bomb_of_200_megabytes_is_refused_without_unpacking() -> None:
    content = bomb(200 * MEGABYTE)
    assert len(content) < MEGABYTE
    tracemalloc.start()
    began = time.monotonic()
    found = codes(content)
    seconds = time.monotonic() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found["OR004"] >= 1
    assert peak < 2 * MEGABYTE
    assert seconds < 0.5


def blank_lines(count: int) -> bytes:
    """A roster whose users.csv holds so many blank lines, and enough that can't be packed to look like any other file."""
    noise = b",".join(os.urandom(30_000).hex().encode() for _ in range(3)) + b"\n"
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(roster(small()))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            more = b"\n" * count + noise if name == "users.csv" else b""
            new.writestr(name, old.read(name) + more)
    return out.getvalue()


@pytest.mark.parametrize(
    ("count", "line"),
    [(4_000_000, LIMITS.lines + 1), (LIMITS.lines - 10, 6 + MOST_BLANK + 1)],
    ids=["countless", "blank"],
)
def test_millions_of_blank_lines_are_refused_in_little_time(count: int, line: int) -> None:
    content = blank_lines(count)
    began = time.process_time()
    found = [each for each in read_roster(content).report.findings if each.code == "OR004"]
    seconds = time.process_time() - began
    assert [(each.file, each.line, each.severity) for each in found] == [("users.csv", line, "error")]
    assert seconds < 1


def test_a_bomb_below_the_size_is_refused_for_its_density() -> None:
    assert codes(bomb(20 * MEGABYTE)) == {"OR004": 1}


def test_a_size_that_lies_shows_as_damage_and_gives_no_more_than_it_declares() -> None:
    content = declared(roster(small()), "users.csv", 120)
    tracemalloc.start()
    found = codes(content)
    assert tracemalloc.get_traced_memory()[1] < 2 * MEGABYTE
    tracemalloc.stop()
    assert found.get("OR003") == 1


def test_many_entries_on_the_same_bytes_are_refused() -> None:
    """Overlapping entries: each small, together more than the zip holds."""
    out = io.BytesIO(roster(small()))
    with zipfile.ZipFile(out, "a") as archive:
        users = archive.getinfo("users.csv")
        for number in range(40):
            copy = zipfile.ZipInfo(f"copy{number}.csv")
            for field in ("header_offset", "file_size", "compress_size", "compress_type", "CRC"):
                setattr(copy, field, getattr(users, field))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
        archive._didModify = True
    assert codes(out.getvalue()).get("OR004") == 1


def test_a_flipped_byte_in_the_content_is_damage() -> None:
    content = bytearray(roster(small()))
    place = content.find(b"users.csv") + len("users.csv") + 20
    content[place] ^= 0xFF
    assert codes(bytes(content)).get("OR003") == 1


def test_a_truncated_zip_is_none() -> None:
    assert codes(roster(small())[:-30]) == {"OR003": 1}


def test_a_zip_over_the_upload_limit_is_refused_by_its_size() -> None:
    assert codes(roster(small()), Limits(zip_size=100)) == {"OR004": 1}


def test_what_an_apple_computer_adds_is_passed_over() -> None:
    content = roster(small(), also={"__MACOSX/._users.csv": "x", ".DS_Store": "x"})
    assert codes(content) == {}
