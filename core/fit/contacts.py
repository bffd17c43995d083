"""When heels and toes stand on the ground, from how their landmarks move in the picture and how low the fitted feet are."""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from .observations import Observations
from .points import POINT_INDEX

STILL, TOLD_STILL = 0.18, 0.15
"""Speed (m/s) at which a sole point is as likely planted as not; a foot in the air swings at one to five. The fit holds feet that
are just coming to rest or lifting, too; a user is told of those alone that surely stand."""
LOW = 0.09
"""Height (m) over the lowest sole point nearby at which it is as likely planted as not."""
NEARBY = 0.5
"""Seconds around a frame in which the lowest sole point is taken for the ground."""
TRIED = 0.45
"""As LOW, of a foot that surely rests in the picture and is tried on the ground: what a picture hardly shows is how far away a
foot is, and so how high it is, nor how far the camera is pitched."""
SHORTEST = 0.1
"""Seconds; a shorter contact, or a shorter break of one, is not believed."""
LONGEST_BREAK, SAME_PLACE, HARDLY_UP = 1.0, 0.04, 0.05
"""Seconds, and metres along the picture and over the ground: a foot that was planted, moves in the picture for no longer, is back
in its place, and never was up, has not moved; something hid it, and the network guessed."""
BLUR = 0.05
"""Standard deviation (s) of the smoothing of landmarks before their speed is taken."""
SURE = 0.5
"""Share of the best landmark's confidence from which on the picture alone tells a foot's speed."""
_LANDMARKS = ("seen_left_heel", "seen_left_big_toe", "seen_right_heel", "seen_right_big_toe")


@dataclass(frozen=True)
class InPicture:
    """The landmarks of heels and toes, smoothed. place: (T, 4, 2) pixels; speed: (T, 4) pixels a second; sure: (T, 4) in [0, 1]
    how surely they were seen."""

    place: Tensor
    speed: Tensor
    sure: Tensor

    def every(self, step: int) -> "InPicture":
        """The same of one frame in `step`."""
        return InPicture(self.place[::step], self.speed[::step], self.sure[::step])


def in_picture(seen: Observations, fps: float) -> InPicture:
    """How heels and toes move in the picture.

    The picture tells when a foot is planted far better than the fit: what moves in depth hardly shows, and so is fitted badly,
    but a foot hardly moves along the ray alone.
    """
    columns = [int((seen.pixel_point == POINT_INDEX[name]).nonzero()[0]) for name in _LANDMARKS]
    place, weight = seen.pixel[:, columns], seen.pixel_weight[:, columns]
    best = seen.pixel_weight[:, seen.pixel_source == 0].amax(1, keepdim=True).clamp(min=1e-12)
    sure = ((weight / best) ** 2 / SURE).clamp(max=1)
    frames = len(place)
    if frames == 1:
        return InPicture(place, torch.zeros_like(sure), sure)
    mass = (sure + 1e-6)[..., None].expand_as(place)
    smooth = _blurred(place * mass, BLUR * fps) / _blurred(mass, BLUR * fps)
    return InPicture(smooth, _speed(smooth, fps, 1), sure)


def detect_contacts(
    soles: Tensor,
    up: Tensor,
    fps: float,
    seen: InPicture,
    focal: Tensor,
    still: float = STILL,
    trying: Tensor | None = None,
) -> Tensor:
    """(T, 4) probability of contact in [0, 1] of the sole points (T, 4, 3) metres in the camera's frame.

    up: (3,) unit vector against gravity; seen: what the picture shows of the same frames; focal: () pixels; still: as STILL. A
    contact is slow, low, and lasts. trying: (T,) in [0, 1] how far feet that surely rest in the picture count as
    low wherever they could be on the ground; a fit that cannot bring them there shows that they are not.
    """
    if len(soles) == 1:
        always = torch.ones_like(soles[..., 0])
        return _low(soles, up, fps, always, LOW * always)
    metres = soles[..., 2] / focal
    speed = seen.sure * seen.speed * metres + (1 - seen.sure) * _speed(soles, fps, max(1, round(fps / 30)))
    slow = torch.sigmoid((still - speed) / (0.25 * still))
    tried = torch.zeros_like(speed) if trying is None else seen.sure * trying[:, None]
    low = LOW + tried * (TRIED - LOW)
    contact = _without_short_runs(slow * _low(soles, up, fps, slow, low), max(1, round(SHORTEST * fps)))
    height = soles @ up
    return _without_guesses(contact, seen.place * metres[..., None], height - _ground(height, fps, slow), seen.sure, fps)


