"""Qualification types of the experiment's own: made once, granted and revoked.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI,
ApiReference_CreateQualificationTypeOperation.html and
ApiReference_AssociateQualificationWithWorkerOperation.html.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crowdmake.account.grant_lists import Grant, outstanding, type_ids
from crowdmake.calls import in_flight, pages
from crowdmake.client import code, is_refusal, refusal
from crowdmake.exceptions import UserError
from crowdmake.ledgers.ledger import Event, Ledger

Types = Mapping[str, Mapping[str, str]]


def ensure_types(client: Any, types: Types, ledger: Ledger) -> dict[str, str]:
    """Return the ids of ``types``, name to description, each made where there is none yet.

    Raises:
        UserError: the market has a type of the name that it does not list.
    """
    known = type_ids(ledger)
    for name, about in types.items():
        if name not in known:
            known[name] = _made(client, about.get("Name", name), about)
            event = {"event": "qualification_type", "qualification": name}
            ledger.append(event | {"qualification_type_id": known[name]})
    return {name: known[name] for name in types}


def carry_out(client: Any, grants: Iterable[Grant], ids: Mapping[str, str], ledger: Ledger) -> int:
    """Grant and revoke what has no receipt yet; return how much that was.

    Workers are not written to about it where a grant is concerned; of a revocation the
    market tells them.

    Raises:
        UserError: the market refused some; one line each, and the others have their receipts.
    """
    todo = outstanding(grants, ledger)
    UserError.collect(sorted(refusals(client, todo, ids, ledger)))
    return len(todo)


def refusals(client: Any, todo: list[Grant], ids: Mapping[str, str], ledger: Ledger) -> list[str]:
    """Carry ``todo`` out and return what the market refused, a line each."""
    granter = Granter(client, ids, ledger)
    return [line for line in in_flight(granter.carry_out, todo) if line]


def _made(client: Any, name: str, about: Mapping[str, str]) -> str:
    """Return the id of a new type, or of the one that has the name already."""
    words = {"Keywords": about["Keywords"]} if about.get("Keywords") else {}
    try:
        made = client.create_qualification_type(
            Name=name,
            Description=about["Description"],
            QualificationTypeStatus="Active",
            **words,
        )
    except ClientError as error:
        if code(error) != "QualificationTypeAlreadyExists":
            raise
        return _existing(client, name)
    return str(made["QualificationType"]["QualificationTypeId"])


def _existing(client: Any, name: str) -> str:
    """Return the id of the account's type called ``name``."""
    wanted = {"MustBeRequestable": False, "MustBeOwnedByCaller": True}
    for page in pages(client.list_qualification_types, **wanted):
        for each in page["QualificationTypes"]:
            if each["Name"] == name:
                return str(each["QualificationTypeId"])
    raise UserError(
        f"qualification {name}: the market has a type of this name and does not list it yet;"
        " try again in some minutes"
    )


@dataclass(frozen=True)
class Granter:
    """Grants and revokes; what the threads that do so share."""

    client: Any
    ids: Mapping[str, str]
    ledger: Ledger

    def carry_out(self, grant: Grant) -> str | None:
        """Grant or revoke, and write the receipt; return why the market refused, or None.

        A repeat of a call whose answer was lost changes nothing on the market.
        """
        about = {"QualificationTypeId": self.ids[grant.qualification], "WorkerId": grant.worker_id}
        try:
            if grant.value is None:
                self._revoke(about, grant.reason)
            else:
                self.client.associate_qualification_with_worker(
                    **about, IntegerValue=grant.value, SendNotification=False
                )
        except ClientError as error:
            if not is_refusal(error):
                raise
            return f"{grant.where}: {grant.worker_id}: {refusal(error)}"
        self.ledger.append(_receipt(grant))
        return None

    def _revoke(self, about: Mapping[str, str], reason: str) -> None:
        """Revoke what a worker has; who has nothing is as wanted already."""
        try:
            self.client.disassociate_qualification_from_worker(
                **about, **({"Reason": reason} if reason else {})
            )
        except ClientError as error:
            if code(error) not in {"QualificationDoesNotExist", "InvalidQualificationState"}:
                raise


def _receipt(grant: Grant) -> Event:
    about = {"qualification": grant.qualification, "worker_id": grant.worker_id}
    if grant.value is None:
        return {"event": "revoked", "reason": grant.reason or None} | about
    return {"event": "granted", "value": grant.value} | about
