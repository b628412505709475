"""Questions as configuration: what is refused, the form that becomes of them, and its answers."""

import pytest
from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.market.forms import form_answers, question_form
from crowdmake.market.forms.parts import Binary, FormattedContent, Text
from crowdmake.questions.form import question_form as form_xml
from crowdmake.questions.pages import QuestionPage
from crowdmake.rendering.escaping import bad_character
from crowdmake.rendering.renderer import RenderError, read_answers
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

PROPERTIES = {"Title": "A task", "Description": "Do it.", "Reward": "0.05"}
SENTIMENT = {
    "type": "selection",
    "key": "sentiment",
    "name": "Sentiment",
    "required": True,
    "question": "Please select the best sentiment value:",
    "selections": [
        {"key": "happy", "text": "Happy"},
        {"key": "sad", "text": "Sad"},
        {"key": "neutral", "text": "Neutral"},
    ],
}
FEEDBACK = {
    "type": "free_text",
    "key": "feedback",
    "name": "Have any feedback for us?",
    "required": False,
    "question": "Feedback",
    "default": "Type here...",
    "min_length": 2,
    "max_length": 2000,
}
COLOURS = SENTIMENT | {"key": "colours", "style": "checkbox"}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def configured(root, questions, properties=PROPERTIES, **more):
    hit = {"questions": questions, "properties": properties, **more.pop("hit", {})}
    return Configuration(
        {"experiment": "e", "market": {"endpoint": "local"}, "hit": hit} | more, root
    )


def refused(root, *questions, **more):
    with pytest.raises(UserError) as raised:
        configured(root, list(questions), **more)
    return [line.removeprefix("config/config.yaml: ") for line in raised.value.lines]


def page(*questions, language="jinja", title="A task", description="Do it."):
    asked = {"title": title, "description": description, "questions": list(questions)}
    return QuestionPage(asked | {"interpolation": language}, "c: hit")


def without(question, *names):
    return {name: value for name, value in question.items() if name not in names}


# What the agent's own validation refuses of questions.


@pytest.mark.parametrize("name", ["key", "name", "required", "type", "question"])
def test_a_question_without_a_field(tmp_path, name):
    """Every question needs key, name, required, type and question."""
    for question in (SENTIMENT, FEEDBACK):
        (line,) = refused(tmp_path, without(question, name))
        assert line.startswith(f"hit.questions[0].{name}: missing; expected ")


@pytest.mark.parametrize("name", ["key", "name", "question", "type", "required"])
def test_a_question_with_a_blank_field(tmp_path, name):
    """A field that is blank is as good as none."""
    (line,) = refused(tmp_path, SENTIMENT | {name: " "})
    assert line.startswith(f'hit.questions[0].{name}: found " "; expected ')


@pytest.mark.parametrize("questions", [[], None, {}, ""])
def test_no_questions(tmp_path, questions):
    """There is at least one question."""
    with pytest.raises(UserError, match=r"hit\.questions: found .* expected a list of 1 to 200"):
        configured(tmp_path, questions)


@pytest.mark.parametrize(
    ("selections", "said"),
    [
        ([], "[0].selections: found []; expected a list of choices, each with key and text"),
        ({}, "[0].selections: found {}; expected a list of choices, each with key and text"),
        ([{}], "[0].selections[0].key: missing; expected what the answer is if it is chosen"),
        ([{"key": "", "text": "a"}], '[0].selections[0].key: found ""; expected 1 to 64'),
        ([{"key": "a", "text": ""}], '[0].selections[0].text: found ""; expected a text'),
        (
            [{"key": "a", "text": "a"}, {"key": "b"}],
            "[0].selections[1].text: missing; expected what workers see of it",
        ),
    ],
)
def test_a_selection_without_choices(tmp_path, selections, said):
    """Every choice of a selection has key and text, and there is at least one."""
    lines = refused(tmp_path, SENTIMENT | {"selections": selections})
    assert lines[0].startswith(f"hit.questions{said}")


def test_a_selection_without_a_list_of_choices(tmp_path):
    """A selection has choices."""
    (line,) = refused(tmp_path, without(SENTIMENT, "selections"))
    assert line.startswith("hit.questions[0].selections: missing; expected a list of choices")


