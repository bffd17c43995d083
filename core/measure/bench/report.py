"""What a bench prints, and the same as a page of the docs with its plots."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...files import written_beside
from ...render.strip import write_png
from ...terminal import print_table

Picture = NDArray[np.uint8]
HOLDS, FAILS = "yes", "NO"


@dataclass(frozen=True)
class Plot:
    """name: of the file, without its ending; words: what it shows, for who cannot see it; pixels: (H, W, 3) RGB."""

    name: str
    words: str
    pixels: Picture


@dataclass(frozen=True)
class Section:
    """A table under a title, a line or two on how it was made, and plots. Every row has as many cells as there are columns;
    the column "holds" says HOLDS or FAILS where there is a bar."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    words: str = ""
    plots: list[Plot] = field(default_factory=list)

    def failures(self) -> list[str]:
        """The rows whose bar is not kept."""
        if "holds" not in self.columns:
            return []
        column = self.columns.index("holds")
        return [f"{self.title}: {row[0].strip()}" for row in self.rows if row[column] == FAILS]


def print_section(section: Section) -> None:
    """On standard output."""
    print_table(section.title, section.columns, section.rows)
    if section.words:
        print(f"{section.words}\n")


def write_page(sections: Sequence[Section], page: Path, head: str) -> None:
    """Write the sections as Markdown to `page`, and their plots into the folder `images` beside it."""
    lines = [head.strip(), ""]
    images = page.parent / "images"
    for section in sections:
        lines += [f"## {section.title}", ""]
        if section.words:
            lines += [section.words, ""]
        lines += ["| " + " | ".join(section.columns) + " |", "|" + "---|" + "---:|" * (len(section.columns) - 1)]
        lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in section.rows]
        lines.append("")
        for plot in section.plots:
            images.mkdir(parents=True, exist_ok=True)
            write_png(images / f"{plot.name}.png", plot.pixels)
            lines += [f"![{plot.words}](images/{plot.name}.png)", ""]
    with written_beside(page) as beside:
        beside.write_text("\n".join(lines), encoding="utf-8")


def _cell(text: str) -> str:
    indent = len(text) - len(text.lstrip())
    return "&nbsp;" * indent + text.lstrip().replace("|", "\\|")


def machine() -> str:
    """The machine in the words of the docs: its cores, and the graphics card if torch can use one."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return f"{cores} cores, {card}"


def row_of(title: str, value: float, bar: float | None, text: str, most: bool = True) -> list[str]:
    """Cells title, bar, figure, holds for one figure; `text` is the figure as printed."""
    told: dict[Any, str] = {None: "", True: HOLDS, False: FAILS}
    holds = None if bar is None or not np.isfinite(value) else (value <= bar) == most or value == bar
    return [title, "" if bar is None else f"{'≤' if most else '≥'} {bar:g}", text, told[holds]]
