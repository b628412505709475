"""Crowdmake: human-computation experiments as a pipeline whose stages are files."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _workflow_root() -> Path:
    """Return the folder of the Snakefile: inside the wheel, or two levels up in a checkout."""
    installed = _PACKAGE / "workflow"
    return installed if installed.is_dir() else _PACKAGE.parent.parent


workflow_root = _workflow_root()
snakefile = str(workflow_root / "Snakefile")
