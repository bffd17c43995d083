"""The fit beside other methods on the same landmarks, lens, start, beliefs and thread: SMPLify-X's, and batched L-BFGS."""

from collections.abc import Sequence
from typing import Final

from ..plot import Bar, bar_plot
from ..reference.compare import Row
from ..table import number
from .report import Plot, Section, row_of

TIMES_FASTER, NO_WORSE = 100.0, 1.05
"""Bars: seconds a frame of SMPLify-X's method over ours, and our reprojection error over its."""
COLUMNS: Final = (
    "method", "frames", "s a frame", "body px", "hand px", "face px", "cost", "s to our cost", "share that reach it", "PA-MPJPE, mm",
)  # fmt: skip


def methods_section(rows: Sequence[Row], clip: str) -> list[Section]:
    """Two tables: the claim beside its bars, and every method. rows: the project's whole fit first, SMPLify-X's method last."""
    ours, theirs = rows[0], rows[-1]
    table = [
        [
            row.method,
            f"{row.frames}",
            *(number(v) for v in (row.seconds, row.body_px, row.hand_px, row.face_px, row.cost, row.reached, row.reached_share)),
            number(row.pa_mpjpe),
        ]
        for row in rows
    ]
    faster, worse = theirs.seconds / ours.seconds, ours.body_px / theirs.body_px
    claim = [
        row_of("times faster a frame than SMPLify-X's method", faster, TIMES_FASTER, f"{faster:.0f}", most=False),
        row_of("reprojection error of the body over its", worse, NO_WORSE, f"{worse:.2f}"),
    ]
    bars = [Bar(row.method, row.seconds, text=f"{row.seconds * 1e3:.3g} ms") for row in rows]
    plot = Plot(
        "bench-methods", "Seconds a frame of each method", bar_plot("Milliseconds a frame (each step tenfold)", bars, True)
    )
    words = (
        f"{clip}. All methods run on one thread of the same machine, from the same start, landmarks, lens and beliefs, and are "
        "measured on the same frames. Cost: our own of a frame, without what needs time or 3D."
    )
    return [
        Section("Beside SMPLify-X", ["", "bar", "figure", "holds"], claim, words, [plot]),
        Section("Every method", list(COLUMNS), table),
    ]
