"""Writing to workers, each message once to each.

NotifyWorkers takes up to a hundred workers and no token, and no list tells what was sent
(docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_NotifyWorkersOperation.html).
So a call whose answer was lost is never repeated, unless a person says so.
"""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)

from crowdmake.account.letters import Letter
from crowdmake.client import code, refusal
from crowdmake.exceptions import UserError
from crowdmake.ledgers.ledger import Event, Ledger
from crowdmake.messages import counted, listed

A_CALL = 100
TRIES = 8
_SERVER = 500
_BUSY = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException"})
_PAUSE = 0.5
_LONGEST = 20
# Raised before a request is on its way.
_NEVER_SENT = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
    ParamValidationError,
    EndpointConnectionError,
    ConnectTimeoutError,
)

Say = Callable[[str], None]


def send(client: Any, letter: Letter, workers: list[str], ledger: Ledger, say: Say) -> int:
    """Send ``letter`` to ``workers`` and return how many the market took it for.

    ``client`` tries each call once only. Whom the market could not write to is said.

    Raises:
        UserError: the market refused a call; what was sent before has its receipts.
    """
    sent = 0
    for start in range(0, len(workers), A_CALL):
        some = workers[start : start + A_CALL]
        failed = _call(client, letter, some, ledger)
        sent += len(some) - len(failed)
        for reason in dict.fromkeys(failed.values()):
            names = [worker for worker, why in failed.items() if why == reason]
            say(f"not sent to {counted(len(names), 'worker')} ({listed(names)}): {reason}")
    return sent


def unsure_lines(letter: Letter, workers: list[str]) -> list[str]:
    """Return what to say of ``workers`` whom an interrupted call may have reached."""
    if not workers:
        return []
    return [
        f"{letter.subject}: a call was interrupted before the market's answer, so"
        f" {counted(len(workers), 'worker')} ({listed(workers)}) may have had the message:"
        " `--config resend=true` sends it to them again"
    ]


def _call(client: Any, letter: Letter, workers: list[str], ledger: Ledger) -> dict[str, str]:
    """Make one call and write its receipts; return whom it did not reach, and why."""
    about = {"letter": letter.name, "workers": workers}
    ledger.append({"event": "notify_intent", "subject": letter.subject} | about)
    try:
        answer = _answer(client, letter, workers)
    except _NEVER_SENT:
        ledger.append({"event": "notify_refused"} | about)
        raise
    except ClientError as error:
        if not _did_nothing(error):
            raise
        ledger.append({"event": "notify_refused"} | about)
        raise UserError(f"{letter.subject}: {refusal(error)} ({listed(workers)})") from error
    failures = answer.get("NotifyWorkersFailureStatuses", [])
    failed = {str(each["WorkerId"]): _reason(each) for each in failures}
    reached = [worker for worker in workers if worker not in failed]
    events: list[Event] = [
        {"event": "notify_failed", "letter": letter.name, "worker_id": worker, "reason": reason}
        for worker, reason in failed.items()
    ]
    ledger.append({"event": "notified", "letter": letter.name, "workers": reached}, *events)
    return failed


def _answer(client: Any, letter: Letter, workers: list[str]) -> Any:
    """Return the market's answer to one call, put off while the market is busy."""
    tries = 0
    while True:
        tries += 1
        try:
            return client.notify_workers(
                Subject=letter.subject, MessageText=letter.text, WorkerIds=workers
            )
        except ClientError as error:
            if tries == TRIES or code(error) not in _BUSY or not _did_nothing(error):
                raise
            time.sleep(min(_PAUSE * 2**tries, _LONGEST))


def _did_nothing(error: ClientError) -> bool:
    """Return whether the market has certainly sent nothing: it says that the fault is ours."""
    status: int = error.response["ResponseMetadata"].get("HTTPStatusCode", _SERVER)
    return status < _SERVER


def _reason(failure: dict[str, str]) -> str:
    said = failure.get("NotifyWorkersFailureMessage", "no reason given")
    return f"{said} [{failure.get('NotifyWorkersFailureCode', 'failure')}]"
