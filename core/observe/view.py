"""What the picture does as a whole: it cuts to another shot, or the camera moves. About a millisecond a frame."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .regions import Frame, Region

Array = NDArray[np.floating[Any]]
Grey = NDArray[np.uint8]
Points = NDArray[np.float32]

_SIDE: Final = 320
"""Pixels of the longer side of the small grey picture in which everything here is measured."""
_THUMBNAIL: Final = 40
_CHANGE: Final = 5.0
"""Mean difference of brightness (of 255) from which a change may be a cut."""
_ABOVE, _STEEPLY = 1.7, 45.0
_OTHER_SCENE, _SAME_SCENE = 0.6, 0.9
"""How many times the largest change of the last frames a cut is: the first where the pictures have little in common
(their correlation, local brightness taken out, is under _OTHER_SCENE), so that a shaken camera is none; the more they have in
common the more, so that jump cuts before one background are found and somebody who moves fast is none. Above _SAME_SCENE it is
the light that changes."""
_LAST: Final = 8
_ALIKE: Final = 0.6
"""Correlation from which the scene before is back."""
_FLASH_SECONDS: Final = 0.3
"""Who sees the old scene again within this time has seen a flash or a dropout, not a cut."""
_POINTS: Final = 90
_ENOUGH: Final = 20
"""Points of the background that must move alike before anything is said about the camera."""
_SHARE: Final = 0.5
"""Part of all points that must agree: less, and something that moves in the picture is taken for the background."""
_SPREAD: Final = 0.35
"""Part of the picture's width or height over which those points must lie."""
_EXACT: Final = 0.5
"""Small pixels by which a point may miss its own place when followed there and back."""
_AROUND: Final = 1.25
"""How much of a person's region, in its sides, is no background."""


@dataclass(frozen=True)
class View:
    """What the picture did as a whole over T frames.

    cuts: frames (counted from the first that was seen) that begin another shot, rising, without 0.
    motion: (T, 2, 3) similarity that takes pixels of the shot's first frame to where the same background lies in this one;
        NaN where too little background is seen to say.
    size: (width, height) in pixels.
    """

    cuts: tuple[int, ...]
    motion: Array
    size: tuple[int, int]


class ViewWatcher:
    """Looks at each frame once, in order."""

    def __init__(self, fps: float) -> None:
        self._wait = max(1, round(_FLASH_SECONDS * fps))
        self._number = -1
        self._small: Grey | None = None
        self._thumbnail: Array | None = None
        self._changes: deque[float] = deque(maxlen=_LAST)
        self._before: _Scene | None = None
        self._cuts: list[int] = []
        self._motions: list[Array] = []
        self._size = (0, 0)
        self._background = _Background()

    def see(self, frame: Frame, people: Sequence[Region]) -> bool:
        """Look at the next frame; whether it seems to begin another shot. people: where they were in the frame before."""
        self._number += 1
        height, width = frame.shape[:2]
        self._size = width, height
        scale = min(1.0, _SIDE / max(width, height))
        small = _shrunk(frame, scale)
        thumbnail = _thumbnail(small)
        cut = self._thumbnail is not None and self._is_cut(thumbnail, self._thumbnail)
        if cut:
            self._background = _Background()
        if self._is_back(thumbnail):
            self._withdraw()
        elif cut:
            self._cuts.append(self._number)
        fresh = self._background.is_new
        move = self._background.follow(None if fresh else self._small, small, [_scaled(one, scale) for one in people])
        self._motions.append(move)
        self._small, self._thumbnail = small, thumbnail
        return cut

    def view(self) -> View:
        """What was seen so far."""
        motion = np.stack(self._motions) if self._motions else np.zeros((0, 2, 3))
        motion[:, :, 2] *= max(1.0, max(self._size) / _SIDE)
        return View(tuple(self._cuts), motion, self._size)

    def _is_cut(self, now: Array, before: Array) -> bool:
        change, alike = float(np.abs(now - before).mean()), _likeness(now, before)
        wanted = _ABOVE + _STEEPLY * max(0.0, alike - _OTHER_SCENE)
        # What is usual in a shot that has just begun is not known yet.
        usual = max(self._changes, default=0.5) if alike < _OTHER_SCENE or len(self._changes) >= _LAST else np.inf
        if change < _CHANGE or alike > _SAME_SCENE or change < wanted * usual:
            self._changes.append(max(change, 0.5))
            return False
        self._changes.clear()
        if self._before is None or self._number - self._before.number > self._wait:
            known = [one for one in self._motions if np.isfinite(one).all()]
            self._before = _Scene(self._number, before, now, known[-1] if known else np.eye(2, 3))
        return True

    def _is_back(self, now: Array) -> bool:
        """Whether the scene before the last cut is back at once: then it was a flash or a dropout."""
        if self._before is None or not 0 < self._number - self._before.number <= self._wait:
            return False
        to_before, to_after = (np.abs(now - one).mean() for one in (self._before.thumbnail, self._before.after))
        return bool(to_before < 0.5 * to_after) and _likeness(now, self._before.thumbnail) > _ALIKE

    def _withdraw(self) -> None:
        """Forget the last cut, and what was taken for another shot's background."""
        assert self._before is not None
        self._cuts = [cut for cut in self._cuts if cut < self._before.number]
        self._motions[self._before.number :] = [np.full((2, 3), np.nan)] * (self._number - self._before.number)
        self._background = _Background(self._before.motion)
        self._before = None


