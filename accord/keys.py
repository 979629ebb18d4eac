"""The keys of an installation: the pair that signs sessions and the secret that guards forms, made once and kept."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import OKPKey


@dataclass(frozen=True)
class Keys:
    """Files, readable by their owner alone. Both session keys are JWKs of the kind Ed25519."""

    session_signing: Path
    session_verify: Path
    secret: Path

    def secret_key(self) -> str:
        return self.secret.read_text(encoding="ascii").strip()


def ensure_keys(folder: Path) -> Keys:
    """The keys in `folder`, made where they are missing. Never replaced: that would sign everyone out."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = Keys(
        session_signing=folder / "session-signing.jwk",
        session_verify=folder / "session-verify.jwk",
        secret=folder / "secret-key",
    )
    if not keys.secret.exists():
        _write(keys.secret, secrets.token_hex(32))
    if not (keys.session_signing.exists() and keys.session_verify.exists()):
        pair = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"})
        pair.ensure_kid()
        _write(keys.session_signing, _json(pair, private=True))
        _write(keys.session_verify, _json(pair, private=False))
    return keys


def _json(pair: OKPKey, *, private: bool) -> str:
    return json.dumps(pair.as_dict(private=private), sort_keys=True)


def _write(path: Path, value: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    waiting = path.with_suffix(".new")
    waiting.unlink(missing_ok=True)
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)


DATABASE_PASSWORDS = ("database-admin", "database-owner", "database-web", "database-worker")


def ensure_secrets(folder: Path) -> list[str]:
    """The files a deployment hands to its containers, made where they are missing; answers the names made now.

    The folder is closed to others; the files in it are not, because a container reads them under an account of its own.
    """
    before = {path.name for path in folder.iterdir()} if folder.exists() else set()
    ensure_keys(folder)
    folder.chmod(0o700)
    for name in DATABASE_PASSWORDS:
        if not (folder / name).exists():
            _write(folder / name, secrets.token_hex(24))
    for path in folder.iterdir():
        path.chmod(0o644)
    return sorted({path.name for path in folder.iterdir()} - before)
