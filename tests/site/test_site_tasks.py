"""Workers find HITs and do them in Chromium; requesters read the answers with boto3."""

import json
import re
from datetime import timedelta
from urllib.request import urlopen

import pytest
from crowdmake.market import workers
from crowdmake.market.models import HIT, Account, Assignment, HITType
from crowdmake.market.working.limits import MOST_HELD
from market.form_kit import UPLOAD, form, question
from market.kit import PROPERTIES, html_question
from playwright.sync_api import expect
from sitekit import session_cookie, sign_in, worker_account

PAGE = """<!DOCTYPE html><html lang="en"><head><title>Label</title></head><body>
<form action="https://www.mturk.com/mturk/externalSubmit" method="post">
<input type="hidden" name="assignmentId" id="assignmentId">
<p>What is it about?</p>
<label><input type="radio" name="topic" value="bridge"> a bridge</label>
<label><input type="radio" name="topic" value="budget"> the budget</label>
<label>Why? <input name="why"></label>
<input type="submit" id="go" value="Submit">
</form>
<script>
  const given = new URLSearchParams(location.search).get("assignmentId");
  document.getElementById("assignmentId").value = given;
  if (given === "ASSIGNMENT_ID_NOT_AVAILABLE") document.getElementById("go").disabled = true;
</script></body></html>"""
HEAD = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.'
    'amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
)
LABEL = PROPERTIES["Title"]
NO_ANSWERS = [
    "",
    "[]",
    "{}",
    '{"fields": 1}',
    '{"fields": [["a"]]}',
    '{"fields": [["a", 1]]}',
    '{"fields": [["a", "b", "c"]]}',
    '{"fields": [["a", "b"]], "files": 1}',
    '{"fields": [["a", "b"]], "files": ["x"]}',
    '{"fields": ' + "[" * 100_000,
]
SCRIPT = "<script>document.title = 'broken'</script><b>"


def hit(client, **properties):
    """Return a new HIT."""
    given = {**PROPERTIES, "Question": html_question(PAGE), **properties}
    return client.create_hit(**given)["HIT"]


def answers(client, made):
    """Return the answers that the requester reads."""
    work = client.list_assignments_for_hit(HITId=made["HITId"])["Assignments"]
    return [each["Answer"] for each in work]


def preview_at(made):
    return f"/projects/{made['HITGroupId']}/tasks"


def accepted(page, made):
    """Accept a HIT of the group, and return the work page's address."""
    page.goto(preview_at(made))
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/tasks/3*")
    return page.url


def frame(page):
    return page.frame_locator("#hit")


def fill_in(page, why="because"):
    """Answer the page's questions, and submit."""
    frame(page).get_by_label("a bridge").check()
    frame(page).get_by_label("Why?").fill(why)
    frame(page).get_by_role("button", name="Submit").click()


def refusal(page):
    """Return what the page refuses, once it does."""
    said = page.get_by_role("alert").filter(visible=True)
    expect(said).to_be_visible()
    return said.inner_text()


@pytest.fixture
def other(browser, origin, market, vault):
    """A tab in which another worker, Bob, has signed in."""
    context = browser.new_context(base_url=origin)
    sign_in(context, origin, session_cookie(market, vault, worker_account(market, "bob")))
    yield context.new_page()
    context.close()


@pytest.fixture
def http(page):
    """Requests of Ada's session, without a page."""
    return page.context.request


