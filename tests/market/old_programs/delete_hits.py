"""Delete the HITs of a file; say which could not be."""

from botocore.exceptions import ClientError
from old import connect, lines, options, say

given = options("hit_ids_file")
mturk = connect(given)
for hit_id in lines(given.hit_ids_file):
    try:
        mturk.delete_hit(HITId=hit_id)
        say(f"Deleted {hit_id}")
    except ClientError as error:
        say(f"Could not delete {hit_id}: {error.response['TurkErrorCode']}")
