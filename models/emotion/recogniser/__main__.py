"""The recognition of performers and stories that no judge has seen, by both judges and by two that know next to nothing.

main(["--actors", "30"]) or main(["--data", "DIR"])
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ....core.errors import ThespisError
from ....core.fit.device import one_thread
from ....core.terminal import TerminalProgress, print_table
from ..choreography.gestures import gestures_of
from ..dataset.corpus import CorpusOptions
from ..dataset.source import training_takes
from ..emotions import EMOTIONS
from .folds import Guess, Recognised, by_gestures, by_judge, by_length, recognised


def main(arguments: Sequence[str]) -> None:
    """Command line: see the module's text."""
    parser = argparse.ArgumentParser(prog="recogniser")
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--actors", type=int, default=20)
    chosen = parser.parse_args(arguments)
    with TerminalProgress() as progress:
        takes, told = training_takes(chosen.data, False, CorpusOptions(actors=chosen.actors), progress)
    guesses: dict[str, Guess] = {"lstm": by_judge("lstm"), "kinematic": by_judge("kinematic"), "length alone": by_length}
    if chosen.data is None:
        guesses["gestures alone"] = by_gestures(gestures_of())
    with one_thread():
        found = {name: recognised(takes, guess) for name, guess in guesses.items()}
    print(told)
    rows = [[name, f"{one.accuracy:.3f}", "{:.3f} to {:.3f}".format(*one.interval())] for name, one in found.items()]
    print_table("actors and scenarios unseen", ["judge", "recognised", "95 %"], rows)
    for name in ("lstm", "kinematic"):
        print_table(f"{name}: true (row), told (column)", ["", *(emotion[:5] for emotion in EMOTIONS)], _confusion(found[name]))


def _confusion(one: Recognised) -> list[list[str]]:
    table = one.confusion()
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    return [[name, *(f"{value:.2f}" if value else "" for value in row)] for name, row in zip(EMOTIONS, share, strict=True)]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ThespisError as error:
        print(f"recogniser: {error}", file=sys.stderr)
        sys.exit(2)
