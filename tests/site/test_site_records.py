"""What a worker reads and writes about the work that was done."""

import json
import re
from datetime import timedelta

import pytest
from crowdmake.market.models import HIT, Assignment, Message, Report
from crowdmake.market.models import Qualification as Granted
from crowdmake.market.workers import Refused
from crowdmake.market.working import letters
from market.exams import ANSWER_KEY, EXAM, TEST, new_type
from market.form_kit import form, formatted, question
from market.kit import PROPERTIES, People
from playwright.sync_api import expect
from sitekit import session_cookie, sign_in, worker_account

MARKUP = "<script>alert('x')</script><b>&amp;\n\u202ebold</b>"
SHOWN = MARKUP.replace("\n", " ")
ELSEWHERE = "3" + "A" * 29


@pytest.fixture
def people(market, account):
    """The market's workers, of whom Ada has an account."""
    people = People(market)
    people._known["Ada"] = account.worker
    return people


@pytest.fixture
def hit(client):
    """Return the id of a new HIT, with other properties where they are given."""

    def make(**properties):
        return client.create_hit(**{**PROPERTIES, **properties})["HIT"]["HITId"]

    return make


@pytest.fixture
def text(page):
    """Go to an address that is there; return what the page says."""

    def read(path):
        response = page.goto(path)
        assert response.status == 200, path
        return " ".join(page.locator("main").inner_text().split())

    return read


def bonus(client, account, assignment_id, amount="0.05", reason="Thanks"):
    client.send_bonus(
        WorkerId=account.worker.worker_id,
        AssignmentId=assignment_id,
        BonusAmount=amount,
        Reason=reason,
    )


def reject(client, people, hit_id, feedback="wrong"):
    """Return Ada's assignment of the HIT, rejected."""
    done = people.do("Ada", hit_id)
    client.reject_assignment(AssignmentId=done, RequesterFeedback=feedback)
    return done


def group(client, hit_id):
    return client.get_hit(HITId=hit_id)["HIT"]["HITGroupId"]


class TestHistory:
    """What a worker did, and what became of it."""

    def test_a_record(self, page, text, client, people, account, hit):
        """Answers, feedback and bonuses are shown as they were written, and markup is text."""
        done = people.do(
            "Ada", hit(Title="Say <i>it</i>"), ("<label>", MARKUP), ("box", "a"), ("box", "b")
        )
        client.approve_assignment(AssignmentId=done, RequesterFeedback=MARKUP)
        bonus(client, account, done, "1.25", MARKUP)
        said = text(f"/assignments/{done}")
        assert said.count(SHOWN) == 3
        for each in ("Say <i>it</i>", "Approved", "0.10", "1.25", "<label>", "a|b", "local", done):
            assert each in said
        assert "$" not in said
        assert page.locator("main script, main b, main i").count() == 0
        assert page.said == []

    def test_a_forms_questions(self, text, people, hit):
        """The answers to a form stand below its questions' words, whatever markup these have."""
        xml = form(question(identifier="q1", content=formatted("<p>How <b>warm</b>?</p>")))
        done = people.do("Ada", hit(Question=xml), ("q1", "very"))
        said = text(f"/assignments/{done}")
        assert re.search(r"How warm \? very", said)
        assert "q1" not in said

    def test_states(self, page, text, client, people, market, hit):
        """The list tells what became of everything, newest first, and can be narrowed."""
        people.give_back(people.accept("Ada", hit(Title="returned")))
        reject(client, people, hit(Title="rejected"))
        people.do("Ada", hit(Title="waiting"))
        people.accept("Ada", hit(Title="late", AssignmentDurationInSeconds=30))
        market.clock.advance(timedelta(minutes=1))
        people.accept("Ada", hit(Title="held"))
        text("/history")
        rows = page.locator("tbody tr")
        assert [row.split("\n")[0].split("\t")[0] for row in rows.all_inner_texts()] == [
            "held",
            "late",
            "waiting",
            "rejected",
            "returned",
        ]
        assert rows.locator(".badge").all_inner_texts() == [
            "In progress",
            "Time ran out",
            "Waiting for a decision",
            "Rejected",
            "Returned",
        ]
        page.get_by_label("Show").select_option("Rejected")
        page.get_by_role("button", name="Show").click()
        expect(rows).to_have_count(1)
        page.get_by_role("link", name="rejected").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("rejected")

    def test_pages(self, page, text, people, hit, market):
        """A long list comes in pages that keep the filter."""
        for _ in range(27):
            people.do("Ada", hit())
        text("/history?status=Submitted")
        assert page.locator("tbody tr").count() == 25
        page.get_by_role("link", name="Next").click()
        expect(page.locator("tbody tr")).to_have_count(2)
        assert "status=Submitted" in page.url
        assert "Page 2 of 2" in text("/history?page=99")
        assert "Page 1 of 2" in text("/history?page=x&status=nothing")

    def test_automatic_approval_is_foretold(self, text, people, hit):
        """Work that waits says when it is approved by itself."""
        done = people.do("Ada", hit(AutoApprovalDelayInSeconds=3600))
        assert "approved by itself at" in text(f"/assignments/{done}")


