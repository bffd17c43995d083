"""Exports of every format and preset, and an emotion set, made by the installed extension and read back."""

import importlib
import json
import tempfile
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import round_trip

MODULE = "bl_ext.user_default.thespis"
METRES, DEGREES, SECONDS = 2e-3, 0.2, 1e-3


def check_exports(bench: Any) -> None:
    """Joints, turns, duration and travel of each file; what is open in Blender stays as it is."""
    presets = importlib.import_module(f"{MODULE}.core.scene.export.presets").PRESETS
    endings = (".glb", ".fbx", ".bvh", *((".usdc",) if bpy.app.build_options.usd else ()))
    truth, frames = bench.truth, list(range(0, len(bench.truth.poses), 5))
    with tempfile.TemporaryDirectory() as folder:
        outs = {(ending, preset): Path(folder) / f"{preset}{ending}" for ending in endings for preset in presets}
        bpy.context.scene.render.fps = round(truth.fps)
        bpy.ops.thespis.import_motion(filepath=str(bench.alone))
        before = _contents()
        for (ending, preset), out in outs.items():
            bpy.ops.thespis.export(filepath=str(out), preset=preset, format=ending, mesh=preset == "plain")
            assert _contents() == before, f"{out.name}: what is open in Blender has changed"
        for (_, preset), out in outs.items():
            bpy.ops.wm.read_homefile(use_empty=True)
            back = round_trip.read_back(out, truth.fps, frames, bench.names)
            joints = truth.joints[frames]
            if presets[preset].at_origin:
                joints = joints + (back.joints[0, 0] - joints[0, 0])
                assert np.abs(back.joints[0, 0, :2]).max() < 0.05, f"{out.name}: does not begin over the origin"
            worst = np.abs(back.joints - joints).max()
            assert worst < METRES, f"{out.name}: a joint is {worst * 1000:.1f} mm off"
            turned = round_trip.angles_between(back.turns, truth.turns[frames]).max()
            assert turned < DEGREES, f"{out.name}: a bone is turned {turned:.2f} degrees off"
            lasts = (len(truth.poses) - 1) / truth.fps
            assert abs(back.seconds - lasts) < SECONDS, f"{out.name}: lasts {back.seconds:.4f} s"
            way = (back.joints[-1, 0] - back.joints[0, 0]) - (joints[-1, 0] - joints[0, 0])
            assert np.abs(way).max() < 1e-3, f"{out.name}: travels {np.abs(way).max() * 1000:.1f} mm off"


def check_emotion_set(bench: Any) -> None:
    """Clips written, marked, lined up, exported with a manifest, each read back by its name; the face with them."""
    parts = {
        name: importlib.import_module(f"{MODULE}.core.{name}")
        for name in ("motion", "scene.rig", "emotion_set.plan", "scene.emotion_set.write_set", "scene.emotion_set.export_set",
                     "scene.export.wishes")
    }  # fmt: skip
    write = parts["scene.emotion_set.write_set"]
    scene = bpy.context.scene
    scene.render.fps = round(bench.truth.fps)
    bpy.ops.thespis.import_motion(filepath=str(bench.alone))
    rig = parts["scene.rig"].read_rig(bpy.context.active_object)
    clips = parts["emotion_set.plan"].SetWishes(emotions=("joy", "fear"), levels=("low",)).clips()
    whole = parts["motion"].read_motion(bench.alone)
    takes = [whole, whole.slice(10, 51)]
    made = [write.write_clip(rig, clip, take, scene, False) for clip, take in zip(clips, takes, strict=True)]
    write.mark(made)
    assert all(one.action.asset_data is not None for one in made)
    write.line_up(rig, made, scene, 101.0)
    second = next(s for t in rig.armature.animation_data.nla_tracks for s in t.strips if s.name == clips[1].name)
    scene.frame_set(int(second.frame_start) + 20)
    heads = np.array([rig.armature.matrix_world @ rig.armature.pose.bones[name].head for name in bench.names])
    assert np.abs(heads - bench.truth.joints[30]).max() < METRES, "a strip does not play its take"
    figure = next(child for child in rig.armature.children if child.type == "MESH")
    face = figure.data.shape_keys.key_blocks[1]
    assert abs(face.value - bench.truth.expression[30, 0]) < 1e-3, "the face does not follow the strip"
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder) / name for name in ("set.glb", "set.fbx")]
        before = _contents()
        for out in outs:
            wishes = parts["scene.export.wishes"].ExportWishes(overwrite=True)
            parts["scene.emotion_set.export_set"].export_set(rig.armature, made, out, wishes, scene)
            assert _contents() == before
        manifest = json.loads(outs[0].with_suffix(".json").read_text(encoding="utf-8"))
        assert [(clip["clip"], clip["frames"]) for clip in manifest["clips"]] == [("joy_low_01", 61), ("fear_low_01", 41)]
        for out in outs:
            _check_clips(bench, out, {clips[0].name: 0, clips[1].name: 10})


def _check_clips(bench: Any, out: Path, starts: dict[str, int]) -> None:
    """The joints of each clip in the file. starts: the frame of the truth at which it begins."""
    bpy.ops.wm.read_homefile(use_empty=True)
    (armature,) = round_trip.import_file(out, bench.truth.fps)[0]
    for name, start in starts.items():
        # In an .fbx they are called object|take|layer.
        action = next(
            action
            for action in bpy.data.actions
            if action.name.startswith(name) or action.name.startswith(f"{armature.name}|{name}")
        )
        armature.animation_data.action = action
        if hasattr(armature.animation_data, "action_slot"):
            armature.animation_data.action_slot = next(s for s in action.slots if s.target_id_type == "OBJECT")
        for track in armature.animation_data.nla_tracks:
            track.mute = True
        back = round_trip.shown(armature, [0, 20, 40], bench.names, bench.truth.fps, 0.0)
        worst = np.abs(back.joints - bench.truth.joints[[start, start + 20, start + 40]]).max()
        assert worst < METRES, f"{out.name}, {name}: a joint is {worst * 1000:.1f} mm off"


def _contents() -> dict[str, list[str]]:
    kinds = ("objects", "meshes", "armatures", "actions", "scenes", "materials", "images", "collections", "shape_keys")
    return {kind: [thing.name for thing in getattr(bpy.data, kind)] for kind in kinds}
