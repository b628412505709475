"""Other tools' projects as the tests make them, and what becomes of them."""

import json
from pathlib import Path

from crowdmake.inputs.rows import read_rows
from crowdmake.ledgers.archive import Archive
from crowdmake.projects.importing import import_project
from crowdmake.projects.sources import Choices


def project(root: Path, files: dict) -> Path:
    """Write files: text, bytes, or a list of values as JSON Lines."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            content = "".join(json.dumps(value) + "\n" for value in content)
        elif isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


class Imported:
    """An experiment that was imported."""

    def __init__(self, root: Path, **choices) -> None:
        made = len(list(root.parent.glob(f"{root.name}-made*")))
        self.folder = root.parent / f"{root.name}-made{made or ''}"
        self.report = import_project(root, self.folder, Choices(**choices))

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def rows(self, batch: str) -> list:
        (path,) = self.folder.glob(f"input/{batch}.*")
        return [row.value for row in read_rows(path).rows]

    def closed(self, batch: str) -> list[int]:
        """Return the numbers of the rows that nothing launches."""
        (path,) = self.folder.glob(f"input/{batch}.*")
        keys = Archive(self.folder / "state" / batch).keys()
        return [row.number for row in read_rows(path).rows if row.key in keys]

    def hits(self, batch: str) -> dict:
        """Return the imported HITs' assignments by id."""
        hits = Archive(self.folder / "state" / batch).hits().values()
        return {hit.hit_id: hit.assignments for hit in hits}