class TestReplies:
    """An answer to a rejection, before it is too late."""

    def test_answered_and_overridden(self, page, text, client, people, hit):
        """The requester's client reads the reply and overrides; the worker sees that, too."""
        hit_id = hit()
        done = reject(client, people, hit_id, MARKUP)
        said = text(f"/assignments/{done}")
        assert SHOWN in said
        assert "can change the decision until" in said
        page.get_by_label("Your answer").fill(MARKUP)
        page.get_by_role("button", name="Send your answer").click()
        expect(page.get_by_text("Your answer was sent")).to_be_visible()
        assert page.get_by_label("Your answer").count() == 0
        found = client.list_review_policy_results_for_hit(HITId=hit_id)
        (result,) = found["AssignmentReviewReport"]["ReviewResults"]
        assert (result["SubjectId"], result["Key"]) == (done, "WorkerReply")
        assert result["Value"].replace("\r\n", "\n") == MARKUP
        client.approve_assignment(
            AssignmentId=done, OverrideRejection=True, RequesterFeedback="Sorry"
        )
        said = text(f"/assignments/{done}")
        assert "Sorry" in said
        assert "Approved" in said
        assert SHOWN in said
        assert page.said == []

    def test_not_twice_from_an_old_tab(self, page, text, client, people, market, hit):
        """What was answered meanwhile is refused in words."""
        done = reject(client, people, hit())
        text(f"/assignments/{done}")
        with market.reading():
            work = Assignment.objects.get(assignment_id=done)
        market.run(lambda now: letters.reply(work, "First", now))
        page.get_by_label("Your answer").fill("Second")
        page.get_by_role("button", name="Send your answer").click()
        expect(page.get_by_role("alert")).to_have_text("You have answered this rejection.")
        with pytest.raises(Refused):
            market.run(lambda now: letters.reply(work, "Third", now))

    def test_when_it_is_too_late(self, page, text, client, people, market, hit):
        """After 30 days there is nothing to answer, and the page says so."""
        done = reject(client, people, hit())
        market.clock.advance(timedelta(days=31))
        assert "is over" in text(f"/assignments/{done}")
        assert page.get_by_label("Your answer").count() == 0

    def test_words_are_needed(self, page, text, client, people, hit):
        """An empty answer is none."""
        done = reject(client, people, hit())
        text(f"/assignments/{done}")
        field = page.get_by_label("Your answer")
        field.fill("  ")
        page.get_by_role("button", name="Send your answer").click()
        expect(page.locator(".errorlist")).to_have_text("This field is required.")


