"""One pass over a clip, frame by frame: whom to follow, where to look for others, when someone is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ThespisError
from .body import FOUND, BodyReader, BodyReading
from .choose import PersonAt, pointed_at
from .detect import Detection, PersonDetector
from .face import FaceReader
from .hands import HandReader
from .looks import clothes, likeness
from .people import Person, is_double, jump, recognise, same_body, strayed
from .reading import reading_of
from .regions import Frame
from .sides import named_otherwise
from .view import ViewWatcher

Array = NDArray[np.floating[Any]]

_NEW: Final = 0.9
"""Body score from which somebody new is believed; somebody followed is kept from FOUND on."""
_SURE: Final = 0.65
"""Detector's score that a person must have had once. Who comes back near where they were lost needs less, and so does who
is there alone and clearly a body: a head cut off by the picture lowers the detector's score until it comes into view."""
_CLEAR: Final = 0.98
"""Body score from which a weak detection is followed until a sure one confirms it."""
_VISIBLE: Final = 0.3
"""Mean visibility that somebody new must have; a head with shoulders has 0.4."""
_DISAGREEMENT: Final = 0.22
"""Above this a new body's points in metres do not explain its points in the picture: it is no person."""
_MUCH_LARGER: Final = 1.5
"""When nobody more may be followed, someone this much larger takes the place of the smallest."""
_SEARCH_SECONDS: Final = 0.4
"""How often new people are looked for while somebody is followed, and three times how long near where one was lost."""
_THOROUGH: Final = 5
"""Every how many of those searches small people, too, are looked for."""
_EMPTY_SEARCH: Final = 3
"""Every how many frames the whole picture is searched while nobody is there."""
_CONFIRMED: Final = 0.3
"""Overlap of a detection with a followed person's region from which the detector sees that person."""
_COVERED: Final = 0.75
"""Overlap of a detection with a followed person's region from which it is that person."""


_UNTIL_FOUND: Final = 0.5
"""Seconds after the frame in which somebody was pointed at, in which they may turn up; who was found later is somebody else."""


@dataclass(frozen=True)
class _Found:
    """A body that was just found, its clothes, and the detector's score."""

    body: BodyReading
    look: Array
    score: float


