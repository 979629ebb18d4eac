"""Static files: one address per content, kept by browsers for a year, compressed once and held in memory."""

import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import NotFound

from shared.web import packing
from shared.web.links import settings

_FOREVER = "public, max-age=31536000, immutable"
_TEXT = (".css", ".js", ".svg", ".json", ".webmanifest")
OWN = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Asset:
    body: bytes
    packed: bytes | None
    mimetype: str
    etag: str


class Assets:
    """Every file under some folders, by relative name; `tree` changes when any of them does, so that modules that
    import one another by relative address always fit together."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.files: dict[str, Asset] = {}
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    self.files[path.relative_to(folder).as_posix()] = _read(path)
        names = "".join(f"{name}:{asset.etag};" for name, asset in sorted(self.files.items()))
        self.tree = hashlib.sha256(names.encode()).hexdigest()[:12]

    def serve(self, tree: str, filename: str) -> Response:
        asset = self.files.get(filename)
        if asset is None:
            raise NotFound
        response = Response(mimetype=asset.mimetype)
        response.set_etag(asset.etag)
        # A page from before an upgrade names an older tree: it gets the present file, but may not keep it.
        response.headers["Cache-Control"] = _FOREVER if tree == self.tree else "no-cache"
        if asset.packed is not None:
            response.vary.add("Accept-Encoding")
        if asset.packed is not None and packing.wanted():
            response.set_data(asset.packed)
            response.headers["Content-Encoding"] = "gzip"
        else:
            response.set_data(asset.body)
        response.make_conditional(request)
        return response


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    packed = gzip.compress(body, 9, mtime=0) if path.suffix in _TEXT else None
    mimetype = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return Asset(body, packed, mimetype or "application/octet-stream", hashlib.sha256(body).hexdigest()[:16])


def install(app: Flask, folders: Sequence[Path] = ()) -> None:
    """Serve the shell's files and a service's own under /static, endpoint "static"."""
    assets = Assets([OWN, *folders])
    app.extensions["accord.assets"] = assets
    app.add_url_rule("/static/<tree>/<path:filename>", "static", assets.serve)


def asset_url(filename: str) -> str:
    """The address of a static file: asset_url("css/accord.css")."""
    assets: Assets = current_app.extensions["accord.assets"]
    if filename not in assets.files:
        raise FileNotFoundError(f"There is no static file {filename}")
    return f"{settings().prefix}/static/{assets.tree}/{filename}"
