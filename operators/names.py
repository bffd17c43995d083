"""Data-blocks by name: what is kept while a job runs, for a reference would not survive undo, or its data-block's end."""

from dataclasses import dataclass

import bpy


@dataclass(frozen=True)
class Name:
    """One data-block: the collection of bpy.data that it is in, its name, and the number that it keeps when it is renamed."""

    kind: str
    name: str
    uid: int

    @classmethod
    def of(cls, kind: str, thing: bpy.types.ID) -> "Name":
        """The name of `thing`, which is in bpy.data's collection `kind`."""
        return cls(kind, thing.name_full, getattr(thing, "session_uid", 0))

    def find(self) -> bpy.types.ID | None:
        """The data-block, also when it was renamed; None when it is gone."""
        data = getattr(bpy.data, self.kind)
        same = (thing for thing in data if self.uid and getattr(thing, "session_uid", 0) == self.uid)
        named = (thing for thing in data if thing.name_full == self.name and not self.uid)
        return next(same, None) or next(named, None)
