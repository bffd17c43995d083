"""Pixels to tracks: one pass over a clip that never holds more than one frame."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from ...models.landmarks.run import Networks
from ..errors import ThespisError
from .body import BodyReader
from .choose import PersonAt
from .detect import PersonDetector
from .face import FaceReader
from .glance import EveryPictureIsNew, gathered
from .hands import HandReader
from .people import Person
from .reading import steadied, track_of
from .regions import Frame
from .sides import settle
from .tracks import Track
from .view import ViewWatcher
from .watch import Watch

MODELS: Final = ("heavy", "full")
_PASSING, _PASSING_SECONDS = 5, 0.3
"""Someone seen in fewer frames than the first, or for less than the second, is left out (unless nobody else is there)."""


class Observer:
    """Sees every person in a clip: body, hands, face. The networks stay loaded between clips.

    chosen: how many people, in the clip that was observed last, are those that were pointed at.
    """

    def __init__(
        self,
        device: str = "auto",
        model: str = "heavy",
        max_people: int = 4,
        threads: int = 2,
        attended: int | None = None,
    ) -> None:
        """device: auto, cpu, cuda, coreml or directml. model: heavy, or full (faster, less exact).

        max_people: how many are followed at a time. threads: how many the networks may use on the CPU.
        attended: how many people are wanted in the end; all when None. The body is read twice, as it is and mirrored, for as
        many, the most prominent so far; hands and face for one more, since who is wanted is known only at the end.
        Raises ThespisError for an unknown device or model.
        """
        if model not in MODELS:
            raise ThespisError(f"{model}: no such landmark model. Choose one of {', '.join(MODELS)}.")
        if max_people < 1:
            raise ThespisError(f"{max_people} people cannot be followed. Choose 1 or more.")
        networks = Networks(device, threads)
        self._detector = PersonDetector(networks)
        self._bodies = BodyReader(networks, model)
        self._hands = HandReader(networks)
        self._faces = FaceReader(networks)
        self._max_people = max_people
        self._attended = max_people if attended is None else attended
        self.chosen = 0

    def observe(
        self,
        frames: Iterable[Frame],
        fps: float,
        progress: Callable[[int], None] | None = None,
        view: ViewWatcher | None = None,
        wanted: Sequence[tuple[int, PersonAt]] = (),
    ) -> list[Track]:
        """Everyone in the clip, the main person first; each track runs over all the frames given.

        frames: (H, W, 3) uint8 RGB, upright, all of one size; each is looked at once and dropped.
        progress: called with the number of frames done. view: sees every frame, too, and knows about cuts and the camera then.
        wanted: people that were pointed at, each in the frame of that number among those given: they come first, in that order.
        Raises ThespisError when a frame is not such a picture, or when nobody is seen where somebody was pointed at.
        """
        view = view or ViewWatcher(fps)
        watch = Watch(self._detector, self._bodies, self._hands, self._faces, self._max_people, self._attended, fps, view, wanted)
        length, size = 0, None
        for length, frame in enumerate(frames, start=1):
            size = _checked(frame, size, length - 1)
            watch.see(frame, length - 1)
            if progress is not None:
                progress(length)
        real = [person for person in watch.people if not person.is_doubtful()]
        people = [person for person in real if len(person.readings) >= max(_PASSING, round(_PASSING_SECONDS * fps))]
        if not people:  # a clip, or every shot of it, as short as that
            people = [person for person in real if len(person.readings) >= min(_PASSING, length)]
        cuts = view.view().cuts
        tracks = [_track(person, cuts, length, fps) for person in people if person not in watch.chosen]
        chosen = [_track(person, cuts, length, fps) for person in watch.chosen]
        self.chosen = len(chosen)
        return chosen + sorted(tracks, key=prominence, reverse=True)

    def glance(self, frames: Iterable[Frame]) -> list[Track]:
        """Everyone in pictures that lie far apart in time, the most prominent first: looked for anew in each of them and known
        again by their clothes; hands and faces are left out. Also who is in one of them only."""
        view = EveryPictureIsNew(1.0)
        watch = Watch(self._detector, self._bodies, self._hands, self._faces, self._max_people, 0, 1.0, view)
        length = 0
        for length, frame in enumerate(frames, start=1):
            watch.see(frame, length - 1)
        people = gathered([person for person in watch.people if not person.is_doubtful()])
        tracks = [track_of(person.readings, length) for person in people]
        return sorted(tracks, key=prominence, reverse=True)


def _track(person: Person, cuts: tuple[int, ...], length: int, fps: float) -> Track:
    return track_of(steadied(settle(person.readings, person.exchanged, fps, cuts), length), length)


def _checked(frame: Any, size: tuple[int, int] | None, number: int) -> tuple[int, int]:
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or frame.size == 0:
        raise ThespisError(f"Frame {number} is not an 8-bit RGB picture. Convert the clip to an ordinary video and try again.")
    if size is not None and frame.shape[:2] != size:
        raise ThespisError(
            f"Frame {number} is {frame.shape[1]} x {frame.shape[0]}, the frames before were {size[1]} x {size[0]}. "
            "Cut the clip where its size changes."
        )
    return frame.shape[0], frame.shape[1]


def prominence(track: Track) -> float:
    """How much of the clip a person takes: size times what is visible of them, summed over the frames."""
    seen = track.body_score > 0
    visible = (track.body_visibility * track.body_presence).mean(axis=1)
    return float((track.box[seen, 2] * visible[seen] * track.body_score[seen]).sum())


def main_track(tracks: list[Track]) -> Track:
    """The largest and steadiest person. Raises ThespisError when there is nobody."""
    if not tracks:
        raise ThespisError(
            "No person was found in the clip. Choose a clip or a range in which a person is seen, "
            "at least a twentieth of the picture high."
        )
    return max(tracks, key=prominence)
