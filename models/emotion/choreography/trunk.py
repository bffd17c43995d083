"""Spine, neck and head from the words of a pose: lean, chest, twist, bend, bow, turn, tilt."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .actor import Actor
from .legs import Pelvis, Tracks
from .noise import RMS, breathing, tremor, wander
from .pose import CHANNELS
from .timeline import Key
from .turns import about

Array = NDArray[np.floating[Any]]

_OF: Final = {
    "pelvis": ("weight", "crouch", "hips", "knees"),
    "trunk": ("lean", "bend", "twist", "chest", "breath", "tremble"),
    "girdle": ("shoulders", "rounded"),
    "head": ("bow", "turn", "tilt"),
}
_GROUP: Final = {channel: group for group, channels in _OF.items() for channel in channels}


def body_tracks(
    keys: list[Key], weights: dict[str, NDArray[np.float64]], actor: Actor, seconds: Array, random: np.random.Generator
) -> Tracks:
    """(T,) of every channel of CHANNELS: key poses, the actor's habits, breathing, sway, and holds that live."""
    alive = 1 + wander(seconds, 2, 0.06, random)
    tracks: Tracks = {}
    for channel, (neutral, least, most) in CHANNELS.items():
        values = np.array([neutral + key.extent * (key.pose.channels.get(channel, neutral) - neutral) for key in keys])
        extent = actor.nod if channel in _OF["head"] else 1.0
        track = neutral + extent * (weights[_GROUP[channel]] @ values - neutral) * alive[:, int(channel in _OF["head"])]
        tracks[channel] = np.clip(track, least, most)
    for habit in ("lean", "bow", "tilt", "turn", "chest", "shoulders", "rounded", "weight"):
        tracks[habit] = tracks[habit] + getattr(actor, habit)
    restless = actor.restless
    for channel, size in (("lean", RMS["pelvis"]), ("bend", 0.5), ("twist", 0.9), ("bow", 1.0), ("turn", 1.3), ("tilt", 0.7)):
        tracks[channel] = tracks[channel] + wander(seconds, 1, size * restless, random)[:, 0]
    tracks["weight"] = tracks["weight"] + wander(seconds, 1, 0.14 * restless, random, slope=3.0)[:, 0]
    air = breathing(seconds, tracks["breath"], random)
    tracks["chest"] = tracks["chest"] + 0.11 * air
    tracks["shoulders"] = tracks["shoulders"] + 0.06 * air
    tracks["tremble"] = np.maximum(tracks["tremble"], 0) * (0.75 + 0.5 * np.clip(air, 0, 1))
    return tracks


def solve_trunk(tracks: Tracks, pelvis: Pelvis, actor: Actor, seconds: Array, local: Array, random: np.random.Generator) -> None:
    """Write spine, neck and head into `local` (T, 55, 3, 3).

    The chest bends forward in the upper back (a bend at the hips reads as stomach ache, not as sorrow), and the head keeps part
    of its level while the trunk moves.
    """
    up, down = np.maximum(tracks["chest"], 0), np.minimum(tracks["chest"], 0)
    lean, twist, bend = (np.radians(tracks[name]) for name in ("lean", "twist", "bend"))
    shares = ((3, 0.22, 2, 2, 0.28, 0.40, 0.5), (6, 0.22, 4, 9, 0.32, 0.34, 0.3), (9, 0.20, 6, 13, 0.40, 0.26, 0.2))
    for joint, leaned, raised, sunken, twisted, bent, level in shares:
        small = np.radians(wander(seconds, 3, RMS["spine"] * actor.restless, random))
        local[:, joint] = (
            about(1, twisted * twist + 0.4 * small[:, 1])
            @ about(0, leaned * lean - np.radians(raised * up + sunken * down) + 0.5 * small[:, 0])
            @ about(2, -bent * bend - level * pelvis.roll + 0.5 * small[:, 2])
        )
    # Gaze stays where it is while the trunk leans and the chest rises or sinks.
    bow = np.radians(tracks["bow"] + 8 * up + 15 * down) - 0.5 * lean
    turn, tilt = np.radians(tracks["turn"]) - 0.35 * twist, np.radians(tracks["tilt"])
    shake = np.radians(0.9) * tracks["tremble"][:, None] * tremor(seconds, 2, random)
    for joint, share, extra in ((12, 0.45, 0.0), (15, 0.55, 1.0)):
        local[:, joint] = (
            about(1, share * turn + extra * shake[:, 0])
            @ about(0, share * bow + extra * shake[:, 1])
            @ about(2, -share * tilt + 0.22 * bend)
        )