class TestCircle:
    """From the list to the requester's answers."""

    def test_a_hit_is_found_previewed_accepted_and_done(self, page, client):
        """The answers reach the requester in the exact XML, and the worker is told so."""
        hit(client, Title="Draw a box")
        made = hit(client, Title="Name the topic", Keywords="news, council", Reward="0.25")
        page.goto("/projects")
        page.get_by_role("searchbox").fill("council")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("heading", level=2)).to_have_text(["Name the topic"])
        page.get_by_role("link", name="Name the topic").click()
        expect(frame(page).locator("#go")).to_be_disabled()
        page.get_by_role("button", name="Accept").click()
        expect(frame(page).locator("#go")).to_be_enabled()
        fill_in(page, "it's <wide> & “long”")
        expect(page.get_by_role("status").first).to_contain_text("Your answers were submitted.")
        assert page.url.endswith("/projects")
        assert answers(client, made) == [
            f"{HEAD}<Answer><QuestionIdentifier>topic</QuestionIdentifier>"
            "<FreeText>bridge</FreeText></Answer>"
            "<Answer><QuestionIdentifier>why</QuestionIdentifier>"
            "<FreeText>it's &lt;wide&gt; &amp; &#8220;long&#8221;</FreeText></Answer>"
            "</QuestionFormAnswers>"
        ]
        expect(page.get_by_role("heading", level=2)).to_have_text(["Draw a box"])
        assert page.said == []

    def test_by_keyboard_alone(self, page, client):
        """From the list to the submission nothing is needed but Tab, Space and Enter."""
        made = hit(client)
        page.goto("/projects")

        def to(name):
            """Press Tab until what has the focus is called that."""
            for _ in range(40):
                page.keyboard.press("Tab")
                if name in page.evaluate(FOCUSED) or name in _focused_in_frame(page):
                    return
            pytest.fail(f"Tab does not reach {name}")

        to(LABEL)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{preview_at(made)}")
        to("Accept")
        page.keyboard.press("Enter")
        page.wait_for_url("**/tasks/3*")
        expect(frame(page).locator("#go")).to_be_visible()
        to("bridge")
        page.keyboard.press("Space")
        to("why")
        page.keyboard.type("keys")
        page.keyboard.press("Enter")
        page.wait_for_url("**/projects")
        assert "<FreeText>keys</FreeText>" in answers(client, made)[0]

    def test_what_requesters_write_is_text(self, page, client, market):
        """Markup in a title, a description, a keyword or a requester's name is shown as it is."""
        market.run(lambda _: _rename(market.requester, SCRIPT))
        made = hit(client, Title=SCRIPT, Description=SCRIPT * 2, Keywords=SCRIPT)
        for address in ("/projects?words=broken", preview_at(made)):
            page.goto(address)
            assert page.locator("main").inner_text().count(SCRIPT) >= 3
        accepted(page, made)
        assert SCRIPT in page.locator("main").inner_text()
        page.goto("/tasks")
        assert SCRIPT in page.locator("main").inner_text()
        assert page.locator("main b").count() == 0
        assert "broken" not in page.title().replace(SCRIPT, "")

    def test_order_filter_and_pages(self, page, client):
        """Groups come twenty a page, in the order that is asked for, without the forbidden."""
        adult = {"QualificationTypeId": "00000000000000000060", "Comparator": "EqualTo"}
        for number in range(21):
            hit(client, Title=f"Task {number:02}", Reward=f"0.{number + 10}")
        guarded = [{**adult, "IntegerValues": [1]}]
        hit(client, Title="Adults", Reward="0.90", QualificationRequirements=guarded)
        page.goto("/projects")
        page.get_by_label("Order").select_option("reward")
        page.get_by_role("button", name="Search").click()
        headings = page.get_by_role("heading", level=2)
        expect(headings).to_have_count(20)
        assert headings.first.inner_text() == "Adults"
        assert "Worker_Adult must be 1" in page.locator(".cards").inner_text()
        page.get_by_role("link", name="Next").click()
        expect(headings).to_have_text(["Task 01", "Task 00"])
        page.get_by_label("Only HITs that I may accept").check()
        page.get_by_role("button", name="Search").click()
        assert headings.first.inner_text() == "Task 20"
        page.goto("/projects?sort=nonsense&page=nonsense")
        assert headings.first.inner_text() == "Adults"
        page.goto("/projects?words=nothing+like+it")
        expect(page.get_by_text("No HITs on offer to you fit that.")).to_be_visible()

    def test_skipping_shows_the_next_hit_and_accepting_takes_the_one_that_is_shown(
        self, page, client, market
    ):
        """Skip goes through the group and begins anew; Accept is about the HIT on the screen."""
        made = [hit(client) for _ in range(3)]
        page.goto(preview_at(made[0]))
        shown = []
        for _ in range(4):
            shown.append(page.locator("[name=hit]").input_value())
            page.get_by_role("link", name="Skip", exact=True).click()
        assert shown == [each["HITId"] for each in (*made, made[0])]
        assert page.locator("[name=hit]").input_value() == made[1]["HITId"]
        page.get_by_role("button", name="Accept").click()
        page.wait_for_url("**/tasks/3*")
        with market.reading():
            assert Assignment.objects.get().hit.hit_id == made[1]["HITId"]

    def test_the_former_address_of_a_preview(self, page, client):
        """`/mturk/preview` leads to the group, by its own id or its HIT type's."""
        made = hit(client)
        for name in ("HITGroupId", "HITTypeId"):
            page.goto(f"/mturk/preview?groupId={made[name]}")
            assert page.url.endswith(preview_at(made))
        assert page.goto("/mturk/preview?groupId=3NONE").status == 404
        assert page.goto("/mturk/preview?groupId=%00").status == 404
        page.goto(f"{preview_at(made)}/accept_random")
        assert page.url.endswith(preview_at(made))


