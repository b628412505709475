"""Reject all work on HITs; what was decided before stays so."""

from botocore.exceptions import ClientError
from old import assignments, connect, lines, options, say

given = options("hit_ids_file")
mturk = connect(given)
for hit_id in lines(given.hit_ids_file):
    for each in assignments(mturk, hit_id):
        try:
            mturk.reject_assignment(
                AssignmentId=each["AssignmentId"], RequesterFeedback="Invalid results"
            )
            say(f"Rejected {each['AssignmentId']}")
        except ClientError as error:
            say(f"Could not reject {each['AssignmentId']}: {error.response['TurkErrorCode']}")
