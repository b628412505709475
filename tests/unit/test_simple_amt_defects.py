"""What simple-amt got wrong, tried here: what no other test tries in just that way."""

import json
import time
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from botocore.exceptions import ClientError
from crowdmake.client import TRIES, in_process
from crowdmake.configuration.config import Review
from crowdmake.configuration.properties import api_names, problems
from crowdmake.configuration.properties import complete as properties_of
from crowdmake.exceptions import UserError
from crowdmake.harvesting import views
from crowdmake.launching.launch import Terms
from crowdmake.ledgers.batches import Batch
from crowdmake.rendering.questions import html_question
from crowdmake.rendering.renderer import Renderer
from crowdmake.reviewing import deletion, rejection
from crowdmake.reviewing.review import approve
from defusedxml.ElementTree import fromstring
from faults.scenes import Scene
from ledger_events import assignment, created
from selectolax.lexbor import LexborHTMLParser

ANSWERS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"
JSON_1_1 = {"Content-Type": "application/x-amz-json-1.1"}


def answered(*fields):
    """Return the XML of an answer of some fields, in their order."""
    inner = "".join(
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier><FreeText>{text}</FreeText></Answer>"
        for name, text in fields
    )
    return f'<QuestionFormAnswers xmlns="{ANSWERS}">{inner}</QuestionFormAnswers>'


# Each of these made get_results or approve_hits fail, or had the work rejected.
OUTPUTS = {
    "quotes": ('{"a": "b"}', {"a": "b"}),
    "entities": (json.dumps({"by": "R&D <x>"}), {"by": "R&D <x>"}),
    "lines": ('{"a":\n\n "b"}', {"a": "b"}),
    "empty": ("", None),
    "text": ("I could not read it.", None),
}


class Answering:
    """A market that answers requests as it is told, and counts them."""

    def __init__(self, status, kind, message):
        self.asked = 0
        self.reply = status, JSON_1_1, json.dumps({"__type": kind, "Message": message}).encode()

    def respond(self, headers, body):
        self.asked += 1
        return self.reply


def test_what_is_refused_is_not_asked_forever(tmp_path, capsys):
    """A launch that a market refuses throughout ends after a few calls, each with its row and reason."""
    scene = Scene(tmp_path)
    first = scene.rendered[0]
    scene.rendered = [first | {"key": f"{n:020}-1", "row": n + 1} for n in range(500)]
    market = Answering(400, "RequestError", "There is no LifetimeInSeconds.")
    with pytest.raises(UserError) as caught:
        scene.launch(in_process(market))
    assert 20 <= market.asked <= 60
    assert all("There is no LifetimeInSeconds." in line for line in caught.value.lines)
    assert not scene.batch.read().hits
    assert not scene.batch.read().open_intents
    assert not capsys.readouterr().out


def test_a_market_that_is_down_is_asked_again_with_pauses(tmp_path, monkeypatch):
    """A launch on a market that is down tries each call a few times, with pauses, and then ends."""
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    scene = Scene(tmp_path)
    market = Answering(500, "ServiceFault", "Down")
    with pytest.raises(ClientError, match="Down"):
        scene.launch(in_process(market))
    # A row whose turn comes once another has failed is not asked for any more.
    rows, rest = divmod(market.asked, TRIES)
    assert (rows in range(1, len(scene.rendered) + 1), rest) == (True, 0)
    waited = [seconds for seconds in pauses if seconds > 0]
    assert len(waited) >= (TRIES - 1) * rows
    assert sum(waited) > 10


def test_a_requirement_that_guards_the_preview(tmp_path, monkeypatch):
    """`RequiredToPreview`, as old programs and their forks write it, reaches the market."""
    percent = {"QualificationTypeId": "000000000000000000L0", "Comparator": ">="}
    given = percent | {"IntegerValues": [95], "RequiredToPreview": True}
    properties = {"Title": "t", "Description": "d", "Reward": "0.05"}
    complete = properties_of(properties | {"QualificationRequirements": [given]})
    monkeypatch.setattr("faults.scenes.TERMS", Terms("faults", complete, "amazon"))
    scene = Scene(tmp_path)
    client = in_process(scene.market)
    scene.launch(client)
    for hit_id in scene.on_the_market(client):
        (found,) = client.get_hit(HITId=hit_id)["HIT"]["QualificationRequirements"]
        assert (found["Comparator"], found["RequiredToPreview"]) == ("GreaterThanOrEqualTo", True)


def test_a_review_policy_is_passed_on(tmp_path, monkeypatch):
    """Properties that simple-amt passed through, such as a review policy, reach the market."""
    known = {"Key": "AnswerKey", "MapEntries": [{"Key": "label", "Values": ["good"]}]}
    policy = {"PolicyName": "ScoreMyKnownAnswers/2011-09-01", "Parameters": [known]}
    given = {"Title": "t", "Description": "d", "Reward": "0.05", "assignment_review_policy": policy}
    assert not problems(api_names(given), "hit.properties")
    complete = properties_of(api_names(given))
    monkeypatch.setattr("faults.scenes.TERMS", Terms("faults", complete, "amazon"))
    scene = Scene(tmp_path)
    client = in_process(scene.market)
    scene.launch(client)
    for hit_id in scene.on_the_market(client):
        kept = client.list_review_policy_results_for_hit(HITId=hit_id)
        assert kept["AssignmentReviewPolicy"]["PolicyName"] == policy["PolicyName"]