FOCUSED = "(document.activeElement.innerText || '') + (document.activeElement.name || '')"


def _focused_in_frame(page):
    inner = [each for each in page.frames if "/dynamic/hit" in each.url]
    script = "(document.activeElement.name || '') + (document.activeElement.value || '')"
    return "".join(each.evaluate(script) for each in inner)


def _rename(requester, name):
    type(requester).objects.filter(pk=requester.pk).update(name=name)


class TestMany:
    """Several HITs, and several workers."""

    def test_two_workers_race_for_the_last_assignment(self, page, other, client):
        """One gets it, the other is told that there are no more, with a way on."""
        made = hit(client)
        other.goto(preview_at(made))
        accepted(page, made)
        other.get_by_role("button", name="Accept").click()
        assert "There are no more of these HITs available." in refusal(other)
        other.get_by_role("link", name="Find other HITs").click()
        expect(other.get_by_text("There are no HITs for you")).to_be_visible()

    def test_the_next_hit_is_accepted_after_each_submission(self, page, client, market):
        """With accept-next the next HIT of the type follows at once, until none is left."""
        made = [hit(client) for _ in range(2)]
        hit(client, Title="Draw a box")
        first = accepted(page, made[0])
        page.get_by_label("Accept the next HIT automatically").check()
        fill_in(page)
        page.wait_for_url(lambda url: "/tasks/3" in url and url != first)
        expect(page.get_by_role("status").first).to_contain_text("Your answers were submitted.")
        expect(page.get_by_label("Accept the next HIT automatically")).to_be_checked()
        fill_in(page)
        page.wait_for_url("**/projects")
        said = page.get_by_role("status").first
        expect(said).to_contain_text("There are no more of these HITs available.")
        assert all(len(answers(client, each)) == 1 for each in made)
        with market.reading():
            assert Account.objects.get().accept_next

    def test_queue_and_return(self, page, client, market):
        """The queue shows what is held, leads back to it, and gives it back."""
        made = hit(client, Title="Draw a box", AssignmentDurationInSeconds=7200)
        hit(client)
        address = accepted(page, made)
        page.goto("/tasks")
        row = page.get_by_role("row").filter(has_text="Draw a box")
        expect(row).to_contain_text("1 hour 59 minutes")
        row.get_by_role("link", name="Continue").click()
        assert page.url == address
        page.get_by_role("button", name="Return").click()
        expect(page.get_by_role("status").first).to_contain_text("You have returned the HIT.")
        with market.reading():
            assert Assignment.objects.get().status == "Returned"
        accepted(page, made)
        page.goto("/tasks")
        page.get_by_role("button", name="Return").click()
        page.goto("/tasks")
        expect(page.get_by_text("You hold no HITs.")).to_be_visible()

    def test_after_a_submission_the_queue_comes_first(self, page, client):
        """Who holds other HITs is led to these."""
        made = hit(client)
        accepted(page, hit(client, Title="Draw a box"))
        accepted(page, made)
        fill_in(page)
        page.wait_for_url("**/tasks")
        expect(page.get_by_role("row").filter(has_text="Draw a box")).to_be_visible()


