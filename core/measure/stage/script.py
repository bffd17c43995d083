"""A motion as an animator writes it: key poses of hips, trunk, feet, wrists, fingers and face."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .keys import Key


@dataclass(frozen=True)
class Foot:
    """One moment of a foot. seconds; x, z: metres of the ball on the floor; yaw: degrees to the left.

    pitch: degrees the heel is lifted with the toes down (positive), or the toes with the heel down (negative);
    lift: metres that the whole foot is in the air.
    """

    seconds: float
    x: float
    z: float
    yaw: float = 0.0
    pitch: float = 0.0
    lift: float = 0.0


@dataclass(frozen=True)
class Script:
    """Each list is sorted by seconds. Metres and degrees; x to the performer's left, y up, z ahead, at the start.

    hips: x, z of the pelvis on the floor, and how far it is lowered from standing, all metres.
    hips_turn, trunk, head: pitch (forward), yaw (to the left), roll (to the right), degrees; trunk from pelvis to chest, head
    from chest to head.
    left, right: the feet. wrists: by side; x outward, y up, z ahead of the shoulder in arm's lengths, in the chest's axes;
    elbows: by side; direction of the elbow in the same axes. palms: by side; degrees the hand bends to the palm, to the thumb,
    and of the forearm's turn that brings the thumb up.
    fingers: by side; (seconds, name in fingers.SHAPES). face: (seconds, {expression's name: amount}). jaw: degrees open.
    gaze: degrees up, to the left. blinks: seconds.
    """

    seconds: float
    hips: tuple[Key, ...]
    left: tuple[Foot, ...]
    right: tuple[Foot, ...]
    wrists: Mapping[str, tuple[Key, ...]]
    hips_turn: tuple[Key, ...] = ((0.0, (0, 0, 0)),)
    trunk: tuple[Key, ...] = ((0.0, (0, 0, 0)),)
    head: tuple[Key, ...] = ((0.0, (0, 0, 0)),)
    elbows: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)
    palms: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)
    fingers: Mapping[str, tuple[tuple[float, str], ...]] = field(default_factory=dict)
    face: tuple[tuple[float, Mapping[str, float]], ...] = ()
    jaw: tuple[Key, ...] = ((0.0, (0,)),)
    gaze: tuple[Key, ...] = ((0.0, (0, 0)),)
    blinks: tuple[float, ...] = ()
