"""The operations that the market answers, by the name they have in X-Amz-Target."""

from crowdmake.market.operations import (
    account,
    assignments,
    bonuses,
    files,
    grants,
    hit_types,
    hits,
    lists,
    messages,
    notifications,
    qualification_lists,
    qualification_requests,
    qualification_types,
    review_policies,
    reviews,
    worker_blocks,
)

OPERATIONS = (
    account.OPERATIONS
    | assignments.OPERATIONS
    | bonuses.OPERATIONS
    | files.OPERATIONS
    | grants.OPERATIONS
    | hit_types.OPERATIONS
    | hits.OPERATIONS
    | lists.OPERATIONS
    | messages.OPERATIONS
    | notifications.OPERATIONS
    | qualification_lists.OPERATIONS
    | qualification_requests.OPERATIONS
    | qualification_types.OPERATIONS
    | review_policies.OPERATIONS
    | reviews.OPERATIONS
    | worker_blocks.OPERATIONS
)