class TestTime:
    """The timer, and work whose time is over."""

    def test_the_timer_counts_by_the_markets_clock(self, page, client, market):
        """What is left is what the market says, however wrong the browser's clock is."""
        market.clock.advance(timedelta(days=3))
        made = hit(client, AssignmentDurationInSeconds=3700)
        accepted(page, made)
        expect(page.get_by_role("timer")).to_have_text(re.compile(r"^1:01:\d\d$"))

    def test_announcements_and_the_end(self, page, client, market):
        """Five minutes and one minute are announced, and at the end nothing can be sent."""
        made = hit(client, AssignmentDurationInSeconds=600)
        page.clock.install()
        accepted(page, made)
        announced = page.locator("#announcement")
        page.clock.fast_forward(298_000)
        expect(announced).to_have_text("")
        page.clock.fast_forward(5_000)
        expect(announced).to_have_text("Five minutes left.")
        page.clock.fast_forward(240_000)
        expect(announced).to_have_text("One minute left.")
        expect(page.get_by_role("timer")).to_have_class("timer soon")
        page.clock.fast_forward(60_000)
        assert "Time is up" in refusal(page)
        expect(page.get_by_role("timer")).to_have_text("time is up")
        expect(page.get_by_role("button", name="Return")).to_be_disabled()

    def test_answers_after_the_deadline_are_refused(self, page, client, market):
        """A worker whose time ran out is told so, on the page and at its address."""
        made = hit(client)
        address = accepted(page, made)
        market.clock.advance(timedelta(seconds=PROPERTIES["AssignmentDurationInSeconds"]))
        fill_in(page)
        assert "The time for this HIT is over" in refusal(page)
        assert answers(client, made) == []
        page.goto(address)
        assert "The time for this HIT is over" in refusal(page)
        page.get_by_role("link", name="Look at these HITs again").click()
        expect(page.get_by_role("button", name="Accept")).to_be_visible()


class TestRefusals:
    """Each says why, in words, and shows a way on."""

    def test_blocked(self, page, client, market, account):
        """A worker whom the requester blocks between preview and acceptance is told so."""
        made = hit(client)
        page.goto(preview_at(made))
        client.create_worker_block(WorkerId=account.worker.worker_id, Reason="spam")
        page.get_by_role("button", name="Accept").click()
        assert "You cannot work on this requester's HITs." in refusal(page)
        page.goto(preview_at(made))
        assert "You cannot work on this requester's HITs." in refusal(page)
        expect(page.get_by_role("button", name="Accept")).to_have_count(0)

    @pytest.mark.parametrize("guards", ["Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept"])
    def test_not_qualified(self, page, http, client, guards):
        """What is missing is said; a guarded page, or group, is not shown."""
        adult = {"QualificationTypeId": "00000000000000000060", "Comparator": "EqualTo"}
        needed = [{**adult, "IntegerValues": [1], "ActionsGuarded": guards}]
        made = hit(client, Title="For adults", QualificationRequirements=needed)
        page.goto(preview_at(made))
        assert "Worker_Adult must be 1" in refusal(page)
        expect(page.get_by_role("button", name="Accept")).to_have_count(0)
        assert page.locator("#hit").count() == (guards == "Accept")
        assert ("For adults" in page.content()) == (guards != "DiscoverPreviewAndAccept")
        page.goto("/projects")
        assert ("For adults" in page.content()) == (guards != "DiscoverPreviewAndAccept")
        # Without the button, too.
        token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        sent = http.post(f"{preview_at(made)}/accept_random", form={"csrfmiddlewaretoken": token})
        assert sent.status == 409
        assert "Worker_Adult must be 1" in sent.text()

    def test_too_many_at_once(self, page, client, market, account):
        """A worker who holds as many as allowed is told to do these first."""
        made = [hit(client, Question=html_question()) for _ in range(MOST_HELD + 1)]
        page.goto(preview_at(made[0]))

        def accept_all(now):
            for each in HIT.objects.order_by("-pk")[:MOST_HELD]:
                workers.accept(account.worker, each, now)

        market.run(accept_all)
        page.get_by_role("button", name="Accept").click()
        said = "You have accepted the maximum number of HITs allowed at one time."
        assert said in refusal(page)
        page.get_by_role("link", name="Go to your queue").click()
        expect(page.get_by_role("row")).to_have_count(MOST_HELD + 1)

    def test_expired_deleted_and_taken(self, page, client):
        """A group without a HIT to accept says what became of them."""
        made = hit(client, MaxAssignments=2)
        accepted(page, made)
        page.goto(preview_at(made))
        assert "You have accepted or done every one" in refusal(page)
        page.goto("/tasks")
        page.get_by_role("button", name="Return").click()
        client.update_expiration_for_hit(HITId=made["HITId"], ExpireAt=0)
        page.goto(preview_at(made))
        assert "These HITs have expired." in refusal(page)
        client.delete_hit(HITId=made["HITId"])
        page.goto(preview_at(made))
        assert "The requester has deleted these HITs." in refusal(page)
        page.get_by_role("link", name="Find other HITs").click()
        page.wait_for_url("**/projects")

    def test_submitted_and_returned_work_is_not_shown_again(self, page, client):
        """The address of a HIT that was handed in or returned says so."""
        made = hit(client)
        address = accepted(page, made)
        fill_in(page)
        page.wait_for_url("**/projects")
        page.goto(address)
        assert "You have already submitted this HIT." in refusal(page)
        made = hit(client)
        address = accepted(page, made)
        page.get_by_role("button", name="Return").click()
        page.wait_for_url("**/projects")
        page.goto(address)
        assert "You have returned this HIT." in refusal(page)

    def test_a_second_tab_cannot_submit_again(self, page, client):
        """Of two tabs with the same HIT the second is told that it was submitted or returned."""
        made = hit(client)
        address = accepted(page, made)
        second = page.context.new_page()
        second.goto(address)
        fill_in(page, "first")
        page.wait_for_url("**/projects")
        fill_in(second, "second")
        assert "You have already submitted this HIT." in refusal(second)
        assert "first" in answers(client, made)[0]
        third = hit(client)
        address = accepted(page, third)
        second.goto(address)
        page.get_by_role("button", name="Return").click()
        page.wait_for_url("**/projects")
        fill_in(second)
        assert "You have returned this HIT." in refusal(second)
        second.goto(address)
        assert answers(client, third) == []


