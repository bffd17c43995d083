"""The fit beside other methods on the same landmarks, lens, start, beliefs and thread: SMPLify-X's, and batched L-BFGS."""

from collections.abc import Sequence
from typing import Final

from ..plot import Bar, bar_plot
from ..reference.compare import Row, table_of
from .report import Plot, Section, row_of

TIMES_FASTER: Final = 100.0
"""Seconds a frame of SMPLify-X's method over ours, at least."""
NO_WORSE: Final = 1.05
"""Our reprojection error of the body over that method's, at most."""


def methods_sections(rows: Sequence[Row], clip: str) -> list[Section]:
    """Two tables: the claim beside its bars, and every method. rows: the project's whole fit first, SMPLify-X's method last; the
    project's solver on single pictures is the third."""
    ours, pictures, theirs = rows[0], rows[2], rows[-1]
    claim = []
    for name, row in (("the whole fit", ours), ("its solver on the same single pictures", pictures)):
        faster, worse = theirs.seconds / row.seconds, row.body_px / theirs.body_px
        claim += [
            row_of(f"{name}: times faster a frame than SMPLify-X's method", faster, TIMES_FASTER, f"{faster:.0f}", most=False),
            row_of(f"{name}: reprojection error of the body over its", worse, NO_WORSE, f"{worse:.2f}"),
        ]
    bars = [Bar(row.method, row.seconds * 1e3, text=f"{row.seconds * 1e3:.3g} ms") for row in rows]
    picture = bar_plot("Milliseconds a frame (lengths by powers of ten)", bars, log=True)
    words = (
        f"{clip}. All methods run on one thread of the same machine, from the same start, landmarks, lens and beliefs, and are "
        f"measured on the same {theirs.frames} frames. The whole fit does not follow the landmarks' noise from picture to "
        "picture: it holds time and the floor against it. On single pictures the solver has what SMPLify-X's method has. "
        "Cost: our own of a frame, without what needs time or 3D."
    )
    return [
        Section(
            "Beside SMPLify-X",
            ["", "bar", "figure", "holds"],
            claim,
            words,
            [Plot("bench-methods", "Milliseconds a frame of each method", picture)],
        ),
        Section("Every method", *table_of(rows)),
    ]
