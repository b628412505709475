"""What keeps simulated workers from answering is found before anything is put up."""

from pathlib import Path

from crowdmake.crowd import problems
from crowdmake.inputs.rows import Row

ROWS = [Row("A", 1, 1, {"city": "Kyiv"}), Row("B", 2, 2, {"town": "Olot"})]


def test_an_expression_has_to_fit_every_row():
    """An answer that needs what a row lacks is a line with the key; one that fits is none."""
    assert problems({"answer": {"said": "city"}}, ROWS[:1]) == []
    (line,) = problems({"answer": {"said": "city", "all": "input|string"}}, ROWS)
    assert line.startswith('config/config.yaml: market.crowd.answer.said: found "city": ')
    assert "'city' is undefined" in line


def test_recorded_answers_have_to_be_readable(tmp_path):
    """A faulty line of recorded answers is named with its number."""
    path = Path(tmp_path / "answers.jsonl")
    path.write_text('{"input": 1, "answers": []}\n{"input": 2}\n', encoding="utf-8")
    (line,) = problems({"answers": str(path)}, ROWS)
    assert line.startswith(f"{path}:2: found ")


def test_without_a_crowd_there_is_nothing_to_answer():
    """An experiment for people has no such fault."""
    assert problems({}, ROWS) == []