@pytest.mark.parametrize("name", ["Title", "Description"])
@pytest.mark.parametrize("value", [None, ""])
def test_no_title_or_description(tmp_path, name, value):
    """A HIT has a title and a description."""
    given = without(PROPERTIES, name) if value is None else PROPERTIES | {name: value}
    (line,) = refused(tmp_path, SENTIMENT, properties=given)
    assert line.startswith(f"hit.properties.{name}: ")


@pytest.mark.parametrize("number", ["", 0, "moose", -1])
def test_assignments_are_a_number(tmp_path, number):
    """A HIT has at least one assignment."""
    (line,) = refused(tmp_path, SENTIMENT, properties=PROPERTIES | {"MaxAssignments": number})
    assert line.startswith("hit.properties.MaxAssignments: found ")


def test_a_majority_over_free_text(tmp_path):
    """Where the majority is taken every question is a selection."""
    mode = {"combination_mode": "take_majority"}
    (line,) = refused(tmp_path, SENTIMENT, FEEDBACK, **mode)
    assert line == (
        'hit.questions[1].type: found "free_text"; expected selection in every question with'
        " combination_mode: take_majority"
    )
    configured(tmp_path, [SENTIMENT], **mode)


# What the agent's validation failed to see, and what is not in it at all.


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "workerId"}, '[0].key: found "workerId", a name that the market uses'),
        ({"min_length": 5}, "[0].min_length: belongs to questions of type free_text; remove it"),
        (
            {"selections": [{"key": "a", "text": "A"}, {"key": "a", "text": "B"}]},
            '[0].selections[1].key: found "a", as in [0].key; expected another',
        ),
        ({"max_selections": 1}, "[0].max_selections: is for several choices; expected with style"),
        (
            {"style": "checkbox", "max_selections": 4},
            "[0].max_selections: found 4; expected at most 3, the number of choices",
        ),
        (
            {"style": "checkbox", "min_selections": 3, "max_selections": 2},
            "[0].min_selections: found 3; expected at most 2, max_selections",
        ),
        ({"style": "checkbox", "min_selections": 0}, "[0].min_selections: found 0; expected 1"),
        (
            {"style": "checkbox", "selections": [{"key": "a|b", "text": "A"}]},
            "[0].selections[0].key: found \"a|b\"; expected no '|'",
        ),
        ({"style": "tiles"}, '[0].style: found "tiles"; expected one of radiobutton, dropdown'),
        ({"question": "{{ x"}, '[0].question: found "{{ x"; not a template'),
        ({"image": {"url": "https://e.org/a.png"}}, "[0].image.alt: missing; expected what"),
        ({"colour": "red"}, "[0].colour: unknown key; "),
    ],
)
def test_selections_that_cannot_be(tmp_path, changes, said):
    """A selection that no form can show, or no worker can answer, is refused."""
    lines = refused(tmp_path, SENTIMENT | changes)
    assert lines[0].startswith(f"hit.questions{said}")
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"selections": []}, "[0].selections: found []"),
        ({"style": "dropdown"}, "[0].style: belongs to questions of type selection; remove it"),
        ({"min_length": 9, "max_length": 8}, "[0].min_length: found 9; expected at most 8"),
        ({"default": "x"}, '[0].default: "x" has 1 character; expected min_length: 2 or more'),
        (
            {"max_length": 3},
            '[0].default: "Type here..." has 12 characters; expected max_length: 3',
        ),
        ({"numeric": True}, '[0].default: "Type here..." is no number; expected one with numeric'),
        ({"numeric": {"min": 20}, "default": "10"}, '[0].default: "10" is under numeric.min: 20'),
        ({"numeric": {"max": 5}, "default": "10"}, '[0].default: "10" is over numeric.max: 5'),
        ({"numeric": {"min": 3, "max": 2}, "default": ""}, "[0].numeric.min: found 3; expected at"),
        ({"numeric": {"min": 2**31}}, "[0].numeric: found "),
        ({"regex": "^[a-z]+$"}, '[0].default: "Type here..." does not match regex: "^[a-z]+$"'),
        ({"regex": "["}, '[0].regex: found "["; no regular expression'),
        ({"error": "Please."}, "[0].error: belongs to a regex, which is missing"),
        ({"default": "{{ x"}, '[0].default: found "{{ x"; not a template'),
    ],
)
def test_texts_that_cannot_be(tmp_path, changes, said):
    """A text that no form can ask for, or whose default no worker could leave, is refused."""
    lines = refused(tmp_path, FEEDBACK | changes)
    assert lines[0].startswith(f"hit.questions{said}")


