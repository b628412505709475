"""Keeping workers from the account's HITs and letting them in again, each once.

docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateWorkerBlockOperation.html
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crowdmake.account.orders import BLOCK, RECEIPTS, list_of, pending
from crowdmake.account.worker_lists import Entry
from crowdmake.calls import in_flight
from crowdmake.client import is_refusal, refusal
from crowdmake.exceptions import UserError
from crowdmake.ledgers.ledger import Event, Ledger


def carry_out(client: Any, order: str, ledger: Ledger) -> int:
    """Block or unblock the listed workers who are not yet; return how many there were.

    Raises:
        UserError: a list has faults (nothing is done then), or the market refused some
            workers; one line each, and the others have their receipts.
    """
    todo = pending(order, ledger)
    caller = _Caller(client, order, ledger)
    refused = [line for line in in_flight(caller.call, todo.items()) if line]
    UserError.collect(sorted(refused))
    return len(todo)


@dataclass(frozen=True)
class _Caller:
    """What the threads that carry out one order share."""

    client: Any
    order: str
    ledger: Ledger

    def call(self, item: tuple[str, Entry]) -> str | None:
        """Carry the order out for one worker; return why the market refused, or None.

        A repeat of a call whose answer was lost changes nothing on the market.
        """
        worker_id, entry = item
        reason = entry.said or f"listed in {list_of(self.order)}"
        blocks = self.order == BLOCK
        operation = self.client.create_worker_block if blocks else self.client.delete_worker_block
        try:
            operation(WorkerId=worker_id, Reason=reason)
        except ClientError as error:
            if not is_refusal(error):
                raise
            return f"{list_of(self.order)}:{entry.line}: {worker_id}: {refusal(error)}"
        event: Event = {"event": RECEIPTS[self.order], "worker_id": worker_id, "reason": reason}
        self.ledger.append(event)
        return None
