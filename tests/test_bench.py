"""The bench's tables, plots and page, and what it leaves out when it looks at what each term brings."""

import dataclasses
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.fit.fit import fit_track
from thespis.core.fit.settings import Settings
from thespis.core.footage import open_clip, read_pictures
from thespis.core.footage.write import MovieWriter
from thespis.core.measure.bench import fit
from thespis.core.measure.bench.ablation import LEFT_OUT
from thespis.core.measure.bench.methods import methods_sections
from thespis.core.measure.bench.minute import write_to_and_fro
from thespis.core.measure.bench.report import Plot, Section, print_section, row_of, write_page
from thespis.core.measure.bench.solver import VARIANTS, Known, noisy, solver_section, someone
from thespis.core.measure.plot import COLOURS, Bar, Line, bar_plot, line_plot, nice_ticks
from thespis.core.measure.reference.compare import Row

from .fit_cases import FPS, camera, gesture, open_body, seen


@given(st.floats(-1e4, 1e4), st.floats(0, 1e4), st.integers(3, 12))
@settings(max_examples=200, deadline=None)
def test_ticks_are_even_hold_the_range_and_are_not_too_many(low, span, most):
    ticks = nice_ticks(low, low + span, most)
    steps = np.diff(ticks)
    assert np.allclose(steps, steps[0], rtol=1e-6)
    slack = 1e-6 * steps[0]
    assert ticks[0] <= low + slack and ticks[-1] >= low + span - slack
    assert ticks[0] > low - steps[0] - slack and len(ticks) <= most + 3
    digits = f"{steps[0]:.1e}"[:3]
    assert digits in ("1.0", "2.0", "2.5", "5.0")


def test_a_plot_needs_numbers():
    with pytest.raises(ValueError, match="numbers"):
        nice_ticks(float("nan"), 1, 5)


def colour_at(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """(n, 2) x and y of the pixels that have this colour."""
    y, x = np.nonzero((abs(picture.astype(int) - colour) < 12).all(-1))
    return np.stack([x, y], 1)


def test_a_higher_value_is_drawn_higher_and_a_later_one_further_right():
    x = np.linspace(0, 10, 50)
    picture = line_plot("rises", {"a": Line(x, x**2)}, "seconds", "m")
    drawn = colour_at(picture, COLOURS[0])
    drawn = drawn[drawn[:, 1] > 60]  # below the legend
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] < -0.8
    left, right = drawn[drawn[:, 0].argmin()], drawn[drawn[:, 0].argmax()]
    assert right[1] < left[1] - 150 and right[0] > left[0] + 400


def test_a_line_breaks_where_there_is_no_number():
    x = np.linspace(0, 10, 101)
    y = np.ones(101)
    y[40:60] = np.nan
    drawn = colour_at(line_plot("gap", {"a": Line(x, y)}, "x", "y", marks=[2.0]), COLOURS[0])
    across = np.unique(drawn[drawn[:, 1] > 60][:, 0])
    assert np.diff(across).max() > 80


def test_bars_are_as_long_as_their_values_and_decades_are_equal_steps():
    def lengths(*values: float, log: bool = False) -> list[int]:
        drawn = colour_at(bar_plot("bars", [Bar("", v, text="|") for v in values], log), COLOURS[0])
        rows = np.round((drawn[:, 1] - 51) / 26).astype(int)
        return [int(np.ptp(drawn[rows == k][:, 0])) + 1 for k in range(len(values))]

    short, long = lengths(10.0, 30.0)
    assert long == pytest.approx(3 * short, rel=0.03)
    two, twenty, hundreds = lengths(2.0, 20.0, 200.0, log=True)
    assert hundreds - twenty == pytest.approx(twenty - two, rel=0.05)
    assert twenty - two > 3 * two > 30


def test_a_page_has_its_tables_and_plots_and_names_what_fails(tmp_path, capsys):
    rows = [row_of("speed", 3.0, 2.0, "3.0"), row_of("  better by", 40.0, 35.0, "40", most=False), row_of("told", 1.0, None, "1")]
    assert [row[3] for row in rows] == ["NO", "yes", ""]
    assert row_of("nothing", float("nan"), 2.0, "–")[3] == ""
    picture = np.full((20, 30, 3), (250, 10, 0), np.uint8)
    section = Section("First", ["", "bar", "figure", "holds"], rows, "How it was made.", [Plot("bench-a", "A plot", picture)])
    assert section.failures() == ["First: speed"]
    assert Section("No bars", ["a", "b"], [["NO", "NO"]]).failures() == []
    write_page([section], tmp_path / "page.md", "# Head\n\nText")
    text = (tmp_path / "page.md").read_text()
    assert text.startswith(
        "# Head\n\nText\n\n## First\n\nHow it was made.\n\n|  | bar | figure | holds |\n|---|---:|---:|---:|\n| speed |"
    )
    assert "![A plot](images/bench-a.png)" in text
    read = cv2.imread(str(tmp_path / "images" / "bench-a.png"))
    assert read.shape == (20, 30, 3) and read[0, 0].tolist() == [0, 10, 250]
    print_section(section)
    assert "better by" in capsys.readouterr().out


