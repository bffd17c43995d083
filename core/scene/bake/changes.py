"""Settings that are changed, and changed back when something fails."""

from typing import Any

import bpy


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


def hush(armature: bpy.types.Object, owners: list[bpy.types.ID], with_nla: bool, changes: Changes) -> list[str]:
    """Let nothing but keys move the bones of `armature`, and the shape keys `owners`: constraints of bones and drivers of what is
    baked are muted, with_nla: the tracks too. Returns what was muted, as words."""
    told = []
    constraints = [one for bone in armature.pose.bones for one in bone.constraints if not one.mute]
    for one in constraints:
        changes.set(one, "mute", True)
    drivers = [curve for owner in (armature, *owners) if owner.animation_data for curve in owner.animation_data.drivers]
    drivers = [curve for curve in drivers if curve.data_path.startswith(("pose.bones", "key_blocks")) and not curve.mute]
    drivers = [curve for curve in drivers if curve.data_path.endswith(_BAKED)]
    for curve in drivers:
        changes.set(curve, "mute", True)
    tracks = [track for owner in (armature, *owners) if owner.animation_data for track in owner.animation_data.nla_tracks]
    tracks = [track for track in tracks if with_nla and not track.mute]
    for owner in (armature, *owners):
        if owner.animation_data:
            for track in owner.animation_data.nla_tracks:
                if track.is_solo:  # or the action would not be played
                    changes.set(track, "is_solo", False)
    for track in tracks:
        changes.set(track, "mute", True)
    for count, word in ((len(constraints), "constraint"), (len(drivers), "driver"), (len(tracks), "NLA track")):
        if count:
            told.append(f"{count} {word}{'s' if count > 1 else ''}")
    return told


_BAKED = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale", "value")
