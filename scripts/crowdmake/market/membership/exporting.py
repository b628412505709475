"""All that is kept about a worker, for the worker: a JSON document of lists of rows.

Times are ISO 8601 in UTC, amounts decimal strings. Files that the worker gave as answers are too
large for it; it says where each is fetched. Passwords and tokens are not kept in a form that
could be told, and where one came from is only in the access log, by day and not by worker.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Length

from crowdmake.market.models import (
    Account,
    Assignment,
    Bonus,
    Message,
    Qualification,
    QualificationRequest,
    Reply,
    Report,
    ReviewResult,
    Session,
    UploadedFile,
    Worker,
    WorkerBlock,
)
from crowdmake.market.money import to_text
from crowdmake.market.working import earnings

Rows = Sequence[Mapping[str, Any]]


def document(account: Account, address_of: Callable[[str], str]) -> bytes:
    """Return the document about an account's worker.

    ``address_of`` says where a file is fetched, by its key.
    """
    worker = account.worker
    parts: dict[str, Any] = {
        "account": _account(account),
        "sessions": _sessions(account),
        "assignments": _assignments(worker),
        "files": _files(worker, address_of),
        "bonuses": _bonuses(worker),
        "earned": _earned(worker),
        "messages": _messages(worker),
        "replies": _replies(worker),
        "reports": _reports(worker),
        "qualifications": _qualifications(worker),
        "qualification_requests": _requests(worker),
        "review_results": _results(worker),
        "blocked_by": _blocks(worker),
    }
    return json.dumps(parts, default=_text, indent=2, ensure_ascii=False).encode()


def counts(worker: Worker) -> dict[str, int]:
    """Return how many rows of the larger kinds there are, by what they are called."""
    found: dict[str, Any] = {
        "assignments": Assignment.objects.filter(worker=worker),
        "messages": Message.objects.filter(worker=worker),
        "replies to rejections": Reply.objects.filter(assignment__worker=worker),
        "reports of HITs": Report.objects.filter(worker=worker),
        "qualifications": Qualification.objects.filter(worker=worker),
        "requests for qualifications": QualificationRequest.objects.filter(worker=worker),
    }
    return {name: rows.count() for name, rows in found.items()}


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _account(account: Account) -> dict[str, Any]:
    worker = account.worker
    stated = ("country", "subdivision", "adult", "masters")
    return {
        "user_name": worker.name,
        "signs_in_as": account.username,
        "worker_id": worker.worker_id,
        "signed_up": account.created_at,
        "accept_next": account.accept_next,
        **{name: getattr(worker, name) for name in stated},
    }


def _sessions(account: Account) -> Rows:
    return list(Session.objects.filter(account=account).values("expire_date"))


def _assignments(worker: Worker) -> Rows:
    rows = Assignment.objects.filter(worker=worker).select_related("hit__hit_type__requester")
    return [
        {
            "assignment_id": each.assignment_id,
            "hit_id": each.hit.hit_id,
            "title": each.hit.hit_type.title,
            "requester": each.hit.hit_type.requester.name,
            "reward": to_text(each.hit.hit_type.reward_cents),
            "status": each.status,
            "accepted": each.accept_time,
            "deadline": each.deadline,
            "submitted": each.submit_time,
            "approved": each.approval_time,
            "rejected": each.rejection_time,
            "answer": each.answer,
            "feedback": each.feedback,
        }
        for each in rows.order_by("pk").iterator()
    ]


def _files(worker: Worker, address_of: Callable[[str], str]) -> Rows:
    files = UploadedFile.objects.filter(assignment__worker=worker).order_by("pk")
    named = files.annotate(bytes=Length("content")).values_list(
        "assignment__assignment_id", "question_identifier", "bytes", "key"
    )
    return [
        {
            "assignment_id": assignment_id,
            "question": question,
            "bytes": size,
            "address": address_of(key),
        }
        for assignment_id, question, size, key in named
    ]


def _bonuses(worker: Worker) -> Rows:
    rows = Bonus.objects.filter(assignment__worker=worker).select_related("assignment")
    return [
        {
            "assignment_id": each.assignment.assignment_id,
            "amount": to_text(each.amount_cents),
            "reason": each.reason,
            "time": each.grant_time,
        }
        for each in rows.order_by("pk")
    ]


def _earned(worker: Worker) -> dict[str, str]:
    totals = earnings.totals(worker)
    return {
        "rewards": to_text(totals.rewards.cents),
        "bonuses": to_text(totals.bonuses.cents),
    }


def _messages(worker: Worker) -> Rows:
    rows = Message.objects.filter(worker=worker).order_by("pk")
    return list(rows.values("requester__name", "subject", "text", "sent_at", "read_at"))


def _replies(worker: Worker) -> Rows:
    rows = Reply.objects.filter(assignment__worker=worker).order_by("pk")
    return list(rows.values("assignment__assignment_id", "text", "sent_at"))


def _reports(worker: Worker) -> Rows:
    rows = Report.objects.filter(worker=worker).order_by("pk")
    return list(rows.values("hit__hit_id", "reason", "text", "sent_at"))


def _qualifications(worker: Worker) -> Rows:
    rows = Qualification.objects.filter(worker=worker).order_by("pk")
    of_type = ("qualification_type__qualification_type_id", "qualification_type__name")
    return list(rows.values(*of_type, "value", "status", "grant_time", "reason"))


def _requests(worker: Worker) -> Rows:
    rows = QualificationRequest.objects.filter(worker=worker).order_by("pk")
    of_type = ("qualification_type__qualification_type_id", "qualification_type__name")
    return list(rows.values(*of_type, "status", "answer", "submit_time", "reason"))


def _results(worker: Worker) -> Rows:
    own = Assignment.objects.filter(worker=worker).values("assignment_id")
    rows = ReviewResult.objects.filter(
        Q(subject_id=worker.worker_id) | Q(subject_id__in=own)
    ).order_by("pk")
    return list(rows.values("hit__hit_id", "subject_id", "question_id", "key", "value"))


def _blocks(worker: Worker) -> list[str]:
    rows = WorkerBlock.objects.filter(worker=worker).order_by("pk")
    return list(rows.values_list("requester__name", flat=True))