class TestHostile:
    """What a page, or another worker, tries."""

    def test_another_workers_assignment_is_not_there(self, page, other, client):
        """Whatever is asked about another worker's assignment is answered with 404."""
        made = hit(client)
        address = accepted(page, made)
        assert other.goto(address).status == 404
        other.goto("/projects")
        token = other.locator("[name=csrfmiddlewaretoken]").first.input_value()
        for action in ("submit", "return"):
            answer = other.context.request.post(
                f"{address}/{action}",
                headers={"X-CSRFToken": token, "Content-Type": "application/json"},
                data=json.dumps({"fields": [["a", "b"]]}),
            )
            assert answer.status == 404
        assert answers(client, made) == []

    def test_only_with_the_sessions_token(self, page, http, client):
        """A submission without the session's CSRF token is refused."""
        address = accepted(page, hit(client))
        for action in ("submit", "return"):
            assert http.post(f"{address}/{action}", data="{}").status == 403

    def test_what_is_no_answer_is_refused(self, page, http, client):
        """Anything but fields of names and texts is refused in words, and nothing is written."""
        made = hit(client)
        address = accepted(page, made)
        token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        headers = {"X-CSRFToken": token, "Content-Type": "application/json"}

        def sent(text):
            # As bytes: what looks like JSON is parsed by Playwright.
            return http.post(f"{address}/submit", headers=headers, data=text.encode())

        for text in NO_ANSWERS:
            reply = sent(text)
            assert reply.status == 400, text
            assert reply.json() == {"refused": "The page sent something that is not an answer."}
        assert answers(client, made) == []
        assert (
            sent('{"fields": [["\\u0000\\ud800", "\\uffff"]], "accept_next": "yes"}').status == 200
        )
        assert answers(client, made) == [
            f"{HEAD}<Answer><QuestionIdentifier>&#65533;&#65533;</QuestionIdentifier>"
            "<FreeText>&#65533;</FreeText></Answer></QuestionFormAnswers>"
        ]

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ([["assignmentId", "{other}"], ["a", "b"]], "This page tried to submit other work."),
            ([["assignmentId", "{own}"]], "the page sent no answers"),
        ],
    )
    def test_other_work_and_no_answers(self, page, http, client, fields, why):
        """The market itself refuses another assignment's fields, and an empty submission."""
        address = accepted(page, hit(client, Title="Draw a box"))
        own = address.rpartition("/")[2]
        token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        text = json.dumps({"fields": fields}).replace("{own}", own).replace("{other}", "3X")
        headers = {"X-CSRFToken": token, "Content-Type": "application/json"}
        reply = http.post(f"{address}/submit", headers=headers, data=text)
        assert reply.status == 409
        assert why in reply.json()["refused"]

    def test_messages_are_taken_from_the_pages_frame_alone(self, page, client):
        """Neither the page itself, nor a frame within the HIT's, nor a wrong shape submits."""
        inner = (
            "<!DOCTYPE html><title>Inner</title><p id='p'>wait</p><iframe srcdoc=\"<script>"
            "top.postMessage({crowdmake: 'answers', fields: [['assignmentId', '%s'],"
            " ['a', 'inner']]}, '*')</script>\"></iframe><script>"
            "for (const data of [null, 'answers', {crowdmake: 'answers'},"
            " {crowdmake: 'answers', fields: [['a']]}, {crowdmake: 'answers', fields: [['a', {}]]}])"
            " parent.postMessage(data, '*');"
            "document.getElementById('p').textContent = 'tried'</script>"
        )
        made = hit(client, Question=html_question(inner))
        address = accepted(page, made)
        expect(frame(page).get_by_text("tried")).to_be_visible()
        page.evaluate(
            "id => postMessage({crowdmake: 'answers', fields: [['assignmentId', id], ['a', 'b']]})",
            address.rpartition("/")[2],
        )
        page.wait_for_timeout(500)
        assert page.url == address
        assert page.get_by_role("alert").filter(visible=True).count() == 0
        assert answers(client, made) == []

    def test_a_page_that_submits_other_work_is_refused(self, page, client):
        """A form with another assignmentId, or with none, submits nothing."""
        other = PAGE.replace(".value = given", '.value = "3OTHER"')
        made = hit(client, Question=html_question(other))
        accepted(page, made)
        fill_in(page)
        assert "This page tried to submit other work." in refusal(page)
        assert answers(client, made) == []

    def test_two_clicks_submit_once(self, page, client):
        """While answers are on their way, what else the page sends is not looked at."""
        twice = PAGE.replace(
            "<script>",
            "<script>document.querySelector('form').addEventListener('submit', (event) => {"
            "  event.preventDefault();"
            "  const form = event.target;"
            "  form.target = 'one'; HTMLFormElement.prototype.submit.call(form);"
            "});",
        ).replace("</body>", "<iframe name='one'></iframe></body>")
        made = hit(client, Question=html_question(twice))
        accepted(page, made)
        frame(page).get_by_label("a bridge").check()
        send = (
            "id => { for (const why of ['one', 'two']) parent.postMessage({crowdmake: 'answers',"
            " fields: [['assignmentId', id], ['why', why]]}, '*') }"
        )
        inner = next(each for each in page.frames if "/dynamic/hit" in each.url)
        inner.evaluate(send, page.url.rpartition("/")[2])
        page.wait_for_url("**/projects")
        assert "<FreeText>one</FreeText>" in answers(client, made)[0]

    def test_strangers_sign_in_first(self, browser, origin, client):
        """Without a session every page leads to signing in, and nothing is submitted."""
        made = hit(client)
        context = browser.new_context(base_url=origin)
        for address in ("/projects", "/tasks", preview_at(made), f"{preview_at(made)}/3WORK"):
            answer = context.request.get(address, max_redirects=0)
            assert answer.status == 302
            assert answer.headers["location"].startswith("/sign-in?next=")
        assert context.request.post(f"{preview_at(made)}/3WORK/submit", data="{}").status == 403
        context.close()