class Watch:
    """The state of one pass. `people` holds everyone seen so far, with their readings; `chosen` those that were pointed at.

    wanted: who is to be chosen, each with the number of the picture in which they were pointed at. Until the last of them is
    found everybody is attended, then they alone.
    """

    def __init__(
        self,
        detector: PersonDetector,
        bodies: BodyReader,
        hands: HandReader,
        faces: FaceReader,
        max_people: int,
        attended: int,
        fps: float,
        view: ViewWatcher,
        wanted: Sequence[tuple[int, PersonAt]] = (),
    ) -> None:
        self.people: list[Person] = []
        self.chosen: list[Person] = []
        self._pending = list(wanted)
        self._detector = detector
        self._bodies = bodies
        self._hands = hands
        self._faces = faces
        self._max_people = max_people
        self._attended = attended if not wanted else max_people
        self._fps = fps
        self._search_every = max(1, round(fps * _SEARCH_SECONDS))
        self._view = view
        self._shot = 0

    def see(self, frame: Frame, number: int) -> None:
        """Look at one frame. Raises ThespisError once it is sure that somebody who is wanted is not there."""
        for person in self._lost():
            person.missing += 1
        cut = self._view.see(frame, [person.body.following for person in self._followed()])
        if cut:
            self._shot += 1
            for person in self._followed():
                person.lose()
        before = {id(person): person.body for person in self._followed()}
        for rank, person in enumerate(self._ranked()):
            self._follow(frame, number, person, twice=rank < self._attended)
        self._drop_doubles(before)
        self._admit(self._search(frame, new_shot=number == 0 or cut, number=number))
        self._choose(number)
        for person in self._followed():
            person.weigh()
        for rank, person in enumerate(self._ranked()):
            # The hands' way since the last frame is known only for those who were there.
            self._attend(frame, number, person, before.get(id(person)), closely=rank <= self._attended and self._attended > 0)

    def _followed(self) -> list[Person]:
        return [person for person in self.people if person.missing == 0]

    def _ranked(self) -> list[Person]:
        """Those who are followed, the chosen ones first, then the most prominent so far."""
        return sorted(self._followed(), key=lambda person: (person not in self.chosen, -person.prominence))

    def _choose(self, number: int) -> None:
        """Find those who are wanted from this picture on."""
        due = [one for one in self._pending if one[0] <= number]
        for since, at in due:
            followed = self._followed()
            index = pointed_at(at.x, at.y, [(person.body.points, person.body.visibility) for person in followed])
            if index is not None:
                self._pending.remove((since, at))
                if followed[index] not in self.chosen:
                    self.chosen.append(followed[index])
                if not self._pending:
                    self._attended = len(self.chosen)
            elif number - since > _UNTIL_FOUND * self._fps:
                raise ThespisError(f"Nobody is seen at {at.x:.0f},{at.y:.0f} in frame {at.frame}. Choose the person anew.")

    def _lost(self) -> list[Person]:
        return [person for person in self.people if person.missing > 0]

    def _follow(self, frame: Frame, number: int, person: Person, twice: bool) -> None:
        body = self._bodies.read(frame, person.body.following, twice)
        if named_otherwise(body.points, person.body.points, body.region.side):
            body = body.exchanged()
            person.exchanged.add(number)
        seen = body.score >= FOUND and _in_picture(body, frame)
        if seen and not strayed(person.body, body, likeness(person.clothes, clothes(frame, body))):
            person.body = body
        else:
            person.lose()

    def _drop_doubles(self, before: dict[int, BodyReading]) -> None:
        """Two people cannot be on one body: the one who jumped onto it is lost."""
        followed = self._followed()
        for k, first in enumerate(followed):
            for second in followed[k + 1 :]:
                if first.missing == 0 and second.missing == 0 and same_body(first.body, second.body):
                    jumped = max(first, second, key=lambda person: jump(before[id(person)], person.body))
                    jumped.body = before[id(jumped)]
                    jumped.lose()

    def _search(self, frame: Frame, new_shot: bool, number: int) -> list[_Found]:
        """Bodies that nobody followed is on."""
        followed = self._followed()
        detections = self._detections(frame, new_shot, number, bool(followed))
        if number % self._search_every == 0:
            self._confirm(frame, followed, detections)
        known = [(person.body, person.clothes) for person in followed]
        room = self._max_people - len(followed)
        found: list[_Found] = []
        for detection in sorted(detections, key=lambda one: -one.region.side):
            if room <= 0 and detection.region.side < _MUCH_LARGER * min(body.following.side for body, _ in known):
                break
            # A weak hit is worth a look only where somebody may come back, or where nobody is yet.
            idle = detection.score < _SURE and followed and not self._lost()
            if idle or any(body.following.overlap(detection.region) > _COVERED for body, _ in known):
                continue
            body = self._bodies.read(frame, detection.region, twice=True)
            if not _believable(body) or not _in_picture(body, frame):
                continue
            look = clothes(frame, body)
            if not any(is_double(body, look, *other) for other in known):
                found.append(_Found(body, look, detection.score))
                known.append((body, look))
                room -= 1
        return found

    def _detections(self, frame: Frame, new_shot: bool, number: int, anyone: bool) -> list[Detection]:
        room = len(self._followed()) < self._max_people
        pointed = any(number == since for since, _ in self._pending)
        if new_shot or pointed or (room and number % (_THOROUGH * self._search_every) == 0):
            return self._detector.find(frame, thorough=True)
        if number % (self._search_every if anyone else _EMPTY_SEARCH) == 0:
            found = self._detector.find(frame)
            return found if found or anyone else self._detector.find(frame, thorough=True)
        if not room:
            return []
        recent = [person for person in self._lost() if person.missing <= 3 * self._search_every and person.shot == self._shot]
        regions = [person.body.following.scaled(1.2) for person in recent[-self._max_people :]]
        return self._detector.find_in(frame, regions) if regions else []

    def _confirm(self, frame: Frame, followed: list[Person], detections: list[Detection]) -> None:
        """Note of each followed person whether the detector, too, sees them: what never was a person, it does not."""
        for person in followed:
            region = person.body.following
            scores = [one.score for one in detections if region.overlap(one.region) > _CONFIRMED]
            if max(scores, default=0.0) < _SURE:
                near = self._detector.find_in(frame, [region.scaled(1.2)])
                scores += [one.score for one in near if region.overlap(one.region) > _CONFIRMED]
            person.asked += 1
            person.confirmed += bool(scores)
            person.sure |= max(scores, default=0.0) >= _SURE

    def _admit(self, found: list[_Found]) -> None:
        """Give each found body to the person it is; when too many are followed now, the smallest are let go."""
        known = recognise(self._lost(), [one.body for one in found], [one.look for one in found], self._shot)
        for one, person in zip(found, known, strict=True):
            if person is None:
                sure = one.score >= _SURE
                if not sure and (one.body.score < _CLEAR or one.body.visibility.mean() < 0.5):
                    continue
                person = Person(one.body, one.look, self._shot, sure=sure)
                self.people.append(person)
            person.body, person.missing, person.shot = one.body, 0, self._shot
        followed = sorted(self._followed(), key=lambda one: -one.body.following.side)
        for person in followed[self._max_people :]:
            person.lose()

    def _attend(self, frame: Frame, number: int, person: Person, before: BodyReading | None, closely: bool) -> None:
        """Clothes, and when looked at closely hands and face, of someone whose body was just read."""
        person.hands, person.face = (
            (self._hands.read(frame, person.body, person.hands, before), self._faces.read(frame, person.body, person.face))
            if closely
            else ((None, None), None)
        )
        person.clothes = person.clothes + 0.05 * (clothes(frame, person.body) - person.clothes)
        person.readings[number] = reading_of(person.body, person.hands, person.face)


def _believable(body: BodyReading) -> bool:
    """Whether a body that was just found is a person at all."""
    return body.score >= _NEW and float(body.visibility.mean()) >= _VISIBLE and body.disagreement() <= _DISAGREEMENT


def _in_picture(body: BodyReading, frame: Frame) -> bool:
    """Whether a body lies in the picture, in part at least, and is not vanishingly small."""
    height, width = frame.shape[:2]
    inside = (body.points >= 0) & (body.points <= np.array([width - 1, height - 1]))
    return bool(inside.all(axis=1).sum() >= 5 and body.following.side > 16)