class TestEarnings:
    """What a worker earned."""

    def test_sums(self, page, text, client, people, account, hit):
        """Rewards, bonuses and what waits are told apart; sums go by requester and period."""
        done = people.do("Ada", hit(Reward="0.30"))
        client.approve_assignment(AssignmentId=done)
        bonus(client, account, done, "1.05")
        people.do("Ada", hit(Reward="2.00"))
        reject(client, people, hit(Reward="4.00"))
        said = text("/earnings")
        assert "practice, unpaid" in said
        assert "$" not in said
        totals = dict(
            zip(
                page.locator(".totals dt").all_inner_texts(),
                page.locator(".totals dd").all_inner_texts(),
                strict=True,
            )
        )
        assert totals == {
            "Earned in all": "1.35",
            "Rewards, 1 approved": "0.30",
            "Bonuses, 1": "1.05",
            "Waiting, 1 submitted": "2.00",
            "Not earned, 1 rejected": "4.00",
        }
        for period in ("day", "week", "month", "requester"):
            page.get_by_label("Sum up by").select_option(period)
            page.get_by_role("button", name="Show").click()
            page.wait_for_url(f"**/earnings?by={period}")
            row = page.locator("tbody tr").inner_text()
            assert re.search(r"local\s+0\.30 \(1\)\s+1\.05 \(1\)\s+1\.35", row)
        assert page.said == []

    def test_nothing_yet(self, text):
        """A new worker reads where to begin; an unknown period is the day."""
        assert "No work of yours" in text("/earnings?by=century")


class TestMessages:
    """What was written to a worker."""

    def test_read(self, page, text, client, people, hit):
        """A message of NotifyWorkers is announced until it was opened; markup is text."""
        done = people.do("Ada", hit())
        client.approve_assignment(AssignmentId=done)
        worker_id = people.worker("Ada").worker_id
        client.notify_workers(Subject=MARKUP, MessageText=MARKUP, WorkerIds=[worker_id])
        assert "Unread" in text("/messages")
        assert "1 unread" in page.locator(".menu").inner_text().replace("\n", " ")
        page.locator("main .unread a").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert " ".join(page.locator("main").inner_text().split()).count(SHOWN) == 2
        assert page.locator("main script, main b").count() == 0
        assert "Unread" not in text("/messages")
        assert page.said == []

    def test_none(self, text):
        """Nobody has written yet."""
        assert "Nobody has written" in text("/messages")


class TestReports:
    """A HIT that is broken or wrong."""

    def test_of_accepted_work(self, page, text, client, people, hit, market):
        """The requester's client reads the report; a second one takes its place."""
        hit_id = hit()
        done = people.do("Ada", hit_id)
        for details in ("first", MARKUP):
            text(f"/assignments/{done}")
            page.get_by_role("link", name="Report this HIT").click()
            page.get_by_label("The page does not work").check()
            page.get_by_label("Details").fill(details)
            page.get_by_role("button", name="Send the report").click()
            expect(page.get_by_text("Thank you")).to_be_visible()
        found = client.list_review_policy_results_for_hit(HITId=hit_id)
        (result,) = found["HITReviewReport"]["ReviewResults"]
        assert result["SubjectId"] == people.worker("Ada").worker_id
        assert result["Value"].replace("\r\n", "\n") == f"broken: {MARKUP}"
        assert "You reported this HIT" in text(f"/assignments/{done}/report")
        assert page.get_by_label("Details").input_value() == MARKUP
        assert page.locator("main script, main b").count() == 0

    def test_of_what_was_looked_at(self, page, text, client, hit, market):
        """A previewed HIT is reported by its group; a reason without words needs some."""
        hit_id = hit()
        text(f"/projects/{group(client, hit_id)}/report?hit={hit_id}")
        page.get_by_label("Something else").check()
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator(".errorlist")).to_have_text("Say what is wrong.")
        page.get_by_label("Details").fill("It blinks")
        page.get_by_role("button", name="Send the report").click()
        page.wait_for_url("**/tasks")
        with market.reading():
            assert Report.objects.get().hit == HIT.objects.get(hit_id=hit_id)

    def test_what_is_not_there(self, page, client, hit):
        """Neither another group's HIT, nor nonsense, nor a HIT that this worker may not discover."""
        needed = {
            "QualificationTypeId": new_type(client),
            "Comparator": "Exists",
            "ActionsGuarded": "DiscoverPreviewAndAccept",
        }
        hidden = group(client, hit(QualificationRequirements=[needed], Title="hidden"))
        shown = group(client, hit())
        other = hit(Title="another")
        for path in (hidden, f"{shown}?hit={other}", f"{shown}?hit=%00", ELSEWHERE, "%00"):
            place, _, query = path.partition("?")
            assert page.goto(f"/projects/{place}/report?{query}").status == 404


