"""What the unit tests share: an experiment's folder to work in."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CONFIG = """\
experiment: sample
market:
  endpoint: local
hit:
  template: hit_templates/page.html
  properties:
    Title: A task
    Description: Do the task.
    Reward: "0.05"
"""

# A shared machine is slow at times; that is no fault of what is tested.
settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")


@pytest.fixture
def experiment(tmp_path, monkeypatch) -> Path:
    """Return the folder of a small sound experiment, made the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("config", "hit_templates", "input"):
        Path(name).mkdir()
    Path("config/config.yaml").write_text(CONFIG, encoding="utf-8")
    Path("hit_templates/page.html").write_text("<p>{{ input }}</p>", encoding="utf-8")
    return tmp_path
