"""One Chromium for the tests of pages, driven by Playwright, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import launched
from crowdmake.inputs.rows import Row
from crowdmake.rendering.answers import fields_of, output_of
from crowdmake.rendering.previews import PARAMETERS, with_market, write_previews
from crowdmake.rendering.rendered import renderer
from playwright.sync_api import Browser, Page

HIT = {"Title": "T", "Description": "D", "FrameHeight": 0}


# Not for the whole session: Playwright keeps an event loop running, which other tests trip over.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium with a profile of its own."""
    with launched() as browser:
        yield browser


class Trial:
    """A page opened as a worker's browser opens it, and what it would have sent."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def show(self, html: str, state: str = "accepted") -> None:
        """Open HTML as a row's page in one of a HIT's states."""
        write = self.folder / "page.html"
        write.write_text(with_market(html), encoding="utf-8")
        self.page.goto(f"{write.as_uri()}?{PARAMETERS[state]}")

    def show_row(self, template: str, value: object, state: str = "accepted") -> None:
        """Render a template for a row, and open it."""
        path = self.folder / "hit_templates" / "page.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(template, encoding="utf-8")
        rows = [Row("k-1", 1, 1, value)]
        list(write_previews(self.folder, Path("i"), rows, renderer(path, []), HIT))
        self.page.goto(f"{(self.folder / 'row-1.html').as_uri()}?{PARAMETERS[state]}")

    def submit(self, selector: str = "[type=submit]") -> None:
        """Click the button, and wait for what would arrive."""
        self.page.click(selector)
        self.page.wait_for_url("**/answer.html*")

    def fields(self) -> dict[str, str]:
        """Return the fields of the XML that would arrive."""
        return fields_of(self.page.text_content("#xml") or "")

    def output(self) -> object:
        """Return the parsed output that would arrive."""
        return output_of(self.fields())

    def problems(self) -> list[str]:
        """Return why a market would refuse it."""
        return self.page.locator("#problems li").all_text_contents()


@pytest.fixture
def trial(chromium: Browser, tmp_path: Path, monkeypatch) -> Iterator[Trial]:
    """Return a page in a browser profile of its own, in an experiment's directory."""
    monkeypatch.chdir(tmp_path)
    context = chromium.new_context(offline=True)
    (tmp_path / "answer.html").write_bytes(
        (Path(renderer.__code__.co_filename).parent / "previewing/answer.html").read_bytes()
    )
    yield Trial(context.new_page(), tmp_path)
    context.close()