def test_a_regex_that_takes_hours(tmp_path):
    """A regular expression that would hold up the run on a default is refused after seconds."""
    slow = {"regex": "^(a|a)*$", "default": "a" * 60 + "!"}
    (line,) = refused(tmp_path, FEEDBACK | slow)
    assert line.startswith('hit.questions[0].default: "aaaa')
    assert line.endswith(
        'takes over 2 s to be matched by regex: "^(a|a)*$"; expected a simpler one'
    )


def test_faults_of_questions_hide_no_others(tmp_path):
    """Faults of questions and of everything beside them are said at once."""
    properties = {"Title": "", "Description": "{{ x", "MaxAssignments": "x"}
    market = {"endpoint": "local", "crowd": {"answer": {"sentiment": "'happy'"}}}
    lines = refused(tmp_path, {}, properties=properties, market=market)
    assert {line.partition(": ")[0] for line in lines} == {
        *(f"hit.questions[0].{name}" for name in ("type", "key", "name", "required", "question")),
        "hit.properties.Description",
        "hit.properties.Title",
        "hit.properties.MaxAssignments",
        "hit.properties.Reward",
    }


def test_long_templates_of_short_titles(tmp_path):
    """Not a title's template but what it comes to keeps to the market's limits."""
    title = (
        "{% if language == 'en' %}" + "{# said in the language of the row #}" * 5 + "{% endif %}Hi"
    )
    hit = configured(tmp_path, [SENTIMENT], PROPERTIES | {"Title": title}).hit("any")
    assert QuestionPage(hit.asked, "c: hit").filled({"language": "de"}).title == "Hi"
    (line,) = refused(tmp_path, SENTIMENT, properties=PROPERTIES | {"Title": "x" * 129})
    assert line.startswith("hit.properties.Title: found ")


def test_equal_keys(tmp_path):
    """Two questions of one key would overwrite each other's answer."""
    (line,) = refused(tmp_path, SENTIMENT, FEEDBACK, SENTIMENT | {"name": "Again"})
    assert line == ('hit.questions[2].key: found "sentiment", as in [0].key; expected another')


def test_one_page_only(tmp_path):
    """Questions stand in the place of a template and of an address."""
    hit = {"url": "https://e.org/", "template": "hit_templates/page.html"}
    assert refused(tmp_path, SENTIMENT, hit=hit)[0] == (
        "hit.url and hit.questions: stands beside hit.template; expected one of the three"
    )


def test_a_batch_with_questions_of_its_own(tmp_path):
    """A batch's own questions take the place of the page of the others."""
    (tmp_path / "hit_templates").mkdir()
    (tmp_path / "hit_templates/page.html").write_text("<p>", encoding="utf-8")
    hit = {"template": "hit_templates/page.html", "properties": PROPERTIES}
    own = {"batches": {"pilot": {"hit": {"questions": [FEEDBACK]}}}}
    values = {"experiment": "e", "market": {"endpoint": "local"}, "hit": hit} | own
    configuration = Configuration(values, tmp_path)
    assert configuration.hit("pilot").asked["questions"] == [FEEDBACK]
    assert configuration.hit("pilot").template is None
    assert configuration.hit("main").asked is None


def test_the_crowd_answers_what_is_asked(tmp_path):
    """A simulated crowd that answers a question that nobody asks is refused."""
    market = {"endpoint": "local", "crowd": {"answer": {"sentimint": "'happy'"}}}
    (line,) = refused(tmp_path, SENTIMENT, market=market)
    assert line == (
        "market.crowd.answer.sentimint: no question has this key; did you mean sentiment?"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 70_000) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
KEYS = [
    "type", "key", "name", "required", "question", "image", "link", "selections", "style",
    "min_selections", "max_selections", "default", "min_length", "max_length", "lines", "numeric",
    "regex", "ignore_case", "error",
]  # fmt: skip


@given(st.integers(0, 5), st.dictionaries(st.sampled_from(KEYS), JSON, max_size=2))
def test_what_is_accepted_a_market_accepts(tmp_path_factory, number, changes):
    """A question is refused in plain lines, or makes a form that the market takes."""
    root = tmp_path_factory.getbasetemp()
    try:
        asked = configured(root, [EVERYTHING[number] | changes]).hit("any").asked
        xml = QuestionPage(asked, "c").question({})
    except UserError as error:
        xml, lines = None, error.lines
    else:
        lines = ()
    assert all(line.isprintable() for line in lines)
    assert lines or question_form.check(xml)


