"""A requester's connections that make HITs, decide on their work and delete them."""

import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from crowdmake.market.serving.keys import NewKey
from market.kit import PROPERTIES

ASSIGNMENTS = 8
# A reward of five cents, and Amazon's least fee of one.
COST_CENTS = 6
PATIENCE_SECONDS = 60
# Workers begin with the oldest HITs.
WINDOW = 3
PAUSE_SECONDS = 0.25


class Connection:
    """One connection; ``note`` is told of all that the market has acknowledged.

    A call that got no answer is repeated. That it had succeeded then shows in its error.
    """

    def __init__(self, url: str, key: NewKey, number: int, note: Callable[..., None]) -> None:
        self._client = boto3.client(
            "mturk",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=key.key_id,
            aws_secret_access_key=key.secret,
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=1),
        )
        self._number, self._note = number, note
        self._decided: Counter[str] = Counter()

    def run(self, hits: int) -> None:
        """Make ``hits`` HITs and see them through: delete every other one.

        The work on the last one stays undecided.
        """
        mine = [self._create(number) for number in range(hits)]
        todo, rounds = mine[:-1], 0
        while todo:
            time.sleep(PAUSE_SECONDS)
            if rounds % 10 == 0:
                self._list()
            rounds += 1
            for hit_id in todo[:WINDOW]:
                if self._review(hit_id):
                    todo.remove(hit_id)
                    if mine.index(hit_id) % 2:
                        self._delete(hit_id)

    def _create(self, number: int) -> str:
        answer = self._call(
            "create_hit",
            r'ID "(\w+)" already exists',
            **{**PROPERTIES, "Title": f"HIT {number % 3}", "Reward": "0.05"},
            MaxAssignments=ASSIGNMENTS,
            UniqueRequestToken=f"{self._number}-{number}",
        )
        hit_id: str = answer[1] if isinstance(answer, re.Match) else answer["HIT"]["HITId"]
        self._note(what="created", hit=hit_id)
        return hit_id

    def _list(self) -> None:
        """See that no HIT is listed twice, while others are made and deleted."""
        listed: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self._call("list_hits", MaxResults=100, **token)
            listed += [each["HITId"] for each in page["HITs"]]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert len(listed) == len(set(listed))

    def _review(self, hit_id: str) -> bool:
        """Decide on what was submitted; return whether nothing is left to decide."""
        page = self._call(
            "list_assignments_for_hit",
            HITId=hit_id,
            MaxResults=100,
            AssignmentStatuses=["Submitted"],
        )
        for each in page["Assignments"]:
            self._decide(each["AssignmentId"], hit_id)
        return self._decided[hit_id] == ASSIGNMENTS

    def _decide(self, assignment_id: str, hit_id: str) -> None:
        approves = self._decided[hit_id] % 7 != 0
        method = "approve_assignment" if approves else "reject_assignment"
        self._call(
            method, "status of: Submitted", AssignmentId=assignment_id, RequesterFeedback="x"
        )
        self._decided[hit_id] += 1
        what = "approved" if approves else "rejected"
        self._note(what=what, assignment=assignment_id, hit=hit_id)

    def _delete(self, hit_id: str) -> None:
        self._call("delete_hit", "'Disposed'", HITId=hit_id)
        self._note(what="deleted", hit=hit_id)

    def _call(self, method: str, done: str = "(?!)", **parameters: Any) -> Any:
        """Return the answer, or the match of ``done`` in the error of a repeated call."""
        end, repeated = time.monotonic() + PATIENCE_SECONDS, False
        while True:
            try:
                return getattr(self._client, method)(**parameters)
            except (HTTPClientError, NoConnection):
                if time.monotonic() > end:
                    raise
            except ClientError as error:
                found = re.search(done, str(error))
                if not repeated or found is None:
                    raise
                return found
            repeated = True
            time.sleep(0.1)
