"""How many HITs have how much of their work."""

from collections import Counter

from old import assignments, connect, lines, options, say

given = options("hit_ids_file")
mturk = connect(given)
counted = Counter()
for hit_id in lines(given.hit_ids_file):
    total = mturk.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"]
    counted[len(list(assignments(mturk, hit_id))), total] += 1
for (done, total), number in sorted(counted.items()):
    say(f"{done} / {total}: {number}")
