"""Only a token that the directory signed for a session of this product names a person."""

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from accord.keys import ensure_keys
from shared.clock import now
from shared.web.session import (
    ALGORITHM,
    KEEP_TYPED_FOR,
    LIFETIME,
    SessionReader,
    SessionRefusedError,
    read_key,
    write_token,
)


@pytest.fixture
def keys(tmp_path: Path):
    return ensure_keys(tmp_path)


@pytest.fixture
def reader(keys) -> SessionReader:
    return SessionReader(keys.session_verify)


def claims(**changes):
    seconds = int(time.time())
    ids = {"sub": str(uuid4()), "did": str(uuid4()), "sid": str(uuid4())}
    return {"iss": "accord.directory", "aud": "accord", **ids, "iat": seconds, "exp": seconds + 3600, **changes}


def signed(keys, header=None, key=None, **changes) -> str:
    head = {"alg": ALGORITHM, "typ": "accord-session+jwt", **(header or {})}
    return jwt.encode(head, claims(**changes), key or read_key(keys.session_signing), algorithms=[head["alg"]])


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_says_who_and_until_when(keys, reader):
    person, district, session, at = uuid4(), uuid4(), uuid4(), now().replace(microsecond=0)
    token = write_token(
        read_key(keys.session_signing), session_id=session, person_id=person, district_id=district, issued_at=at
    )
    found = reader.read(token)
    assert (found.person_id, found.district_id, found.session_id) == (person, district, session)
    assert (found.issued_at, found.expires_at) == (at, at + LIFETIME)


def test_it_holds_for_an_hour_and_keeps_typed_text_for_a_week(keys, reader):
    found = reader.read(signed(keys))
    start = found.issued_at
    assert found.holds(start) and found.holds(start + timedelta(minutes=59))
    assert not found.holds(start + LIFETIME)
    assert not found.holds(start - timedelta(hours=1)), "a token from the future is not ours"
    assert found.may_keep_typed(start + LIFETIME + timedelta(days=6))
    assert not found.may_keep_typed(start + LIFETIME + KEEP_TYPED_FOR)
    assert not found.wants_renewal(start + timedelta(minutes=20))
    assert found.wants_renewal(start + timedelta(minutes=21))


def test_a_token_is_verified_once(keys, reader):
    token = signed(keys)
    assert reader.read(token) is reader.read(token)


FORGERIES = {
    "no signature, alg none": lambda keys: f"{part({'alg': 'none', 'typ': 'accord-session+jwt'})}.{part(claims())}.",
    "signature of another key": lambda keys: signed(keys, key=OKPKey.generate_key("Ed25519")),
    "issuer of another program": lambda keys: signed(keys, iss="someone.else"),
    "meant for others": lambda keys: signed(keys, aud="accord-api"),
    "no audience": lambda keys: signed(keys, aud=None),
    "another type of token": lambda keys: signed(keys, header={"typ": "JWT"}),
    "a person that is no id": lambda keys: signed(keys, sub="admin"),
    "a time that is text": lambda keys: signed(keys, exp="9999999999"),
    "a time out of range": lambda keys: signed(keys, exp=10**18),
    "key by address": lambda keys: signed(
        keys, key=OKPKey.generate_key("Ed25519"), header={"jku": "http://127.0.0.1/keys"}
    ),
    "not a token": lambda keys: "abc.def",
    "empty parts": lambda keys: "..",
    "claims that are a list": lambda keys: f"{part({'alg': ALGORITHM})}.{part([1])}.AAAA",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(name, keys, reader):
    with pytest.raises(SessionRefusedError):
        reader.read(FORGERIES[name](keys))


def test_a_shared_secret_made_of_the_public_key_is_refused(keys, reader):
    """HS confusion: whoever knows the public key signs with it as if it were a secret."""
    public = read_key(keys.session_verify)
    pem = public.as_pem(private=False)
    for secret in (pem, keys.session_verify.read_bytes(), public.public_key.public_bytes_raw()):
        signed_part = f"{part({'alg': 'HS256', 'typ': 'accord-session+jwt'})}.{part(claims())}"
        mac = urlsafe_b64encode(hmac.digest(secret, signed_part.encode(), "sha256")).rstrip(b"=").decode()
        with pytest.raises(SessionRefusedError):
            reader.read(f"{signed_part}.{mac}")


def test_an_altered_claim_breaks_the_signature(keys, reader):
    head, body, signature = signed(keys).split(".")
    changed = json.loads(urlsafe_b64decode(body + "=="))
    changed["sub"] = str(uuid4())
    with pytest.raises(SessionRefusedError):
        reader.read(f"{head}.{part(changed)}.{signature}")


def test_a_web_process_refuses_to_hold_the_private_key(keys):
    with pytest.raises(ValueError, match="private key"):
        SessionReader(keys.session_signing)
