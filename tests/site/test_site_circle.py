"""The whole circle at two real origins: invited, found, done in Chromium, read, approved, paid, seen."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from threading import Thread
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from defusedxml import ElementTree
from market.kit import PROPERTIES, connect, html_question
from market.served import crowdmake, new_key, serving
from playwright.sync_api import Error, Page, expect
from sitekit import PASSWORD
from workflow.conftest import NOTHING, new_experiment

PAY = ["--currency", "USD", "--debtor", "The lab", "--paid-how", "by transfer", "--paid-when", "monthly"]  # fmt: skip
PAGE = """<!DOCTYPE html><html lang="en"><head><title>Topic</title></head><body>
<form action="https://www.mturk.com/mturk/externalSubmit" method="post">
<input type="hidden" name="assignmentId" id="assignmentId">
<label><input type="checkbox" name="topic" value="bridge"> a bridge</label>
<label><input type="checkbox" name="topic" value="budget"> the budget</label>
<label>Why? <input name="why"></label>
<button id="go">Submit</button></form>
<script>
  const given = new URLSearchParams(location.search).get("assignmentId");
  document.getElementById("assignmentId").value = given;
  document.getElementById("go").disabled = given === "ASSIGNMENT_ID_NOT_AVAILABLE";
</script></body></html>"""
ANSWER = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.'
    'amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
    "<Answer><QuestionIdentifier>topic</QuestionIdentifier>"
    "<FreeText>bridge|budget</FreeText></Answer>"
    "<Answer><QuestionIdentifier>why</QuestionIdentifier>"
    "<FreeText>it's &lt;wide&gt; &amp; &#8220;long&#8221;</FreeText></Answer>"
    "</QuestionFormAnswers>"
)
WHY = "it's <wide> & “long”"
SAID = "</script><b>I</b> <3 “it” & {{ this }} at https://www.mturk.com"
TERMS = {"Description": "Read it.", "Reward": "0.05", "MaxAssignments": 1}
QUESTIONS = [
    {
        "type": "selection", "key": "mood", "name": "Mood", "required": True,
        "question": "How is '{{ text }}'?",
        "selections": [{"key": "happy", "text": "Happy"}, {"key": "sad", "text": "Sad"}],
    },
    {
        "type": "free_text", "key": "label", "name": "Label", "required": True,
        "question": "What is it?",
    },
]  # fmt: skip
EXTERNAL = "tasks.example.localhost"
DECISIONS = "assignment_id,decision,feedback,bonus,bonus_reason,bonus_purpose\n"


class Place(NamedTuple):
    """A served market: its site's origin, an invitation's link, and a key of its requester."""

    origin: str
    link: str
    key: object

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.key.key_id, "AWS_SECRET_ACCESS_KEY": self.key.secret}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A market that its own command serves, where rewards are real and workers are invited."""
    folder = tmp_path_factory.mktemp("market")
    file = folder / "market.sqlite3"
    key = new_key(file, folder)

    def operate(*arguments: str) -> str:
        done = crowdmake("market", *arguments, "--database", file, cwd=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    operate("site", "set", *PAY)
    link = operate("invite", "make", "--uses", "any")
    with serving(file, cwd=folder) as market:
        yield Place(f"http://localhost:{market.port}", urlsplit(link).path, key)


@pytest.fixture
def tab(browser, place):
    """A browser that has never been there; what its console says is in `tab.said`."""
    context = browser.new_context(base_url=place.origin, ignore_https_errors=True)
    tab = context.new_page()
    tab.said = []
    tab.on("console", lambda message: tab.said.append(message.text))
    tab.on("pageerror", lambda error: tab.said.append(str(error)))
    yield tab
    context.close()


def join(tab: Page, place: Place) -> None:
    """Sign up by the invitation, as somebody new."""
    tab.goto(place.link)
    tab.get_by_label("User name").fill(f"ada-{token_hex(4)}")
    tab.get_by_label(re.compile("^Password")).fill(PASSWORD)
    tab.get_by_label("The same password again").fill(PASSWORD)
    tab.get_by_role("button", name="Sign up").click()
    tab.wait_for_url("**/projects")


def find(tab: Page, words: str, title: str) -> None:
    """Search for a group of HITs, and look at its preview."""
    tab.goto("/projects")
    tab.get_by_role("searchbox").fill(words)
    tab.get_by_role("button", name="Search").click()
    expect(tab.get_by_role("heading", level=2)).to_have_text([title])
    tab.get_by_role("link", name=title).click()
    expect(tab.get_by_text("This is a preview.", exact=False).first).to_be_visible()


def accept(tab: Page) -> str:
    """Accept what is previewed; return the assignment's id."""
    tab.get_by_role("button", name="Accept").click()
    tab.wait_for_url("**/tasks/3*")
    return tab.url.rpartition("/")[2]


def submitted(tab: Page) -> None:
    """Submit, and wait until the site says that it has the answers."""
    tab.frame_locator("#hit").get_by_role("button", name="Submit").click()
    expect(tab.get_by_text("Your answers were submitted.")).to_be_visible()


def words(tab: Page, path: str) -> str:
    """Return what a page of the site says."""
    assert tab.goto(path).status == 200
    return " ".join(tab.locator("main").inner_text().split())


def is_paid(tab: Page, assignment: str, feedback: str, reason: str, *amounts: str) -> None:
    """Look at the record, the history and the earnings, where all was paid that is to come."""
    reward, bonus, sum_ = amounts
    record = words(tab, f"/assignments/{assignment}")
    for each in ("Approved", feedback, reason, reward, bonus):
        assert each in record
    history = words(tab, "/history")
    assert "Approved" in history
    assert reward in history
    earnings = words(tab, "/earnings")
    assert f"Earned in all {sum_} Rewards, 1 approved {reward} Bonuses, 1 {bonus}" in earnings
    assert "Waiting, 0 submitted" in earnings


def test_a_worker_and_a_requesters_client(tab, place):
    """By boto3 alone the requester reads the exact answer, approves and pays a bonus, which the worker sees with their sum."""
    client = connect(place.origin, place.key)
    client.create_hit(**{**PROPERTIES, "Title": "Draw a box", "Question": html_question(PAGE)})
    own = {"Title": "Name the topic", "Keywords": "news, council", "Reward": "0.25"}
    hit = client.create_hit(**{**PROPERTIES, **own, "Question": html_question(PAGE)})["HIT"]
    join(tab, place)
    find(tab, "council", "Name the topic")
    frame = tab.frame_locator("#hit")
    expect(frame.locator("#go")).to_be_disabled()
    assignment = accept(tab)
    shown = tab.query_selector("#hit").content_frame()
    assert urlsplit(shown.url).hostname.endswith(".pages.localhost")
    # The two origins are apart: to the page the site around it is a stranger's.
    with pytest.raises(Error, match="Blocked a frame"):
        shown.evaluate("parent.document.title")
    frame.get_by_label("the budget").check()
    frame.get_by_label("a bridge").check()
    frame.get_by_label("Why?").fill(WHY)
    submitted(tab)
    (work,) = client.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"]
    assert (work["AssignmentId"], work["AssignmentStatus"]) == (assignment, "Submitted")
    assert work["Answer"] == ANSWER
    assert "Waiting, 1 submitted $0.25" in words(tab, "/earnings")
    client.approve_assignment(AssignmentId=assignment, RequesterFeedback="Well seen <ada>")
    paid = {"BonusAmount": "1.05", "Reason": "For the “why” & more"}
    client.send_bonus(WorkerId=work["WorkerId"], AssignmentId=assignment, **paid)
    amounts = ("$0.25", "$1.05", "$1.30")
    is_paid(tab, assignment, "Well seen <ada>", "For the “why” & more", *amounts)
    assert WHY in words(tab, f"/assignments/{assignment}")
    assert tab.said == []


def test_a_worker_and_an_experiment(tab, place, tmp_path):
    """The workflow launches to the market by its URL and a key, fetches the worker's answer, approves and pays the bonus of its decisions, each once."""
    lab = new_experiment(
        tmp_path / "lab", market__endpoint=place.origin, experiment_id="circle-0001",
        budget__max_usd=5, hit__properties__MaxAssignments=1, review__approve="listed",
    )  # fmt: skip
    lab.write("hit_templates/page.html", PAGE.replace("Why?", "About {{ text }}:"))
    lab.rows({"text": SAID})
    lab.run("launch", **place.environment)
    join(tab, place)
    find(tab, "label", "Label a text")
    assignment = accept(tab)
    frame = tab.frame_locator("#hit")
    frame.get_by_label("a bridge").check()
    frame.get_by_label(f"About {SAID}:").fill(SAID)
    submitted(tab)
    lab.run("results", **place.environment)
    (result,) = lab.records("results/results.jsonl")
    assert (result["assignment_id"], result["status"]) == (assignment, "Submitted")
    assert result["answers"] == {"topic": "bridge", "why": SAID}
    assert result["input"] == {"text": SAID}
    decided = f"{assignment},approve,Well seen <ada>,1.05,Quick & sure,\n"
    lab.write("decisions/main.csv", DECISIONS + decided)
    lab.run("approve", **place.environment)
    lab.run("bonus", **place.environment)
    is_paid(tab, assignment, "Well seen <ada>", "Quick & sure", "$0.05", "$1.05", "$1.10")
    lab.calls()
    assert NOTHING in lab.run("approve", "bonus", **place.environment)
    assert not lab.calls()
    assert tab.said == []


def test_a_worker_and_questions(tab, place, tmp_path):
    """Questions of the configuration are a form on the site, and come back by their keys."""
    lab = new_experiment(
        tmp_path / "lab", market__endpoint=place.origin, experiment_id="circle-0002",
        budget__max_usd=5, hit={"questions": QUESTIONS, "properties": {**TERMS, "Title": "Two questions"}},
    )  # fmt: skip
    lab.rows({"text": SAID})
    lab.run("launch", **place.environment)
    join(tab, place)
    find(tab, "questions", "Two questions")
    assignment = accept(tab)
    frame = tab.frame_locator("#hit")
    expect(frame.get_by_text(f"How is '{SAID}'?")).to_be_visible()
    frame.get_by_role("radio", name="Happy").check()
    frame.get_by_role("textbox").fill(SAID)
    submitted(tab)
    lab.run("approve", "results", **place.environment)
    (result,) = lab.records("results/results.jsonl")
    assert result["answers"] == {"mood": "happy", "label": SAID}
    assert "Approved" in words(tab, f"/assignments/{assignment}")
    assert tab.said == []


class Requester(BaseHTTPRequestHandler):
    """The requester's own server: a page that knows its row by its address."""

    def do_GET(self):
        self.server.asked.append(self.path)
        content = self.server.page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def requesters_server(page: str) -> Iterator[ThreadingHTTPServer]:
    """Serve a page over TLS, with a certificate that no browser knows."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Requester)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(EXTERNAL).configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.asked, server.page = [], page
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_worker_and_an_external_page(tab, place, tmp_path):
    """A page on the requester's own server gets the row by its address and the HIT's parameters, and its form is the answer."""
    script = """<script>
      const asked = new URLSearchParams(location.search);
      document.forms[0].action = asked.get("turkSubmitTo") + "/mturk/externalSubmit";
      document.forms[0].why.value = asked.get("text");
    </script></body>"""
    with requesters_server(PAGE.replace("</body>", script)) as server:
        url = f"https://{EXTERNAL}:{server.server_port}/task?text={{{{ text }}}}"
        lab = new_experiment(
            tmp_path / "lab", market__endpoint=place.origin, experiment_id="circle-0003",
            budget__max_usd=5, hit={"url": url, "properties": {**TERMS, "Title": "Far away"}},
        )  # fmt: skip
        lab.rows({"text": SAID})
        lab.run("launch", **place.environment)
        join(tab, place)
        find(tab, "far", "Far away")
        assignment = accept(tab)
        tab.frame_locator("#hit").get_by_label("a bridge").check()
        submitted(tab)
        before, after = ({k: v[0] for k, v in parse_qs(urlsplit(each).query).items()} for each in server.asked)  # fmt: skip
    lab.run("approve", "results", **place.environment)
    (result,) = lab.records("results/results.jsonl")
    assert result["answers"] == {"topic": "bridge", "why": SAID}
    shown = {"text": SAID, "hitId": result["hit_id"]}
    assert before == {**shown, "assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}
    accepted = {"assignmentId": assignment, "workerId": result["worker_id"]}
    assert after == {**shown, **accepted, "turkSubmitTo": place.origin}
    assert "Approved" in words(tab, f"/assignments/{assignment}")


def test_a_page_that_submits_at_once(tab, place):
    """Answers that a page sends while the page around it still loads are not lost."""
    client = connect(place.origin, place.key)
    at_once = PAGE.replace("</script>", "if (!document.getElementById('go').disabled) document.forms[0].submit()</script>")  # fmt: skip
    hit = client.create_hit(**{**PROPERTIES, "Question": html_question(at_once)})["HIT"]
    join(tab, place)
    late = []
    tab.route("**/work*.js", lambda route: late.append(route))
    tab.goto(f"/projects/{hit['HITGroupId']}/tasks")
    tab.get_by_role("button", name="Accept").click(no_wait_after=True)
    tab.wait_for_timeout(2_000)
    late[0].continue_()
    expect(tab.get_by_text("Your answers were submitted.")).to_be_visible(timeout=10_000)
    (work,) = client.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"]
    texts = [each.text for each in ElementTree.fromstring(work["Answer"]).iter() if each.text]
    assert texts == ["why"]
