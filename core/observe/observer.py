"""Pixels to tracks: one pass over a clip that never holds more than one frame."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.landmarks.run import Networks
from ..errors import ThespisError
from .body import FOUND, BodyReader, BodyReading
from .detect import Detection, PersonDetector
from .face import FaceReader
from .hands import HandReader
from .looks import ShotWatcher, clothes
from .people import Person, jump, recognise, same_body
from .reading import reading_of, track_of
from .regions import Frame
from .tracks import Track

MODELS = ("heavy", "full")
_MUCH_LARGER = 1.5
"""When nobody more may be followed, someone this much larger takes the place of the smallest."""
_SEARCH_SECONDS = 0.4
"""How often new people are looked for while somebody is followed."""
_EMPTY_SEARCH = 3
"""Every how many frames people are looked for while nobody is there."""
_PASSING = 5
"""Someone seen in fewer frames than this is left out (unless the clip is shorter)."""


class Observer:
    """Sees every person in a clip: body, hands, face. The networks stay loaded between clips."""

    def __init__(self, device: str = "auto", model: str = "heavy", max_people: int = 4, threads: int = 2) -> None:
        """device: auto, cpu, cuda, coreml or directml. model: heavy, or full (faster, less exact).

        max_people: how many are followed at a time. threads: how many the networks may use on the CPU.
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

    def observe(self, frames: Iterable[Frame], fps: float, progress: Callable[[int], None] | None = None) -> list[Track]:
        """Everyone in the clip, the main person first; each track runs over all the frames given.

        frames: (H, W, 3) uint8 RGB, upright, all of one size; each is looked at once and dropped.
        progress: called with the number of frames done. Raises ThespisError when a frame is not such a picture.
        """
        watch = _Watch(self, max(1, round(fps * _SEARCH_SECONDS)))
        length, size = 0, None
        for length, frame in enumerate(frames, start=1):
            size = _checked(frame, size, length - 1)
            watch.see(frame, length - 1)
            if progress is not None:
                progress(length)
        people = [person for person in watch.people if len(person.readings) >= min(_PASSING, length)]
        tracks = [track_of(person.readings, length) for person in people]
        return sorted(tracks, key=prominence, reverse=True)


def _checked(frame: Any, size: tuple[int, int] | None, number: int) -> tuple[int, int]:
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or frame.size == 0:
        raise ThespisError(f"Frame {number} is not an 8-bit RGB picture. Convert the clip to an ordinary video and try again.")
    if size is not None and frame.shape[:2] != size:
        raise ThespisError(
            f"Frame {number} is {frame.shape[1]} x {frame.shape[0]}, the frames before were {size[1]} x {size[0]}. "
            "Cut the clip where its size changes."
        )
    return frame.shape[0], frame.shape[1]


class _Watch:
    """The state of one pass over a clip."""

    def __init__(self, observer: Observer, search_every: int) -> None:
        self.people: list[Person] = []
        self._observer = observer
        self._search_every = search_every
        self._shots = ShotWatcher()
        self._shot = 0

    def see(self, frame: Frame, number: int) -> None:
        """Look at one frame."""
        cut = self._shots.is_cut(frame)
        if cut:
            self._shot += 1
            for person in self.people:
                person.lose()
        before = {id(person): person.body for person in self._followed()}
        for person in self._followed():
            self._follow(frame, person)
        self._drop_doubles(before)
        for body, look in self._search(frame, number, cut):
            self._admit(body, look)
        for person in self._followed():
            self._attend(frame, number, person, before.get(id(person)))

    def _followed(self) -> list[Person]:
        return [person for person in self.people if person.missing == 0]

    def _follow(self, frame: Frame, person: Person) -> None:
        body = self._observer._bodies.read(frame, person.body.following)
        if body.score >= FOUND and _possible(body, frame):
            person.body = body
        else:
            person.lose()

    def _drop_doubles(self, before: dict[int, BodyReading]) -> None:
        """Two people cannot be on one body: the one who jumped onto it is lost."""
        followed = self._followed()
        for k, first in enumerate(followed):
            for second in followed[k + 1 :]:
                if first.missing == 0 and second.missing == 0 and same_body(first.body, second.body):
                    strayed = max(first, second, key=lambda person: jump(before[id(person)], person.body))
                    strayed.body = before[id(strayed)]
                    strayed.lose()

    def _search(self, frame: Frame, number: int, cut: bool) -> list[tuple[BodyReading, NDArray[np.floating[Any]]]]:
        """Bodies that nobody followed is on, with their clothes; at most as many as may be followed."""
        observer = self._observer
        followed = self._followed()
        lost = [person for person in self.people if person.missing > 0]
        for person in lost:
            person.missing += 1
        detections: list[Detection] = []
        everywhere = number == 0 or cut or number % (self._search_every if followed else _EMPTY_SEARCH) == 0
        if everywhere:
            detections = observer._detector.find(frame)
            if not detections and not followed:
                detections = observer._detector.find(frame, thorough=True)
        elif lost and len(followed) < observer._max_people:
            recent = [
                person.body.following.scaled(1.2)
                for person in lost
                if person.missing <= 3 * self._search_every and person.shot == self._shot
            ]
            detections = observer._detector.find_in(frame, recent) if recent else []
        found: list[tuple[BodyReading, NDArray[np.floating[Any]]]] = []
        known = [person.body for person in followed]
        detections.sort(key=lambda detection: -detection.region.side)
        for detection in detections:
            room = observer._max_people - len(followed) - len(found)
            smallest = min((body.following.side for body in known), default=0.0)
            if room <= 0 and detection.region.side < _MUCH_LARGER * smallest:
                break
            if any(body.region.overlap(detection.region) > 0.75 for body in known):
                continue
            body = observer._bodies.read(frame, detection.region)
            if body.score >= FOUND and _possible(body, frame) and not any(same_body(body, other) for other in known):
                found.append((body, clothes(frame, body)))
                known.append(body)
        return found

    def _admit(self, body: BodyReading, look: NDArray[np.floating[Any]]) -> None:
        lost = [person for person in self.people if person.missing > 0]
        person = recognise(lost, [body], [look], self._shot)[0]
        if person is None:
            person = Person(body, look, self._shot)
            self.people.append(person)
        person.body, person.missing, person.shot = body, 0, self._shot
        followed = self._followed()
        if len(followed) > self._observer._max_people:
            min(followed, key=lambda one: one.body.following.side).lose()

    def _attend(self, frame: Frame, number: int, person: Person, before: BodyReading | None) -> None:
        """Hands, face and clothes of someone whose body was just read."""
        person.hands = self._observer._hands.read(frame, person.body, person.hands, before)
        person.face = self._observer._faces.read(frame, person.body, person.face)
        person.clothes = person.clothes + 0.05 * (clothes(frame, person.body) - person.clothes)
        person.readings[number] = reading_of(person.body, person.hands, person.face)


def _possible(body: BodyReading, frame: Frame) -> bool:
    """Whether a body lies in the picture and is not vanishingly small."""
    height, width = frame.shape[:2]
    inside = (body.points >= 0) & (body.points <= np.array([width - 1, height - 1]))
    return bool(inside.all(axis=1).sum() >= 5 and body.following.side > 16)


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