# The form.

EVERYTHING = [
    SENTIMENT | {"image": {"url": "https://e.org/a b.png", "alt": "A <cat>"}},
    COLOURS | {"max_selections": 2, "required": False},
    SENTIMENT | {"key": "mood", "style": "dropdown"},
    FEEDBACK | {"lines": 4, "link": {"url": "https://e.org/?a=1&b=2", "text": "R&D <here>"}},
    without(FEEDBACK, "default", "min_length", "max_length")
    | {"key": "age", "numeric": {"min": 18, "max": 99}, "required": True},
    without(FEEDBACK, "default", "min_length")
    | {"key": "code", "regex": "^[A-Z]<{3}$", "ignore_case": True, "error": 'Three "letters"'},
]


def test_the_form_as_the_market_reads_it():
    """Every kind of question arrives as it was meant."""
    form = question_form.check(page(*EVERYTHING).question({}))
    (overview, *asked) = form.parts
    assert [block.text for block in overview.content] == ["A task", "Do it."]
    radio, boxes, dropdown, text, number, code = asked
    assert (radio.identifier, radio.display_name, radio.required) == (
        "sentiment",
        "Sentiment",
        True,
    )
    assert radio.content == (
        Text("Please select the best sentiment value:"),
        Binary("image", "", "https://e.org/a%20b.png", "A <cat>"),
    )
    assert (radio.answer.style, radio.answer.minimum, radio.answer.maximum) == ("radiobutton", 1, 1)
    assert [(s.identifier, s.content.text) for s in radio.answer.selections] == [
        ("happy", "Happy"),
        ("sad", "Sad"),
        ("neutral", "Neutral"),
    ]
    assert (boxes.answer.style, boxes.answer.minimum, boxes.answer.maximum) == ("checkbox", 0, 2)
    assert dropdown.answer.style == "dropdown"
    assert (text.answer.length, text.answer.lines) == ((2, 2000), 4)
    assert text.answer.default_text == "Type here..."
    link = text.content[1]
    assert isinstance(link, FormattedContent)
    assert link.html == (
        '<p><a href="https://e.org/?a=1&amp;b=2" target="_blank">R&amp;D &lt;here&gt;</a></p>'
    )
    assert (number.answer.numeric, number.required) == ((18, 99), True)
    (wanted,) = code.answer.formats
    assert (wanted.regex, wanted.error_text) == ("^[A-Z]<{3}$", 'Three "letters"')
    assert wanted.ignores_case


def test_the_agents_form():
    """The sentiment form of the agent's documentation holds the elements that the agent wrote."""
    xml = page(SENTIMENT, FEEDBACK, title="Sentiment evaluation").question({})
    for part in (
        "<Overview><Title>Sentiment evaluation</Title><Text>Do it.</Text></Overview>",
        "<QuestionIdentifier>sentiment</QuestionIdentifier><DisplayName>Sentiment</DisplayName>"
        "<IsRequired>true</IsRequired>",
        "<SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion><Selections><Selection>"
        "<SelectionIdentifier>happy</SelectionIdentifier><Text>Happy</Text></Selection>",
        '<FreeTextAnswer><Constraints><Length minLength="2" maxLength="2000" /></Constraints>'
        "<DefaultText>Type here...</DefaultText></FreeTextAnswer>",
    ):
        assert part in xml


@given(TEXT, TEXT)
def test_any_value_is_text(value, other):
    """What a row holds arrives as it is, or is refused for a character that XML cannot hold."""
    question = FEEDBACK | {"question": "Q: {{ a }}", "default": ""}
    choice = {"selections": [{"key": "x", "text": "C: {{ b }}"}]}
    made = page(question, SENTIMENT | choice)
    if bad_character(value + other):
        with pytest.raises(UserError, match="which a question cannot hold"):
            made.question({"a": value, "b": other})
        return
    xml = made.question({"a": value, "b": other})
    form = question_form.check(xml)
    lines = {"a": value, "b": other}
    one_end = {k: v.replace("\r\n", "\n").replace("\r", "\n") for k, v in lines.items()}
    assert form.questions[0].content[0].text == f"Q: {one_end['a']}"
    assert form.questions[1].answer.selections[0].content.text == f"C: {one_end['b']}"


