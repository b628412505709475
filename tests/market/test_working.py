"""What workers earn and write, whatever site shows it."""

import json
from collections import Counter
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from crowdmake.cli import main
from crowdmake.market import workers
from crowdmake.market.models import HIT, Assignment, Message, Report
from crowdmake.market.workers import Refused
from crowdmake.market.working import answered, earnings, letters, qualified
from crowdmake.market.working.earnings import ALL, DAY, MONTH, NOTHING, WEEK, Amount
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.exams import EXAM, RIGHT, begun, new_type, requested
from market.form_kit import UPLOAD, form, formatted, question, selection
from market.kit import another

FUNDS = {"BonusAmount": "0.05", "Reason": "Thanks"}
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def rejected(client, requester, people):
    """The assignment of Ann's that was rejected."""
    assignment_id = people.do("Ann", requester.hit())
    client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="wrong")
    return assignment_id


def found(market, assignment_id):
    with market.reading():
        return Assignment.objects.select_related("hit").get(assignment_id=assignment_id)


def answer(market, assignment_id, text="It was right"):
    work = found(market, assignment_id)
    return market.run(lambda now: letters.reply(work, text, now))


def obstacle(market, assignment_id):
    with market.reading() as now:
        work = Assignment.objects.select_related("hit").get(assignment_id=assignment_id)
        return letters.obstacle(work, now)


def tell(market, people, hit_id, reason="broken", text="", name="Ann"):
    worker = people.worker(name)
    return market.run(
        lambda now: letters.report(worker, HIT.objects.get(hit_id=hit_id), reason, text, now)
    )


def received(market, requester=None):
    with market.reading() as now:
        return letters.received(requester, now)


def told(client, hit_id, **filters):
    """Return (level, subject type, subject, key, value) of each letter that boto3 is shown."""
    page = client.list_review_policy_results_for_hit(HITId=hit_id, **filters)
    assert not any(name.endswith("Policy") for name in page)
    return [
        (level, each["SubjectType"], each["SubjectId"], each["Key"], each["Value"])
        for level in ("Assignment", "HIT")
        for each in page.get(f"{level}ReviewReport", {}).get("ReviewResults", [])
    ]


