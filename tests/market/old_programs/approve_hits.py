"""Approve what can be read, reject the rest, after a question on the terminal."""

import html
import json
import re

from old import assignments, confirmed, connect, lines, options, say

given = options("hit_ids_file")
mturk = connect(given)
good, bad = [], []
for hit_id in lines(given.hit_ids_file):
    for each in assignments(mturk, hit_id):
        if each["AssignmentStatus"] != "Submitted":
            continue
        answer = re.search(r"<FreeText>(.*?)</FreeText>", each["Answer"], re.DOTALL)[1]
        try:
            json.loads(html.unescape(answer))
            good.append(each["AssignmentId"])
        except ValueError:
            bad.append(each["AssignmentId"])
if confirmed(f"This will approve {len(good)} and reject {len(bad)}. Go on?"):
    for assignment_id in good:
        mturk.approve_assignment(AssignmentId=assignment_id)
    for assignment_id in bad:
        mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="Invalid results")
    say("done")