def _blurred(values: Tensor, sigma: float) -> Tensor:
    """(T, P, C) after a Gaussian of `sigma` frames; nothing lies beyond the ends."""
    reach = math.ceil(4 * sigma)
    offset = torch.arange(-reach, reach + 1, dtype=values.dtype, device=values.device)
    kernel = torch.exp(-0.5 * (offset / sigma) ** 2)
    flat = values.flatten(1).T[:, None]
    return torch.nn.functional.conv1d(flat, kernel[None, None], padding=reach)[:, 0].T.reshape(values.shape)


def _speed(places: Tensor, fps: float, reach: int) -> Tensor:
    """(T, P) length of the change a second of places (T, P, C), over `reach` frames on either side."""
    frames = len(places)
    index = torch.arange(frames, device=places.device)
    after, before = (index + reach).clamp(max=frames - 1), (index - reach).clamp(min=0)
    return (places[after] - places[before]).norm(dim=-1) * fps / (after - before)[:, None]


def _low(soles: Tensor, up: Tensor, fps: float, slow: Tensor, low: Tensor) -> Tensor:
    """(T, P) in [0, 1] whether a point is hardly higher than the ground, by less than `low` (T, P) metres."""
    height = soles @ up
    return torch.sigmoid((low - (height - _ground(height, fps, slow))) / (0.25 * low))


def _ground(height: Tensor, fps: float, slow: Tensor) -> Tensor:
    """(T, 1) height of the lowest slow point nearby, from heights (T, P); a foot that was thrown below the ground by a wrong fit
    is seldom slow."""
    reach = round(NEARBY * fps)

    def lowest(candidates: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(-candidates.amin(1)[None, None], (reach, reach), value=-float("inf"))
        return -torch.nn.functional.max_pool1d(padded, 2 * reach + 1, stride=1)[0, 0]

    ground = lowest(torch.where(slow > 0.5, height, float("inf")))
    return torch.where(ground.isfinite(), ground, lowest(height))[:, None]


def _without_short_runs(contact: Tensor, least: int) -> Tensor:
    """Fill breaks and drop contacts of fewer than `least` frames."""
    out = contact.clone()
    frames = len(contact)
    for value in (True, False):  # first breaks, then contacts
        for column in range(contact.shape[1]):
            on = (out[:, column] > 0.5).tolist()
            start = 0
            while start < frames:
                end = start
                while end < frames and on[end] == on[start]:
                    end += 1
                inside = start > 0 and end < frames
                if on[start] != value and end - start < least and (inside or not value):
                    out[start:end, column] = 0.75 if value else 0.25 * out[start:end, column]
                start = end
    return out


def _without_guesses(contact: Tensor, place: Tensor, height: Tensor, sure: Tensor, fps: float) -> Tensor:
    """Fill breaks (see LONGEST_BREAK) in contacts (T, P) of points whose places along the picture (T, P, 2) and heights (T, P)
    are in metres."""
    out = contact.clone()
    around = max(1, round(SHORTEST * fps))
    for column in range(contact.shape[1]):
        on = torch.nonzero(contact[:, column] > 0.5)[:, 0].tolist()
        for last, back in pairwise(on):
            if not 1 < back - last <= LONGEST_BREAK * fps:
                continue
            before, after = slice(max(0, last + 1 - around), last + 1), slice(back, back + around)
            away = (place[before, column].mean(0) - place[after, column].mean(0)).norm()
            seen = torch.minimum(sure[before, column].mean(), sure[after, column].mean())
            if away < SAME_PLACE and seen > 0.5 and height[last:back, column].max() < HARDLY_UP:
                out[last + 1 : back, column] = 0.75
    return out
