"""The files that a page's template is made of."""

from collections.abc import Callable, Sequence
from pathlib import Path, PurePath

from jinja2 import BaseLoader, Environment, TemplateNotFound, TemplateSyntaxError

from crowdmake.rendering.escaping import bad_character


class FolderLoader(BaseLoader):
    """Loads templates from the given folders, and from nowhere else."""

    def __init__(self, page: Path, folders: Sequence[Path]) -> None:
        self.page = page
        self.folders = [folder.resolve() for folder in folders]
        self.loaded: set[str] = set()

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja2's signature
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return the text of a template, the path that messages name, and that it is current.

        Raises:
            TemplateNotFound: None of the folders holds such a file.
            TemplateSyntaxError: It is not UTF-8, or holds what a page cannot.
        """
        path = self.page if template == str(self.page) else self._find(template)
        if not path.is_file():
            raise TemplateNotFound(template)
        name = _displayed(path)
        self.loaded.add(name)
        return _read(path, name), name, lambda: True

    def list_templates(self) -> list[str]:
        """Return the names that an include may give."""
        found = (path for folder in self.folders for path in folder.rglob("*.html"))
        return sorted({path.name for path in found})

    def _find(self, template: str) -> Path:
        if ".." in PurePath(template).parts:
            raise TemplateNotFound(template)
        # `part.html` and `hit_templates/part.html` name the same file.
        first, _, rest = template.partition("/")
        for folder in self.folders:
            for name in (template, *([rest] if first == folder.name else [])):
                path = (folder / name).resolve()
                if path.is_file() and any(path.is_relative_to(root) for root in self.folders):
                    return path
        raise TemplateNotFound(template)


def _displayed(path: Path) -> str:
    whole = path.resolve()
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)


def _read(path: Path, name: str) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise TemplateSyntaxError("is not UTF-8; save it as UTF-8", line, name, name) from None
    for number, line_text in enumerate(text.split("\n"), start=1):
        if bad := bad_character(line_text):
            message = f"holds {bad}, which a page cannot hold; take it out"
            raise TemplateSyntaxError(message, number, name, name)
    return text
