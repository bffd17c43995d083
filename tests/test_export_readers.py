"""What is exported, read by programs that share no code with Blender: Khronos's validator, three.js, ufbx, bvh, Godot."""

import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.motion import write_motion  # noqa: E402
from thespis.core.scene.export.motions import export_motions  # noqa: E402
from thespis.core.scene.export.wishes import ExportWishes  # noqa: E402
from thespis.core.skeleton import JOINT_INDEX, JOINT_NAMES  # noqa: E402
from thespis.tests.blender.round_trip import angles_between  # noqa: E402
from thespis.tests.motions import lively_motion, true_joints, true_turns  # noqa: E402
from thespis.tests.readers import godot  # noqa: E402

HERE = Path(__file__).parent
MODULES = HERE.parent / ".cache" / "readers" / "node_modules"
METRES, DEGREES = 2e-3, 0.2
FRAMES = list(range(0, 41, 5))
FPS = 30.0
TO_Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])

node = pytest.mark.skipif(
    not (shutil.which("node") and MODULES.is_dir()),
    reason="three and gltf-validator are not there: ./dev readers gets them (npm)",
)


def needs(module: str):
    return pytest.mark.skipif(importlib.util.find_spec(module) is None, reason=f"{module} is not installed: ./dev setup")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same motion in every format; its truth."""
    folder = tmp_path_factory.mktemp("exported")
    motion = lively_motion()
    write_motion(motion, folder / "walk.npz")
    made = {}
    for name, preset, mesh in (
        ("mesh.glb", "plain", True), ("bones.glb", "godot", False), ("plain.fbx", "plain", False), ("unreal.fbx", "unreal", True),
        ("unity.fbx", "unity", False), ("walk.bvh", "plain", False), ("rooted.bvh", "unreal", False),
    ):  # fmt: skip
        export_motions([folder / "walk.npz"], folder / name, ExportWishes(preset=preset, mesh=mesh), own_session=True)
        made[name] = folder / name
    return made, motion


def truth(motion, at_origin: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(T, 55, 3) joints and (T, 55, 3, 3) turns since rest, in Blender's axes."""
    joints = np.array([true_joints(motion, frame) for frame in FRAMES])
    turns = np.array([true_turns(motion, frame) for frame in FRAMES])
    if at_origin:
        from thespis.models.body.load import rest_shape
        from thespis.tests.motions import open_body

        x, _, z = rest_shape(open_body(), motion.betas)[1][0]
        joints = joints - np.append(joints[0, 0, :2] - (x, -z), 0.0)
    return joints, turns


def seconds() -> str:
    return ",".join(repr(frame / FPS) for frame in FRAMES)


# ---- glTF


def run_node(script: str, *arguments: object) -> dict:
    command = ["node", HERE / "readers" / script, MODULES, *arguments]
    return json.loads(subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout)


@node
@pytest.mark.parametrize("name", ["mesh.glb", "bones.glb"])
def test_khronos_finds_no_fault(files, name):
    report = run_node("validate.mjs", files[0][name])
    issues = report["issues"]
    assert issues["numErrors"] == 0, issues["messages"]
    # A skinned mesh below its armature does no harm: that is unmoved. A skin without a mesh tells Godot that nodes are
    # bones.
    known = "NODE_SKINNED_MESH_NON_ROOT" if name == "mesh.glb" else "UNUSED_OBJECT"
    assert {message["code"] for message in issues["messages"]} == {known}
    assert report["info"]["animationCount"] == 1


