"""AMTI's definitions and batches become experiments."""

import json
import shutil

import pytest
from crowdmake.configuration.config import read_config
from crowdmake.exceptions import UserError
from unit.projects_kit import Imported, project

SCHEMA = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
QUESTION = f"""<HTMLQuestion xmlns="{SCHEMA}/2011-11-11/HTMLQuestion.xsd">
  <HTMLContent><![CDATA[
    <!DOCTYPE html><html><head><title>t</title></head><body>
    <form action='/mturk/externalSubmit'><b>{{{{ word }}}}</b><input name='comment'></form>
    </body></html>
  ]]></HTMLContent>
  <FrameHeight>450</FrameHeight>
</HTMLQuestion>
"""
TYPE = {
    "AutoApprovalDelayInSeconds": 300, "AssignmentDurationInSeconds": 600, "Reward": "0.25",
    "Title": "Example", "Keywords": "a, b", "Description": "An example.",
    "QualificationRequirements": [
        {"QualificationTypeId": "0" * 18 + "L0", "Comparator": "GreaterThanOrEqualTo",
         "IntegerValues": [95], "RequiredToPreview": True},
    ],
}  # fmt: skip
HIT = {"MaxAssignments": 2, "LifetimeInSeconds": 3600}
ROWS = [{"word": "one"}, {"word": "two"}, {"word": "three"}]
ANSWER = (
    f'<QuestionFormAnswers xmlns="{SCHEMA}/2005-10-01/QuestionFormAnswers.xsd"><Answer>'
    "<QuestionIdentifier>comment</QuestionIdentifier><FreeText>R&amp;D</FreeText></Answer>"
    "</QuestionFormAnswers>"
)


def definition(tmp_path, **files):
    """Return a definition with its data."""
    return project(
        tmp_path / "batch",
        {
            "definition/question.xml.j2": QUESTION,
            "definition/hittypeproperties.json": TYPE,
            "definition/hitproperties.json": HIT,
            "data.jsonl": ROWS,
        }
        | files,
    )


def saved(hit_id, word, *names):
    """Return the files of a saved HIT."""
    question = QUESTION.replace("{{ word }}", word)
    assignments = [
        {"AssignmentId": name, "WorkerId": f"W{name}", "AssignmentStatus": "Approved",
         "AcceptTime": "2020-01-02T03:00:00+00:00", "SubmitTime": "2020-01-02T03:04:05+00:00",
         "Answer": ANSWER}
        for name in names
    ]  # fmt: skip
    hit = {"HIT": {"HITId": hit_id, "Question": question, "MaxAssignments": 2}}
    return {
        f"results/hit-{hit_id}/hit.jsonl": hit,
        f"results/hit-{hit_id}/assignments.jsonl": assignments,
    }


def test_a_definition(tmp_path):
    """Page, properties of both files and data are taken, and render without a fault."""
    made = Imported(definition(tmp_path))
    assert made.report.to_mend == []
    properties = read_config(made.folder / "config/config.yaml")["hit"]["properties"]
    assert {
        "Title": "Example",
        "Reward": "0.25",
        "MaxAssignments": 2,
        "FrameHeight": 450,
    }.items() <= (properties.items())
    assert properties["QualificationRequirements"][0]["ActionsGuarded"] == "PreviewAndAccept"
    assert made.text("hit_templates/question.html").startswith("<!DOCTYPE html>")
    assert made.rows("batch") == ROWS
    assert made.closed("batch") == []


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("{{ url }}", "{{ url }}"),
        ("https://example.org/?a={{ word }}&amp;b=1", "https://example.org/?a={{ word }}&b=1"),
        ("<![CDATA[https://example.org/?a={{ word|urlencode }}&b=1]]>",
         "https://example.org/?a={{ word|urlencode }}&b=1"),
    ],
)  # fmt: skip
def test_an_external_question(tmp_path, written, url):
    """An ExternalQuestion's address becomes hit.url."""
    question = (
        f'<ExternalQuestion xmlns="{SCHEMA}/2006-07-14/ExternalQuestion.xsd">'
        f"<ExternalURL>{written}</ExternalURL><FrameHeight>0</FrameHeight></ExternalQuestion>"
    )
    rows = [{"word": "one", "url": "https://example.org/one"}]
    files = {"definition/question.xml.j2": question, "data.jsonl": rows}
    made = Imported(definition(tmp_path, **files))
    assert made.report.to_mend == []
    assert read_config(made.folder / "config/config.yaml")["hit"]["url"] == url


def test_a_question_form(tmp_path):
    """A QuestionForm is refused by its line."""
    files = {"definition/question.xml.j2": "\n<QuestionForm></QuestionForm>"}
    with pytest.raises(UserError, match=r"definition/question.xml.j2:2: .* write a QuestionForm"):
        Imported(definition(tmp_path, **files))


def test_a_saved_batch(tmp_path):
    """Saved HITs find their rows by what they showed, in whatever order; other rows stay open."""
    files = saved("3B", "two", "A1", "A2") | saved("3A", "one")
    made = Imported(definition(tmp_path, **files))
    assert made.closed("batch") == [1, 2]
    first, _ = made.hits("batch")["3B"]
    assert (first["worker_id"], first["status"], first["answer"]) == ("WA1", "Approved", ANSWER)
    assert first["submit_time"] == "2020-01-02T03:04:05Z"
    assert first["source"] == "results/hit-3B/assignments.jsonl:1"


def test_a_saved_hit_of_an_unknown_row(tmp_path):
    """A HIT that shows none of the rows keeps its answers and closes the rows that may be its."""
    made = Imported(definition(tmp_path, **saved("3B", "four", "A1")))
    assert made.closed("batch") == [1, 2, 3]
    assert len(made.hits("batch")["3B"]) == 1


