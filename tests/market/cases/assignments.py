"""Submitted work: shown, listed and decided."""

from decimal import Decimal

from crowdmake.market import workers

from market.cases import Scene, case
from market.cases.hits import OTHER_PAGE
from market.form_kit import UPLOAD, form, question

LONG = "x" * 1025


def done(scene: Scene, name: str = "Ann") -> str:
    """Return the id of submitted work."""
    return scene.people.do(name, scene.requester.hit(), ("label", "cat"))


def held(scene: Scene) -> str:
    """Return the id of work that is not submitted."""
    return scene.people.accept("Ann", scene.requester.hit()).assignment_id


def status(scene: Scene, assignment_id: str) -> str:
    """Return an assignment's status."""
    shown = scene.client.get_assignment(AssignmentId=assignment_id)["Assignment"]
    return shown["AssignmentStatus"]


@case("GetAssignment")
def work(scene: Scene):
    """An assignment is shown with its worker, its answer and its HIT."""
    answer = scene.client.get_assignment(AssignmentId=done(scene))
    shown, hit = answer["Assignment"], answer["HIT"]
    assert shown["AssignmentStatus"] == "Submitted"
    assert shown["WorkerId"] == scene.people.worker("Ann").worker_id
    assert "<FreeText>cat</FreeText>" in shown["Answer"]
    assert shown["HITId"] == hit["HITId"]
    assert hit["HITStatus"] == "Reviewable"


@case("GetAssignment", "AssignmentDoesNotExist")
def unknown_work(scene: Scene):
    """An id of no assignment is refused."""
    scene.client.get_assignment(AssignmentId="3NONE")


@case("GetAssignment", "InvalidAssignmentState")
def work_in_progress(scene: Scene):
    """Work is shown once it is submitted."""
    scene.client.get_assignment(AssignmentId=held(scene))


@case("ListAssignmentsForHIT")
def work_on_a_hit(scene: Scene):
    """A HIT's work is listed as it is shown, in the order of submission."""
    hit_id = scene.requester.hit(MaxAssignments=2)
    ids = [scene.people.do(name, hit_id) for name in ("Ann", "Bob")]
    page = scene.client.list_assignments_for_hit(HITId=hit_id)
    shown = [scene.client.get_assignment(AssignmentId=each)["Assignment"] for each in ids]
    assert page["Assignments"] == shown
    assert page["NumResults"] == 2
    assert page["NextToken"]
    scene.client.list_assignments_for_hit(HITId=hit_id)


@case("ListAssignmentsForHIT", "HITDoesNotExist")
def work_on_nothing(scene: Scene):
    """An id of no HIT is refused."""
    scene.client.list_assignments_for_hit(HITId="3NONE")


@case("ListAssignmentsForHIT", "AWS.ParameterOutOfRange")
def too_much_work_a_page(scene: Scene):
    """A page has 100 assignments at most."""
    scene.client.list_assignments_for_hit(HITId=scene.requester.hit(), MaxResults=101)


@case("ListAssignmentsForHIT", "InvalidParameterValue")
def a_foreign_token_of_work(scene: Scene):
    """A token is one that the market made."""
    hit_id = scene.requester.hit()
    scene.client.list_assignments_for_hit(HITId=hit_id, NextToken=OTHER_PAGE)


@case("ApproveAssignment")
def an_approval(scene: Scene):
    """The answer is empty, and the work is approved."""
    assignment_id = done(scene)
    answer = scene.client.approve_assignment(AssignmentId=assignment_id)
    assert set(answer) == {"ResponseMetadata"}
    assert status(scene, assignment_id) == "Approved"


@case("ApproveAssignment", "AssignmentDoesNotExist")
def an_approval_of_nothing(scene: Scene):
    """An id of no assignment is refused."""
    scene.client.approve_assignment(AssignmentId="3NONE")


