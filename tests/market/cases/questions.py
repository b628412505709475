"""What HITs show: questions of each kind, and layouts."""

from crowdmake.market import layouts

from market.cases import Scene, case
from market.exams import LABEL
from market.form_kit import form, formatted, question, selection
from market.kit import PROPERTIES, TYPE, external_question

ONCE = {"LifetimeInSeconds": 60}
LABELLED = form(question(selection("a", "b")))
NO_FORM = form()
BAD_MARKUP = form(question(content=formatted("<script/>")))
BAD_NAMES = form(question(), question())
TOO_LONG = "x" * 65536


def a_hit(scene: Scene, **content):
    """Ask for a HIT with the content, and its properties beside it."""
    return scene.client.create_hit(**TYPE, **ONCE, **content)["HIT"]


def a_hit_of_a_type(scene: Scene, **content):
    """Ask for a HIT with the content, of a HIT type."""
    hit_type = scene.client.create_hit_type(**TYPE)["HITTypeId"]
    made = scene.client.create_hit_with_hit_type(HITTypeId=hit_type, **ONCE, **content)
    return made["HIT"]


def a_layout(scene: Scene) -> str:
    """Return the id of a layout with one place."""
    owner = scene.market.requester
    added = scene.market.run(lambda now: layouts.add(owner, "Page", "<p>${text}</p>", now))
    return added.hit_layout_id


def values(*texts: str):
    """Return values for the layout's place."""
    return [{"Name": "text", "Value": each} for each in texts]


@case("CreateHIT")
def a_form(scene: Scene):
    """A HIT shows the form it was given."""
    assert a_hit(scene, Question=LABELLED)["Question"] == LABELLED


@case("CreateHIT")
def a_filled_layout(scene: Scene):
    """A HIT shows its layout with the values filled in, and names it."""
    layout = a_layout(scene)
    made = a_hit(scene, HITLayoutId=layout, HITLayoutParameters=values("Hello"))
    assert made["HITLayoutId"] == layout
    assert "<p>Hello</p>" in made["Question"]


@case("CreateHITWithHITType")
def an_external_page(scene: Scene):
    """A HIT of a type shows the page it was given."""
    made = a_hit_of_a_type(scene, Question=external_question())
    assert made["Question"] == external_question()
    assert made["Title"] == TYPE["Title"]


@case("CreateHITWithHITType")
def a_filled_layout_of_a_type(scene: Scene):
    """A HIT of a type shows a layout as well."""
    made = a_hit_of_a_type(scene, HITLayoutId=a_layout(scene), HITLayoutParameters=values("Hello"))
    assert "<p>Hello</p>" in made["Question"]


@case("CreateHIT", "HITLayoutDoesNotExist")
def an_unknown_layout(scene: Scene):
    """A layout that nobody made is refused."""
    a_hit(scene, HITLayoutId="3NONE")


@case("CreateHITWithHITType", "HITLayoutDoesNotExist")
def an_unknown_layout_of_a_type(scene: Scene):
    """A layout that nobody made is refused for a type's HIT too."""
    a_hit_of_a_type(scene, HITLayoutId="3NONE")


@case("CreateHIT", "AWS.MissingParameters")
def an_unfilled_layout(scene: Scene):
    """A layout without its values is refused."""
    a_hit(scene, HITLayoutId=a_layout(scene))


@case("CreateHITWithHITType", "AWS.MissingParameters")
def nothing_to_show(scene: Scene):
    """A HIT without question and layout is refused."""
    a_hit_of_a_type(scene)


@case("CreateHIT", "InvalidParameterValue")
def a_value_twice(scene: Scene):
    """Two values for one place are refused."""
    a_hit(scene, HITLayoutId=a_layout(scene), HITLayoutParameters=values("a", "b"))


@case("CreateHITWithHITType", "InvalidParameterValue")
def questions_of_one_name(scene: Scene):
    """A form with two questions of one name is refused."""
    a_hit_of_a_type(scene, Question=BAD_NAMES)


@case("CreateHIT", "AWS.ParameterOutOfRange")
def a_long_question(scene: Scene):
    """A question of more than 65,535 bytes is refused."""
    a_hit(scene, Question=TOO_LONG)


@case("CreateHITWithHITType", "AWS.ParameterOutOfRange")
def a_long_question_of_a_type(scene: Scene):
    """A question of more than 65,535 bytes is refused for a type's HIT too."""
    a_hit_of_a_type(scene, Question=TOO_LONG)


@case("CreateHIT", "XMLParseError")
def an_empty_form(scene: Scene):
    """A form without a question is refused."""
    a_hit(scene, Question=NO_FORM)


@case("CreateHITWithHITType", "XMLParseError")
def an_empty_form_of_a_type(scene: Scene):
    """A form without a question is refused for a type's HIT too."""
    a_hit_of_a_type(scene, Question=NO_FORM)


@case("CreateHIT", "XHTMLParseError")
def a_script_in_a_form(scene: Scene):
    """A script in a form's text is refused."""
    a_hit(scene, Question=BAD_MARKUP)


@case("CreateHITWithHITType", "XHTMLParseError")
def a_script_in_a_form_of_a_type(scene: Scene):
    """A script in a form's text is refused for a type's HIT too."""
    a_hit_of_a_type(scene, Question=BAD_MARKUP)


@case("CreateQualificationType", "XHTMLParseError")
def a_script_in_a_test(scene: Scene):
    """A script in a test's text is refused."""
    scene.client.create_qualification_type(**LABEL, Test=BAD_MARKUP, TestDurationInSeconds=60)


@case("UpdateQualificationType", "XHTMLParseError")
def a_script_in_a_changed_test(scene: Scene):
    """A script in the text of a type's new test is refused."""
    made = scene.client.create_qualification_type(**LABEL)["QualificationType"]
    scene.client.update_qualification_type(
        QualificationTypeId=made["QualificationTypeId"],
        Test=BAD_MARKUP,
        TestDurationInSeconds=60,
    )


@case("CreateHITWithHITType", "HITAlreadyExists")
def a_types_token_twice(scene: Scene):
    """A token that made a HIT of a type makes no second one."""
    hit_type = scene.client.create_hit_type(**TYPE)["HITTypeId"]
    given = {"HITTypeId": hit_type, **ONCE, "UniqueRequestToken": "t"}
    scene.client.create_hit_with_hit_type(**given, Question=PROPERTIES["Question"])
    scene.client.create_hit_with_hit_type(**given, Question=PROPERTIES["Question"])
