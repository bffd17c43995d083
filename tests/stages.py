"""Blender with the extension, a character, and a stand-in for the engine."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from thespis.core.motion import write_motion
from thespis.tests.blender import stand_in
from thespis.tests.motions import lively_motion


class Stage:
    """Blender with the extension, a character that walks, and an engine's stand-in that hands over `take` and notes its call."""

    def __init__(self, bpy, folder: Path, monkeypatch) -> None:
        self.bpy, self.folder = bpy, folder
        self.walk = replace(lively_motion(61), contacts=None)
        write_motion(self.walk, folder / "walk.npz")
        self.take = replace(lively_motion(46, fps=24.0, seed=4), betas=self.walk.betas)
        write_motion(self.take, folder / "made.npz")
        self.engine = folder / "engine"
        stand_in.write_engine(self.engine, folder / "python")
        stand_in.tell(self.engine, act={"file": str(folder / "made.npz")})
        from thespis.operators import settings

        monkeypatch.setattr(settings, "chosen", lambda _context, name: str(folder / "python") if name == "engine_python" else "")
        bpy.ops.thespis.import_motion(filepath=str(folder / "walk.npz"))
        self.scene, self.armature = bpy.context.scene, bpy.context.active_object

    def slow(self, seconds: float) -> None:
        """The stand-in takes its time."""
        stand_in.tell(self.engine, act={"file": str(self.folder / "made.npz"), "seconds": seconds})

    def look(self, seen: Callable[[], bool] | None = None) -> None:
        """Stand in for the timer until something is seen; without that, until no order runs."""
        from thespis.operators import orders

        started = time.monotonic()
        while not (seen() if seen else not orders.running):
            orders._look()
            assert time.monotonic() - started < 30, orders.messages
            time.sleep(0.02)

    def asked(self) -> dict:
        """The arguments of the last request."""
        return stand_in.asked(self.engine)[-1]["arguments"]

    def act(self, **wishes):
        return self.bpy.ops.thespis.act_emotion("EXEC_DEFAULT", True, **wishes)

    def refused(self, **wishes) -> str:
        """What was said; nothing may have changed."""
        before = self.state()
        with pytest.raises(RuntimeError) as error:
            self.act(**wishes)
        assert self.state() == before
        said = str(error.value).strip()
        assert said.startswith("Error: ") and "\n" not in said
        return said

    def state(self) -> tuple:
        data = self.bpy.data
        owners = [thing for thing in (*data.objects, *data.shape_keys) if thing.animation_data]
        played = [(o.animation_data.action, [t.name for t in o.animation_data.nla_tracks]) for o in owners]
        return [action.name for action in data.actions], played, self.scene.frame_current

    def heads(self, name: str = "walk") -> np.ndarray:
        from thespis.core.skeleton import JOINT_NAMES

        armature = self.bpy.data.objects[name]
        return np.array([armature.pose.bones[bone].head for bone in JOINT_NAMES])