def test_a_policy_that_extends_hits_is_refused():
    """No review policy puts up assignments that the budget does not know of."""
    more = {"Key": "ExtendIfHITAgreementScoreIsLessThan", "Values": ["60"]}
    policy = {"PolicyName": "SimplePlurality/2011-09-01", "Parameters": [more]}
    given = {"Title": "t", "Description": "d", "Reward": "0.05", "HITReviewPolicy": policy}
    (line,) = problems(given, "hit.properties")
    assert line.startswith('hit.properties.HITReviewPolicy.Parameters: found "ExtendIf')


def test_data_ends_neither_a_script_nor_a_cdata_section(tmp_path, monkeypatch):
    """The row that a page's script reads is the row, whatever ends scripts and CDATA in it."""
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text('<script type="application/json" id="input">{{ input }}</script>')
    row = {"text": "]]></script><script>alert(1)</script><!--", "]]>": "{{ 7 * 7 }}"}
    content, _ = fromstring(html_question(Renderer(Path("page.html"), [Path()]).page(row), 0))
    page = LexborHTMLParser(content.text, scripting=True)
    (script,) = page.css("script")
    assert json.loads(script.text()) == row


@pytest.fixture
def batch(tmp_path, monkeypatch):
    """Return a batch with an answer of each kind, and one that is no XML."""
    monkeypatch.chdir(tmp_path)
    batch = Batch("pilot", "local", Path("state"))
    answers = {
        name: answered(("comment", "first"), ("output", escape(text, {'"': "&quot;"})))
        for name, (text, _) in OUTPUTS.items()
    }
    answers["broken"] = "<QuestionFormAnswers"
    batch.money.append(created("A", wanted=len(answers)))
    batch.answers.append(*(assignment("A", name, answer=text) for name, text in answers.items()))
    batch.money.append({"event": "closed", "hit_id": "3A", "assignments": len(answers)})
    return batch


class Deciding:
    """A market that takes decisions, but refuses those on some assignments."""

    def __init__(self, *refused):
        self.refused, self.approved, self.rejected = refused, [], []

    def _take(self, taken, operation, name):
        if name in self.refused:
            problem = {"Error": {"Code": "RequestError", "Message": "Not this one."}}
            raise ClientError(problem | {"ResponseMetadata": {}}, operation)
        taken.append(name)

    def approve_assignment(self, AssignmentId, **_):  # noqa: N803 - the API's names
        self._take(self.approved, "ApproveAssignment", AssignmentId)

    def reject_assignment(self, AssignmentId, RequesterFeedback):  # noqa: N803 - the API's names
        self._take(self.rejected, "RejectAssignment", AssignmentId)

    def delete_hit(self, HITId):  # noqa: N803 - the API's names
        self._take([], "DeleteHIT", HITId)

    def get_assignment(self, AssignmentId):  # noqa: N803 - the API's names
        return {"Assignment": {"AssignmentStatus": "Submitted"}}


def test_one_answer_costs_no_other(batch):
    """Every answer is in the results with all its fields, however the others look."""
    found = {each["assignment_id"]: each for each in views.assignments("pilot", batch.read(), [])}
    assert found["broken"]["raw"] == "<QuestionFormAnswers"
    for name, (text, output) in OUTPUTS.items():
        assert found[name]["answers"] == {"comment": "first", "output": text}
        assert found[name]["output"] == output
        assert found[name]["accept_time"] < found[name]["submit_time"]


@pytest.mark.parametrize(
    ("policy", "approved"),
    [
        (Review("all", None), {*OUTPUTS, "broken"}),
        (Review("valid", {"required": ["output"]}), set(OUTPUTS)),
        (Review("listed", None), set()),
    ],
    ids=["all", "valid", "listed"],
)
def test_approving_rejects_nobody(batch, policy, approved):
    """Whatever an answer looks like and whatever the policy: approve leaves it or approves it."""
    market = Deciding()
    taken, left = approve(market, batch, policy, print)
    assert set(market.approved) == approved
    assert (taken, market.rejected) == (len(approved), [])
    assert set(left) == {*OUTPUTS, "broken"} - approved


def test_a_refused_approval_stops_no_other(batch):
    """What the market will not have approved is an error with its reason, after all others are approved."""
    with pytest.raises(UserError) as caught:
        approve(Deciding("quotes", "text"), batch, Review("all", None), print)
    (line,) = caught.value.lines
    assert line.startswith(
        "pilot: 2 assignments left as they are, ApproveAssignment was refused: Not this one."
    )
    undecided = {each["assignment_id"] for each in batch.read().undecided()}
    assert undecided == {"quotes", "text"}
    assert batch.decided_mark.exists()


def test_a_refused_rejection_says_why(batch):
    """A batch is rejected as a whole but for what the market refuses, which is said with its reason."""
    market = Deciding("quotes")
    orders = rejection.Orders("Nothing of it is done.", undecided=True, confirm=6)
    with pytest.raises(UserError, match=r"RejectAssignment was refused: Not this one\..*: quotes"):
        rejection.reject(market, batch, orders, print)
    assert len(market.rejected) == len(OUTPUTS)


def test_a_refused_deletion_says_why(batch, tmp_path, capsys):
    """A HIT that the market does not let go is left, and said with the market's reason."""
    approve(Deciding(), batch, Review("all", None), print)
    spending = Scene(tmp_path).spending
    assert deletion.delete(Deciding("3A"), batch, spending, deletion.Orders(), print) == 0
    said = capsys.readouterr().out
    assert "left 1 HIT (3A): DeleteHIT was refused: Not this one." in said
