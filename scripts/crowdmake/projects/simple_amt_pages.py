"""The templates of a simple-amt checkout, with all that they include."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from crowdmake.projects.sources import Project, Source

HELPER = "simpleamt.html"
_INCLUDE = re.compile(r"""\{%[-+]?\s*(?:include|extends|import|from)\s+["']([^"']+)["']""")
ORIGINALS = {
    "a3077f27d87baff475c1edd763d4310557d9cc94bdb906aa64f7b8ee223f7f4f",
    "64a568f4b107ca047758b4525f9470613ff3d7073e75b0af617a2d06d406d512",
}
"""What is left of the helper as github.com/jcjohnson/simple-amt has it (both of its versions)."""


def inside(source: Source, path: Path) -> str:
    """Return a template's path within hit_templates/."""
    if source.root in path.parents:
        return source.name(path).removeprefix("hit_templates/")
    return path.name


def parts(source: Source, template: Path) -> Iterator[tuple[str, Path]]:
    """Yield a template with all that it includes, each by its path within hit_templates/."""
    waiting, seen = [template], {template}
    while waiting:
        path = waiting.pop()
        yield inside(source, path), path
        for name in _INCLUDE.findall(path.read_bytes().decode("utf-8", "replace")):
            found = [source.root / name, source.root / "hit_templates" / name, path.parent / name]
            part = next((each for each in found if each in source.files), None)
            if part and part.name != HELPER and part not in seen:
                seen.add(part)
                waiting.append(part)


def take_helper(source: Source, project: Project, templates: list[Path]) -> set[Path]:
    """Report the templates and what becomes of simpleamt.html; return the file if it is taken.

    Crowdmake's own takes its place, unless the checkout's was changed: pages may call what was
    added to it.
    """
    places = dict(_includes(source, templates))
    own = [path for path in source.files if path.name == HELPER] if places else []
    changed = [path for path in own if digest(source.text(path)) not in ORIGINALS]
    if not changed:
        source.report.changed += [
            f"{place}: {HELPER} is Crowdmake's own, which does without jQuery" for place in places
        ]
        return set()
    helper = next((path for path in changed if path.parent.name == "hit_templates"), changed[0])
    name = source.name(helper)
    project.files[f"hit_templates/{HELPER}"] = source.text(helper)
    source.report.changed.append(
        f"{name}: is not simple-amt's own {HELPER} (somebody changed it), so it is taken as it is,"
        f" with what it lacks; delete hit_templates/{HELPER} to have Crowdmake's, which needs no"
        " jQuery and sends nothing twice or empty"
    )
    return {helper}


def digest(text: str) -> str:
    """Return what two texts have in common that differ in white space only."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()


def _includes(source: Source, templates: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield where the helper is included; say of each template that it is taken."""
    for path in dict.fromkeys(templates):
        source.report.taken.append(f"{source.name(path)}: a template, as it is")
        for number, line in enumerate(source.text(path).split("\n"), start=1):
            for name in _INCLUDE.findall(line):
                if name.endswith(HELPER):
                    yield f"{source.name(path)}:{number}", name
