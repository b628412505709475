"""The service's own qualification types: nobody makes, grants or requests them.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QualificationRequirementDataStructureArticle.html
"""

from datetime import UTC, datetime

from crowdmake.market.models import ACTIVE, QualificationType

MASTERS_IN_SANDBOX = "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"
MASTERS_IN_PRODUCTION = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
MASTERS = frozenset({MASTERS_IN_SANDBOX, MASTERS_IN_PRODUCTION})
HITS_APPROVED = "00000000000000000040"
LOCALE = "00000000000000000071"
ADULT = "00000000000000000060"
PERCENT_APPROVED = "000000000000000000L0"

# The day on which the service opened.
SINCE = datetime(2005, 11, 2, tzinfo=UTC)


def _type(number: int, type_id: str, name: str, description: str) -> QualificationType:
    """Return a type that is in no table; its key continues lists of those that are."""
    return QualificationType(
        pk=-number,
        qualification_type_id=type_id,
        name=name,
        description=description,
        status=ACTIVE,
        created_at=SINCE,
    )


TYPES = (
    _type(1, HITS_APPROVED, "Worker_NumberHITsApproved", "The number of approved HITs."),
    _type(
        2,
        PERCENT_APPROVED,
        "Worker_PercentAssignmentsApproved",
        "The percentage of decided work that was approved.",
    ),
    _type(3, LOCALE, "Worker_Locale", "Where the worker lives."),
    _type(4, ADULT, "Worker_Adult", "Whether the worker agreed to see content for adults."),
    _type(5, MASTERS_IN_PRODUCTION, "Masters", "Workers of proven accuracy."),
    _type(6, MASTERS_IN_SANDBOX, "Masters", "Workers of proven accuracy, by the sandbox's id."),
)
BY_ID = {each.qualification_type_id: each for each in TYPES}
