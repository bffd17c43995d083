"""`./dev bench fit`: the fit against rendered truth, exact landmarks and other methods, every figure beside its bar.

With --folder only the cases of that folder are fitted, from their track.npz where there is one, and scored.
"""

import argparse
import sys
import time
from pathlib import Path

from ....models.body.load import load_body
from ...errors import ThespisError
from ..rendered import case_folders
from ..scorecard import Judge
from .ablation import ablation_section
from .rendered import Case, from_its_track, rendered_section, through_the_pipeline
from .report import Section, print_section


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its tables; returns the exit code: 1 when a bar is not kept and --strict was given."""
    parser = argparse.ArgumentParser(prog="./dev bench fit", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="folder of rendered cases: clip.mp4, truth.npz, track.npz")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="only these cases")
    parser.add_argument("--focal-unknown", action="store_true", help="let the fit find the focal length")
    parser.add_argument("--ablate", action="store_true", help="also fit without each term and each kind of evidence")
    parser.add_argument("--whole", action="store_true", help="run the whole pipeline on the clips, whatever tracks there are")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a bar is not kept")
    options = parser.parse_args(arguments)
    try:
        sections = list(_folder_sections(options))
    except ThespisError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    failures = [line for section in sections for line in section.failures()]
    return 1 if failures and options.strict else 0


def _folder_sections(options: argparse.Namespace) -> list[Section]:
    cases = _chosen([Case(folder.name, folder) for folder in case_folders(options.folder)], options)
    judge = Judge(load_body("open"))
    scored = {}
    for case in cases:
        started = time.perf_counter()
        score = through_the_pipeline if options.whole else from_its_track
        scored[case.name] = score(case, judge, not options.focal_unknown)
        _say(f"{case.name}: {time.perf_counter() - started:.1f} s")
    sections = [rendered_section(f"{options.folder}: {len(cases)} rendered cases", scored)]
    print_section(sections[0])
    if options.ablate:
        sections.append(ablation_section(cases, judge, _say))
        print_section(sections[-1])
    return sections


def _chosen(cases: list[Case], options: argparse.Namespace) -> list[Case]:
    chosen = [case for case in cases if not options.cases or case.name in options.cases]
    if not chosen:
        known = ", ".join(case.name for case in cases)
        raise ThespisError(f"No case is called {' or '.join(options.cases)}. Choose among {known}.")
    return chosen


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
