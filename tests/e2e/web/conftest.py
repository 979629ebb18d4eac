"""Pages of the demo service in the browser, signed in."""

import pytest


@pytest.fixture
def open_as(demo, serve, new_page):
    """someone, path, context?, session?, options of the browser -> a page there, signed in."""
    base = serve(demo.app)

    def sign_in(context, someone, **session):
        token = demo.token(someone, **session)
        context.add_cookies([{"name": "accord_session", "value": token, "url": base}])

    def make(someone, path, *, context=None, session=None, **options):
        page = context.new_page() if context else new_page(**options)
        if context is None:
            sign_in(page.context, someone, **(session or {}))
        page.goto(base + path)
        return page

    make.sign_in = sign_in
    return make
