"""Every answer as a line of JSON."""

import html
import json
import re

from old import assignments, connect, lines, options, say

given = options("hit_ids_file")
mturk = connect(given)
for hit_id in lines(given.hit_ids_file):
    mturk.get_hit(HITId=hit_id)
    for each in assignments(mturk, hit_id):
        answer = re.search(r"<FreeText>(.*?)</FreeText>", each["Answer"], re.DOTALL)[1]
        result = {
            "hit_id": hit_id,
            "assignment_id": each["AssignmentId"],
            "worker_id": each["WorkerId"],
            "submit_time": str(each["SubmitTime"]),
            "output": json.loads(html.unescape(answer)),
        }
        say(json.dumps(result))
