"""Static files: an address for each content, kept for a year, compressed once; pages compressed and never kept."""

import gzip
import re

from shared.web.assets import OWN, Assets


def style(page) -> str:
    return re.search(r'<link rel="stylesheet" href="([^"]+)"', page.text)[1]


def test_a_file_is_kept_for_a_year_and_comes_compressed(demo):
    client = demo.app.test_client()
    href = style(client.get("/components"))
    answer = client.get(href, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip" and answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.get_data()) == (OWN / "css" / "accord.css").read_bytes()
    assert answer.mimetype == "text/css"
    plain = client.get(href)
    assert "Content-Encoding" not in plain.headers and plain.get_data() == (OWN / "css" / "accord.css").read_bytes()
    assert client.get(href, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_page_from_before_an_upgrade_gets_the_present_file_but_may_not_keep_it(demo):
    answer = demo.app.test_client().get("/static/000000000000/css/accord.css")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-cache"


def test_nothing_outside_the_folders_is_served(demo):
    client = demo.app.test_client()
    for name in ("../app.py", "..%2fapp.py", "%2fetc%2fpasswd", "css/", "nothing.css"):
        assert client.get(f"/static/x/{name}", follow_redirects=True).status_code == 404


def test_the_address_changes_with_any_content(tmp_path):
    (tmp_path / "a.js").write_text("one")
    before = Assets([tmp_path]).tree
    (tmp_path / "a.js").write_text("two")
    assert Assets([tmp_path]).tree != before


def test_modules_import_one_another_by_relative_address_only():
    for path in OWN.rglob("*.js"):
        for address in re.findall(r"""(?:from|import\()\s*'([^']+)'""", path.read_text(encoding="utf-8")):
            assert address.startswith("./") and (path.parent / address).is_file(), (path.name, address)


def test_pages_over_a_kilobyte_are_compressed_and_never_kept(demo):
    client = demo.client(demo.alice)
    page = client.get("/components", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in page.headers["Vary"]
    assert page.headers["Cache-Control"] == "no-store"
    assert b"Components" in gzip.decompress(page.get_data())
    assert "Content-Encoding" not in client.get("/components").headers
    assert "Content-Encoding" not in client.get("/notes/hello", headers={"Accept-Encoding": "gzip"}).headers


def test_the_style_sheet_and_the_scripts_together_stay_small():
    packed = sum(
        len(gzip.compress(path.read_bytes(), 9)) for path in OWN.rglob("*") if path.suffix in (".css", ".js", ".svg")
    )
    assert packed < 25_000