@node
@pytest.mark.parametrize("name", ["mesh.glb", "bones.glb"])
def test_three_shows_every_joint(files, name):
    made, motion = files
    told = run_node("sample.mjs", made[name], seconds(), ",".join(JOINT_NAMES))
    (clip,) = told["clips"]
    assert clip["name"] == "walk" and clip["duration"] == pytest.approx((len(motion) - 1) / FPS, abs=1e-6)
    joints, turns = truth(motion, at_origin=name == "bones.glb")
    matrices = np.array([pose["matrices"] for pose in clip["poses"]]).reshape(len(FRAMES), 55, 4, 4).swapaxes(-1, -2)
    np.testing.assert_allclose(matrices[..., :3, 3], joints @ TO_Y_UP.T, atol=METRES)
    np.testing.assert_allclose(np.linalg.norm(matrices[..., :3, :3], axis=-2), 1, atol=1e-5)
    # How they have turned from one frame to another does not ask for the rest pose.
    moved = matrices[..., :3, :3] @ np.swapaxes(matrices[:1, :, :3, :3], -1, -2)
    true = TO_Y_UP @ turns @ np.swapaxes(turns[:1], -1, -2) @ TO_Y_UP.T
    assert angles_between(moved, true).max() < DEGREES
    if name == "mesh.glb":
        from thespis.models.body.load import load_body

        low, high = np.array(told["box"])
        assert 1.4 < high[1] - low[1] < 2.2
        names = [name for name in load_body().expression_names if name]
        for pose, frame in zip(clip["poses"], FRAMES, strict=True):
            np.testing.assert_allclose(pose["weights"], motion.expression[frame, : len(names)], atol=1e-4)


# ---- FBX

_Y_UP, _Z_UP = [0, 2, 4], [0, 4, 3]
"""Right, up, front of ufbx: +X, +Y, +Z; +X, +Z, -Y."""