class TestEarnings:
    """Rewards and bonuses, by period and requester."""

    def test_each_kind_of_work(self, client, requester, people, market):
        """Approved rewards and bonuses are earned, submitted work waits, rejected work is neither."""
        approved, rejected, waiting = (
            people.do("Ann", requester.hit(Reward=r)) for r in ("0.10", "0.20", "0.40")
        )
        people.accept("Ann", requester.hit(Reward="5.00"))
        people.do("Bob", requester.hit(Reward="7.00"))
        client.approve_assignment(AssignmentId=approved)
        client.reject_assignment(AssignmentId=rejected, RequesterFeedback="no")
        ann = people.worker("Ann")
        client.send_bonus(WorkerId=ann.worker_id, AssignmentId=waiting, **FUNDS)
        with market.reading() as now:
            totals = earnings.totals(ann)
            due = Assignment.objects.get(assignment_id=waiting).auto_approval_time
            assert earnings.next_approval(ann) == due > now
        assert totals == earnings.Totals(
            rewards=Amount(1, 10),
            bonuses=Amount(1, 5),
            waiting=Amount(1, 40),
            rejected=Amount(1, 20),
        )
        assert totals.cents == 15

    def test_nothing(self, market, people):
        """A new worker has earned nothing."""
        with market.reading():
            assert earnings.totals(people.worker("Ann")) == earnings.Totals(*[NOTHING] * 4)
            assert earnings.next_approval(people.worker("Ann")) is None
            assert earnings.earned(people.worker("Ann"), DAY) == []

    def test_an_override_is_earned_when_it_happens(self, client, people, market, rejected):
        """Work that is approved after all counts on the day of the override."""
        market.clock.advance(timedelta(days=3))
        client.approve_assignment(AssignmentId=rejected, OverrideRejection=True)
        with market.reading() as now:
            (row,) = earnings.earned(people.worker("Ann"), DAY)
        assert (row.begins, row.rewards) == (now.date(), Amount(1, 10))

    @settings(
        max_examples=8,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        work=st.lists(
            st.tuples(
                st.integers(0, 1),
                st.integers(0, 999),
                st.sampled_from(["approve", "reject", "wait", "return"]),
                st.lists(st.integers(1, 500), max_size=2),
                st.sampled_from([0, 1, 5, 40]),
            ),
            min_size=1,
            max_size=6,
        ),
        period=st.sampled_from([DAY, WEEK, MONTH, ALL]),
    )
    def test_sums_are_those_of_the_ledger(self, client, requester, market, people, work, period):
        """Whatever was done, decided and paid when: sums are what the requesters' records come to."""
        name = f"worker {len(people._known)}"
        worker = people.worker(name)
        sides = {"local": requester, "another": another(market)}
        hits = []
        for side, cents, decision, bonuses, days in work:
            who = list(sides)[side]
            hit_id = sides[who].hit(Reward=dollars(cents), AutoApprovalDelayInSeconds=2_592_000)
            if decision == "return":
                people.give_back(people.accept(name, hit_id))
                continue
            hits.append((who, hit_id, cents))
            decided(sides[who].client, worker, people.do(name, hit_id), decision, bonuses)
            market.clock.advance(timedelta(days=days))
        expected, standing = Counter(), Counter()
        for who, hit_id, cents in hits:
            (done,) = sides[who].work(hit_id)
            standing[done["AssignmentStatus"]] += cents
            if done["AssignmentStatus"] == "Approved":
                expected[first_day(done["ApprovalTime"], period), who] += cents
            for each in sides[who].client.list_bonus_payments(HITId=hit_id)["BonusPayments"]:
                amount = int(Decimal(each["BonusAmount"]) * 100)
                expected[first_day(each["GrantTime"], period), who] += amount
        with market.reading():
            rows = earnings.earned(worker, period)
            totals = earnings.totals(worker)
        assert {(row.begins, row.requester): row.cents for row in rows if row.cents} == +expected
        assert totals.cents == sum(expected.values())
        assert totals.rewards.cents == standing["Approved"]
        assert totals.waiting.cents == standing["Submitted"]
        assert totals.rejected.cents == standing["Rejected"]
        order = [(-(row.begins or date.min).toordinal(), row.requester) for row in rows]
        assert order == sorted(order)


def decided(client, worker, assignment_id, decision, bonuses):
    """Decide on an assignment, or leave it, and pay bonuses for it."""
    if decision == "approve":
        client.approve_assignment(AssignmentId=assignment_id)
    if decision == "reject":
        client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
    ids = {"AssignmentId": assignment_id, "WorkerId": worker.worker_id}
    for cents in bonuses:
        client.send_bonus(**ids, BonusAmount=dollars(cents), Reason="x")


def dollars(cents):
    return f"{Decimal(cents) / 100}"


def first_day(moment, period):
    day = moment.astimezone(UTC).date()
    if period == ALL:
        return None
    if period == WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == MONTH else day


