"""Review policies: the market decides on work by rules that came with the HIT."""

from datetime import timedelta
from decimal import Decimal

import pytest
from crowdmake.market.models import REJECTED, Assignment, ReviewAction
from crowdmake.market.review_policies.comparison import answers, comparable, values_of
from hypothesis import given
from hypothesis import strategies as st

from market.kit import SCHEMAS
from market.test_concurrency import at_once

KNOWN = "ScoreMyKnownAnswers/2011-09-01"
PLURALITY = "SimplePlurality/2011-09-01"
STATE = "AWS.MechanicalTurk.InvalidAssignmentState"
KEY = {"q1": ["B"], "q2": ["A", "C"]}


def parameter(name, value):
    """Return a policy's parameter as requests spell it."""
    if isinstance(value, dict):
        entries = [{"Key": each, "Values": list(values)} for each, values in value.items()]
        return {"Key": name, "MapEntries": entries}
    values = value if isinstance(value, list) else [value]
    return {"Key": name, "Values": [str(each) for each in values]}


def policy(name, **parameters):
    """Return a review policy."""
    return {
        "PolicyName": name,
        "Parameters": [parameter(*each) for each in parameters.items()],
    }


def known(**parameters):
    """Return what gives a HIT a policy of known answers."""
    return {"AssignmentReviewPolicy": policy(KNOWN, **{"AnswerKey": KEY, **parameters})}


def plurality(**parameters):
    """Return what gives a HIT a policy of agreement on `a`, `b`, `c` and `d`."""
    least = {"QuestionIds": ["a", "b", "c", "d"], "QuestionAgreementThreshold": 50}
    return {"HITReviewPolicy": policy(PLURALITY, **{**least, **parameters})}


RIGHT = [("q1", "B"), ("q2", "A|C")]
HALF = [("q1", "B"), ("q2", "A")]
WRONG = [("q1", "b"), ("q2", "A")]


@pytest.fixture
def review(client):
    """What returns the results and the actions of one level of a HIT's policies."""

    def review_of(hit_id, level):
        answer = client.list_review_policy_results_for_hit(HITId=hit_id, PolicyLevels=[level])
        report = answer[f"{level}ReviewReport"]
        return report["ReviewResults"], report["ReviewActions"]

    return review_of


def found(results, *names):
    """Return the results as tuples of these members, None for one that is absent."""
    return [tuple(each.get(name) for name in names) for each in results]


def outcome(actions):
    """Return what was done to what, how it went, and the error's code if it failed."""
    return [
        (each["ActionName"], each["TargetType"], each["Status"], each.get("ErrorCode"))
        for each in actions
    ]


