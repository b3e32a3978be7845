"""What an attack has tried, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

SHOWN_FAILURES = 8


@dataclass(slots=True)
class Tally:
    """The outcomes of one class of attempts; `failures` break a promise of SECURITY.md, `notes` are figures."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter[str])
    failures: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    @property
    def tried(self) -> int:
        """Return the number of attempts."""
        return self.outcomes.total()

    def fail(self, what: str) -> None:
        """Add a failure, in at most 300 characters."""
        self.failures.append(what[:300])

    def __str__(self) -> str:
        outcomes = ", ".join(f"{outcome}: {count}" for outcome, count in sorted(self.outcomes.items()))
        lines = [f"  {self.name:<34}{self.tried:>7}  {outcomes}"]
        lines += [f"  {'':<41}  {note}" for note in self.notes]
        lines += [f"  {'FAILED':<41}  {failure}" for failure in self.failures[:SHOWN_FAILURES]]
        if len(self.failures) > SHOWN_FAILURES:
            lines.append(f"  {'FAILED':<41}  and {len(self.failures) - SHOWN_FAILURES} more")
        return "\n".join(lines)


def show(title: str, tallies: Sequence[Tally]) -> None:
    """Print one part's table."""
    print(title)
    for tally in tallies:
        print(tally)
    print(flush=True)