@case("ApproveAssignment", "InvalidAssignmentState")
def an_approval_twice(scene: Scene):
    """Work is approved once."""
    assignment_id = done(scene)
    scene.client.approve_assignment(AssignmentId=assignment_id)
    scene.client.approve_assignment(AssignmentId=assignment_id)


@case("ApproveAssignment", "InsufficientFunds")
def an_override_that_is_not_covered(scene: Scene):
    """What a rejection released has to be there again."""
    key = {"AssignmentId": done(scene)}
    scene.client.reject_assignment(**key, RequesterFeedback="no")
    scene.market.set_balance(Decimal("0.11"))
    scene.client.approve_assignment(**key, OverrideRejection=True)


@case("ApproveAssignment", "InvalidParameterValue")
def an_approval_with_control_characters(scene: Scene):
    """Feedback is text."""
    scene.client.approve_assignment(AssignmentId=done(scene), RequesterFeedback="\x07")


@case("ApproveAssignment", "AWS.ParameterOutOfRange")
def an_approval_with_too_many_words(scene: Scene):
    """Feedback has 1024 characters at most."""
    scene.client.approve_assignment(AssignmentId=done(scene), RequesterFeedback=LONG)


@case("RejectAssignment")
def a_rejection(scene: Scene):
    """The answer is empty, and the work is rejected."""
    assignment_id = done(scene)
    answer = scene.client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
    assert set(answer) == {"ResponseMetadata"}
    assert status(scene, assignment_id) == "Rejected"


@case("RejectAssignment", "AssignmentDoesNotExist")
def a_rejection_of_nothing(scene: Scene):
    """An id of no assignment is refused."""
    scene.client.reject_assignment(AssignmentId="3NONE", RequesterFeedback="no")


@case("RejectAssignment", "InvalidAssignmentState")
def a_rejection_too_early(scene: Scene):
    """Work in progress is not rejected."""
    scene.client.reject_assignment(AssignmentId=held(scene), RequesterFeedback="no")


@case("RejectAssignment", "InvalidParameterValue")
def a_rejection_with_control_characters(scene: Scene):
    """Feedback is text."""
    scene.client.reject_assignment(AssignmentId=done(scene), RequesterFeedback="\x07")


@case("RejectAssignment", "AWS.ParameterOutOfRange")
def a_rejection_with_too_many_words(scene: Scene):
    """Feedback has 1024 characters at most."""
    scene.client.reject_assignment(AssignmentId=done(scene), RequesterFeedback=LONG)


def uploaded(scene: Scene) -> dict[str, str]:
    """Return a question that was answered by a file, as a request names it."""
    hit_id = scene.requester.hit(Question=form(question(UPLOAD, "photo"), question()))
    assignment = scene.people.accept("Ann", hit_id)
    scene.market.run(lambda now: workers.upload(assignment, "photo", b"1234", now))
    scene.people.submit(assignment, ("q", "x"))
    return {"AssignmentId": assignment.assignment_id, "QuestionIdentifier": "photo"}


@case("GetFileUploadURL")
def a_file(scene: Scene):
    """The answer is an address of the market that answered."""
    address = scene.client.get_file_upload_url(**uploaded(scene))["FileUploadURL"]
    assert address.startswith(f"{scene.client.meta.endpoint_url}/files/")


@case("GetFileUploadURL", "AssignmentDoesNotExist")
def a_file_of_no_work(scene: Scene):
    """An id of no assignment is refused."""
    scene.client.get_file_upload_url(AssignmentId="3NONE", QuestionIdentifier="q")


@case("GetFileUploadURL", "InvalidAssignmentState")
def a_file_too_early(scene: Scene):
    """A file is given once its assignment is submitted."""
    scene.client.get_file_upload_url(AssignmentId=held(scene), QuestionIdentifier="q")


@case("GetFileUploadURL", "InvalidParameterValue")
def a_question_without_a_file(scene: Scene):
    """A question that was answered otherwise has no file."""
    scene.client.get_file_upload_url(AssignmentId=done(scene), QuestionIdentifier="label")
