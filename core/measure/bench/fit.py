"""`./dev bench fit`: speed, other methods beside the fit, the solver by itself, rendered truth through the whole pipeline.

Every figure beside its bar, in the terminal and in docs/bench-fit.md.

With --folder only the cases of that folder are fitted, from their track.npz where there is one, and scored.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ....models.body.load import load_body
from ...errors import ThespisError
from ...fit.lens import lens_of
from ..reference.compare import compare
from ..scorecard import Judge, Scored
from ..stage.case import StageCase
from .ablation import ablation_section
from .cases import HIDDEN, known_motions, rendered_cases
from .clip import SAMPLE, accuracy_section, add_clip_options, clip_asked, observed, speed_section, timed_fit, timed_minute
from .methods import methods_sections
from .pictures import plots_of, stages_plot
from .rendered import case_folders, from_its_track, rendered_section, through_the_pipeline
from .report import Section, machine, print_section, write_page
from .solver import solver_section

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "bench-fit.md"
PARTS: Final = ("speed", "methods", "solver", "rendered")
QUICK_FRAMES: Final = 16
HEAD: Final = """# The fit, measured

Written by `./dev bench fit` on {machine}. "holds" says whether a figure keeps its bar; "truth" is what the rendered performers
themselves would get. All lengths are from the fit's own numbers, in the true camera's frame where nothing else is said.
"""


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its tables; returns the exit code: 1 when a bar is not kept and --strict was given."""
    parser = argparse.ArgumentParser(prog="./dev bench fit", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, help="score the rendered cases of this folder and do nothing else")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="only these rendered cases")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="only these parts")
    parser.add_argument("--ablate", action="store_true", help="also fit without each term and each kind of evidence")
    parser.add_argument("--focal-unknown", action="store_true", help="let the fit find the rendered cases' focal length")
    parser.add_argument("--whole", action="store_true", help="with --folder: run the whole pipeline, whatever tracks there are")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK_FRAMES} frames of everything, and of one rendered case unless --cases names some",
    )
    parser.add_argument("--minute", action="store_true", help="also fit a minute of the clip, to and fro (minutes)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a bar is not kept")
    parser.add_argument("--frames", type=int, default=6, help="pictures that SMPLify-X's method fits, minutes (0: none)")
    parser.add_argument("--page", type=Path, help=f"file to write the tables to ({PAGE.relative_to(ROOT)}; none if --quick)")
    clip = parser.add_argument_group("the clip of speed and methods")
    clip.add_argument("--clip", type=Path, default=SAMPLE, help="the sample clip")
    add_clip_options(clip)
    options = parser.parse_args(arguments)
    try:
        sections = []
        for section in _folder_sections(options) if options.folder else _sections(options):
            print_section(section)
            sections.append(section)
        page = options.page or (None if options.folder or options.quick or options.only != PARTS else PAGE)
        if page:
            write_page(sections, page, HEAD.format(machine=machine()))
            _say(f"written: {page}")
    except ThespisError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    failures = [line for section in sections for line in section.failures()]
    return 1 if failures and options.strict else 0


def _sections(options: argparse.Namespace) -> Iterator[Section]:
    """The parts in an order in which the most memory is still the clip's own."""
    if options.quick:
        options.end = QUICK_FRAMES - 1
        options.frames = min(options.frames, 1)
    body = load_body("open")
    if {"speed", "methods"} & set(options.only):
        asked = clip_asked(options, options.clip)
    if "speed" in options.only:
        timed = timed_fit(asked)
        yield replace(speed_section(timed), plots=[stages_plot(timed.seconds, len(timed.motion))])
        if options.minute:
            yield speed_section(timed_minute(asked), "Speed over a minute")
        if asked.truth:
            yield accuracy_section(timed, observed(asked))
    if "methods" in options.only and options.frames > 0:
        focal = asked.options.focal.pixels(asked.clip.size) if asked.options.focal else None
        lens = lens_of(asked.clip.size, focal, distortion=asked.options.distortion)
        rows = compare(observed(asked), lens, body, float(asked.clip.fps), options.frames, asked.truth)
        yield from methods_sections(rows, asked.clip.path.name)
    if "solver" in options.only:
        known = known_motions(body, QUICK_FRAMES if options.quick else None)
        yield solver_section(body, known[:1] if options.quick else known, _say)
    if "rendered" in options.only:
        yield from _rendered_sections(options, Judge(body))


def _rendered_sections(options: argparse.Namespace, judge: Judge) -> Iterator[Section]:
    cases = rendered_cases(options.cases, QUICK_FRAMES if options.quick else None, _say)
    scored: dict[str, Scored] = {}
    for case in cases:
        started = time.perf_counter()
        scored[case.name] = through_the_pipeline(case, judge, not options.focal_unknown)
        _say(f"{case.name}: {time.perf_counter() - started:.1f} s")
    focal = "unknown" if options.focal_unknown else "given"
    words = (
        f"{len(cases)} clips of performers whose shape no betas can make, through the whole pipeline, focal length {focal}. "
        f"Those in which much of the person is hidden ({', '.join(HIDDEN)}) count for confidence and for limbs through the body."
    )
    yield replace(rendered_section("Rendered truth", scored, words, HIDDEN), plots=plots_of(scored, HIDDEN))
    if options.ablate:
        yield ablation_section([case for case in cases if case.name not in HIDDEN], judge, _say)


def _folder_sections(options: argparse.Namespace) -> Iterator[Section]:
    cases = _chosen(case_folders(options.folder), options)
    judge = Judge(load_body("open"))
    scored: dict[str, Scored] = {}
    for case in cases:
        started = time.perf_counter()
        score = through_the_pipeline if options.whole else from_its_track
        scored[case.name] = score(case, judge, not options.focal_unknown)
        _say(f"{case.name}: {time.perf_counter() - started:.1f} s")
    section = rendered_section(f"{options.folder}: {len(cases)} rendered cases", scored)
    yield replace(section, plots=plots_of(scored)) if options.page else section
    if options.ablate:
        yield ablation_section(cases, judge, _say)


def _chosen(cases: list[StageCase], options: argparse.Namespace) -> list[StageCase]:
    chosen = [case for case in cases if not options.cases or case.name in options.cases]
    if not chosen:
        known = ", ".join(case.name for case in cases)
        raise ThespisError(f"No case is called {' or '.join(options.cases)}. Choose among {known}.")
    return chosen


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
