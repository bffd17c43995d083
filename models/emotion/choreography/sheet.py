"""The contact sheet: every score as a film strip at several intensities, one picture for each emotion, and one of all."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ....core.motion import Motion
from ....core.render.figure import STAGE, View, figure
from ....core.render.strip import write_png
from ....core.render.surface import Surface, body_surface
from ...body.skin import BodySkin
from ..emotions import EMOTIONS
from .actor import actor
from .figure import open_body
from .perform import Performance, perform
from .score import Score, load_scores

Array = NDArray[np.floating[Any]]
Image = NDArray[np.uint8]

INTENSITIES: Final = (0.25, 0.6, 1.0)
_VIEW: Final = View((96, 168))
_LABEL: Final = 16
_INK: Final = (52, 58, 62)


def strip(motion: Motion, columns: int, title: str, skin: BodySkin, surface: Surface) -> Image:
    """(H, W, 3) a row of `columns` pictures from the beginning to the end of a motion."""
    frames = np.round(np.linspace(0.06, 0.94, columns) * (len(motion) - 1)).astype(int)
    with torch.no_grad():
        arrays = (motion.poses[frames], motion.trans[frames], motion.betas, motion.expression[frames])
        vertices, _ = skin(*(torch.as_tensor(array, dtype=torch.float32) for array in arrays))
    row = np.concatenate([figure(mesh, surface, _VIEW) for mesh in vertices.numpy().astype(np.float64)], axis=1)
    label = np.full((_LABEL, row.shape[1], 3), STAGE, np.uint8)
    cv2.putText(label, title, (4, _LABEL - 4), cv2.FONT_HERSHEY_DUPLEX, 0.38, _INK, 1, cv2.LINE_AA)
    return np.concatenate([label, row])


def _fewer_colours(picture: Image) -> Image:
    """The picture with each channel in steps of four: half the file, and nobody sees it."""
    return np.asarray((picture // 4) * 4 + 2, np.uint8)


def emotion_page(scores: Sequence[Score], intensities: Sequence[float], columns: int, number: int = 0, seed: int = 1) -> Image:
    """One strip below the other: each score at each intensity, performed by one actor."""
    skin, surface = BodySkin(open_body()), body_surface(open_body())
    rows = []
    for score in scores:
        for intensity in intensities:
            played: Performance = perform(score, intensity, actor(number), seed)
            title = f"{score.emotion}, {score.scenario.replace('_', ' ')}, {intensity:.2g}, {len(played.motion) / 30:.1f} s"
            rows.append(strip(played.motion, columns, title, skin, surface))
    return np.concatenate(rows)


def overview(scores: Sequence[Score], intensities: Sequence[float]) -> Image:
    """The first scenario of each emotion: a row for each emotion, the intensities beside each other, four moments each."""
    rows = []
    for emotion in EMOTIONS:
        first = [score for score in scores if score.emotion == emotion][:1]
        if first:
            rows.append(np.concatenate([emotion_page(first, (i,), 4) for i in intensities], axis=1))
    return np.concatenate(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: writes emotions.png (all emotions) into a folder, or <emotion>.png for each emotion named."""
    parser = argparse.ArgumentParser(description="Film strips of the scores.")
    parser.add_argument(
        "emotions", nargs="*", help="emotions whose every score is to be shown; none: one picture of all emotions"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--intensities", type=float, nargs="+", default=list(INTENSITIES))
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--actor", type=int, default=0)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    scores = load_scores()
    options.out.mkdir(parents=True, exist_ok=True)
    pages = {name: [score for score in scores if score.emotion == name] for name in options.emotions}
    for name, chosen in pages.items():
        if not chosen:
            print(f"{name}: there are no scores of that name; emotions are {', '.join(EMOTIONS)}.", file=sys.stderr)
            return 2
        page = emotion_page(chosen, options.intensities, options.columns, options.actor)
        write_png(options.out / f"{name}.png", _fewer_colours(page))
    if not pages:
        write_png(options.out / "emotions.png", _fewer_colours(overview(scores, options.intensities)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
