"""Bonuses: paid for submitted work, whatever was decided about it, and listed.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_SendBonusOperation.html,
..._ListBonusPaymentsOperation.html.
"""

from typing import Any

from django.db.models import QuerySet

from crowdmake.market import accounts, fees
from crowdmake.market.models import HIT, VISIBLE, Assignment, Bonus
from crowdmake.market.money import to_cents
from crowdmake.market.operations.registry import reading, writing
from crowdmake.market.protocol import tokens
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import does_not_exist, invalid_value, missing, too_short
from crowdmake.market.protocol.paging import oldest_first, page
from crowdmake.market.protocol.structures import bonus_structure


def send_bonus(call: Call) -> dict[str, Any]:
    """Pay a worker a bonus and the fee on it, out of what is available."""
    with tokens.once(call, "SendBonus", call.parameters["AssignmentId"]):
        cents = to_cents(call.parameters["BonusAmount"])
        bonus = Bonus(
            requester=call.requester,
            assignment=_rewarded(call),
            amount_cents=cents,
            fee_cents=fees.bonus_fee_cents(call.requester.fees, cents),
            reason=_reason(call.parameters["Reason"]),
            grant_time=call.now,
        )
        accounts.pay(call.requester.pk, bonus.amount_cents + bonus.fee_cents)
        bonus.save(force_insert=True)
    return {}


def list_bonus_payments(call: Call) -> dict[str, Any]:
    """Return a page of the bonuses paid for a HIT or an assignment, in the order of payment."""
    payments = _payments(call).select_related("assignment__worker").order_by("pk")
    found, members = page(payments, call.parameters, "ListBonusPayments", oldest_first)
    return {**members, "BonusPayments": [bonus_structure(each) for each in found]}


def _reason(reason: str) -> str:
    if not reason:
        raise too_short("Reason")
    return reason


def _rewarded(call: Call) -> Assignment:
    """Return the work that the bonus is for; raises where the worker named did not do it."""
    assignment = _existing(call)
    if assignment.worker.worker_id != call.parameters["WorkerId"]:
        raise invalid_value(call.parameters["WorkerId"], "WorkerId")
    return assignment


def _existing(call: Call) -> Assignment:
    """Return the submitted assignment named in the call, of a deleted HIT too.

    The service paid bonuses for six months, and disposed of HITs after four.
    """
    assignment_id = call.parameters["AssignmentId"]
    submitted = Assignment.objects.filter(hit__requester=call.requester, status__in=VISIBLE)
    found = submitted.filter(assignment_id=assignment_id).select_related("worker").first()
    if found is None:
        raise does_not_exist("Assignment", assignment_id)
    return found


def _payments(call: Call) -> "QuerySet[Bonus]":
    """Return the bonuses that the call asks for; with both ids, those that fit both."""
    if not {"HITId", "AssignmentId"} & call.parameters.keys():
        raise missing("HITId or AssignmentId")
    payments = Bonus.objects.filter(requester=call.requester)
    if "HITId" in call.parameters:
        payments = payments.filter(assignment__hit=_hit(call))
    if "AssignmentId" in call.parameters:
        payments = payments.filter(assignment=_existing(call))
    return payments


def _hit(call: Call) -> HIT:
    hit_id = call.parameters["HITId"]
    found = HIT.objects.filter(requester=call.requester, hit_id=hit_id).first()
    if found is None:
        raise does_not_exist("HIT", hit_id)
    return found


OPERATIONS = {
    "SendBonus": writing(
        send_bonus,
        "AWS.MissingParameters",
        "AWS.ParameterOutOfRange",
        "AssignmentDoesNotExist",
        "DuplicateRequest",
        "InsufficientFunds",
        "InvalidParameterValue",
    ),
    "ListBonusPayments": reading(
        list_bonus_payments,
        "AWS.MissingParameters",
        "AWS.ParameterOutOfRange",
        "AssignmentDoesNotExist",
        "HITDoesNotExist",
        "InvalidParameterValue",
    ),
}