class TestKnownAnswers:
    """ScoreMyKnownAnswers/2011-09-01."""

    @pytest.mark.parametrize(
        ("fields", "correct", "score"),
        [
            (RIGHT, ["1", "1"], "100"),
            ([("q1", " B\n"), ("q2", "C|A")], ["1", "1"], "100"),
            (HALF, ["1", "0"], "50"),
            (WRONG, ["0", "0"], "0"),
            ([("q1", "B"), ("q2", "A"), ("q2", "C")], ["1", "1"], "100"),
            ([("q1", "B"), ("q2", "A|C|D")], ["1", "0"], "50"),
            ([("other", "B")], ["0", "0"], "0"),
            ([("q1", "B.")], ["0", "0"], "0"),
        ],
    )
    def test_scores(self, requester, people, review, fields, correct, score):
        """Each question counts when all its values match, but for the space around them."""
        hit_id = requester.hit(**known())
        assignment_id = people.do("Ann", hit_id, *fields)
        results, actions = review(hit_id, "Assignment")
        assert found(results, "Key", "QuestionId", "Value") == [
            ("KnownAnswerCorrect", "q1", correct[0]),
            ("KnownAnswerCorrect", "q2", correct[1]),
            ("KnownAnswerScore", None, score),
        ]
        assert {each["SubjectId"] for each in results} == {assignment_id}
        assert {each["SubjectType"] for each in results} == {"Assignment"}
        assert outcome(actions) == [("review", "Assignment", "Succeeded", None)]
        assert requester.work(hit_id)[0]["AssignmentStatus"] == "Submitted"

    def test_a_question_to_be_left_empty(self, requester, people, review):
        """A question without values in the key is right when the worker left it empty."""
        for fields, score in ([("x", "1")], "100"), ([("q", " ")], "100"), ([("q", "y")], "0"):
            hit_id = requester.hit(**known(AnswerKey={"q": []}))
            people.do("Ann", hit_id, *fields)
            assert review(hit_id, "Assignment")[0][-1]["Value"] == score

    @pytest.mark.parametrize(
        ("fields", "status", "feedback", "money"),
        [
            (RIGHT, "Approved", "Thanks", ("9999.88", "0.00")),
            (HALF, "Submitted", None, ("9999.88", "0.12")),
            (WRONG, "Rejected", "Too few were right", ("10000.00", "0.00")),
        ],
    )
    def test_decisions(self, requester, people, review, fields, status, feedback, money):
        """Work is approved and paid from a score on, rejected and released below another."""
        hit_id = requester.hit(
            **known(
                ApproveIfKnownAnswerScoreIsAtLeast=100,
                ApproveReason="Thanks",
                RejectIfKnownAnswerScoreIsLessThan=50,
                RejectReason="Too few were right",
            )
        )
        people.do("Ann", hit_id, *fields)
        (work,) = requester.work(hit_id)
        assert (work["AssignmentStatus"], work.get("RequesterFeedback")) == (status, feedback)
        assert requester.money() == money
        taken = {"Approved": ["approve"], "Rejected": ["reject"], "Submitted": []}[status]
        assert [each["ActionName"] for each in review(hit_id, "Assignment")[1]] == [
            "review",
            *taken,
        ]
        decided = int(status != "Submitted")
        assert requester.state(hit_id) == ("Reviewable", 0, 0, decided)

    def test_the_edges_of_the_scores(self, requester, people):
        """0 approves always and rejects never, 101 approves never and rejects always."""
        for number, (approve, reject, status) in enumerate(
            [(0, 0, "Approved"), (101, 0, "Submitted"), (101, 101, "Rejected")]
        ):
            hit_id = requester.hit(
                **known(
                    ApproveIfKnownAnswerScoreIsAtLeast=approve,
                    RejectIfKnownAnswerScoreIsLessThan=reject,
                )
            )
            people.do("Ann", hit_id, *[WRONG, RIGHT, RIGHT][number])
            assert requester.work(hit_id)[0]["AssignmentStatus"] == status

    def test_approval_comes_before_rejection(self, requester, people, review):
        """Where both apply the work is approved, and the rejection is noted as failed."""
        hit_id = requester.hit(
            **known(ApproveIfKnownAnswerScoreIsAtLeast=0, RejectIfKnownAnswerScoreIsLessThan=101)
        )
        people.do("Ann", hit_id, *WRONG)
        assert outcome(review(hit_id, "Assignment")[1])[1:] == [
            ("approve", "Assignment", "Succeeded", None),
            ("reject", "Assignment", "Failed", STATE),
        ]
        assert requester.money() == ("9999.88", "0.00")

    def test_it_comes_before_immediate_approval(self, requester, people):
        """Where work is approved as it is submitted, the policy may still reject it."""
        rule = known(RejectIfKnownAnswerScoreIsLessThan=100)
        hit_id = requester.hit(**rule, AutoApprovalDelayInSeconds=0, MaxAssignments=2)
        people.do("Ann", hit_id, *WRONG)
        people.do("Bob", hit_id, *RIGHT)
        statuses = [each["AssignmentStatus"] for each in requester.work(hit_id)]
        assert statuses == ["Rejected", "Approved"]

    def test_extension(self, client, requester, people, review):
        """A HIT gets one more assignment for each that scores too low, up to the maximum."""
        rule = {"ExtendIfKnownAnswerScoreIsLessThan": 100, "ExtendMaximumAssignments": 3}
        hit_id = requester.hit(**known(**rule))
        for number, name in enumerate(("Ann", "Bob"), 2):
            people.do(name, hit_id, *WRONG)
            assert requester.state(hit_id) == ("Assignable", 1, 0, 0)
            assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == number
        assert requester.money() == ("9999.64", "0.36")
        people.do("Cy", hit_id, *WRONG)
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
        actions = [each for each in review(hit_id, "Assignment")[1] if each["TargetType"] == "HIT"]
        assert outcome(actions) == [("extend", "HIT", "Succeeded", None)] * 3
        assert [each["TargetId"] for each in actions] == [hit_id] * 3
        assert "Already at 3" in actions[-1]["Result"]

    def test_good_work_does_not_extend(self, requester, people):
        """A score that is high enough leaves the HIT as it is."""
        hit_id = requester.hit(**known(ExtendIfKnownAnswerScoreIsLessThan=50))
        people.do("Ann", hit_id, *HALF)
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)

    def test_the_usual_maximum(self, client, requester, people):
        """A HIT is extended to five assignments where the policy names no number."""
        hit_id = requester.hit(MaxAssignments=4, **known(ExtendIfKnownAnswerScoreIsLessThan=101))
        for number in range(5):
            people.do(f"w{number}", hit_id)
        assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 5
        assert requester.state(hit_id)[0] == "Reviewable"

    def test_extension_in_time(self, client, requester, people):
        """The HIT's expiry is put off by the seconds that the policy names."""
        rule = {"ExtendIfKnownAnswerScoreIsLessThan": 100, "ExtendMinimumTimeInSeconds": 7200}
        hit_id = requester.hit(**known(**rule))
        before = client.get_hit(HITId=hit_id)["HIT"]["Expiration"]
        people.do("Ann", hit_id, *WRONG)
        after = client.get_hit(HITId=hit_id)["HIT"]["Expiration"]
        assert after - before == timedelta(hours=2)

    @pytest.mark.parametrize("seconds", [0, 3600])
    def test_late_work(self, client, requester, people, review, seconds):
        """An expired HIT comes back only if the policy gives it time."""
        time = {"ExtendMinimumTimeInSeconds": seconds} if seconds else {}
        rule = known(ExtendIfKnownAnswerScoreIsLessThan=100, **time)
        hit_id = requester.hit(MaxAssignments=2, **rule)
        held = people.accept("Ann", hit_id)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        people.submit(held, *WRONG)
        (action,) = review(hit_id, "Assignment")[1][1:]
        if seconds:
            assert action["Status"] == "Succeeded"
            assert requester.state(hit_id) == ("Assignable", 2, 0, 0)
            assert requester.money() == ("9999.64", "0.36")
        else:
            assert outcome([action]) == [
                ("extend", "HIT", "Failed", "AWS.MechanicalTurk.InvalidHITState")
            ]
            assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
            assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 2
            assert requester.money() == ("9999.88", "0.12")

    @pytest.mark.parametrize("seconds", [0, 3600])
    def test_an_extension_without_funds(self, client, requester, people, market, review, seconds):
        """It is noted as failed with everything as it was, and the worker sees nothing of it."""
        time = {"ExtendMinimumTimeInSeconds": seconds} if seconds else {}
        hit_id = requester.hit(
            **known(
                ExtendIfKnownAnswerScoreIsLessThan=100,
                RejectIfKnownAnswerScoreIsLessThan=1,
                **time,
            )
        )
        before = client.get_hit(HITId=hit_id)["HIT"]["Expiration"]
        market.set_balance(Decimal("0.11"))
        people.do("Ann", hit_id, *HALF)
        assert outcome(review(hit_id, "Assignment")[1])[-1] == (
            *("extend", "HIT", "Failed"),
            "AWS.MechanicalTurk.InsufficientFunds",
        )
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
        assert client.get_hit(HITId=hit_id)["HIT"]["Expiration"] == before
        assert requester.money() == ("0.11", "0.12")

    def test_not_from_below_ten_to_ten(self, requester, people, review):
        """A policy does not extend a HIT to where its fee would be another."""
        rule = {"ExtendIfKnownAnswerScoreIsLessThan": 101, "ExtendMaximumAssignments": 25}
        hit_id = requester.hit(MaxAssignments=9, **known(**rule))
        people.do("Ann", hit_id)
        assert outcome(review(hit_id, "Assignment")[1])[-1] == (
            *("extend", "HIT", "Failed"),
            "AWS.MechanicalTurk.InvalidMaximumAssignmentsIncrease",
        )
        assert requester.state(hit_id) == ("Assignable", 8, 0, 0)

    def test_a_rejection_by_policy_is_one_like_any_other(self, client, requester, people):
        """Its requester can override it, and a decision is not made again."""
        hit_id = requester.hit(**known(RejectIfKnownAnswerScoreIsLessThan=100))
        key = {"AssignmentId": people.do("Ann", hit_id, *WRONG)}
        with requester.refused(STATE):
            client.reject_assignment(**key, RequesterFeedback="no")
        client.approve_assignment(**key, OverrideRejection=True)
        assert requester.money() == ("9999.88", "0.00")

    def test_several_workers(self, requester, people, review):
        """Each submission is judged for itself."""
        hit_id = requester.hit(MaxAssignments=3, **known(ApproveIfKnownAnswerScoreIsAtLeast=50))
        for name, fields in ("Ann", RIGHT), ("Bob", WRONG), ("Cy", HALF):
            people.do(name, hit_id, *fields)
        scores = [each for each in review(hit_id, "Assignment")[0] if "QuestionId" not in each]
        assert [each["Value"] for each in scores] == ["100", "0", "50"]
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 2)


