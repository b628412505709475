"""Points in time as Crowdmake writes them: aware, UTC, ISO 8601, whole seconds."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return this moment by the wall clock, in UTC."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """Return an aware ``moment`` as it stands in files, such as ``2026-11-22T08:30:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> datetime:
    """Return the aware moment that ``written`` wrote."""
    return datetime.fromisoformat(text)
