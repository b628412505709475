"""What the market remembers.

Money is whole US cents, times are aware UTC datetimes. Every row that a requester may
see leads to one `Requester`, and every query of an operation names it.
"""

from crowdmake.market.models.accounts import (
    Account,
    Attempt,
    Invitation,
    PasswordLink,
    Session,
)
from crowdmake.market.models.hits import HIT, HITLayout, HITType, Question, RequiredQualification
from crowdmake.market.models.letters import Reply, Report
from crowdmake.market.models.notifications import AllowedHost, Event, NotificationSetting, Pause
from crowdmake.market.models.people import (
    AccessKey,
    Clock,
    Message,
    Requester,
    VaultKey,
    Worker,
    WorkerBlock,
)
from crowdmake.market.models.qualifications import (
    Qualification,
    QualificationRequest,
    QualificationType,
)
from crowdmake.market.models.reviews import ReviewAction, ReviewResult
from crowdmake.market.models.site import Site
from crowdmake.market.models.states import (
    ABANDONED,
    ACCEPTED,
    ACTIVE,
    APPROVED,
    ASSIGNABLE,
    DISPOSED,
    ENGAGED,
    EXPIRED,
    GRANTED,
    INACTIVE,
    OPEN,
    PENDING,
    REJECTED,
    RETURNED,
    REVIEWABLE,
    REVIEWING,
    REVOKED,
    STARTED,
    SUBMITTED,
    UNASSIGNABLE,
    VISIBLE,
)
from crowdmake.market.models.work import Assignment, Bonus, RequestToken, UploadedFile

__all__ = [
    "ABANDONED",
    "ACCEPTED",
    "ACTIVE",
    "APPROVED",
    "ASSIGNABLE",
    "DISPOSED",
    "ENGAGED",
    "EXPIRED",
    "GRANTED",
    "HIT",
    "INACTIVE",
    "OPEN",
    "PENDING",
    "REJECTED",
    "RETURNED",
    "REVIEWABLE",
    "REVIEWING",
    "REVOKED",
    "STARTED",
    "SUBMITTED",
    "UNASSIGNABLE",
    "VISIBLE",
    "AccessKey",
    "Account",
    "AllowedHost",
    "Assignment",
    "Attempt",
    "Bonus",
    "Clock",
    "Event",
    "HITLayout",
    "HITType",
    "Invitation",
    "Message",
    "NotificationSetting",
    "PasswordLink",
    "Pause",
    "Qualification",
    "QualificationRequest",
    "QualificationType",
    "Question",
    "Reply",
    "Report",
    "RequestToken",
    "Requester",
    "RequiredQualification",
    "ReviewAction",
    "ReviewResult",
    "Session",
    "Site",
    "UploadedFile",
    "VaultKey",
    "Worker",
    "WorkerBlock",
]