def test_only_groups_that_exist_are_shown(page, client, market):
    """An address of no group is answered with 404, as is a group with another's assignment."""
    one, two = hit(client), hit(client, Title="Draw a box")
    identifier = accepted(page, one).rpartition("/")[2]
    assert page.goto(f"{preview_at(two)}/{identifier}").status == 404
    assert page.goto("/projects/3NONE/tasks").status == 404
    assert page.goto("/projects/lower/tasks").status == 404
    with market.reading():
        assert HITType.objects.count() == 2


def test_a_file_is_handed_in_with_the_form(page, client, tmp_path):
    """A question form's file reaches the requester as it is, however large it may be."""
    asked = UPLOAD.replace(">30<", ">4000000<")
    made = hit(client, Question=form(question(asked, "photo"), question()))
    content = bytes(range(256)) * 12_000
    path = tmp_path / "photo.bin"
    path.write_bytes(content)
    address = accepted(page, made)
    identifier = address.rpartition("/")[2]
    frame(page).locator("[type=file]").set_input_files(path)
    frame(page).locator("[name=q]").fill("words")
    frame(page).get_by_role("button", name="Submit").click()
    page.wait_for_url("**/projects")
    named = {"AssignmentId": identifier, "QuestionIdentifier": "photo"}
    with urlopen(client.get_file_upload_url(**named)["FileUploadURL"]) as file:  # noqa: S310 - the market's own
        assert file.read() == content
    assert "<UploadedFileSizeInBytes>3072000</UploadedFileSizeInBytes>" in answers(client, made)[0]
    assert "<FreeText>words</FreeText>" in answers(client, made)[0]
