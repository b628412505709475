"""Where an experiment's configuration and pages lie, seen from its directory."""

from pathlib import Path

from crowdmake import workflow_root

CONFIG = Path("config/config.yaml")
TEMPLATES = Path("hit_templates")
SHIPPED_TEMPLATES = workflow_root / "hit_templates"