def test_too_large():
    """A form over 65,535 bytes is refused before a market sees it."""
    with pytest.raises(UserError, match="65,535"):
        page(FEEDBACK | {"question": "{{ a }}"}).question({"a": "x" * 66_000})


@pytest.mark.parametrize(
    ("changes", "row", "said"),
    [
        (
            {"question": "{{ b }}"},
            {"a": 1},
            r"c: hit\.questions\[0\]\.question: 'b' is undefined .*keys: a",
        ),
        ({"question": "{{ a }}"}, {"a": " "}, r"questions\[0\]\.question: comes out blank"),
        ({"default": "{{ a }}"}, {"a": "x"}, r'questions\[0\]\.default: "x" has 1 character'),
        (
            {"link": {"url": "{{ a }}", "text": "t"}},
            {"a": "javascript:alert(1)"},
            r"questions\[0\]\.link\.url: comes out as .* expected http://",
        ),
        ({"image": {"url": "https://{{ a }}", "alt": "t"}}, {"a": "x@y"}, r"image\.url: comes out"),
    ],
)
def test_rows_that_do_not_fit(changes, row, said):
    """A row whose values leave no sound question is an error that names the question."""
    with pytest.raises(RenderError, match=said):
        page(FEEDBACK | changes).question(row)


def test_titles_of_rows():
    """Title and description take values too, lose space around them and keep to their limits."""
    made = page(FEEDBACK, title=" About {{ a }} ", description="{{ a }}.")
    said = made.filled({"a": "x"})
    assert (said.title, said.description) == ("About x", "x.")
    with pytest.raises(
        RenderError, match=r"hit\.properties\.Title: comes out as .* expected 1 to 128"
    ):
        made.filled({"a": "x" * 123})


def test_min_length_is_said():
    """A market requires an answer that has a least length, which a note says."""
    assert page(SENTIMENT, FEEDBACK).notes == [
        "feedback with a min_length and required: false: a market requires an answer whatever"
        " `required` says"
    ]


# Answers.


def test_answers_by_question():
    """What a worker posts comes back by question: choices by their keys, several with a bar."""
    form = question_form.check(page(*EVERYTHING).question({}))
    posted = [
        ("sentiment", "sad"),
        ("colours", "happy"),
        ("colours", "sad"),
        ("feedback", "a|<b>\n"),
    ]
    answers = read_answers(form_answers.form_answer_xml(form, posted, {}))
    assert answers == {
        "sentiment": "sad",
        "colours": "happy|sad",
        "mood": "",
        "feedback": "a|<b>\n",
    }


# The page to try.


def test_the_page_to_try():
    """The preview shows the questions as a form with the fields that the market would post."""
    tree = LexborHTMLParser(page(*EVERYTHING).page({}))
    assert [node.text() for node in tree.css("h2")] == [each["name"] for each in EVERYTHING]
    radios = tree.css("input[type=radio][name=sentiment][required]")
    assert [node.attributes["value"] for node in radios] == ["happy", "sad", "neutral"]
    assert len(tree.css("input[type=checkbox][name=colours]")) == 3
    assert len(tree.css("select[name=mood] option")) == 4
    text = tree.css_first("textarea[name=feedback]")
    assert text.text().strip() == "Type here..."
    assert (text.attributes["minlength"], text.attributes["maxlength"]) == ("2", "2000")
    code = tree.css_first("input[name=code]").attributes
    assert (code["data-regex"], code["data-error"]) == ("^[A-Z]<{3}$", 'Three "letters"')


@given(TEXT)
def test_the_page_holds_any_text(value):
    """No value of a row becomes markup of the page to try."""
    question = SENTIMENT | {"name": "{{ a }}x", "selections": [{"key": "k", "text": "{{ a }}x"}]}
    tree = LexborHTMLParser(page(question).page({"a": value}))
    assert len(tree.css("script")) == 1
    assert len(tree.css("input")) == 2


def test_literal_texts_are_no_templates():
    """A form made of literal texts, such as workers' answers, shows them as they are."""
    hostile = "{{ 1 + 1 }} <$.a> {% raw %}"
    literal = without(FEEDBACK, "default") | {"question": hostile}
    form = question_form.check(form_xml("T", hostile, [literal]))
    overview, question = form.parts
    assert overview.content[1].text == question.content[0].text == hostile
