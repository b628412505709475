"""What an import says of itself: what was taken, changed, left and not understood."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from crowdmake.messages import counted, printable

_SHOWN = 20


@dataclass
class Report:
    """Lines about one import, each naming the file and, where there is one, the line."""

    taken: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)
    to_mend: list[str] = field(default_factory=list)

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each section that has lines, under its heading."""
        headings = {
            "Taken": self.taken,
            "Changed": self.changed,
            "Left where it was": self.left,
            "Not understood": self.not_understood,
            "To mend before `snakemake launch`": self.to_mend,
        }
        for heading, lines in headings.items():
            if lines:
                yield heading, [printable(line) for line in lines]

    def printed(self) -> Iterator[str]:
        """Yield the lines for a terminal, long sections cut."""
        for heading, lines in self.sections():
            yield f"{heading}:"
            yield from (f"  {line}" for line in lines[:_SHOWN])
            if len(lines) > _SHOWN:
                yield f"  and {counted(len(lines) - _SHOWN, 'more line')}, see IMPORT.md"

    def markdown(self, source: str) -> str:
        """Return the whole report as the file IMPORT.md."""
        parts = [f"# Imported from {printable(source)}\n"]
        for heading, lines in self.sections():
            parts.append(f"\n## {heading}\n\n" + "".join(f"    {line}\n" for line in lines))
        return "".join(parts)
