"""Settings that are changed, and changed back when something fails."""

from typing import Any, Final

import bpy

_BAKED: Final = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale", "value")


class Changes:
    """Remembers what things were before they were set."""

    def __init__(self) -> None:
        self._former: list[tuple[Any, str, Any]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Set `name` of `owner`, unless it is that already."""
        former = getattr(owner, name)
        if former != value:
            self._former.append((owner, name, former))
            setattr(owner, name, value)

    def take_back(self) -> None:
        """All is as it was, the last change first."""
        while self._former:
            owner, name, value = self._former.pop()
            setattr(owner, name, value)


def hush(armature: bpy.types.Object, keys: list[bpy.types.Key], with_nla: bool, changes: Changes) -> str:
    """Let nothing but keys move the bones of `armature` and the shape keys of `keys`: constraints of bones are muted, drivers of
    what is baked, and with_nla the tracks. Returns what was muted, in words."""
    played = [owner.animation_data for owner in (armature, *keys) if owner.animation_data is not None]
    constraints = [one for bone in armature.pose.bones for one in bone.constraints if not one.mute]
    drivers = [curve for data in played for curve in data.drivers if not curve.mute and _is_baked(curve.data_path)]
    tracks = [track for data in played for track in data.nla_tracks]
    for track in tracks:
        if track.is_solo:  # or the action would not be played
            changes.set(track, "is_solo", False)
    tracks = [track for track in tracks if with_nla and not track.mute]
    told = []
    for things, word in ((constraints, "constraint"), (drivers, "driver"), (tracks, "NLA track")):
        for thing in things:
            changes.set(thing, "mute", True)
        if things:
            told.append(f"{len(things)} {word}{'s' if len(things) > 1 else ''}")
    return ", ".join(told)


def _is_baked(path: str) -> bool:
    return path.startswith(("pose.bones", "key_blocks")) and path.rsplit(".", 1)[-1] in _BAKED