# The example of the service's documentation, one column a worker.
CLOTHES = {
    "Ann": [("a", "coat"), ("b", "blue"), ("c", "large"), ("d", "Furry")],
    "Bob": [("a", "sweater"), ("b", "blue"), ("c", "large"), ("d", "fur")],
    "Cy": [("a", "coat"), ("b", "green"), ("c", "large"), ("d", "furr")],
}


@pytest.fixture
def clothes(people):
    """What lets the three workers of the example do a HIT; returns their assignments' ids."""
    return lambda hit_id: [people.do(name, hit_id, *fields) for name, fields in CLOTHES.items()]


class TestPlurality:
    """SimplePlurality/2011-09-01."""

    def test_the_documents_example(self, requester, clothes, review):
        """The scores are those of the example in the documentation."""
        hit_id = requester.hit(MaxAssignments=3, **plurality())
        ids = clothes(hit_id)
        results, actions = review(hit_id, "HIT")
        assert actions == []
        assert {each["SubjectId"] for each in results if each["SubjectType"] == "HIT"} == {hit_id}
        about_hit = [each for each in results if each["SubjectType"] == "HIT"]
        assert found(about_hit, "QuestionId", "Key", "Value") == [
            ("a", "AgreedAnswerFound", "true"),
            ("a", "AgreedAnswer", "coat"),
            ("a", "AnswerAgreementScore", "66"),
            ("b", "AgreedAnswerFound", "true"),
            ("b", "AgreedAnswer", "blue"),
            ("b", "AnswerAgreementScore", "66"),
            ("c", "AgreedAnswerFound", "true"),
            ("c", "AgreedAnswer", "large"),
            ("c", "AnswerAgreementScore", "100"),
            ("d", "AgreedAnswerFound", "false"),
            (None, "HitAgreementScore", "75"),
        ]
        about_work = [each for each in results if each["SubjectType"] == "Assignment"]
        assert found(about_work, "SubjectId", "Key", "Value") == [
            (ids[0], "PluralityAnswersCorrect", "3"),
            (ids[0], "PluralityAnswersIncorrect", "0"),
            (ids[0], "WorkerAgreementScore", "100"),
            (ids[1], "PluralityAnswersCorrect", "2"),
            (ids[1], "PluralityAnswersIncorrect", "1"),
            (ids[1], "WorkerAgreementScore", "66"),
            (ids[2], "PluralityAnswersCorrect", "2"),
            (ids[2], "PluralityAnswersIncorrect", "1"),
            (ids[2], "WorkerAgreementScore", "66"),
        ]

    def test_only_once_the_hit_is_reviewable(self, requester, people, review):
        """Nothing is compared before the last of the work is in."""
        hit_id = requester.hit(MaxAssignments=2, **plurality())
        people.do("Ann", hit_id, ("a", "1"))
        assert review(hit_id, "HIT") == ([], [])
        people.do("Bob", hit_id, ("a", "1"))
        assert review(hit_id, "HIT")[0]

    def test_decisions(self, requester, clothes, review):
        """Workers who agreed are approved, others rejected, with the policy's words."""
        rule = {
            "ApproveIfWorkerAgreementScoreIsAtLeast": 100,
            "RejectIfWorkerAgreementScoreIsLessThan": 67,
            "RejectReason": "Others see it otherwise",
        }
        hit_id = requester.hit(MaxAssignments=3, **plurality(**rule))
        clothes(hit_id)
        work = requester.work(hit_id)
        assert [each["AssignmentStatus"] for each in work] == ["Approved", "Rejected", "Rejected"]
        assert work[1]["RequesterFeedback"] == "Others see it otherwise"
        assert [each["ActionName"] for each in review(hit_id, "HIT")[1]] == [
            "approve",
            "reject",
            "reject",
        ]
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 3)
        assert requester.money() == ("9999.88", "0.00")

    def test_the_workers_own_submission(self, requester, people, market):
        """The last worker's assignment is decided with the others', and given back so."""
        rule = plurality(QuestionIds="a", ApproveIfWorkerAgreementScoreIsAtLeast=0)
        hit_id = requester.hit(AutoApprovalDelayInSeconds=0, **rule)
        people.do("Ann", hit_id, ("a", "1"))
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 1)
        assert requester.money() == ("9999.88", "0.00")

    @pytest.mark.parametrize(
        ("threshold", "given", "agreed"),
        [
            (65, ["x", "x", "y"], "x"),
            (66, ["x", "x", "y"], None),
            (49, ["x", "x", "y", "z"], "x"),
            (50, ["x", "x", "y", "z"], None),
            (0, ["x", "y"], None),
            (49, ["x", "y", "x", "y"], None),
            (99, ["x", "x"], "x"),
            (100, ["x", "x"], None),
            (50, ["", ""], ""),
            (50, ["A|B", "B|A", "A"], "A|B"),
            (50, ["x", " x ", "X"], "x"),
            (50, ["x" * 257, "x" * 257, "y"], "y"),
            (50, ["x" * 256, "x" * 256, "y"], "x" * 256),
        ],
    )
    def test_agreement(self, requester, people, review, threshold, given, agreed):
        """An answer is agreed on when more give it than the threshold, and than any other."""
        rule = plurality(QuestionIds="a", QuestionAgreementThreshold=threshold)
        hit_id = requester.hit(MaxAssignments=len(given), **rule)
        for number, text in enumerate(given):
            people.do(f"w{number}", hit_id, ("a", text))
        results = {each["Key"]: each["Value"] for each in review(hit_id, "HIT")[0]}
        assert results["AgreedAnswerFound"] == ("false" if agreed is None else "true")
        assert results.get("AgreedAnswer") == agreed
        assert results["HitAgreementScore"] == ("0" if agreed is None else "100")

    def test_extension_until_agreement(self, client, requester, people, review):
        """The HIT asks further workers, one at a time, until they agree; each run is kept."""
        rule = {
            "QuestionIds": "a",
            "ExtendIfHITAgreementScoreIsLessThan": 100,
            "ExtendMaximumAssignments": 5,
            "ExtendMinimumTimeInSeconds": 3600,
        }
        hit_id = requester.hit(MaxAssignments=2, **plurality(**rule))
        before = client.get_hit(HITId=hit_id)["HIT"]["Expiration"]
        people.do("Ann", hit_id, ("a", "1"))
        people.do("Bob", hit_id, ("a", "2"))
        assert requester.state(hit_id) == ("Assignable", 1, 0, 0)
        people.do("Cy", hit_id, ("a", "1"))
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
        shown = client.get_hit(HITId=hit_id)["HIT"]
        assert shown["MaxAssignments"] == 3
        assert shown["Expiration"] - before == timedelta(hours=1)
        results, actions = review(hit_id, "HIT")
        scores = [each["Value"] for each in results if each["Key"] == "HitAgreementScore"]
        assert scores == ["0", "100"]
        assert outcome(actions) == [("extend", "HIT", "Succeeded", None)]

    def test_extension_ends(self, client, requester, people):
        """Workers who never agree are asked up to the maximum, and not from below ten to ten."""
        rule = {
            "QuestionIds": "a",
            "ExtendIfHITAgreementScoreIsLessThan": 100,
            "ExtendAssignments": 4,
            "ExtendMaximumAssignments": 12,
        }
        hit_id = requester.hit(**plurality(**rule, QuestionAgreementThreshold=100))
        for number in range(9):
            people.do(f"w{number}", hit_id, ("a", str(number)))
        assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 9
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)

    def test_at_expiry(self, requester, people, market, review):
        """A HIT whose time ends is reviewed with the work that there is."""
        rule = plurality(QuestionIds="a", ApproveIfWorkerAgreementScoreIsAtLeast=100)
        hits = [requester.hit(MaxAssignments=9, **rule) for _ in range(3)]
        for hit_id in hits[:2]:
            for name in ("Ann", "Bob"):
                people.do(name, hit_id, ("a", "1"))
        market.clock.advance(timedelta(hours=2))
        for hit_id in hits[:2]:
            assert requester.state(hit_id) == ("Reviewable", 0, 0, 2)
        assert review(hits[2], "HIT") == ([], [])
        assert requester.money() == ("9999.52", "0.00")

    @pytest.mark.parametrize(
        ("delay", "status"), [(60, "Approved"), (3000, "Approved"), (10_000, "Rejected")]
    )
    def test_what_was_approved_by_then(self, requester, people, market, delay, status):
        """An approval that was due before the expiry comes first, however late both are noticed."""
        rule = plurality(QuestionIds="a", RejectIfWorkerAgreementScoreIsLessThan=101)
        hit_id = requester.hit(MaxAssignments=3, AutoApprovalDelayInSeconds=delay, **rule)
        people.do("Ann", hit_id, ("a", "1"))
        market.clock.advance(timedelta(days=2))
        assert requester.work(hit_id)[0]["AssignmentStatus"] == status

    def test_at_expiry_by_request(self, client, requester, people):
        """So is one that its requester lets expire."""
        rule = plurality(QuestionIds="a", ApproveIfWorkerAgreementScoreIsAtLeast=100)
        hit_id = requester.hit(MaxAssignments=3, **rule)
        people.do("Ann", hit_id, ("a", "1"))
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 1)

    @pytest.mark.parametrize("how", ["returned", "abandoned"])
    def test_when_the_last_work_is_not_submitted(self, client, requester, people, market, how):
        """An expired HIT is reviewed when the last worker gives it back or lets it lie."""
        rule = plurality(QuestionIds="a", ApproveIfWorkerAgreementScoreIsAtLeast=100)
        hit_id = requester.hit(MaxAssignments=3, **rule)
        people.do("Ann", hit_id, ("a", "1"))
        held = people.accept("Bob", hit_id)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        assert requester.state(hit_id) == ("Unassignable", 0, 1, 0)
        if how == "returned":
            people.give_back(held)
        else:
            market.clock.advance(timedelta(minutes=11))
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 1)
        assert requester.money() == ("9999.88", "0.00")

    def test_extension_of_an_expired_hit(self, requester, people, market, client):
        """An expired HIT without agreement returns for as long as the policy says, from now on."""
        rule = {
            "QuestionIds": "a",
            "ExtendIfHITAgreementScoreIsLessThan": 100,
            "ExtendMaximumAssignments": 5,
            "ExtendMinimumTimeInSeconds": 3600,
        }
        hit_id = requester.hit(MaxAssignments=3, **plurality(**rule))
        for name in ("Ann", "Bob"):
            people.do(name, hit_id, ("a", name))
        market.clock.advance(timedelta(hours=2))
        assert requester.state(hit_id) == ("Assignable", 2, 0, 0)
        assert requester.money() == ("9999.52", "0.48")
        left = client.get_hit(HITId=hit_id)["HIT"]["Expiration"] - market.clock.now()
        assert timedelta(minutes=59) < left <= timedelta(hours=1)

    @pytest.mark.parametrize("flag", ["T", "true", "F", "False"])
    def test_rejected_work(self, client, requester, people, review, flag):
        """Rejected assignments are left out where the policy says so."""
        rule = plurality(QuestionIds="a", DisregardAssignmentIfRejected=flag)
        hit_id = requester.hit(MaxAssignments=3, **rule)
        bad = people.do("Ann", hit_id, ("a", "2"))
        client.reject_assignment(AssignmentId=bad, RequesterFeedback="no")
        people.do("Bob", hit_id, ("a", "1"))
        people.do("Cy", hit_id, ("a", "1"))
        results = {each["Key"]: each["Value"] for each in review(hit_id, "HIT")[0]}
        left_out = flag.lower().startswith("t")
        assert results["AnswerAgreementScore"] == ("100" if left_out else "66")

    def test_low_known_scores(self, requester, people, review):
        """Work that scored too low on known answers is left out where the policy says so."""
        rule = plurality(
            QuestionIds="a",
            DisregardAssignmentIfKnownAnswerScoreIsLessThan=50,
            ApproveIfWorkerAgreementScoreIsAtLeast=100,
        )
        hit_id = requester.hit(MaxAssignments=3, **rule, **known())
        people.do("Ann", hit_id, *WRONG, ("a", "2"))
        people.do("Bob", hit_id, *HALF, ("a", "1"))
        people.do("Cy", hit_id, *RIGHT, ("a", "1"))
        results = {each["Key"]: each["Value"] for each in review(hit_id, "HIT")[0]}
        assert results["AnswerAgreementScore"] == "100"
        statuses = [each["AssignmentStatus"] for each in requester.work(hit_id)]
        assert statuses == ["Submitted", "Approved", "Approved"]

    def test_decisions_made_before(self, client, requester, people, review):
        """What is decided stays so: the same again succeeds, the opposite fails."""
        rule = {
            "QuestionIds": "a",
            "ApproveIfWorkerAgreementScoreIsAtLeast": 100,
            "RejectIfWorkerAgreementScoreIsLessThan": 100,
        }
        hit_id = requester.hit(MaxAssignments=5, **plurality(**rule))
        ids = [people.do(f"w{number}", hit_id, ("a", "1")) for number in range(2)]
        ids += [people.do(f"w{number}", hit_id, ("a", "2")) for number in range(2, 4)]
        for each in (ids[0], ids[2]):
            client.approve_assignment(AssignmentId=each)
        for each in (ids[1], ids[3]):
            client.reject_assignment(AssignmentId=each, RequesterFeedback="no")
        people.do("last", hit_id, ("a", "1"))
        assert outcome(review(hit_id, "HIT")[1]) == [
            ("approve", "Assignment", "Succeeded", None),
            ("approve", "Assignment", "Failed", STATE),
            ("reject", "Assignment", "Failed", STATE),
            ("reject", "Assignment", "Succeeded", None),
            ("approve", "Assignment", "Succeeded", None),
        ]
        assert requester.money() == ("9999.64", "0.00")

    def test_the_known_answers_go_first(self, requester, people, review):
        """A HIT that known answers extend is not yet Reviewable, and nothing is compared."""
        hit_id = requester.hit(**known(ExtendIfKnownAnswerScoreIsLessThan=100), **plurality())
        people.do("Ann", hit_id, *WRONG)
        assert review(hit_id, "HIT") == ([], [])
        people.do("Bob", hit_id, *RIGHT)
        assert requester.state(hit_id)[0] == "Reviewable"
        assert review(hit_id, "HIT")[0]

    def test_after_an_extension_by_its_requester(self, client, requester, people, review):
        """A HIT that becomes Reviewable again is reviewed again."""
        hit_id = requester.hit(**plurality(QuestionIds="a"))
        people.do("Ann", hit_id, ("a", "1"))
        client.create_additional_assignments_for_hit(HITId=hit_id, NumberOfAdditionalAssignments=1)
        people.do("Bob", hit_id, ("a", "2"))
        scores = [each for each in review(hit_id, "HIT")[0] if each["Key"] == "HitAgreementScore"]
        assert [each["Value"] for each in scores] == ["100", "0"]


