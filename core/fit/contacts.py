"""When heels and toes stand on the ground, from how the fitted feet move."""

import torch
from torch import Tensor

STILL = 0.22
"""Speed (m/s) at which a sole point is as likely planted as not; a foot in the air swings at one to five."""
LOW = 0.09
"""Height (m) over the lowest sole point nearby at which it is as likely planted as not."""
NEARBY = 0.5
"""Seconds around a frame in which the lowest sole point is taken for the ground."""
SHORTEST = 0.1
"""Seconds; a shorter contact, or a shorter break of one, is not believed."""


def detect_contacts(soles: Tensor, up: Tensor, fps: float) -> Tensor:
    """(T, 4) probability of contact in [0, 1] of the sole points (T, 4, 3) metres; up: (3,) unit vector against gravity.

    A contact is slow, low, and lasts.
    """
    frames = len(soles)
    if frames == 1:
        return _low(soles, up, fps)
    reach = max(1, round(fps / 30))
    index = torch.arange(frames, device=soles.device)
    after, before = (index + reach).clamp(max=frames - 1), (index - reach).clamp(min=0)
    speed = (soles[after] - soles[before]).norm(dim=-1) * fps / (after - before)[:, None]
    slow = torch.sigmoid((STILL - speed) / (0.25 * STILL))
    contact = slow * _low(soles, up, fps)
    least = max(1, round(SHORTEST * fps))
    return _without_short_runs(contact, least)


def _low(soles: Tensor, up: Tensor, fps: float) -> Tensor:
    height = soles @ up
    reach = round(NEARBY * fps)
    lowest = height.amin(1)
    padded = torch.nn.functional.pad(-lowest[None, None], (reach, reach), value=-float("inf"))
    ground = -torch.nn.functional.max_pool1d(padded, 2 * reach + 1, stride=1)[0, 0]
    return torch.sigmoid((LOW - (height - ground[:, None])) / (0.25 * LOW))


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
