"""Block the workers of a file."""

from old import connect, lines, options, say

given = options("worker_ids_file")
mturk = connect(given)
for worker_id in lines(given.worker_ids_file):
    mturk.create_worker_block(WorkerId=worker_id, Reason="provided bad data")
    say(f"Blocked {worker_id}")
