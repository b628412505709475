"""A robot that tries a batch's first pages in a browser, before people do.

It opens the pages of the preview, where a script stands in for the market, in preview and in
accepted state, fills in the fields that it finds and submits. Needs Playwright (the extra
`rehearsal`) and the system's Chromium; without them it says so.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.checking.addresses import NOT_OVER_HTTP
from crowdmake.checking.check import Report, Subject
from crowdmake.files import one_line
from crowdmake.inputs.rows import Row
from crowdmake.messages import listed, shown
from crowdmake.questions.pages import QuestionPage
from crowdmake.rendering.answers import fields_of, output_of
from crowdmake.rendering.external import ExternalPage
from crowdmake.rendering.previews import PARAMETERS, PREVIEWED, write_previews
from crowdmake.rendering.renderer import Renderer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 5
_FLAGS = [
    "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
# Chromium has none for the superuser (chromium.googlesource.com/chromium/src, docs/linux).
_SANDBOX = os.geteuid() != 0
_ANSWER = "**/answer.html*"
_BUTTONS = "#submit-btn, #submitButton, [type=submit], [type=image], form button:not([type])"
_FILL = (Path(__file__).parent / "fill.js").read_text(encoding="utf-8")
_INVALID = "nodes => nodes.map(node => node.name || node.id || node.tagName.toLowerCase())"


def rehearse(folder: Path, shown_rows: Sequence[tuple[Subject, list[Row]]], report: Report) -> None:
    """Try the first pages of each batch; what is found goes into ``report``.

    A screenshot of each row stands in ``folder`` / batch afterwards.
    """
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if find_spec("playwright") is None or path is None:
        missing = "Chromium" if path is None else "Playwright (Crowdmake's extra `rehearsal`)"
        report.notes.append(f"rehearsal: left out, {missing} is not installed")
        return
    with _browser(path, report) as browser:
        for subject, rows in shown_rows if browser else []:
            page = subject.page() if rows else None
            if isinstance(page, ExternalPage):
                report.notes.append(f"rehearsal: {subject.batch}: left out, its page is external")
            elif page and browser:
                _rehearse_batch(folder / subject.batch, browser, subject, page, rows, report)


@contextmanager
def _browser(path: str, report: Report) -> Iterator["Browser | None"]:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=path, args=_FLAGS, chromium_sandbox=_SANDBOX
            )
        except Error as problem:
            report.warnings.append(f"rehearsal: left out, {path} does not start: {_first(problem)}")
            yield None
            return
        try:
            yield browser
        finally:
            browser.close()


def _first(problem: Exception) -> str:
    return shown(str(problem).partition("\n")[0])


def _rehearse_batch(
    folder: Path,
    browser: "Browser",
    subject: Subject,
    page: Renderer | QuestionPage,
    rows: list[Row],
    report: Report,
) -> None:
    list(write_previews(folder, subject.path, rows, page, subject.properties))
    for row in rows[:PREVIEWED]:
        trial = _Trial(browser, folder / f"row-{row.number}", f"{subject.path}:{row.line}")
        trial.run()
        report.notes += trial.notes
        report.warnings += trial.warnings
        report.errors += trial.errors


class _Trial:
    """One row's page, tried."""

    def __init__(self, browser: "Browser", file: Path, where: str) -> None:
        self._browser = browser
        self._file = file
        self._where = f"rehearsal: {where}"
        self._failed_loads: dict[str, None] = {}
        self._over_http: dict[str, None] = {}
        self._exceptions: dict[str, None] = {}
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []

    def run(self) -> None:
        """Open the page in both states, fill it in and submit it."""
        from playwright.sync_api import Error

        for state in PARAMETERS:
            context = self._browser.new_context()
            try:
                page = self._open(context.new_page(), state)
                if state == "accepted":
                    self._answer(page)
            except Error as problem:
                self._warn(f"the page cannot be used when {state}: {_first(problem)}")
            finally:
                context.close()
        self.warnings += [f"{self._where}: could not load {url}" for url in self._failed_loads]
        self.errors += [
            f"{self._where}: loads {shown(u)}; {NOT_OVER_HTTP}" for u in self._over_http
        ]
        # What a page that could not load a library throws then says little about the page.
        raised = self.warnings if self._failed_loads else self.errors
        raised += [f"{self._where}: the page's script fails: {text}" for text in self._exceptions]

    def _open(self, page: "Page", state: str) -> "Page":
        page.on("pageerror", lambda error: self._exceptions.setdefault(shown(str(error))))
        page.on("requestfailed", lambda request: self._not_loaded(request.url))
        page.on("response", lambda response: self._loaded(response.url, response.status))
        page.on("console", lambda message: self._printed(message.type, message.text))
        page.on("request", lambda request: self._asked_for(request.url))
        page.on("dialog", self._answer_dialog)
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"{self._file.with_suffix('.html').resolve().as_uri()}?{PARAMETERS[state]}")
        return page

    def _not_loaded(self, url: str) -> None:
        if not url.startswith("http:"):
            self._failed_loads[shown(url)] = None

    def _loaded(self, url: str, status: int) -> None:
        if status >= 400:
            self._failed_loads[f"{shown(url)} (HTTP {status})"] = None

    def _printed(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith("Failed to load resource"):
            self._warn(f"the page's console says {shown(text)}")

    def _asked_for(self, url: str) -> None:
        if url.startswith("http:"):
            self._over_http[url] = None

    def _answer_dialog(self, dialog: "Dialog") -> None:
        """Say yes, as a worker does who wants to be done."""
        if dialog.type != "beforeunload":
            self._warn(f"the page asks {shown(dialog.message)}")
        dialog.accept()

    def _warn(self, text: str) -> None:
        line = f"{self._where}: {text}"
        if line not in self.warnings:
            self.warnings.append(line)

    def _answer(self, page: "Page") -> None:
        from playwright.sync_api import Error

        page.evaluate(_FILL)
        page.screenshot(path=self._file.with_suffix(".png"), full_page=True)
        try:
            self._submit(page)
        except Error:
            self._warn(f"the robot could not submit the page{self._hindrance(page)}")
            return
        problems = page.locator("#problems li").all_text_contents()
        self.errors += [f"{self._where}: {problem}" for problem in problems]
        fields = fields_of(page.text_content("#xml") or "")
        output = output_of(fields)
        arrives = one_line(fields if output is None else {**fields, "output": output})
        if not problems:
            self.notes.append(f"{self._where}: would arrive: {arrives}")

    def _submit(self, page: "Page") -> None:
        buttons = page.locator(_BUTTONS).filter(visible=True)
        buttons.first.click()
        page.wait_for_url(_ANSWER)

    def _hindrance(self, page: "Page") -> str:
        """Return what may have kept the page from being sent, in words."""
        if not page.locator(_BUTTONS).count():
            return ": it found no button that submits"
        if page.locator(_BUTTONS).first.is_disabled():
            return ": its button is disabled"
        invalid = page.locator(":invalid:not(form, fieldset)").evaluate_all(_INVALID)
        return f": the browser objects to {listed(map(shown, invalid))}" if invalid else ""
