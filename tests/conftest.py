"""What the suite says at its end: how many tests of each kind ran."""

from collections import Counter, defaultdict

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print, for each folder of tests, how many passed, failed and were skipped."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            kinds[report.nodeid.split("/")[1]][outcome] += 1
    terminalreporter.section("tests of each kind")
    for kind in sorted(kinds):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in kinds[kind].items())
        terminalreporter.line(f"{kind}: {counts}")
