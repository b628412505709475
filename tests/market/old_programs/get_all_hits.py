"""Every HIT of the account, page by page."""

from old import connect, options, say

mturk = connect(options())
pages = mturk.get_paginator("list_hits").paginate(PaginationConfig={"PageSize": 2})
number = 0
for at, page in enumerate(pages, 1):
    say(f"Page {at}")
    number += len(page["HITs"])
    for hit in page["HITs"]:
        say(f"{hit['HITId']} {hit['HITStatus']} {hit['Title']}")
say(f"{number} HITs")
