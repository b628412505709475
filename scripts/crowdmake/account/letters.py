"""Messages to workers: what is written, to whom, and who has had it. All offline.

The events of ``state/workers.jsonl`` that concern them; ``letter`` is a digest of subject and
text, so that an edited message is another one:

===================  ================================================================
``notify_intent``    letter, subject, workers: NotifyWorkers is about to be called
``notified``         letter, workers: the market has sent it to these
``notify_failed``    letter, worker_id, reason: the market could not send it to this one
``notify_refused``   letter, workers: the market refused the call, nobody was written to
===================  ================================================================
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crowdmake.account.worker_lists import read_text, read_workers
from crowdmake.exceptions import UserError
from crowdmake.files import one_line
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.ledger import Event, Ledger
from crowdmake.messages import shown

LETTERS = Path("messages")
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_NotifyWorkersOperation.html
_SUBJECT = 200
_TEXT = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Record = dict[str, Any]


@dataclass(frozen=True)
class Letter:
    """One message: its subject and its text."""

    subject: str
    text: str

    @property
    def name(self) -> str:
        """Return what tells this message from every other one."""
        return hashlib.sha256(one_line([self.subject, self.text]).encode()).hexdigest()[:16]


def read_letter(orders: Mapping[str, Any]) -> Letter:
    """Return the message that `--config message=NAME`, or `subject=` and `text=`, name.

    In messages/NAME.txt the first line is the subject, the rest the text.

    Raises:
        UserError: there is none, or it is longer than the API allows.
    """
    if "message" in orders:
        path = LETTERS / f"{orders['message']}.txt"
        content = _lines(read_text(path, "a subject and below it the text"))
        subject, _, text = content.partition("\n")
        where = str(path)
    elif {"subject", "text"} <= orders.keys():
        subject, text, where = _lines(orders["subject"]), _lines(orders["text"]), "--config"
    else:
        raise UserError(
            f"--config: no message; expected message=NAME (of {LETTERS}/NAME.txt), or subject='…'"
            " and text='…'"
        )
    letter = Letter(subject.strip(), text.strip())
    UserError.collect(f"{where}: {fault}" for fault in _faults(letter))
    return letter


def read_recipients(orders: Mapping[str, Any], batches: Iterable[Batch] | None) -> list[str]:
    """Return the ids of the workers in the list `to`, or of all who worked in ``batches``.

    Raises:
        UserError: neither is given, or the list has faults.
    """
    if "to" in orders:
        return list(read_workers(Path(orders["to"])))
    if batches is None:
        raise UserError(
            "--config: nobody to write to; expected to=FILE with a worker id a line, or"
            " batch=NAME for all who worked in it"
        )
    saved = (each for batch in batches for each in batch.read().assignments().values())
    return list(dict.fromkeys(each["worker_id"] for each in saved))


@dataclass
class Delivery:
    """What became of one message: who has had it, who may have had it, who could not."""

    subject: str = ""
    sent: dict[str, str] = field(default_factory=dict)
    """Worker to the time of sending."""
    unsure: dict[str, str] = field(default_factory=dict)
    """Worker to the time of a call whose outcome is not known."""
    failed: dict[str, Event] = field(default_factory=dict)

    def learn(self, event: Event) -> None:
        """Take one event of the message into account."""
        workers = event.get("workers", [event.get("worker_id")])
        for worker in workers:
            self.unsure.pop(worker, None)
        if event["event"] == "notify_intent":
            self.subject = event["subject"]
            self.unsure |= dict.fromkeys(workers, event["time"])
        elif event["event"] == "notified":
            self.sent |= dict.fromkeys(workers, event["time"])
        elif event["event"] == "notify_failed":
            self.failed[event["worker_id"]] = event


def deliveries(ledger: Ledger) -> dict[str, Delivery]:
    """Return what became of every message, by its name, the oldest first."""
    found: dict[str, Delivery] = {}
    for event in ledger.read():
        if "letter" in event:
            found.setdefault(event["letter"], Delivery()).learn(event)
    return found


def unwritten(
    letter: Letter, recipients: Iterable[str], ledger: Ledger, *, resend: bool = False
) -> list[str]:
    """Return who of ``recipients`` is still to have the message.

    Whom an interrupted call may have reached is left out, unless a person says ``resend``.
    """
    delivery = deliveries(ledger).get(letter.name, Delivery())
    done = delivery.sent if resend else delivery.sent | delivery.unsure
    return [worker for worker in recipients if worker not in done]


def receipts(ledger: Ledger) -> Iterator[Record]:
    """Yield a line per message and worker: sent, failed (and why) or unknown."""
    for name, delivery in deliveries(ledger).items():
        letter = {"message": name, "subject": delivery.subject}
        for worker, time in delivery.sent.items():
            yield {"worker_id": worker, **letter, "status": "sent", "reason": None, "time": time}
        for worker, event in delivery.failed.items():
            if worker not in delivery.sent:
                said = {"status": "failed", "reason": event["reason"], "time": event["time"]}
                yield {"worker_id": worker, **letter, **said}
        for worker, time in delivery.unsure.items():
            reason = "interrupted before the market's answer"
            said = {"status": "unknown", "reason": reason, "time": time}
            yield {"worker_id": worker, **letter, **said}


def _lines(text: str) -> str:
    """Return ``text`` with one kind of line end, so that it is the same message with any."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _faults(letter: Letter) -> Iterator[str]:
    parts = (
        ("subject", letter.subject, _SUBJECT, "on one line, "),
        ("text", letter.text, _TEXT, ""),
    )
    for name, content, most, lines in parts:
        if not content:
            yield f"{name}: missing; expected at most {most} characters"
        elif len(content) > most or _CONTROL.search(content) or (lines and "\n" in content):
            expected = f"at most {most} characters, {lines}no control characters"
            yield f"{name}: found {shown(content)} ({len(content)} characters); expected {expected}"
