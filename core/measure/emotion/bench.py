"""`./dev bench emotion`: the tables of the emotion paper for our corpus and our model, every figure beside its bar.

In the terminal and in docs/bench-emotion.md. With --sheet DIR it only renders film strips for a blind forced choice; with
--answers and --key it only counts how readers named them.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from ....models.emotion.choreography.gestures import gestures_of
from ....models.emotion.choreography.score import SCORES
from ....models.emotion.dataset.corpus import CorpusOptions, corpus_takes
from ....models.emotion.dataset.splits import GROUPS
from ....models.emotion.recogniser.weights import JUDGE, load_judge
from ....models.emotion.weights import PATH, load_model
from ...errors import ThespisError
from ...fit.device import one_thread
from ...terminal import TerminalProgress
from ..bench.report import Section, machine, print_section, write_page
from . import augmentation, generated_takes, movement, nearness, noise, rebuilding, recognition, slider
from .sheet import answers_section, write_sheet
from .study import QUICK, Counts, Study

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "bench-emotion.md"
NEW_ACTORS: Final = 1000
"""Number of the first actor that no training has had."""
Part = Callable[[Study], Section | None]
PARTS: Final[dict[str, tuple[Part, ...]]] = {
    "rebuilding": (rebuilding.section,),
    "nearness": (nearness.section, nearness.copies_section),
    "recognition": (recognition.section,),
    "generated": (generated_takes.section, generated_takes.kinds_section),
    "slider": (slider.section,),
    "variation": (noise.section,),
    "augmentation": (augmentation.section,),
    "movement": (movement.section,),
}
HEAD: Final = """# Emotions, measured

Written by `./dev bench emotion` on {machine}: {about}. "holds" says whether a figure keeps its bar.

What these figures are worth: the performances were written by us and played by an engine. A judge that knows them, a distance
to them, a take that is recognised: all say how well the model has learnt this corpus, its thirteen emotions as its authors would
show them, and how well its takes stand beside performances that it never saw. None of it says how people's emotions look or are
recognised; for that, people have to be asked (`--sheet`). Figures of the paper are of people's recorded performances (DIEM-A) and
stand beside ours for their definition, not for comparison.
"""


def main(arguments: list[str]) -> int:
    """Run the benchmark; returns the exit code: 1 when a bar is not kept and --strict was given, 2 for what cannot be done."""
    options = _options(arguments)
    try:
        with one_thread():
            sections = _run(options)
    except ThespisError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    failures = [line for section in sections for line in section.failures()]
    return 1 if failures and options.strict else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev bench emotion", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--weights", type=Path, metavar="DIR", help="folder of thespis train (the weights that come with Thespis)"
    )
    parser.add_argument("--fold", type=int, choices=range(GROUPS), help="the fold that train --hold-out kept from the weights")
    parser.add_argument("--only", nargs="+", choices=tuple(PARTS), default=tuple(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="tiny counts: shows that it runs, the figures mean nothing")
    parser.add_argument("--actors", type=int, default=20, metavar="N", help="how many actors the weights were taught (20)")
    parser.add_argument("--new-actors", type=int, default=8, metavar="N", help="how many others play every score afresh (8)")
    parser.add_argument("--takes", type=int, metavar="N", help="takes generated for each way of drawing them (2600)")
    parser.add_argument("--scores", type=Path, default=SCORES, metavar="DIR", help="folder of the scores (the corpus's)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a bar is not kept")
    parser.add_argument("--page", type=Path, help=f"file to write to ({PAGE.relative_to(ROOT)}; none if --quick or --only)")
    blind = parser.add_argument_group("the blind forced choice")
    blind.add_argument(
        "--sheet", type=Path, metavar="DIR", help="render strips without names into this folder, the key beside it"
    )
    blind.add_argument("--seed", type=int, default=0, help="of the strips' takes and order (0)")
    blind.add_argument("--answers", type=Path, nargs="+", metavar="CSV", help="filled-in sheets of readers, one each")
    blind.add_argument("--key", type=Path, metavar="CSV", help="the key that was written beside the strips")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> list[Section]:
    if options.answers:
        if options.key is None:
            raise ThespisError(
                "The answers cannot be counted without the key. Give the file beside the strips' folder with --key."
            )
        sections = [answers_section(options.key, options.answers)]
        print_section(sections[0])
        return sections
    weights = options.weights / PATH.name if options.weights else PATH
    if options.sheet:
        paths = write_sheet(load_model(weights), options.sheet, options.seed, 3 if options.quick else 10, _say)
        print(f"{len(paths)} strips in {options.sheet}")
        return []
    study = _study(options, weights)
    sections = []
    for section in _sections(study, options.only):
        print_section(section)
        sections.append(section)
    whole = tuple(options.only) == tuple(PARTS) and not options.quick
    page = options.page or (PAGE if whole else None)
    if page:
        write_page(sections, page, HEAD.format(machine=machine(), about=_about(study)))
        _say(f"written: {page}")
    return sections


def _study(options: argparse.Namespace, weights: Path) -> Study:
    for name in ("actors", "new_actors"):
        if getattr(options, name) < 2:
            raise ThespisError(f"--{name.replace('_', '-')} {getattr(options, name)}: give a number from 2 on.")
    model = load_model(weights)
    judge = weights.with_name(JUDGE)
    with TerminalProgress() as progress:
        corpus = corpus_takes(CorpusOptions(actors=options.actors, scores=options.scores), progress)
        new = corpus_takes(
            CorpusOptions(actors=options.new_actors, first_actor=NEW_ACTORS, seed=1, scores=options.scores), progress
        )
    return Study(
        model,
        corpus,
        new,
        options.fold,
        _counts(options),
        load_judge(judge) if judge.exists() else None,
        gestures_of(options.scores),
        _say,
    )


def _counts(options: argparse.Namespace) -> Counts:
    counts = QUICK if options.quick else Counts()
    if options.takes is None:
        return counts
    if options.takes < 1:
        raise ThespisError(f"--takes {options.takes}: give a number from 1 on.")
    return replace(counts, takes=options.takes)


def _sections(study: Study, parts: Sequence[str]) -> Iterator[Section]:
    for name in PARTS:
        if name in parts:
            for make in PARTS[name]:
                section = make(study)
                if section is None:
                    _say(f"{name}: not made, since these weights were taught all scenarios; give weights of a fold, and --fold")
                else:
                    yield section


def _about(study: Study) -> str:
    scenarios = len({(label.emotion, label.scenario) for label in study.corpus.labels})
    held = "taught all of them" if study.fold is None else f"not taught fold {study.fold}"
    return (
        f"{len(study.corpus)} takes of {scenarios} scenarios, {len(study.new)} more by actors that the weights do not know; "
        f"the weights were {held}"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
