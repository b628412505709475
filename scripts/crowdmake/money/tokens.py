"""The UniqueRequestToken by which a market knows a call that is made again.

It depends on nothing but whose call it is and what for, and a market remembers it for 24 hours
(docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/RequestTokens.html).
"""

import hashlib

from crowdmake.files import one_line
from crowdmake.ledgers.batches import Batch


def token(experiment_id: str, batch: Batch, key: str, purpose: str) -> str:
    """Return the token (64 characters) of one row's, HIT's or assignment's one purpose."""
    parts = [experiment_id, batch.endpoint, batch.name, key, purpose]
    return hashlib.sha256(one_line(parts).encode()).hexdigest()
