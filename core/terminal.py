"""Progress bars and tables in a terminal (rich)."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from .progress import Progress

LOG_WIDTH = 240
"""Characters of a table's line where nobody's terminal sets the width."""


class TerminalProgress(Progress):
    """Shows each stage as a bar on standard error when that is a terminal; in a log it says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description:<20}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "TerminalProgress":
        if self.console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.console.is_terminal:
            self._bars.stop()

    def begin(self, name: str, total: int) -> None:
        """Show a new bar."""
        self._task = self._bars.add_task(name, total=total or None)

    def update(self, done: float) -> None:
        """Move the present bar."""
        if self._task is not None:
            self._bars.update(self._task, completed=done)

    def end(self, name: str) -> None:
        """Fill the present bar."""
        if self._task is not None:
            task = next(t for t in self._bars.tasks if t.id == self._task)
            self._bars.update(self._task, total=task.total or 1, completed=task.total or 1)


def print_table(title: str, columns: list[str], rows: list[list[str]], numbers: bool = True) -> None:
    """A table on standard output; with numbers, every column but the first is right-aligned."""
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if numbers and number else "left")
    for row in rows:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal:  # a log or a file has no edge that a table must be folded at
        console = Console(width=LOG_WIDTH)
    console.print(table)