class TestQualifications:
    """What a worker has, requests, and takes tests for."""

    def test_a_request(self, page, text, client, people):
        """It waits, is granted, and is taken back; the worker sees each."""
        type_id = new_type(client, Name="<i>Labels</i>", Description=MARKUP)
        assert "<i>Labels</i>" in text("/qualifications")
        page.get_by_role("link", name="<i>Labels</i>").click()
        page.get_by_role("button", name="Request this qualification").click()
        expect(page.get_by_text("Your request was sent")).to_be_visible()
        assert SHOWN in text(f"/qualifications/{type_id}")
        assert page.get_by_role("button", name="Request").count() == 0
        (asked,) = client.list_qualification_requests()["QualificationRequests"]
        request_id = {"QualificationRequestId": asked["QualificationRequestId"]}
        client.accept_qualification_request(**request_id, IntegerValue=42)
        assert re.search("You have it.*42", text(f"/qualifications/{type_id}"))
        client.disassociate_qualification_from_worker(
            QualificationTypeId=type_id, WorkerId=asked["WorkerId"], Reason=MARKUP
        )
        said = text(f"/qualifications/{type_id}")
        assert "Taken back" in said
        assert said.count(SHOWN) == 2
        page.get_by_role("button", name="Request this qualification").click()
        expect(page.get_by_role("alert")).to_contain_text("only once")
        assert page.said == []

    def test_a_test(self, page, text, client, account, market):
        """It is taken in a frame of its own against the clock, and scored by its key."""
        type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY)
        assert "10 minutes" in text(f"/qualifications/{type_id}")
        page.get_by_role("button", name="Take the test").click()
        expect(page.get_by_role("timer")).to_contain_text("9:")
        inside = page.frame_locator("iframe")
        inside.get_by_label("red").check()
        inside.get_by_label("square").check()
        inside.get_by_role("button", name="Submit").click()
        expect(page.get_by_text("You have this qualification now.")).to_be_visible()
        with market.reading():
            assert Granted.objects.get(worker=account.worker).value == 3
        assert page.said == []

    def test_a_test_again(self, page, text, client, market):
        """Who may take a test again reads from when on, and then may."""
        type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY, RetryDelayInSeconds=7200)
        text(f"/qualifications/{type_id}")
        page.get_by_role("button", name="Take the test").click()
        page.wait_for_url("**/test")
        market.clock.advance(timedelta(minutes=11))
        again = re.escape("You can take the test again at ") + r"\d+ \w{3} 20\d\d, \d\d:\d\d UTC\."
        assert re.search(again, text(f"/qualifications/{type_id}"))
        assert page.get_by_role("button", name="Take the test").count() == 0
        market.clock.advance(timedelta(minutes=110))
        text(f"/qualifications/{type_id}")
        page.get_by_role("button", name="Take the test").click()
        page.wait_for_url("**/test")

    def test_a_test_with_markup_is_held_by_its_frame(self, page, text, client):
        """A requester's markup is on another origin, in a sandbox, and never in the site's page."""
        marked = TEST.replace("<Text>colour?</Text>", formatted("<h2>Loud</h2>"))
        type_id = new_type(client, Test=marked, TestDurationInSeconds=60)
        text(f"/qualifications/{type_id}")
        page.get_by_role("button", name="Take the test").click()
        frame = page.locator("iframe")
        expect(page.frame_locator("iframe").get_by_role("heading", name="Loud")).to_be_visible()
        assert page.get_by_role("heading", name="Loud").count() == 0
        assert "allow-same-origin" not in frame.get_attribute("sandbox")
        held = page.goto(frame.get_attribute("src"))
        assert "sandbox allow-scripts" in held.headers["content-security-policy"]
        assert page.evaluate("origin") == "null"

    def test_a_tests_time(self, page, text, client, market):
        """After its time a test is neither shown nor taken in."""
        type_id = new_type(client, **EXAM)
        text(f"/qualifications/{type_id}")
        page.get_by_role("button", name="Take the test").click()
        frame = page.locator("iframe").get_attribute("src")
        inside = page.frame_locator("iframe")
        inside.get_by_label("red").check()
        inside.get_by_label("round").check()
        market.clock.advance(timedelta(minutes=11))
        inside.get_by_role("button", name="Submit").click()
        expect(page.get_by_role("alert")).to_contain_text("time for this test is over")
        assert page.goto(frame).status == 404
        assert "not handed in in time" in text(f"/qualifications/{type_id}/test")

    def test_answers_to_another_test(self, page, text, client, market):
        """Fields that name another request are refused, as is what is no list of fields."""
        type_id = new_type(client, **EXAM)
        text(f"/qualifications/{type_id}")
        page.get_by_role("button", name="Take the test").click()
        page.wait_for_url("**/test")

        def post(body):
            return page.evaluate(
                """body => fetch(document.getElementById("work").dataset.submit, {method: "POST", body,
                headers: {"X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value}})
                .then(async reply => [reply.status, (await reply.json()).refused])""",
                body,
            )

        foreign = json.dumps({"fields": [["assignmentId", ELSEWHERE], ["colour", "red"]]})
        assert post(foreign) == [409, "This page tried to hand in another test."]
        for body in ("[]", "{", '{"fields": [["a"]]}', '{"fields": [[1, 2]]}', ""):
            assert post(body)[0] == 400

    def test_what_the_market_knows(self, text, client, people, hit):
        """The service's own qualifications are listed with their values."""
        client.approve_assignment(AssignmentId=people.do("Ada", hit()))
        assert re.search(r"Worker_NumberHITsApproved\s+1\b", text("/qualifications"))


