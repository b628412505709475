"""HIT layouts: pages with places that CreateHIT fills in."""

import pytest
from crowdmake.market import layouts, questions, requesters
from crowdmake.market.models import HITLayout
from crowdmake.market.operations import OPERATIONS
from crowdmake.market.protocol.errors import ParameterValidationError
from hypothesis import given
from hypothesis import strategies as st

from market.kit import TYPE, html_question

VALUE = "AWS.MechanicalTurk.InvalidParameterValue"
PAGE = "<!DOCTYPE html><h1>${title}</h1><img src='${image_url}'><script>`${a-b} ${f(x)}`</script>"
ONCE = {"LifetimeInSeconds": 60}


def given_values(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


VALUES = given_values(title="A & <b>", image_url="https://example.org/?a=1&b=2")


@pytest.fixture
def layout(market):
    """A layout of the requester's."""
    return add(market, market.requester)


def add(market, requester, page=PAGE) -> HITLayout:
    return market.run(lambda now: layouts.add(requester, "My page", page, now))


def filled(page: str, **values: str) -> str:
    return layouts.fill(HITLayout(html=page), given_values(**values))


def test_a_hit_of_a_layout(client, layout):
    """A HIT shows the layout with its values as they are, and says which layout it was."""
    made = client.create_hit(
        **TYPE, **ONCE, HITLayoutId=layout.hit_layout_id, HITLayoutParameters=VALUES
    )["HIT"]
    shown = client.get_hit(HITId=made["HITId"])["HIT"]
    assert shown["HITLayoutId"] == made["HITLayoutId"] == layout.hit_layout_id
    assert shown["Question"] == made["Question"]
    assert shown["Question"] == html_question(
        "<!DOCTYPE html><h1>A & <b></h1><img src='https://example.org/?a=1&b=2'>"
        "<script>`${a-b} ${f(x)}`</script>"
    )


def test_a_hit_of_a_type_and_a_layout(client, layout):
    """CreateHITWithHITType takes a layout too; values that it has no place for are not used."""
    hit_type = client.create_hit_type(**TYPE)["HITTypeId"]
    extra = given_values(more="x")
    made = client.create_hit_with_hit_type(
        HITTypeId=hit_type,
        **ONCE,
        HITLayoutId=layout.hit_layout_id,
        HITLayoutParameters=VALUES + extra,
    )["HIT"]
    assert "A & <b>" in made["Question"]
    assert client.list_hits()["HITs"][0]["HITLayoutId"] == layout.hit_layout_id


def test_other_hits_name_no_layout(client, requester):
    """A HIT with a question of its own has no HITLayoutId."""
    assert "HITLayoutId" not in client.get_hit(HITId=requester.hit())["HIT"]
    assert requester.hit(HITLayoutParameters=[])


def test_missing_values(client, requester, layout):
    """All values that are missing are named, in the service's words."""
    wanted = {**TYPE, **ONCE, "HITLayoutId": layout.hit_layout_id}
    with requester.refused(
        "AWS.MissingParameters",
        "ParameterValidationError",
        "Your request is missing required parameters. Required parameters include "
        "HITLayoutParameter. You have not provided all required HITLayout parameters. "
        "Missing parameter names: image_url, title",
    ):
        client.create_hit(**wanted)
    with requester.refused("AWS.MissingParameters", "ParameterValidationError", "names: title"):
        client.create_hit(**wanted, HITLayoutParameters=VALUES[1:])
    assert client.list_hits()["NumResults"] == 0


def test_values_without_a_layout(client, requester, layout):
    """Values need a layout, each name once, and a question does not go with them."""
    kind = "ParameterValidationError"
    with requester.refused("AWS.MissingParameters", kind, "names: HITLayoutId"):
        client.create_hit(**TYPE, **ONCE, HITLayoutParameters=VALUES)
    with requester.refused(VALUE, kind, "only one is allowed"):
        requester.hit(HITLayoutParameters=VALUES)
    with requester.refused(VALUE, kind, "more than one HITLayoutParameter title"):
        client.create_hit(
            **TYPE,
            **ONCE,
            HITLayoutId=layout.hit_layout_id,
            HITLayoutParameters=VALUES + VALUES[:1],
        )


def test_anothers_layout(client, requester, market):
    """Another requester's layout does not exist, nor does one that was never made."""
    stranger = market.run(lambda _: requesters.ensure("stranger"))
    for layout_id in (add(market, stranger).hit_layout_id, "3NONE"):
        with requester.refused(
            "AWS.MechanicalTurk.HITLayoutDoesNotExist", message=f"{layout_id} does not exist."
        ):
            client.create_hit(**TYPE, **ONCE, HITLayoutId=layout_id, HITLayoutParameters=VALUES)


def test_a_token_comes_first(client, requester, layout):
    """A repeated token names its HIT before the layout is looked at."""
    wanted = {**TYPE, **ONCE, "UniqueRequestToken": "t"}
    made = client.create_hit(
        **wanted, HITLayoutId=layout.hit_layout_id, HITLayoutParameters=VALUES
    )["HIT"]
    with requester.refused("AWS.MechanicalTurk.HITAlreadyExists", message=f'"{made["HITId"]}"'):
        client.create_hit(**wanted, HITLayoutId="3NONE")


def test_values_are_filled_in_once():
    """A value's own places stay as they are, and so does what could end the page's section."""
    assert filled("${a}${b}", a="${b}]]>", b="]]>x") == html_question(
        "${b}]]]]><![CDATA[>]]]]><![CDATA[>x"
    )
    assert filled("]]${a}", a=">") == html_question("]]]]><![CDATA[>")


@pytest.mark.parametrize(
    ("page", "values", "code"),
    [
        ("${a}", {"a": "x" * 65536}, "AWS.ParameterOutOfRange"),
        ("${a}" * 100, {"a": "x" * 1000}, "AWS.ParameterOutOfRange"),
        ("${a}", {"a": "\U0001f600"}, VALUE),
        ("${a}", {"a": " "}, "AWS.MechanicalTurk.XMLParseError"),
        ("${a}", {"a": "\x01"}, "AWS.MechanicalTurk.XMLParseError"),
        ("".join(f"${{n{n}}}" for n in range(5000)), {}, "AWS.MissingParameters"),
    ],
)
def test_values_that_make_no_question(page, values, code):
    """What comes out has to be a question like any other."""
    with pytest.raises(ParameterValidationError) as caught:
        filled(page, **values)
    assert caught.value.code == code
    assert len(caught.value.message) < 700


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("", "x"),
        ("x" * 201, "x"),
        ("a\nb", "x"),
        ("\ud83d", "x"),
        ("x", ""),
        ("x", " "),
        ("x", "x" * 65536),
        ("x", "\U0001f600"),
        ("x", "\x00"),
    ],
)
def test_layouts_that_are_refused(market, name, page):
    """A layout has a name, and a page that a HIT could show."""
    with pytest.raises(ParameterValidationError):
        market.run(lambda now: layouts.add(market.requester, name, page, now))
    with market.reading():
        assert not HITLayout.objects.exists()


@given(
    st.text(max_size=50), st.dictionaries(st.from_regex("[A-Za-z0-9_]+", fullmatch=True), st.text())
)
def test_any_page_and_values(page, values):
    """Any page with any values makes a question, or is refused."""
    page += "".join(f"${{{name}}}" for name in values)
    try:
        xml = filled(page, **values)
    except ParameterValidationError as error:
        assert len(error.message) < 700  # noqa: PT017 - either end is right
    else:
        questions.check(xml)


def test_the_errors_are_declared():
    """Both operations say that a layout may not exist."""
    for name in ("CreateHIT", "CreateHITWithHITType"):
        assert "HITLayoutDoesNotExist" in OPERATIONS[name].errors
