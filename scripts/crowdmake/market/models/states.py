"""The states of HITs, assignments and qualifications, as the API spells them."""

ASSIGNABLE = "Assignable"
UNASSIGNABLE = "Unassignable"
REVIEWABLE = "Reviewable"
REVIEWING = "Reviewing"
DISPOSED = "Disposed"

ACCEPTED = "Accepted"
RETURNED = "Returned"
ABANDONED = "Abandoned"
SUBMITTED = "Submitted"
APPROVED = "Approved"
REJECTED = "Rejected"

# The statuses that the requester's API shows (the API reference's Assignment data structure).
VISIBLE = (SUBMITTED, APPROVED, REJECTED)
# A returned or abandoned assignment leaves its worker free to accept the HIT again.
ENGAGED = (ACCEPTED, *VISIBLE)

# A qualification type takes requests and requirements, or neither.
ACTIVE = "Active"
INACTIVE = "Inactive"

GRANTED = "Granted"
REVOKED = "Revoked"

# A request is a test being taken, waits for its requester, or was ended: granted, rejected,
# or not handed in while there was time.
STARTED = "Started"
PENDING = "Pending"
EXPIRED = "Expired"
OPEN = (STARTED, PENDING)
