"""A real Chromium, and a service's app served on a port of this machine for it.

@pytest.mark.browser
def test_something(browser_page, serve, demo):
    browser_page.goto(serve(demo.app) + "/home/components")
"""

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
LOOKS: tuple[tuple[dict[str, int], str], ...] = ((DESK, "light"), (PHONE, "dark"))
"""Each width and each scheme of colours once, as most people have them: a picture and axe take a second a page."""
SCREENSHOTS = Path("build") / "screenshots"


def chromium() -> str | None:
    """Where Chromium is on this machine: a package of the system, not a download."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="needs Chromium: install the package chromium"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for the run (a playwright Browser)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """options of a browser context -> a page in a context of its own. A script error on it fails the test."""
    opened, wrong = [], []

    def make(**options: Any) -> Any:
        context = browser.new_context(
            **{"viewport": DESK, "locale": "en-US", "timezone_id": "America/Chicago", **options}
        )
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None
        )
        return page

    yield make
    for context in opened:
        context.close()
    assert not wrong, f"errors in the page: {wrong}"


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """app -> the address it answers at until the test ends, threads as in a deployment."""
    servers = []
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()


def picture(page: Any, name: str, *, whole: bool = True) -> Path:
    """A screenshot kept as build output; its path."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    return path


def pushed_sideways(page: Any, name: str, widths: Iterable[int]) -> list[str]:
    """The widths of a screen at which the page as it stands open is wider than it, each with how wide."""
    wide = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 700})
        found = page.evaluate("document.documentElement.scrollWidth")
        if found > width:
            wide.append(f"{name} at {width}: {found}")
    return wide


WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],  # what passes is not told, which takes two thirds of the time
}


def audit(page: Any) -> list[str]:
    """What axe finds on the page, one line a finding. Colours are reckoned besides in tests/unit/web/test_colours.py."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=WCAG).response
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def look_over(page: Any, name: str) -> list[str]:
    """What is wrong with the page as it stands open, at each width and in each scheme of colours; pictures are kept."""
    wrong: list[str] = []
    before = page.viewport_size
    for viewport, colours in LOOKS:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=colours)
        picture(page, f"{name}-{viewport['width']}-{colours}")
        wrong += [f"{name} {colours}: {finding}" for finding in audit(page)]
        if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
            wrong.append(f"{name}: wider than the screen of {viewport['width']}")
    page.set_viewport_size(before)
    return wrong
