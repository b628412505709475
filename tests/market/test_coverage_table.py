"""The table of operations that the documentation shows."""

from crowdmake.market import coverage


def test_the_table_is_what_the_code_says():
    """OPERATIONS.md is what `python -m crowdmake.market.coverage` writes, and names no gap."""
    assert coverage.FILE.read_text() == coverage.table()
    assert "| missing |" not in coverage.table()
