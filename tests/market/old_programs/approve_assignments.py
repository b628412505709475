"""Approve assignments by their ids, having looked at each."""

from old import connect, lines, options, say

given = options("assignment_ids_file")
mturk = connect(given)
for assignment_id in lines(given.assignment_ids_file):
    if mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]["AssignmentStatus"]:
        mturk.approve_assignment(AssignmentId=assignment_id)
        say(f"Approved {assignment_id}")