def test_the_solver_alone_is_given_what_its_row_says():
    body = open_body()
    known = Known("gesture", gesture(14), camera())
    section = solver_section(body, [known], lambda text: None)
    assert section.columns[-1] == "gesture"
    figures = {row[0]: float(row[2]) for row in section.rows}
    given, unknown, noise = (figures[variant.title] for variant in VARIANTS[:3])
    assert given < 8 < 25
    assert given <= unknown + 1
    assert abs(noise - unknown) > 0.05
    assert [row[1] for row in section.rows] == ["≤ 10", "≤ 25", "≤ 30", ""]


def test_noise_has_the_size_that_it_says_and_people_differ():
    track = seen(gesture(10), camera())
    moved = noisy(track, 3.0, 1)
    assert np.nanstd(moved.body - track.body) == pytest.approx(3, rel=0.15)
    assert np.nanstd(moved.face - track.face) == pytest.approx(3, rel=0.05)
    assert (moved.body_world == track.body_world)[np.isfinite(track.body_world)].all()
    assert np.linalg.norm(someone(open_body(), 0) - someone(open_body(), 1)) > 0.5


def test_every_term_that_can_be_left_out_is_one_of_the_fits():
    track = seen(gesture(12), camera())
    whole = fit_track(track, open_body(), camera(), FPS, device="cpu")
    for part in LEFT_OUT:
        assert set(part.terms) <= set(whole.cost), part.title
    without = fit_track(track, open_body(), camera(), FPS, device="cpu", settings=Settings(without=frozenset({"prior"})))
    assert set(whole.cost) - set(without.cost) == {"prior"}
    assert not np.allclose(whole.motion.poses, without.motion.poses)
    for part in LEFT_OUT:
        taken = part.evidence(track)
        changed = {f.name for f in dataclasses.fields(track) if getattr(taken, f.name) is not getattr(track, f.name)}
        assert len(changed) == (1 if "network" in part.title and not part.terms else 0), part.title


def test_a_quick_run_renders_fits_and_writes_the_page(tmp_path, capsys):
    page = tmp_path / "docs" / "bench-fit.md"
    page.parent.mkdir()
    assert fit.main(["--quick", "--only", "rendered", "--page", str(page)]) == 0
    printed = capsys.readouterr().out
    assert "PA-V2V, mm" in printed and "walk_front" in printed
    text = page.read_text()
    assert text.startswith("# The fit, measured") and "## Rendered truth" in text
    row = next(line for line in text.splitlines() if line.startswith("| PA-V2V, mm"))
    assert 5 < float(row.split("|")[3]) < 300
    assert "100.0" in next(line for line in text.splitlines() if line.startswith("| frames fitted"))
    shown = [line.split("(")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")]
    assert "images/bench-bars.png" in shown
    assert all((page.parent / name).is_file() for name in shown)
    assert fit.main(["--only", "rendered", "--cases", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err


def test_the_claim_beside_another_method_is_the_quotient_of_what_was_measured():
    ours, between = Row("ours", 100, 0.02, body_px=4.2), Row("between", 100, 0.4, body_px=4.3)
    single = Row("single pictures", 6, 0.1, body_px=3.5)
    rows = [ours, between, single, Row("theirs", 6, 5.0, body_px=3.5, reached_share=0.5)]
    claim, every = methods_sections(rows, "clip.mp4")
    whole, alike = claim.rows[:2], claim.rows[2:]
    assert [row[1:] for row in whole] == [["≥ 100", "250", "yes"], ["≤ 1.05", "1.20", "NO"]]
    assert [row[1:] for row in alike] == [["≥ 100", "50", "NO"], ["≤ 1.05", "1.00", "yes"]]
    assert "6 frames" in claim.words and "clip.mp4" in claim.words
    assert [row[0] for row in every.rows] == ["ours", "between", "single pictures", "theirs"]
    assert all(len(row) == len(every.columns) for row in every.rows)


def test_a_clip_made_long_goes_to_and_fro(tmp_path):
    with MovieWriter(tmp_path / "short.mp4", Fraction(10), (64, 48), quality=1) as movie:
        for k in range(16):
            movie.write(np.full((48, 64, 3), 15 * k, np.uint8))
    clip = open_clip(tmp_path / "short.mp4")
    write_to_and_fro(clip, 14, 5.0, tmp_path / "long.mp4")
    long = open_clip(tmp_path / "long.mp4")
    shown = [picture.image.mean() / 15 for picture in read_pictures(long)]
    way = [*range(15), *range(13, -1, -1)]
    assert np.allclose(shown, [*way, *way[1:]][:50], atol=0.3)
    assert len(shown) == 50 and long.fps == 10