def read_by_ufbx(path: Path, take: int = 0) -> dict:
    command = [sys.executable, HERE / "readers" / "fbx.py", path, str(take), seconds(), ",".join(JOINT_NAMES)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@needs("ufbx")
def test_ufbx_reads_every_take_of_a_set(tmp_path):
    from thespis.core.emotion_set.plan import SetWishes
    from thespis.core.progress import Progress
    from thespis.core.scene.emotion_set.to_file import set_to_file
    from thespis.models.body.load import load_body

    clips = SetWishes(emotions=("joy", "fear", "anger"), levels=("high",)).clips()
    first = lively_motion()
    takes = [first, *(replace(lively_motion(frames, seed=frames), betas=first.betas) for frames in (61, 41))]
    set_to_file(clips, takes, tmp_path / "set.fbx", ExportWishes(preset="unity"), False, Progress())
    names = load_body().expression_names
    for number, motion in enumerate(takes):
        told = read_by_ufbx(tmp_path / "set.fbx", number)
        assert [take["name"] for take in told["takes"]] == [clip.name for clip in clips]
        take = told["takes"][number]
        assert take["begin"] == 0 and take["end"] == pytest.approx((len(motion) - 1) / FPS, abs=1e-3)
        joints, turns = truth(motion, at_origin=True)
        matrices = np.array(told["poses"]).swapaxes(-1, -2)
        np.testing.assert_allclose(matrices[..., 3] * told["unit"], joints @ TO_Y_UP.T, atol=METRES)
        moved = matrices[..., :3] @ np.swapaxes(matrices[:1, ..., :3], -1, -2)
        true = TO_Y_UP @ turns @ np.swapaxes(turns[:1], -1, -2) @ TO_Y_UP.T
        assert angles_between(moved, true).max() < DEGREES
        moved = np.flatnonzero(motion.expression.any(axis=0))
        assert len(moved) == 8
        for column in moved:
            np.testing.assert_allclose(told["faces"][names[column]], motion.expression[FRAMES, column], atol=1e-3)
        still = [values for name, values in told["faces"].items() if name not in {names[column] for column in moved}]
        assert np.abs(still).max() == 0


@needs("ufbx")
@pytest.mark.parametrize(("name", "axes"), [("plain.fbx", _Y_UP), ("unity.fbx", _Y_UP), ("unreal.fbx", _Z_UP)])
def test_ufbx_reads_metres_axes_and_joints(files, name, axes):
    made, motion = files
    told = read_by_ufbx(made[name])
    assert told["axes"] == axes
    assert told["unit"] == pytest.approx(0.01) and told["fps"] == pytest.approx(FPS)
    (take,) = told["takes"]
    assert take["name"] == "walk"
    assert take["end"] - take["begin"] == pytest.approx((len(motion) - 1) / FPS, abs=1e-3)
    joints, turns = truth(motion, at_origin=name != "plain.fbx")
    to_file = TO_Y_UP if axes == _Y_UP else np.eye(3)
    matrices = np.array(told["poses"]).swapaxes(-1, -2)  # (T, B, 3, 4)
    np.testing.assert_allclose(matrices[..., 3] * told["unit"], joints @ to_file.T, atol=METRES)
    rest = np.array([told["nodes"][bone]["world"] for bone in JOINT_NAMES]).swapaxes(-1, -2)
    moved = matrices[..., :3] @ np.swapaxes(rest[..., :3], -1, -2)
    assert angles_between(moved, to_file @ turns @ to_file.T).max() < DEGREES
    for node_told in told["nodes"].values():
        np.testing.assert_allclose(node_told["scale"], 1, atol=1e-5)
    top = told["nodes"]["Armature" if name == "unreal.fbx" else "walk"]
    np.testing.assert_allclose(top["turn"], (0, 0, 0, 1), atol=1e-6)
    np.testing.assert_allclose(top["place"], 0, atol=1e-6)
    if told["height"] is not None:
        assert 140 < told["height"] < 220 and abs(told["floor"]) < 0.1
    if name == "unreal.fbx":
        root = told["nodes"]["root"]
        assert told["nodes"]["pelvis"]["parent"] == "root" and root["parent"] == "Armature"
        np.testing.assert_allclose(root["turn"], (0, 0, 0, 1), atol=1e-6)
        # Bones look along X at their child.
        knee = np.array(told["nodes"]["left_knee"]["place"])
        assert knee[0] > 30 and np.abs(knee[1:]).max() < 1e-3


# ---- BVH


@needs("bvh")
@pytest.mark.parametrize("name", ["walk.bvh", "rooted.bvh"])
def test_a_bvh_reader_and_plain_kinematics_find_every_joint(files, name):
    from bvh import Bvh
    from scipy.spatial.transform import Rotation

    made, motion = files
    read = Bvh(made[name].read_text())
    assert read.nframes == len(motion) and read.frame_time == pytest.approx(1 / FPS, abs=1e-8)
    assert read.frame_time * (read.nframes - 1) == pytest.approx((len(motion) - 1) / FPS, abs=1e-3)
    names = read.get_joints_names()
    assert set(JOINT_NAMES) <= set(names)
    joints, _ = truth(motion, at_origin=name == "rooted.bvh")
    found = np.zeros((len(FRAMES), 55, 3))
    for row, frame in enumerate(FRAMES):
        placed: dict[str, np.ndarray] = {}
        turned: dict[str, Rotation] = {}
        for joint in names:
            channels = read.joint_channels(joint)
            values = dict(zip(channels, map(float, read.frame_joint_channels(frame, joint, channels)), strict=True))
            place = np.array([values.get(f"{axis}position", 0.0) for axis in "XYZ"]) + read.joint_offset(joint)
            order = "".join(channel[0] for channel in channels if channel.endswith("rotation"))
            turn = Rotation.from_euler(order, [values[f"{axis}rotation"] for axis in order], degrees=True)
            parent = read.joint_parent(joint)
            if parent is not None:
                place = placed[parent.name] + turned[parent.name].apply(place)
                turn = turned[parent.name] * turn
            placed[joint], turned[joint] = place, turn
        found[row] = [placed[joint] for joint in JOINT_NAMES]
    np.testing.assert_allclose(found, joints @ TO_Y_UP.T, atol=METRES)
    assert found[0, JOINT_INDEX["head"], 1] > found[0, 0, 1]


# ---- Godot

GODOT = HERE.parent / ".cache" / "godot"


@pytest.mark.skipif(godot.find(GODOT) is None, reason="there is no godot3-server: ./dev readers unpacks Debian's")
def test_godot_plays_every_joint(files, tmp_path):
    made, motion = files
    (clip,) = godot.read(GODOT, tmp_path / "project", made["bones.glb"], [frame / FPS for frame in FRAMES])
    assert clip["name"] == "walk" and clip["length"] == pytest.approx((len(motion) - 1) / FPS, abs=1e-3)
    plain = [{name.replace("_", ""): place for name, place in pose.items()} for pose in clip["poses"]]  # spine1 is spine_1 there
    found = np.array([[pose[name.replace("_", "")] for name in JOINT_NAMES] for pose in plain])
    np.testing.assert_allclose(found, truth(motion, at_origin=True)[0] @ TO_Y_UP.T, atol=METRES)