class TestReplies:
    """Answers to rejections."""

    def test_a_reply_reaches_the_requester(self, client, market, people, rejected):
        """It stands among the HIT's review results and in the operator's list, as it was written."""
        answer(market, rejected, MARKUP)
        work = found(market, rejected)
        assert told(client, work.hit.hit_id) == [
            ("Assignment", "Assignment", rejected, "WorkerReply", MARKUP)
        ]
        assert told(client, work.hit.hit_id, PolicyLevels=["HIT"]) == []
        assert told(client, work.hit.hit_id, RetrieveResults=False) == []
        (letter,) = received(market)
        assert letter.overridable_until == work.submit_time + timedelta(days=30)
        assert (letter.kind, letter.assignment_id, letter.text, letter.open) == (
            "reply",
            rejected,
            MARKUP,
            True,
        )
        assert letter.worker_id == people.worker("Ann").worker_id

    def test_once(self, market, rejected):
        """A rejection is answered once."""
        answer(market, rejected)
        with pytest.raises(Refused, match="have answered"):
            answer(market, rejected)
        assert len(received(market)) == 1

    def test_a_new_rejection_may_be_answered_again(self, client, market, rejected):
        """What was answered is the rejection, not the assignment."""
        answer(market, rejected)
        market.clock.advance(timedelta(minutes=1))
        # The API has no way from approved work back; the operator's hands have.
        work = found(market, rejected)
        market.run(lambda now: Assignment.objects.filter(pk=work.pk).update(rejection_time=now))
        assert obstacle(market, rejected) == ""
        answer(market, rejected, "Again")
        assert [each.text for each in received(market)] == ["It was right", "Again"]

    def test_only_rejections(self, client, market, requester, people, rejected):
        """There is nothing to answer where nothing is rejected, or no longer."""
        waiting = people.do("Bob", requester.hit())
        client.approve_assignment(AssignmentId=rejected, OverrideRejection=True)
        for assignment_id in (waiting, rejected):
            with pytest.raises(Refused, match="not rejected"):
                answer(market, assignment_id)

    def test_in_time(self, client, market, rejected):
        """At the last moment at which an override is possible, and not after it."""
        until = found(market, rejected).submit_time + timedelta(days=30)
        market.clock.advance(until - timedelta(seconds=30) - market.clock.now())
        assert obstacle(market, rejected) == ""
        market.clock.advance(timedelta(minutes=1))
        with pytest.raises(Refused, match="is over"):
            answer(market, rejected)

    def test_not_of_a_deleted_hit(self, client, market, rejected):
        """A deleted HIT's rejections cannot be overridden, and so not be answered."""
        hit_id = found(market, rejected).hit.hit_id
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        client.delete_hit(HITId=hit_id)
        with pytest.raises(Refused, match="deleted"):
            answer(market, rejected)

    def test_an_override_closes_it(self, client, market, rejected):
        """The reply stays in the list, but there is nothing left to do."""
        answer(market, rejected)
        client.approve_assignment(AssignmentId=rejected, OverrideRejection=True)
        (letter,) = received(market)
        assert not letter.open
        assert letter.overridable_until is None


class TestReports:
    """Reports of HITs that are broken or wrong."""

    def test_a_report_reaches_the_requester(self, client, requester, market, people):
        """It stands among the HIT's review results, of a HIT that was only looked at, too."""
        hit_id = requester.hit()
        tell(market, people, hit_id, "unclear", MARKUP)
        worker_id = people.worker("Ann").worker_id
        assert told(client, hit_id) == [
            ("HIT", "Worker", worker_id, "WorkerReport", f"unclear: {MARKUP}")
        ]
        assert told(client, hit_id, PolicyLevels=["Assignment"]) == []
        (letter,) = received(market)
        assert (letter.assignment_id, letter.reason, letter.text) == ("", "unclear", MARKUP)

    def test_a_second_takes_the_place_of_the_first(self, client, requester, market, people):
        """A worker has one report of a HIT; another worker has another."""
        hit_id = requester.hit()
        tell(market, people, hit_id, "broken", "first")
        tell(market, people, hit_id, "other", "second")
        tell(market, people, hit_id, name="Bob")
        assert [each.text for each in received(market)] == ["second", ""]
        assert [each[-1] for each in told(client, hit_id)] == ["other: second", "broken"]

    def test_of_accepted_work(self, requester, market, people):
        """The list names the latest assignment of the worker who reports."""
        hit_id = requester.hit()
        people.give_back(people.accept("Ann", hit_id))
        held = people.accept("Ann", hit_id)
        tell(market, people, hit_id)
        assert received(market)[0].assignment_id == held.assignment_id

    def test_not_of_a_deleted_hit(self, client, requester, market, people):
        """Its requester would never see it."""
        hit_id = requester.hit()
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        client.delete_hit(HITId=hit_id)
        with pytest.raises(Refused, match="deleted"):
            tell(market, people, hit_id)
        with market.reading():
            assert not Report.objects.exists()

    def test_pages(self, client, requester, market, people):
        """Letters are paged with the rest, each once."""
        hit_id = requester.hit(MaxAssignments=5)
        for name in ("Ann", "Bob", "Cy"):
            done = people.do(name, hit_id)
            client.reject_assignment(AssignmentId=done, RequesterFeedback="no")
            answer(market, done, name)
            tell(market, people, hit_id, text=name, name=name)
        seen, token = [], {}
        while True:
            page = client.list_review_policy_results_for_hit(HITId=hit_id, MaxResults=2, **token)
            for level in ("Assignment", "HIT"):
                seen += [
                    each["Value"]
                    for each in page.get(f"{level}ReviewReport", {}).get("ReviewResults", [])
                ]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert seen == ["Ann", "Bob", "Cy", "broken: Ann", "broken: Bob", "broken: Cy"]