def test_a_batch_that_was_never_saved(tmp_path):
    """HITs of a batch whose answers were not saved are known by their ids and closed."""
    left = {"hittype_id": "3T", "hit_ids": ["3A", "3B", "3C"]}
    made = Imported(definition(tmp_path, _INCOMPLETE=left))
    assert made.closed("batch") == [1, 2, 3]
    assert list(made.hits("batch")) == ["3A", "3B", "3C"]


def test_placeholders_in_properties(tmp_path):
    """A qualification that AMTI filled in by hand is named as to be mended."""
    requirement = TYPE["QualificationRequirements"][0] | {"QualificationTypeId": "$TYPE"}
    properties = TYPE | {"QualificationRequirements": [requirement]}
    files = {"definition/hittypeproperties.json": properties}
    made = Imported(definition(tmp_path, **files))
    assert any("QualificationTypeId" in line for line in made.report.to_mend)


def test_broken_properties(tmp_path):
    """Properties that are no JSON are refused by their line."""
    files = {"definition/hitproperties.json": json.dumps(HIT, indent=1).replace(",", ",,")}
    with pytest.raises(UserError, match=r"definition/hitproperties.json:2: not JSON"):
        Imported(definition(tmp_path, **files))


def test_equal_rows(tmp_path):
    """Of equal rows as many are closed as have a HIT, so that none is paid for again."""
    rows = [ROWS[0], ROWS[1], ROWS[0], ROWS[0]]
    files = {"data.jsonl": rows} | saved("3A", "one", "A1") | saved("3B", "one", "A2")
    made = Imported(definition(tmp_path, **files))
    assert made.closed("batch") == [1, 3]
    assert {hit_id: len(done) for hit_id, done in made.hits("batch").items()} == {"3A": 1, "3B": 1}


def test_rows_that_look_alike(tmp_path):
    """That nobody can tell which of several rows a saved HIT showed is said."""
    rows = [ROWS[0] | {"id": 1}, ROWS[0] | {"id": 2}]
    made = Imported(definition(tmp_path, **{"data.jsonl": rows} | saved("3A", "one", "A1")))
    assert made.closed("batch") == [1]
    assert any("rows 1, 2 showed the same page" in line for line in made.report.not_understood)


BROKEN = {
    "no JSON": {"results/hit-3A/hit.jsonl": "garbage"},
    "no object": {"results/hit-3A/hit.jsonl": '{"HIT": [1]}'},
    "no id": {"results/hit-3A/hit.jsonl": '{"HIT": {"HITId": null}}'},
    "no list": {"_INCOMPLETE": '{"hit_ids": "3A"}'},
    "no ids": {"_INCOMPLETE": '{"hit_ids": [1, null]}'},
    "nested": {"_INCOMPLETE": "[" * 100_000},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_hit_that_cannot_be_read(tmp_path, broken):
    """A file that tells of a HIT and cannot be read is named, and no row is launched again."""
    made = Imported(definition(tmp_path, **BROKEN[broken]))
    assert made.closed("batch") == [1, 2, 3]
    (name,) = BROKEN[broken]
    assert any(line.startswith(f"{name}:1: ") for line in made.report.not_understood)


def test_a_batch_that_was_saved_in_part(tmp_path):
    """What is saved and what is listed as not saved is one HIT each."""
    left = {"_INCOMPLETE": {"hit_ids": ["3A", "3B", "3C"]}}
    made = Imported(definition(tmp_path, **left | saved("3A", "one", "A1")))
    assert made.closed("batch") == [1, 2, 3]
    assert {key: len(done) for key, done in made.hits("batch").items()} == {
        "3A": 1,
        "3B": 0,
        "3C": 0,
    }


def test_several_batches(tmp_path):
    """Batches of one definition, which AMTI copies into each, become batches of one experiment."""
    one = definition(tmp_path, **saved("3A", "one", "A1"))
    root = tmp_path / "lab"
    for name in ("batch-1", "batch-2", "other"):
        shutil.copytree(one, root / name)
    changed = QUESTION.replace("comment", "remark")
    project(root, {"other/definition/question.xml.j2": changed})
    with pytest.raises(UserError, match="found several of template"):
        Imported(root)
    made = Imported(root, template=root / "batch-1/definition/question.xml.j2")
    assert (made.closed("batch-1"), made.closed("batch-2")) == ([1], [1])
    assert "other/data.jsonl" in made.report.left


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("words.jsonl", ROWS),
        ("words.tsv", "word\tn\none\t1\n"),
        ("words.csv", "word;n\none;1\n"),
    ],
)
def test_other_names_of_data(tmp_path, name, content):
    """Data may have any name, and be a table."""
    root = definition(tmp_path, **{name: content})
    (root / "data.jsonl").unlink()
    made = Imported(root)
    assert made.report.to_mend == []
    assert made.rows("words")[0]["word"] == "one"


def test_statements_around_the_page(tmp_path):
    """A statement of the template that stands outside of the page is named with its line."""
    files = {"definition/question.xml.j2": "\n{% set x = 1 %}\n" + QUESTION}
    made = Imported(definition(tmp_path, **files))
    assert any(
        line.startswith("definition/question.xml.j2:2: {% set x = 1 %} stands outside")
        for line in made.report.not_understood
    )


def test_an_option_of_another_kind(tmp_path):
    """An option that such a project has no file for is refused, and a file that is none."""
    root = definition(tmp_path)
    with pytest.raises(UserError, match=r"--hit-ids: a project of this kind has no such file"):
        Imported(root, hit_ids=(root / "data.jsonl",))
    with pytest.raises(UserError, match=r"--input: .*/definition is no file"):
        Imported(root, inputs=(root / "definition",))