@dataclass(frozen=True)
class _Scene:
    """Thumbnails before and after the cut at frame `number`, and how far the background had moved before."""

    number: int
    thumbnail: Array
    after: Array
    motion: Array


class _Background:
    """Follows points of the background through one shot (pyramidal Lucas-Kanade; Bouguet 2000), there and back, and finds the
    similarity that most of them make (RANSAC; Fischler and Bolles 1981). Everything is against one reference picture as long
    as enough of its points are left, so that small errors do not add up."""

    def __init__(self, until: Array | None = None) -> None:
        """until: (2, 3) the similarity up to the first picture that will be seen; none by default."""
        self._reference = np.zeros((0, 2), np.float32)
        self._now = np.zeros((0, 2), np.float32)
        self._begun = 0
        self.is_new = True
        self._until = np.eye(2, 3) if until is None else until

    def follow(self, before: Grey | None, now: Grey, people: Sequence[Region]) -> Array:
        """(2, 3) similarity from the first picture to this one, NaN when unknown. before: the picture before, None at first."""
        self.is_new = False
        if before is None:
            self._begin(now, people, self._until)
            return self._until
        moved = np.full((2, 3), np.nan)
        if len(self._now) >= _ENOUGH:
            there, found = _followed(before, now, self._now)
            self._reference, self._now = self._reference[found], there[found]
            matrix = self._agreed(now.shape)
            if matrix is not None:
                moved = _after(matrix, self._until)
        if len(self._now) < max(_ENOUGH, 0.5 * self._begun):
            # Where the way here is unknown it is taken up again where it was last known.
            known = moved if np.isfinite(moved).all() else self._until
            self._begin(now, people, known)
        return moved

    def _begin(self, picture: Grey, people: Sequence[Region], until: Array) -> None:
        mask = np.full(picture.shape, 255, np.uint8)
        for one in people:
            half = one.side * _AROUND / 2
            low = np.maximum(np.array([one.x, one.y]) - half, 0).astype(int)
            high = np.maximum(np.array([one.x, one.y]) + half, 0).astype(int)
            mask[low[1] : high[1], low[0] : high[0]] = 0
        found = cv2.goodFeaturesToTrack(picture, _POINTS, 0.02, 5, mask=mask)
        points = np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)
        self._reference, self._now, self._begun, self._until = points, points, len(points), until

    def _agreed(self, shape: tuple[int, ...]) -> Array | None:
        if len(self._now) < _ENOUGH:
            return None
        matrix, inside = cv2.estimateAffinePartial2D(self._reference, self._now, ransacReprojThreshold=1.0)
        if matrix is None:
            return None
        agree = inside.ravel() > 0
        extent = np.ptp(self._now[agree], axis=0) / np.array([shape[1], shape[0]]) if agree.any() else np.zeros(2)
        enough = agree.sum() >= max(_ENOUGH, _SHARE * len(agree)) and extent.max() > _SPREAD
        return np.asarray(matrix, np.float64) if enough else None


def _followed(before: Grey, now: Grey, points: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Where (N, 2) points went, and which of them come back when followed backwards."""

    def follow(first: Grey, second: Grey, start: Points) -> tuple[Points, NDArray[np.bool_]]:
        end, seen, _ = cv2.calcOpticalFlowPyrLK(first, second, start, np.zeros_like(start), winSize=(15, 15), maxLevel=3)
        return np.asarray(end, np.float32), np.asarray(seen).ravel() > 0

    there, seen = follow(before, now, points.reshape(-1, 1, 2))
    back, again = follow(now, before, there)
    missed = np.linalg.norm(back.reshape(-1, 2) - points, axis=1)
    return there.reshape(-1, 2), seen & again & (missed < _EXACT)


def _shrunk(frame: Frame, scale: float) -> Grey:
    """The green of every so many pixels, then the mean of those: grey enough, and ten times as fast."""
    stride = max(1, int(0.5 / scale))
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    green = np.ascontiguousarray(frame[::stride, ::stride, 1])
    return np.asarray(cv2.resize(green, size, interpolation=cv2.INTER_AREA), np.uint8)


def _thumbnail(small: Grey) -> Array:
    scale = _THUMBNAIL / max(small.shape)
    size = (max(4, round(small.shape[1] * scale)), max(4, round(small.shape[0] * scale)))
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.float64)


def _likeness(first: Array, second: Array) -> float:
    """Correlation of two thumbnails without their local means, so that light that changes matters little; at most 1."""
    a, b = (one - cv2.blur(one, (9, 9)) for one in (first, second))
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 1e-6 else 0.0


def _scaled(region: Region, scale: float) -> Region:
    return Region(region.x * scale, region.y * scale, region.side * scale)


def _after(second: Array, first: Array) -> Array:
    """(2, 3) the map that does `first` and then `second`."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])
