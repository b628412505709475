"""Reject assignments by their ids."""

from old import connect, lines, options, say

given = options("assignment_ids_file")
mturk = connect(given)
for assignment_id in lines(given.assignment_ids_file):
    mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="Invalid results")
    say(f"Rejected {assignment_id}")
