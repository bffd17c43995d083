"""Where a training's takes come from: the corpus, a user's folder, or both."""

from pathlib import Path

from ....core.progress import Progress
from .corpus import CorpusOptions, corpus_takes
from .folder import read_folder
from .takes import TakeSet, together


def training_takes(
    folder: Path | None, with_corpus: bool, corpus: CorpusOptions, progress: Progress | None = None
) -> tuple[TakeSet, str]:
    """The takes of `folder`, of the corpus, or of both, and a line for the card that says so. Raises ThespisError."""
    sets: list[TakeSet] = []
    told = []
    if folder is not None:
        sets.append(read_folder(folder, progress))
        told.append(f"{len(sets[-1])} takes of the folder {folder.name}")
    if folder is None or with_corpus:
        sets.append(corpus_takes(corpus, progress))
        told.append(f"{len(sets[-1])} takes of the corpus (its scores played by {corpus.actors} actors, seed {corpus.seed})")
    return together(sets), f"Learnt from {' and '.join(told)}."