class TestStrangers:
    """Nobody reads what is another worker's."""

    def test_others_records_are_not_there(
        self, browser, origin, market, vault, page, client, people, hit
    ):
        """Eve gets 404 where Ada reads, for each page that names something of hers."""
        done = reject(client, people, hit())
        held = people.accept("Ada", hit())
        type_id = new_type(client, **EXAM)
        worker_id = people.worker("Ada").worker_id
        client.associate_qualification_with_worker(QualificationTypeId=type_id, WorkerId=worker_id)
        client.update_qualification_type(
            QualificationTypeId=type_id, QualificationTypeStatus="Inactive"
        )
        with market.reading():
            letter = Message.objects.get()
        places = [
            f"/assignments/{done}",
            f"/assignments/{done}/report",
            f"/assignments/{held.assignment_id}",
            f"/messages/{letter.pk}",
            f"/qualifications/{type_id}",
        ]
        eve = browser.new_context(base_url=origin)
        sign_in(eve, origin, session_cookie(market, vault, worker_account(market, "Eve")))
        theirs = eve.new_page()
        for place in places:
            assert theirs.goto(place).status == 404, place
        assert "Label a sentence" not in theirs.goto("/history").text()
        with market.reading():
            assert Message.objects.get().read_at is None
        for place in places:
            assert page.goto(place).status == 200, place
        eve.close()

    @pytest.mark.parametrize(
        "path",
        [
            f"/assignments/{ELSEWHERE}",
            "/assignments/%00",
            "/messages/0",
            "/messages/99999999999999999999999",
            f"/qualifications/{ELSEWHERE}",
            "/qualifications/00000000000000000060",
            f"/qualifications/{ELSEWHERE}/test",
        ],
    )
    def test_what_is_not_there(self, page, path):
        """Whatever does not exist is a page that says so."""
        assert page.goto(path).status == 404

    @pytest.mark.parametrize(
        "path",
        [
            "/history",
            "/earnings",
            "/messages",
            "/messages/1",
            "/qualifications",
            f"/assignments/{ELSEWHERE}",
            f"/projects/{ELSEWHERE}/report",
            f"/qualifications/{ELSEWHERE}",
        ],
    )
    def test_strangers_sign_in_first(self, browser, origin, path):
        """Who is not signed in is led there, and back afterwards."""
        context = browser.new_context(base_url=origin)
        page = context.new_page()
        page.goto(path)
        assert page.url.startswith(f"{origin}/sign-in?next=")
        context.close()
