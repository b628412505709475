"""A market's stock for the site's benchmark: HITs in many groups, and workers with sessions."""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
from datetime import timedelta
from typing import Any, NamedTuple

from crowdmake.market import ids
from crowdmake.market.embedded import EmbeddedMarket
from crowdmake.market.models import HIT, Account, HITType, Question, Worker
from crowdmake.market.serving.vault import Vault
from crowdmake.market.site import current
from crowdmake.market.site.sessions import ACCOUNT, SessionStore
from django.middleware.csrf import CSRF_SESSION_KEY
from django.utils.crypto import get_random_string
from market_stock import DAY, PORTION, QUESTION

GROUPS = 200
# Every tenth group asks for what nobody has.
GUARDED = 10
ADULTS = {
    "QualificationTypeId": "00000000000000000060",
    "Comparator": "EqualTo",
    "IntegerValues": [1],
    "ActionsGuarded": "Accept",
}
WORDS = ("sentence", "picture", "street sign", "receipt", "tweet", "product", "headline", "map")


class Session(NamedTuple):
    """A browser's cookie, and the token that its forms carry."""

    cookie: str
    token: str


def fill(market: EmbeddedMarket, number: int) -> list[str]:
    """Return the HITGroupIds of those groups whose HITs anybody may accept."""
    with market.writing():
        types = [_type(market, each) for each in range(GROUPS)]
        HITType.objects.bulk_create(types)
    for start in range(0, number, PORTION):
        with market.writing() as now:
            hits = [
                HIT(
                    hit_id=ids.entity_id(),
                    requester=market.requester,
                    hit_type=types[each % GROUPS],
                    creation_time=now + timedelta(milliseconds=each),
                    expiration=now + 7 * DAY,
                    max_assignments=3,
                    fee_cents=1,
                    annotation="",
                )
                for each in range(start, min(start + PORTION, number))
            ]
            HIT.objects.bulk_create(hits)
            Question.objects.bulk_create(Question(hit=each, xml=QUESTION) for each in hits)
    with market.writing():
        type(market.requester).objects.update(available_cents=10**12, held_cents=10**9)
    return [each.hit_group_id for each in types if not each.requirements]


def signed_in(market: EmbeddedMarket, vault: Vault, number: int) -> list[Session]:
    """Return the sessions of so many new workers."""

    def make(now: Any) -> list[Account]:
        made = []
        for each in range(number):
            worker = Worker.objects.create(worker_id=ids.worker_id(), name=f"worker {each}")
            account = Account(worker=worker, username=f"worker{each}", created_at=now)
            account.set_unusable_password()
            account.save()
            made.append(account)
        return made

    accounts = market.run(make)
    with current.serving(market.store, vault), market.reading():
        return [_session(each) for each in accounts]


def _session(account: Account) -> Session:
    session, token = SessionStore(), get_random_string(32)
    session[ACCOUNT], session[CSRF_SESSION_KEY] = account.pk, token
    session.save()
    return Session(f"__Host-session={session.session_key}", token)


def _type(market: EmbeddedMarket, number: int) -> HITType:
    word = WORDS[number % len(WORDS)]
    return HITType(
        requester=market.requester,
        hit_type_id=ids.entity_id(),
        hit_group_id=ids.entity_id(),
        fingerprint=str(number),
        title=f"Say what this {word} is about ({number})",
        description=f"Read one {word} and choose the answer that a friend would give. " * 3,
        keywords=f"text, label, {word}, quick",
        reward_cents=1 + number % 40,
        assignment_duration=600 + 60 * (number % 30),
        auto_approval_delay=2_592_000,
        requirements=[] if number % GUARDED else [ADULTS],
    )