class TestLists:
    """ListReviewPolicyResultsForHIT."""

    @pytest.fixture
    def hit_id(self, requester, people):
        """A HIT with both policies and the work of two."""
        rules = {**known(), **plurality(ApproveIfWorkerAgreementScoreIsAtLeast=0)}
        hit_id = requester.hit(MaxAssignments=2, **rules)
        people.do("Ann", hit_id, *RIGHT, ("a", "1"))
        people.do("Bob", hit_id, *WRONG, ("a", "1"))
        return hit_id

    def test_both_levels(self, client, hit_id):
        """Names of the policies and their reports are there unless one level is asked for."""
        answer = client.list_review_policy_results_for_hit(HITId=hit_id)
        assert answer["HITId"] == hit_id
        assert answer["AssignmentReviewPolicy"] == {"PolicyName": KNOWN}
        assert answer["HITReviewPolicy"] == {"PolicyName": PLURALITY}
        only = client.list_review_policy_results_for_hit(HITId=hit_id, PolicyLevels=["HIT"])
        assert only["HITReviewReport"] == answer["HITReviewReport"]
        assert not {"AssignmentReviewPolicy", "AssignmentReviewReport"} & only.keys()

    def test_actions_are_shown_whole(self, client, hit_id, requester):
        """An action has an id of its own, its target, its time and its result."""
        report = client.list_review_policy_results_for_hit(HITId=hit_id)["AssignmentReviewReport"]
        first, second = report["ReviewActions"]
        work = requester.work(hit_id)[0]
        assert first["ActionId"] != second["ActionId"]
        assert first["TargetId"] == work["AssignmentId"]
        assert first["CompleteTime"] == work["SubmitTime"]
        assert first["Result"] == "Known answers: 2/2 correct"

    @pytest.mark.parametrize("left_out", ["Actions", "Results"])
    def test_results_or_actions_alone(self, client, hit_id, left_out):
        """Either can be left out."""
        answer = client.list_review_policy_results_for_hit(
            HITId=hit_id, **{f"Retrieve{left_out}": False}
        )
        for report in (answer["AssignmentReviewReport"], answer["HITReviewReport"]):
            assert report.pop(f"Review{left_out}") == []
            assert all(report.values())

    @pytest.mark.parametrize("size", [1, 2, 7, 100])
    def test_pages(self, client, hit_id, size):
        """Pages together hold everything once, in order; the last is empty."""
        whole = client.list_review_policy_results_for_hit(HITId=hit_id)
        seen, token, sizes = {"Assignment": [], "HIT": []}, {}, []
        while True:
            page = client.list_review_policy_results_for_hit(HITId=hit_id, MaxResults=size, **token)
            reports = {level: page[f"{level}ReviewReport"] for level in seen}
            rows = {
                level: each["ReviewResults"] + each["ReviewActions"]
                for level, each in reports.items()
            }
            sizes.append(sum(map(len, rows.values())))
            for level in seen:
                seen[level] += rows[level]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert set(sizes[:-2]) <= {size}
        assert sizes[-1] == 0
        for level, rows in seen.items():
            report = whole[f"{level}ReviewReport"]
            assert rows == report["ReviewResults"] + report["ReviewActions"]

    def test_a_hit_without_policies(self, client, requester):
        """There is nothing to show but the HIT's id."""
        hit_id = requester.hit()
        answer = client.list_review_policy_results_for_hit(HITId=hit_id)
        del answer["ResponseMetadata"]
        assert answer == {"HITId": hit_id}

    def test_what_there_is_not(self, client, requester, hit_id):
        """Unknown HITs and tokens of other lists are refused."""
        with requester.refused("AWS.MechanicalTurk.HITDoesNotExist"):
            client.list_review_policy_results_for_hit(HITId="3NONE")
        token = client.list_review_policy_results_for_hit(HITId=hit_id)["NextToken"]
        with requester.refused(
            "AWS.MechanicalTurk.InvalidParameterValue", "ParameterValidationError"
        ):
            client.list_review_policy_results_for_hit(
                HITId=hit_id, RetrieveActions=False, NextToken=token
            )


