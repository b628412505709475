"""Which data belongs to an AMTI definition: its batches', or what lies beside it."""

import json
from pathlib import Path

from crowdmake.messages import listed
from crowdmake.projects.sources import Source, one_of
from crowdmake.projects.tables import read_table

DATA = "data.jsonl"
_ROWS = {".jsonl", ".ndjson", ".jl", ".tsv", ".csv"}
_SAVED = {"hit.jsonl", "assignments.jsonl"}


def same_definitions(source: Source, questions: list[Path], chosen: Path | None) -> list[Path]:
    """Return the chosen question with its copies, or all where all are copies of one.

    AMTI copies the definition into each batch. There are none where several differ and none is
    chosen.
    """
    first = chosen or min(questions, key=lambda path: (len(path.parts), path))
    wanted = _plain(source, first)
    same = [path for path in questions if path != first and _plain(source, path) == wanted]
    return [first, *same] if chosen or len(same) + 1 == len(questions) else []


def data_of(source: Source, questions: list[Path]) -> list[Path]:
    """Return the files of data: those of the definition's batches, or else the only other one.

    Raises:
        UserError: there is none, or several and nothing tells which.
    """
    batches = [path for path in (_home(each) / DATA for each in questions) if path in source.files]
    if batches:
        if len(batches) > 1:
            names = listed(map(source.name, batches))
            source.report.changed.append(f"{names}: batches of one definition, in one experiment")
        return batches
    found = [path for path in source.files if path.name == DATA]
    others = [p for p in source.files if p.suffix.lower() in _ROWS and p.name not in _SAVED]
    return [one_of(source, "input", found if len(found) == 1 else others, None)]


def rows_text(source: Source, path: Path) -> str:
    """Return the rows as JSON Lines, those of a table too.

    Raises:
        UserError: it cannot be read, or is no table.
    """
    text = source.text(path)
    if path.suffix.lower() not in {".csv", ".tsv"}:
        return text
    table = read_table(text, source.name(path))
    source.report.changed.append(f"{table.name}: a table; each of its lines became a row of texts")
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for _, row in table.lines)


def _plain(source: Source, question: Path) -> str:
    return " ".join(source.text(question).split())


def _home(question: Path) -> Path:
    """Return the folder of a definition's batch."""
    folder = question.parent
    return folder.parent if folder.name == "definition" else folder