def test_letters_are_their_requesters(client, requester, market, people, rejected):
    """A requester is told what concerns the own HITs alone."""
    answer(market, rejected)
    other = another(market)
    tell(market, people, other.hit())
    assert [each.kind for each in received(market, market.requester)] == ["reply"]
    assert [each.requester for each in received(market)] == ["local", "another"]


def test_the_operators_list(location, vault, capsys, client, requester, market, people, rejected):
    """`letters list` shows all, those of one requester, and those that are open."""

    def list_(*options):
        places = ["--database", str(location), "--key-file", str(vault.path)]
        assert main(["market", "letters", "list", *options, *places]) == 0
        return capsys.readouterr().out

    assert list_() == ""
    answer(market, rejected, "\x1b[31mred")
    hit_id = requester.hit()
    tell(market, people, hit_id)
    reply, report = json.loads(list_("--json"))
    assert {"hit", "assignment", "worker", "text", "time", "overridable_until"} <= reply.keys()
    assert (report["kind"], report["reason"], report["hit"]) == ("report", "broken", hit_id)
    assert "\\u001b[31mred" in list_()
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert [each["kind"] for each in json.loads(list_("--open", "--json"))] == ["reply"]
    assert len(json.loads(list_("--requester", "local", "--json"))) == 2


class TestMessages:
    """What was written to a worker."""

    def test_reading(self, market, people):
        """A message counts as unread until it is opened; others' are nobody else's."""
        ann, bob = people.worker("Ann"), people.worker("Bob")
        one = market.run(
            lambda now: Message.objects.create(
                requester=market.requester, worker=ann, subject="s", text="t", sent_at=now
            )
        )
        with market.reading():
            assert (letters.unread(ann), letters.unread(bob)) == (1, 0)
        assert market.run(lambda now: letters.open_message(bob, one.pk, now)) is None
        first = market.run(lambda now: letters.open_message(ann, one.pk, now))
        market.clock.advance(timedelta(hours=1))
        again = market.run(lambda now: letters.open_message(ann, one.pk, now))
        assert first.read_at == again.read_at is not None
        with market.reading():
            assert letters.unread(ann) == 0


class TestAnswered:
    """A worker's answers, shown to the worker."""

    def test_of_a_page(self, requester, market, people):
        """A page's fields go by their names, with what was entered as it was."""
        done = people.do(
            "Ann",
            requester.hit(),
            ("label", MARKUP),
            ("box", "a"),
            ("box", "b\r\n&"),
            ("empty", ""),
        )
        with market.reading():
            shown = answered.answered(found(market, done))
        assert [(each.question, each.values) for each in shown] == [
            ("label", (MARKUP,)),
            ("box", ("a|b\r\n&",)),
            ("empty", ("",)),
        ]

    def test_of_a_form(self, requester, market, people):
        """A form's answers stand below its questions' words, selections in their own."""
        words = "<Title>Colour</Title>" + formatted("<p>Which <b>colour</b>?<br/>&lt;i&gt;</p>")
        choice = selection("r", before="<MaxSelectionCount>1</MaxSelectionCount>").replace(
            "<Text>r</Text>", "<Text>Red</Text>"
        )
        xml = form(
            question(choice, "c", words),
            question(identifier="t"),
            question(UPLOAD, "f", "<Text>A file</Text>"),
        )
        held = people.accept("Ann", requester.hit(Question=xml))
        market.run(lambda now: workers.upload(held, "f", b"12345", now))
        done = people.submit(held, ("c", "r"), ("c", "unknown"), ("t", "text"))
        with market.reading():
            shown = answered.answered(found(market, done))
        assert [(each.question, each.values) for each in shown] == [
            ("Colour Which colour ? <i>", ("Red", "unknown")),
            ("?", ("text",)),
            ("A file", ("A file of 5 bytes",)),
        ]

    def test_before_submission(self, requester, market, people):
        """There is nothing before it was submitted."""
        held = people.accept("Ann", requester.hit())
        with market.reading():
            assert answered.answered(held) == []


