"""A market as one finds it after a while: long titles, long words, many rows, every state."""

from dataclasses import dataclass
from typing import Any

from crowdmake.client import in_process
from crowdmake.market import requesters
from crowdmake.market.embedded import EmbeddedMarket
from crowdmake.market.membership import invitations, password_links
from crowdmake.market.models import Account, Message, QualificationType, Worker
from crowdmake.market.qualifications import requesting
from market.exams import EXAM, new_type
from market.form_kit import constrained, form, question, selection
from market.kit import People, external_question, html_question
from operating import state
from sitekit import worker_account

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
TITLES = [
    "Label a sentence",
    "Read a short review of a restaurant and say, on five scales, how the writer felt about it",
    f"What does {WORD} mean?"[:128],
    "صنّف الجملة: هل هي عن الطعام أم عن الخدمة؟",
    "<b>Bold</b> & \"quoted\" <script>alert('title')</script>",
    "日本語の文章を読んで感想を書いてください",
]
DESCRIPTION = "Read it, then answer three questions. It takes about two minutes. " * 3
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Work</title>
<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head>
<body><main><h1>How does the sentence sound?</h1><p>“The soup was cold, but the waiter sang.”</p>
<form id="mturk_form" method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId" id="assignmentId" value="">
<p><label>Your words <input name="words"></label></p>
<p><button id="submitButton">Submit</button></p></form></main>
<script>turkSetAssignmentID()</script></body></html>"""
FORM = form(
    question(identifier="why", content="<Text>Why do you want to take part?</Text>"),
    question(selection("yes", "no"), "adult", "<Text>Are you an adult?</Text>"),
    question(constrained('<Length minLength="2"/>'), "town", "<Text>Where do you live?</Text>"),
)
QUALIFICATIONS = {"granted": {}, "test": EXAM, "begun": EXAM, "free": {"Keywords": WORD}}
STATED = {
    "name": "The laboratory for the psychology of reading",
    "contact": "Ada Example, hits@lab.example.org, +49 30 1234567",
    "currency": "EUR",
    "debtor": "Example University, Department of Psychology",
    "paid_how": "By bank transfer, to the account that you name at the desk in room 2.14.",
    "paid_when": "On the first Monday of each month.",
}


@dataclass
class Populated:
    """What is in the market, as far as pages are named by it."""

    account: Account
    groups: list[str]
    work: dict[str, str]
    """Ada's assignments by state: accepted, form, external, submitted, approved, rejected."""
    links: dict[str, str]
    """The tokens of the operator's links: invitation, password."""
    types: dict[str, str]
    """Qualification types by what Ada has of them: granted, begun, or nothing of one with a test or free."""


class Filling:
    """Puts HITs and work into a market, in the name of one requester."""

    def __init__(self, market: Any, requester: str) -> None:
        self.market, self.people = market, People(market)
        account = market.run(lambda _: requesters.ensure(requester))
        self.client = in_process(EmbeddedMarket(market.store, account))

    def hit(self, title: str, **properties: Any) -> dict[str, Any]:
        """Return a new HIT."""
        given = {"Title": title, "Description": DESCRIPTION, "Question": html_question(PAGE)}
        usual = {
            "Keywords": "reading, sentences, " + WORD,
            "Reward": "0.25",
            "AssignmentDurationInSeconds": 1800,
            "LifetimeInSeconds": 7 * 24 * 3600,
            "MaxAssignments": 5,
        }
        hit: dict[str, Any] = self.client.create_hit(**{**usual, **given, **properties})["HIT"]
        return hit

    def accept(self, worker: Worker, hit: dict[str, Any]) -> Any:
        """Return the worker's new assignment."""
        self.people._known[worker.name] = worker
        return self.people.accept(worker.name, hit["HITId"])

    def done(self, worker: Worker, hit: dict[str, Any]) -> str:
        """Return the id of what the worker submitted."""
        fields = [("words", f"It sounds {WORD}.\nTwice."), ("other", "سيئ جدا"), ("empty", "")]
        return self.people.submit(self.accept(worker, hit), *fields)


def populate(market: Any) -> Populated:
    """Fill the market with what Ada has seen and done."""
    state(market, **STATED)
    account = worker_account(market, "Ada " + WORD[:40])
    filling = Filling(market, "Example University")
    other = Filling(market, "A requester with a name of some length & Co. KGaA")
    hits = [filling.hit(title, Reward=f"{n}.05") for n, title in enumerate(TITLES)]
    for number in range(30):
        other.hit(f"Picture {number}", Reward="0.02", MaxAssignments=1 + number)
    work = _work(filling, other, account.worker)
    _letters(filling, other, account.worker, work)
    types = _qualifications(filling, account.worker)
    groups = [each["HITGroupId"] for each in hits]
    return Populated(account, groups, work, _links(market, account), types)


def _links(market: Any, account: Account) -> dict[str, str]:
    return {
        "invitation": market.run(lambda _: invitations.make(None, None, "")).token,
        "password": market.run(lambda _: password_links.make(account)),
    }


def _work(filling: Filling, other: Filling, worker: Worker) -> dict[str, str]:
    """Return Ada's assignments by state, and the groups of those that she holds."""
    outside = external_question("https://task.example.org/x?a=1")
    held = {
        "accepted": (filling, filling.hit(TITLES[1] + " (again)")),
        "form": (other, other.hit("A form", Question=FORM)),
        "external": (other, other.hit("Elsewhere", Question=outside)),
    }
    found = {}
    for name, (by, hit) in held.items():
        found[name] = by.accept(worker, hit).assignment_id
        found[f"{name}.group"] = hit["HITGroupId"]
    for number in range(25):
        found["submitted"] = filling.done(worker, other.hit(f"Sentence {number}"))
        if number % 2:
            other.client.approve_assignment(AssignmentId=found["submitted"])
    found["approved"] = filling.done(worker, filling.hit(TITLES[2]))
    filling.client.approve_assignment(AssignmentId=found["approved"], RequesterFeedback="Thanks!")
    found["rejected"] = filling.done(worker, filling.hit(TITLES[3]))
    filling.client.reject_assignment(
        AssignmentId=found["rejected"],
        RequesterFeedback=f"The answers do not fit the sentence.\n<i>{WORD}</i> is not a feeling.",
    )
    return found


def _letters(filling: Filling, other: Filling, worker: Worker, work: dict[str, str]) -> None:
    """Pay a bonus, and write messages of which all but two have been read."""
    who = worker.worker_id
    filling.client.send_bonus(
        WorkerId=who, BonusAmount="1.50", AssignmentId=work["approved"], Reason="Well read. " * 9
    )
    for number in range(12):
        subject, text = f"News {number} of {WORD}"[:190], "Dear worker,\n\n" + DESCRIPTION * 3
        other.client.notify_workers(Subject=subject, MessageText=text, WorkerIds=[who])
    read = Message.objects.order_by("id")[:10].values("id")
    filling.market.run(lambda now: Message.objects.filter(id__in=read).update(read_at=now))


def _qualifications(filling: Filling, worker: Worker) -> dict[str, str]:
    """Return qualification types by what Ada has of them."""
    types = {
        name: new_type(filling.client, Name=f"{name} of {WORD}", Description=DESCRIPTION, **more)
        for name, more in QUALIFICATIONS.items()
    }
    filling.client.associate_qualification_with_worker(
        QualificationTypeId=types["granted"], WorkerId=worker.worker_id, IntegerValue=87
    )
    begun = QualificationType.objects.get(qualification_type_id=types["begun"])
    filling.market.run(lambda now: requesting.begin_test(worker, begun, now))
    return types
