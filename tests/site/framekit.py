"""What the tests of HITs' pages share: a HIT is put up, accepted, done in Chromium, and read."""

from dataclasses import dataclass
from typing import Any

from crowdmake.market import workers
from crowdmake.market.models import HIT, Assignment
from defusedxml import ElementTree
from market.kit import PROPERTIES, html_question

ANSWERS = "{http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd}"
FORM = """<form id="f" method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" id="a" name="assignmentId"><input name="label" value="x">
<button id="go">Submit</button></form>
<script>document.getElementById("a").value = new URLSearchParams(location.search).get("assignmentId");</script>"""


def document(body: str, head: str = "") -> str:
    """Return a page of HTML5."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>HIT</title>{head}</head>'
        f"<body>{body}</body></html>"
    )


@dataclass
class Desk:
    """A worker's desk: a browser's tab in which the worker is signed in, and the requester."""

    market: Any
    client: Any
    page: Any
    account: Any

    def put_up(self, question: str, **properties: Any) -> HIT:
        """Return the new HIT that shows a question, or a page where it is HTML."""
        xml = question if question.startswith("<HTMLQuestion") or "/QuestionForm.xsd" in question or "<ExternalQuestion" in question else html_question(question)  # fmt: skip
        hit = self.client.create_hit(**{**PROPERTIES, "Question": xml, **properties})["HIT"]
        with self.market.reading():
            return HIT.objects.select_related("hit_type").get(hit_id=hit["HITId"])

    def accept(self, hit: HIT, account: Any = None) -> Assignment:
        """Return what the worker has accepted."""
        worker = (account or self.account).worker
        return self.market.run(lambda now: workers.accept(worker, hit, now))

    def work(self, question: str, **properties: Any) -> Assignment:
        """Put up a HIT, accept it, and open the page on which it is done."""
        held = self.accept(self.put_up(question, **properties))
        self.open(held)
        return held

    def open(self, held: Assignment) -> None:
        """Open the page on which an assignment is done."""
        self.page.goto(f"/projects/{held.hit.hit_type.hit_group_id}/tasks/{held.assignment_id}")
        self.frame.wait_for_load_state()

    def preview(self, hit: HIT) -> None:
        """Open the page that shows a HIT before it is accepted."""
        self.page.goto(f"/projects/{hit.hit_type.hit_group_id}/tasks")
        self.frame.wait_for_load_state()

    @property
    def frame(self) -> Any:
        """The frame that shows the HIT."""
        return self.page.query_selector("iframe#hit").content_frame()

    @property
    def url(self) -> str:
        """The address of the frame, as the site wrote it."""
        return self.page.get_attribute("iframe#hit", "src")

    def submit(self, held: Assignment, selector: str = "[type=submit], #go") -> dict[str, str]:
        """Submit in the browser, and return what the requester reads of it."""
        self.frame.click(selector)
        self.page.wait_for_url(lambda url: held.assignment_id not in url, timeout=10_000)
        return self.answers(held)

    def xml(self, held: Assignment) -> str:
        """Return the answer as the requester's client reads it."""
        found = self.client.get_assignment(AssignmentId=held.assignment_id)
        return found["Assignment"]["Answer"]

    def answers(self, held: Assignment) -> dict[str, str]:
        """Return the free texts of an answer by their names, in their order."""
        root = ElementTree.fromstring(self.xml(held))
        return {
            each.findtext(f"{ANSWERS}QuestionIdentifier", ""): each.findtext(
                f"{ANSWERS}FreeText", ""
            )
            for each in root
        }

    def status(self, held: Assignment) -> str:
        """Return the assignment's state in the market."""
        with self.market.reading():
            return Assignment.objects.get(pk=held.pk).status