MISSING = "AWS.MissingParameters"
RANGE = "AWS.ParameterOutOfRange"
VALUE = "AWS.MechanicalTurk.InvalidParameterValue"
NOTHING = {"AssignmentReviewPolicy": {"PolicyName": KNOWN}}


class TestParameters:
    """What a policy may say."""

    @pytest.mark.parametrize(
        ("policies", "code", "named"),
        [
            (NOTHING, MISSING, "AnswerKey"),
            (known(AnswerKey={}), MISSING, "AnswerKey"),
            (known(AnswerKey={"": ["x"]}), VALUE, "AnswerKey"),
            (known(AnswerKey={"é" * 128: ["x"]}), VALUE, "AnswerKey"),
            (known(AnswerKey={"q": ["x"], " q": ["y"]}), VALUE, "AnswerKey"),
            (known(Colour="red"), VALUE, "Colour"),
            (known(QuestionIds="a"), VALUE, "QuestionIds"),
            (known(ApproveIfKnownAnswerScoreIsAtLeast="x"), VALUE, "Approve"),
            (known(ApproveIfKnownAnswerScoreIsAtLeast="-1"), VALUE, "Approve"),
            (known(ApproveIfKnownAnswerScoreIsAtLeast="5.5"), VALUE, "Approve"),
            (known(ApproveIfKnownAnswerScoreIsAtLeast=["1", "2"]), VALUE, "Approve"),
            (known(ApproveIfKnownAnswerScoreIsAtLeast=102), RANGE, "Approve"),
            (known(RejectIfKnownAnswerScoreIsLessThan=102), RANGE, "Reject"),
            (known(ExtendIfKnownAnswerScoreIsLessThan=102), RANGE, "Extend"),
            (known(ExtendMaximumAssignments=1), RANGE, "ExtendMaximumAssignments"),
            (known(ExtendMaximumAssignments=26), RANGE, "ExtendMaximumAssignments"),
            (known(ExtendMinimumTimeInSeconds=59), RANGE, "ExtendMinimumTime"),
            (known(ExtendMinimumTimeInSeconds=31_536_001), RANGE, "ExtendMinimumTime"),
            (known(RejectReason="x" * 1025), RANGE, "RequesterFeedback"),
            (known(ApproveReason="\x07"), VALUE, "RequesterFeedback"),
            (plurality(QuestionIds=[]), MISSING, "QuestionIds"),
            (plurality(QuestionIds=" , "), MISSING, "QuestionIds"),
            (plurality(QuestionIds=[f"q{each}" for each in range(16)]), RANGE, "QuestionIds"),
            (plurality(QuestionAgreementThreshold=[]), MISSING, "QuestionAgreementThreshold"),
            (plurality(QuestionAgreementThreshold=101), RANGE, "QuestionAgreementThreshold"),
            (plurality(DisregardAssignmentIfRejected="maybe"), VALUE, "Disregard"),
            (plurality(ExtendIfHITAgreementScoreIsLessThan=1), MISSING, "ExtendMaximum"),
            (plurality(ExtendIfHITAgreementScoreIsLessThan=0), RANGE, "ExtendIf"),
            (plurality(ApproveIfWorkerAgreementScoreIsAtLeast=102), RANGE, "Approve"),
            (plurality(AnswerKey={"a": ["x"]}), VALUE, "AnswerKey"),
            ({"HITReviewPolicy": policy(KNOWN, AnswerKey=KEY)}, VALUE, "HITReviewPolicy"),
        ],
    )
    def test_what_it_may_not(self, client, requester, policies, code, named):
        """A policy that cannot be carried out is refused when its HIT is made."""
        with requester.refused(code, "ParameterValidationError", named):
            requester.hit(**policies)
        assert client.list_hits()["NumResults"] == 0

    def test_a_parameter_twice(self, requester):
        """A parameter is given once, however its name is spelt."""
        rule = known(RejectReason="x")
        rule["AssignmentReviewPolicy"]["Parameters"].append(parameter("rejectreason ", "y"))
        with requester.refused(VALUE, "ParameterValidationError"):
            requester.hit(**rule)

    def test_what_old_programs_say(self, requester, people):
        """Names in another case and with space around, questions with commas between them."""
        rule = policy(
            PLURALITY,
            QuestionIDs="a, b ,c",
            QuestionAgreementThreshold=" 49 ",
            ApproveIfWorkerAgreementScoreIsNotLessThan=100,
            RejectIfWorkerAgreementScoreIsLessThan=100,
        )
        rule["Parameters"].append(parameter("ExtendMaximumAssignments ", "10"))
        hit_id = requester.hit(HITReviewPolicy=rule)
        people.do("Ann", hit_id, ("a", "1"), ("b", "2"), ("c", "3"))
        assert requester.work(hit_id)[0]["AssignmentStatus"] == "Approved"

    def test_both_ways_of_making_a_hit(self, client, requester, people, review):
        """CreateHITWithHITType takes policies too, and checks them."""
        first = client.get_hit(HITId=requester.hit())["HIT"]
        properties = {name: first[name] for name in ("HITTypeId", "Question")}
        with requester.refused(MISSING, "ParameterValidationError"):
            client.create_hit_with_hit_type(**properties, LifetimeInSeconds=60, **NOTHING)
        made = client.create_hit_with_hit_type(**properties, LifetimeInSeconds=60, **known())
        people.do("Ann", made["HIT"]["HITId"], *RIGHT)
        assert review(made["HIT"]["HITId"], "Assignment")[0][-1]["Value"] == "100"


