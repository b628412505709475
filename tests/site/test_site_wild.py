"""Pages in the manner of those that requesters wrote for Amazon: shown, filled in, submitted without a network."""

import json
import re
from pathlib import Path

import pytest
from framekit import Desk
from playwright.sync_api import expect

WILD = Path(__file__).with_name("wild")


@pytest.fixture
def desk(market, client, page, account):
    """A desk without a network: whatever is asked of another host is not there."""
    elsewhere = re.compile(r"^https?://(?!([\w.-]+\.)?localhost[:/])")
    page.context.route(elsewhere, lambda route: route.abort())
    return Desk(market, client, page, account)


def numbers(frame):
    frame.get_by_text("one more").click()
    frame.locator("[name=number1]").fill("030 1234")
    frame.get_by_text("one more").click()
    frame.locator("[name=number3]").fill("030 99")
    frame.locator("li", has=frame.locator("[name=number2]")).get_by_text("remove").click()
    frame.get_by_label("I looked").check()
    frame.get_by_role("button", name="Done").click()


def ratings(frame):
    frame.get_by_role("button", name="first 4").click()
    expect(frame.locator("#send")).to_be_disabled()
    frame.get_by_role("button", name="second 3").click()
    frame.locator("#send").click()


def survey(frame):
    frame.get_by_label("Provide").fill("123456")
    frame.locator("#submitButton").click()


def categories(frame):
    frame.locator("#submitButton").click()
    frame.get_by_label("Plant").check()
    frame.get_by_label("Comments").fill("a leaf")
    frame.locator("select").select_option("yes")
    frame.locator("#submitButton").click()


def words(frame):
    frame.locator("#submitButton").click()
    expect(frame.locator("#missing")).to_be_visible()
    frame.locator("[name=word0]").fill("sea")
    frame.locator("[name=comment]").fill("salt & sand")
    frame.locator("#submitButton").click()


def capitals(frame):
    frame.locator("textarea").fill("hello\nthere")
    frame.locator("[value=m]").check()
    frame.get_by_role("button").click()


def written(frame):
    frame.get_by_role("button").click()
    frame.get_by_label("blue").check()
    frame.get_by_label("cat").check()
    frame.get_by_role("button").click()


def reactions(frame):
    for _ in range(3):
        frame.get_by_role("button", name="now").click()


def described(frame):
    frame.locator("#submit-btn").click()
    frame.locator("textarea").fill("  a beach, with a dog ")
    frame.locator("#submit-btn").click()


def quiz(frame):
    for answer in ("4", "white", "A & B"):
        frame.get_by_label("Answer").fill(answer)
        frame.locator("#next").click()


def same_names(frame):
    frame.get_by_label("care").check()
    frame.get_by_label("loyalty").check()
    frame.get_by_label("Agree").select_option(["1", "3"])
    frame.locator("[name=word]").first.fill("goldclass12")
    frame.locator("[name=word]").last.fill("goldclass12")
    frame.get_by_role("button", name="Send it").press("Enter")


def birds(frame):
    frame.get_by_label("Cannot determine").check()
    frame.get_by_label("sure").fill("3")
    frame.get_by_label("Why?").fill("too small")
    frame.get_by_label("Age").fill("30")
    frame.get_by_label("good eyes").check()
    frame.get_by_role("button", name="Submit").click()


def claim(frame):
    frame.get_by_role("button", name="See examples").click()
    expect(frame.get_by_text("A walk is outdoors.")).to_be_visible()
    frame.get_by_role("button", name="Close").click()
    expect(frame.locator("negative-example")).to_contain_text("Bad example")
    expect(frame.get_by_role("button", name="Done")).to_be_disabled()
    frame.get_by_label("False").check()
    frame.get_by_label("fâché").check()
    expect(frame.locator("crowd-classifier")).to_have_attribute("data-chosen", "fâché")
    frame.get_by_label("First word").press_sequentially("no")
    frame.get_by_text("tick").click()
    frame.get_by_label("Yes", exact=True).check()
    frame.get_by_label("No", exact=True).check()
    frame.get_by_role("button", name="Done").click()
    frame.get_by_label("First word").fill("none")
    frame.get_by_role("button", name="Done").click()