class TestQualified:
    """Where a worker stands with qualifications."""

    def place(self, market, people, type_id, name="Ann"):
        worker = people.worker(name)
        with market.reading() as now:
            wanted = qualified.find(worker, type_id)
            return qualified.positions(worker, [wanted], now)[0] if wanted else None

    def test_a_request(self, client, market, people):
        """From nothing to waiting, refused, granted, taken back."""
        type_id = new_type(client, RetryDelayInSeconds=0)
        assert self.place(market, people, type_id).state == ""
        asked = requested(people, "Ann", type_id)
        waiting = self.place(market, people, type_id)
        assert (waiting.state, waiting.may_ask) == ("Pending", False)
        client.reject_qualification_request(
            QualificationRequestId=asked.qualification_request_id, Reason="no"
        )
        refused = self.place(market, people, type_id)
        assert (refused.state, refused.may_ask, refused.request.reason) == ("Rejected", True, "no")
        ids = {"QualificationTypeId": type_id, "WorkerId": people.worker("Ann").worker_id}
        client.associate_qualification_with_worker(**ids, IntegerValue=7)
        granted = self.place(market, people, type_id)
        assert (granted.state, granted.may_ask, granted.held.value) == ("Granted", False, 7)

    def test_a_revocation(self, client, market, people):
        """What was taken back is shown so, with the reason."""
        type_id = new_type(client)
        ids = {"QualificationTypeId": type_id, "WorkerId": people.worker("Ann").worker_id}
        client.associate_qualification_with_worker(**ids)
        client.disassociate_qualification_from_worker(**ids, Reason="why")
        place = self.place(market, people, type_id)
        assert (place.state, place.held.reason) == ("Revoked", "why")

    def test_a_test(self, client, market, people):
        """It is being taken until its deadline, and over then."""
        type_id = new_type(client, **EXAM)
        test = begun(people, "Ann", type_id)
        place = self.place(market, people, type_id)
        assert (place.state, place.test, place.test.deadline) == ("taking", test, test.deadline)
        market.clock.advance(timedelta(seconds=601))
        over = self.place(market, people, type_id)
        assert (over.state, over.test) == ("Expired", None)

    def test_who_sees_a_type(self, client, market, people):
        """An Inactive or deleted type is there for those alone who have had to do with it."""
        hidden = new_type(client, Name="h", QualificationTypeStatus="Inactive")
        gone = new_type(client, Name="g", **EXAM)
        requested(people, "Ann", gone, RIGHT)
        client.delete_qualification_type(QualificationTypeId=gone)
        for type_id in (hidden, gone, "3NONE", "00000000000000000060"):
            assert self.place(market, people, type_id, "Bob") is None
        assert self.place(market, people, gone).may_ask is False

    def test_what_the_market_knows(self, client, requester, market, people):
        """The service's own qualifications have the values that requirements are held against."""
        client.approve_assignment(AssignmentId=people.do("Ann", requester.hit()))
        with market.reading():
            known = {each.name: each.value for each in qualified.known(people.worker("Ann"))}
        assert known == {
            "Worker_NumberHITsApproved": "1",
            "Worker_PercentAssignmentsApproved": "100 %",
            "Worker_Locale": "not stated",
            "Worker_Adult": "no",
            "Masters": "no",
        }
