"""Delete one HIT."""

from old import connect, options, say

given = options("hit_id")
connect(given).delete_hit(HITId=given.hit_id)
say(f"Deleted {given.hit_id}")
