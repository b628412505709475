"""The check of an experiment before anything is spent: every row's page, and what it pays."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from crowdmake.checking.addresses import unfilled, unreachable
from crowdmake.checking.findings import Findings
from crowdmake.checking.forms import unsent
from crowdmake.checking.validity import invalid
from crowdmake.checking.wages import wage_line
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row, Rows, scan_rows
from crowdmake.polling.forms import PollPage, check_headings, rehearsed
from crowdmake.questions.pages import QuestionPage
from crowdmake.rendering.external import ExternalPage
from crowdmake.rendering.faults import Faults
from crowdmake.rendering.previews import PREVIEWED
from crowdmake.rendering.questions import html_question
from crowdmake.rendering.rendered import Page, page_of


@dataclass(frozen=True)
class Subject:
    """What is checked of one batch."""

    batch: str
    path: Path
    template: str
    url: str | None
    html_fields: list[str]
    properties: dict[str, Any]
    minutes: float | None
    asked: dict[str, Any] | None = None
    """What `QuestionPage` takes, where a form takes the place of a page."""
    polls: dict[str, Any] | None = None
    """What `PollPage` takes, where answers are rated in polls."""

    def page(self) -> Page:
        """Return what makes the batch's questions.

        Raises:
            UserError: its template cannot be read or is not valid.
        """
        return page_of(self.template, self.html_fields, self.url, self.asked)


@dataclass
class Report:
    """What a check has to say: what is worth knowing, warnings, errors, a line each."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def end(self, say: Callable[[str], None]) -> None:
        """Say everything.

        Raises:
            UserError: there are errors; one line each.
        """
        for line in [*self.notes, *(f"warning: {line}" for line in dict.fromkeys(self.warnings))]:
            say(line)
        UserError.collect(dict.fromkeys(self.errors))


def check_batch(subject: Subject, least: Decimal | None, report: Report) -> list[Row]:
    """Check the pages and the pay of one batch; return the rows whose pages can be shown.

    ``least`` is the hourly wage in US dollars below which a warning is due, if any.
    """
    text, is_low = wage_line(subject.properties, subject.minutes, least)
    (report.warnings if is_low else report.notes).append(f"{subject.batch}: {text}")
    try:
        rows = scan_rows(subject.path)
        page = subject.page()
    except UserError as error:
        report.errors += error.lines
        return []
    shown = _check_pages(subject, rows, page, report)
    report.notes += [*rows.notes, *(f"{page.source}: {note}" for note in page.notes)]
    if subject.polls:
        _check_polls(subject, PollPage(**subject.polls), shown, report)
    return shown


def _check_polls(subject: Subject, page: PollPage, rows: list[Row], report: Report) -> None:
    """Check what polls about the HITs of ``rows`` say, with answers that are made up."""
    try:
        check_headings(subject.path, rows, page)
        answers = subject.properties["MaxAssignments"]
        found = [line for row in rows[:PREVIEWED] for line in rehearsed(page, row.value, answers)]
    except UserError as error:
        report.errors += error.lines
    else:
        report.warnings += [f"{subject.batch}: poll_options: {line}" for line in found]


def _check_pages(subject: Subject, rows: Rows, page: Page, report: Report) -> list[Row]:
    faults = Faults(subject.path)
    height, kept = subject.properties["FrameHeight"], []
    findings, first = Findings(subject.path, page.source), Findings(subject.path, page.source)
    for row in rows.rows:
        try:
            html = _html(page, row, height)
        except UserError as error:
            faults.add(error, row)
            continue
        kept.append(row)
        findings.add(row, [*unsent(html), *unreachable(html), *unfilled(html)] if html else [])
        if len(kept) <= PREVIEWED:  # this one takes its time
            first.add(row, invalid(html) if html else [])
    found = [first, findings]
    report.warnings += [line for each in found for line in each.lines(errors=False)]
    report.errors += [*rows.errors, *faults.lines(), *_errors(found)]
    return kept


def _html(page: Page, row: Row, height: int) -> str | None:
    """Return a row's page, or None where it stands elsewhere.

    Raises:
        UserError: it cannot be rendered, or is larger than a market accepts.
    """
    if isinstance(page, ExternalPage):
        page.question(row.value, height)
        return None
    if isinstance(page, QuestionPage):
        page.question(row.value)
        return page.page(row.value)
    html = page.page(row.value)
    html_question(html, height)
    return html


def _errors(found: Iterable[Findings]) -> Iterator[str]:
    for each in found:
        yield from each.lines(errors=True)
