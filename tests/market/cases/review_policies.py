"""What review policies found and did."""

from market.cases import Scene, case
from market.cases.hits import OTHER_PAGE

POLICY = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "label", "Values": ["cat"]}]},
        {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
    ],
}


@case("ListReviewPolicyResultsForHIT")
def results(scene: Scene):
    """A report has what was found and what was done."""
    hit_id = scene.requester.hit(AssignmentReviewPolicy=POLICY)
    scene.people.do("Ann", hit_id, ("label", "cat"))
    answer = scene.client.list_review_policy_results_for_hit(HITId=hit_id)
    report = answer["AssignmentReviewReport"]
    assert [(each["Key"], each["Value"]) for each in report["ReviewResults"]] == [
        ("KnownAnswerCorrect", "1"),
        ("KnownAnswerScore", "100"),
    ]
    assert [(each["ActionName"], each["Status"]) for each in report["ReviewActions"]] == [
        ("review", "Succeeded"),
        ("approve", "Succeeded"),
    ]
    assert answer["NextToken"]
    assert scene.requester.work(hit_id)[0]["AssignmentStatus"] == "Approved"


@case("ListReviewPolicyResultsForHIT", "AWS.ParameterOutOfRange")
def too_many_results_a_page(scene: Scene):
    """A page has 100 results and actions at most."""
    hit_id = scene.requester.hit()
    scene.client.list_review_policy_results_for_hit(HITId=hit_id, MaxResults=101)


@case("ListReviewPolicyResultsForHIT", "HITDoesNotExist")
def results_of_nothing(scene: Scene):
    """An id of no HIT is refused."""
    scene.client.list_review_policy_results_for_hit(HITId="3NONE")


@case("ListReviewPolicyResultsForHIT", "InvalidParameterValue")
def a_foreign_token_of_results(scene: Scene):
    """A token is one that the market made."""
    hit_id = scene.requester.hit()
    scene.client.list_review_policy_results_for_hit(HITId=hit_id, NextToken=OTHER_PAGE)