def test_at_the_same_moment_as_its_requester(market, requester, people, client):
    """What a requester decides while the last worker submits is decided once, and paid once."""
    rule = plurality(QuestionIds="a", ApproveIfWorkerAgreementScoreIsAtLeast=100)
    hit_id = requester.hit(MaxAssignments=5, **rule)
    ids = [people.do(f"w{number}", hit_id, ("a", "1")) for number in range(4)]
    held = people.accept("last", hit_id)

    def act(number):
        if number == 4:
            return people.submit(held, ("a", "1"))
        try:
            return client.reject_assignment(AssignmentId=ids[number], RequesterFeedback="no")
        except client.exceptions.RequestError as error:
            return error.response["TurkErrorCode"]

    at_once(act, 5)
    assert requester.state(hit_id)[0] == "Reviewable"
    with market.reading():
        rejected = Assignment.objects.filter(status=REJECTED).count()
        assert ReviewAction.objects.count() <= 5
    decided = requester.state(hit_id)[3]
    paid = Decimal("0.12") * (decided - rejected)
    assert Decimal(requester.money()[0]) == 10_000 - paid - Decimal("0.12") * (5 - decided)


def test_answers_of_forms():
    """Selections, other text and free text count; files do not."""
    document = (
        f'<QuestionFormAnswers xmlns="{SCHEMAS}2005-10-01/QuestionFormAnswers.xsd">\n'
        "<Answer><QuestionIdentifier>q</QuestionIdentifier>\n"
        "<SelectionIdentifier>B</SelectionIdentifier>\n"
        "<SelectionIdentifier>A</SelectionIdentifier>\n"
        "<OtherSelectionText> more </OtherSelectionText></Answer>\n"
        "<Answer><QuestionIdentifier>f</QuestionIdentifier>"
        "<UploadedFileKey>k</UploadedFileKey></Answer></QuestionFormAnswers>"
    )
    found = answers(document)
    assert values_of(found["q"]) == {"A", "B", "more"}
    assert found["f"] == []
    assert answers("") == {}


@given(st.lists(st.text()))
def test_values_are_compared_in_any_order(texts):
    """Order and the space around values do not matter, and what agrees with itself is compared."""
    assert values_of(texts) == values_of([f" {each}\n" for each in reversed(texts)])
    long = len("|".join(texts)) > 256
    assert comparable(texts) == (None if long else values_of(texts))
