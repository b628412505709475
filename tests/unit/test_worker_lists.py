"""Lists of workers: what a person may write into them, and one line for each fault."""

import pytest
from crowdmake.account.worker_lists import Entry, read_workers
from crowdmake.exceptions import UserError
from hypothesis import given
from hypothesis import strategies as st


def faults(path):
    with pytest.raises(UserError) as caught:
        read_workers(path)
    return list(caught.value.lines)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_worker_a_line(tmp_path, start, end):
    """Ids are read with what stands behind them, under any line end; blank lines are none."""
    path = tmp_path / "block.txt"
    path.write_bytes(start + end.join([b"AB1", b"", b"  AC2\tone answer, always  ", b"AB1"]))
    assert read_workers(path) == {"AB1": Entry(1, ""), "AC2": Entry(3, "one answer, always")}


def test_faults_are_a_line_each(tmp_path):
    """What is no worker id, and a worker who is listed for two reasons, are named with their lines."""
    path = tmp_path / "block.txt"
    path.write_text("AB1 lazy\nab2\nAB1 late\nworker_id\n", encoding="utf-8")
    assert faults(path) == [
        f'{path}:2: found "ab2"; expected a worker id of A and then capital letters and digits',
        f"{path}:3: AB1 stands with other words on line 1; keep one",
        f'{path}:4: found "worker_id"; expected a worker id of A and then capital letters and digits',
    ]


def test_no_file(tmp_path):
    """A list that does not exist is one line."""
    path = tmp_path / "block.txt"
    assert faults(path) == [f"{path}: does not exist; expected one worker id a line"]


@given(content=st.binary(max_size=60))
def test_any_file_is_a_list_or_lines(tmp_path_factory, content):
    """Whatever bytes a list holds, it is read or told in lines that name it."""
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    lines = []
    try:
        read_workers(path)
    except UserError as error:
        lines = error.lines
    assert all(line.startswith(f"{path}:") for line in lines)