def names(frame):
    expect(frame.locator("form")).to_have_attribute("data-started", "yes")
    frame.get_by_role("button", name="Ada").click()
    frame.get_by_role("button", name="Grace").press("Enter")
    frame.get_by_role("button", name="Grace").click()
    frame.get_by_role("button", name="Submit").click()


def living(frame):
    frame.locator("span", has_text="newt").hover()
    expect(frame.get_by_text("an animal")).to_be_visible()
    frame.get_by_role("link", name="More").click()
    expect(frame.get_by_text("No stones.")).to_be_visible()
    frame.locator("[data-name=oak]").check()
    frame.locator("[data-name=newt]").check()
    frame.locator("#submitButton").click()


PAGES = {
    "live_and_browser": (numbers, {"number1": "030 1234", "number3": "030 99", "agree": "yes"}),
    "plugin_rating": (ratings, {"first": "4", "second": "3"}),
    "survey_link": (survey, {"surveycode": "123456"}),
    "image_categorization": (categories, {"category": "Plant", "comment": "a leaf", "sure": "yes"}),
    "layout_with_form": (
        words,
        {"counted": "2", "word0": "sea", "word1": "", "comment": "salt & sand"},
    ),
    "capitals_sandbox": (
        capitals,
        {"when": "set", "text": "hello\r\nthere", "voice": "m", "note": "clicked m", "go": "Submit HIT"},
    ),
    "document_write": (
        written,
        {
            "pair0": "blue",
            "pair1": "cat",
            "choices": '[{"name":"pair0","value":"blue"},{"name":"pair1","value":"cat"}]',
        },
    ),
    "script_form": (
        reactions,
        {"data": json.dumps([{"trial": n, "ok": True, 'Ünï"<>': "✓"} for n in (1, 2, 3)], ensure_ascii=False, separators=(",", ":"))},
    ),
    "simple_amt": (
        described,
        {"output": '{"image":"https://images.invalid/beach.jpg","seen":["https://www.mturk.com/mturk/externalSubmit"],"description":"a beach, with a dog"}'},
    ),
    "progress_in_storage": (quiz, {"visits": "1", "given": '["4","white","A & B"]'}),
    "same_names": (
        same_names,
        {"rot-moral-foundations": "care-harm|loyalty-betrayal", "agree": "1|3", "word": "goldclass12|goldclass12", "x": "0", "y": "0"},
    ),
    "crowd_image": (
        birds,
        {"bird.label": "Cannot determine", "sure": "3", "why": "too small", "age": "30", "eyes.good": "true", "eyes.tired": "false"},
    ),
    "crowd_ready": (
        claim,
        {"taskAnswers": '[{"verdict":{"true":false,"false":true},"mood":{"label":"fâché"},"first":"none","seen":{"yes":true},"third":"new","option_Yes":{"y1":false},"option_No":{"n1":true},"row":"17"}]'},
    ),
    "underscore_tooltips": (
        living,
        {"given": '{"alive":["oak","newt"],"first":["oak","flint"],"has":true,"flat":[1,2,3],"all":true,"longest":"flint","pairs":{"oak":0,"flint":1,"newt":2},"slots":3,"found":"flint","once":[1,2]}'},
    ),
    "modern_fetch": (names, {"spans": '["Ada","Grace"]'}),
}  # fmt: skip


def test_every_wild_page_is_tried():
    """No page in the folder goes without its test."""
    assert {path.stem for path in WILD.iterdir()} == PAGES.keys()


@pytest.mark.parametrize("name", PAGES)
def test_a_wild_page_is_shown_filled_in_and_submitted(desk, name):
    """A page as it stands, its libraries' hosts out of reach, is done by its own labels, and the requester reads the right answer."""
    fill, expected = PAGES[name]
    hit = desk.put_up((WILD / f"{name}.html").read_text(encoding="utf-8"))
    desk.preview(hit)
    held = desk.accept(hit)
    desk.open(held)
    fill(desk.page.frame_locator("#hit"))
    desk.page.wait_for_url(lambda url: held.assignment_id not in url, timeout=10_000)
    assert desk.answers(held) == expected
    missing = ("ERR_FAILED", "Failed to load resource")
    assert [each for each in desk.page.said if not any(word in each for word in missing)] == []
