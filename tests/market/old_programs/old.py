"""What the old programs share: their options, their own keys, and Amazon's host names.

They are written as such programs were years ago and know nothing of this project. What each
of them calls is what the command of that purpose in github.com/jcjohnson/simple-amt calls.
"""

import argparse
import json
import sys
from pathlib import Path

import boto3

SANDBOX = "https://mturk-requester-sandbox.us-east-1.amazonaws.com"
PRODUCTION = "https://mturk-requester.us-east-1.amazonaws.com"


def options(*names):
    """Return the values of the named options, each of which is needed, and the common ones."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="config.json")
    parser.add_argument("--prod", action="store_true")
    parser.add_argument("--no_endpoint", action="store_true")
    for name in names:
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


def connect(given):
    """Return a client with the program's own keys, for a host that the program has chosen."""
    config = json.loads(Path(given.config).read_text())
    host = {"endpoint_url": PRODUCTION if given.prod else SANDBOX}
    return boto3.client(
        "mturk",
        aws_access_key_id=config["aws_access_key"],
        aws_secret_access_key=config["aws_secret_key"],
        region_name="us-east-1",
        **({} if given.no_endpoint else host),
    )


def lines(path):
    """Return the lines of a file of ids."""
    return [each.strip() for each in Path(path).read_text().splitlines() if each.strip()]


def assignments(mturk, hit_id):
    """Yield a HIT's assignments in every status, page by page."""
    pages = mturk.get_paginator("list_assignments_for_hit").paginate(
        HITId=hit_id,
        AssignmentStatuses=["Submitted", "Approved", "Rejected"],
        PaginationConfig={"PageSize": 100},
    )
    for page in pages:
        yield from page["Assignments"]


def say(text):
    """Write one line."""
    sys.stdout.write(f"{text}\n")


def confirmed(question):
    """Ask on the terminal."""
    sys.stdout.write(f"{question} (Y/N): ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == "Y"
