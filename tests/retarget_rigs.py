"""Skeletons for retargeting, built from the published names, rest poses and axes of rigs whose files are not free to use.

All have the open body's joints, in other proportions. Bones are named, posed, turned, scaled and cut as the real ones are:
Unreal's Manny (A-pose, X along the bones, centimetres, five spine bones, twist and ik bones), VRoid's VRM (T-pose, an object
turned upright), Mixamo's import (T-pose, centimetres under an object of scale 0.01 turned by 90 degrees), Meshcapade's SMPL and
SMPL-X armatures, Auto-Rig Pro's controls (with an IK/FK property and machinery in between) and its deforming bones.
"""

from dataclasses import dataclass, field

import addon_utils
import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector
from scipy.spatial.transform import Rotation
from thespis.core.skeleton import JOINT_NAMES, PARENTS
from thespis.models.body.load import rest_shape
from thespis.tests.motions import open_body

LIMBS = [
    (f"{side}_{one}", f"{side}_{two}")
    for side in ("left", "right")
    for one, two in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
]
HANDS = [
    (f"{side}_{one}", f"{side}_{two}")
    for side in ("left", "right")
    for one, two in (
        ("wrist", "middle1"),
        ("index1", "index2"),
        ("middle2", "middle3"),
        ("pinky1", "pinky2"),
        ("thumb1", "thumb2"),
    )
]


def person(proportions: dict[str, float] | None = None, arms_down: float = 0.0) -> dict[str, tuple[np.ndarray, str]]:
    """Role -> (head, parent role): the open body's joints, metres, Z up, on the floor. proportions: a part of roles' names ->
    how much longer the bones are that lead to them. arms_down: degrees from the T-pose."""
    x, y, z = rest_shape(open_body(), np.zeros(open_body().beta_count))[1].T
    joints = np.stack([x, -z, y], axis=1)
    out, turned = np.zeros_like(joints), [Rotation.identity()] * len(JOINT_NAMES)
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            continue
        name = JOINT_NAMES[joint]
        longer = next((share for part, share in (proportions or {}).items() if part in name), 1.0)
        out[joint] = out[parent] + turned[parent].apply(longer * (joints[joint] - joints[parent]))
        turned[joint] = turned[parent]
        if name.endswith("_shoulder"):
            turned[joint] = Rotation.from_rotvec([0, np.deg2rad(arms_down) * (1 if name.startswith("left") else -1), 0])
    out[:, 2] -= out[:, 2].min() - 0.02
    return {name: (out[k], JOINT_NAMES[PARENTS[k]] if PARENTS[k] >= 0 else "") for k, name in enumerate(JOINT_NAMES)}


def with_chain(body: dict, chain: tuple[str, ...], roles: tuple[str, ...], below: str, above: tuple[str, ...]) -> dict:
    """`body` with as many bones as there are `roles` instead of those of `chain`."""
    begin, end = body[chain[0]][0], body[above[0]][0]
    made = {name: told for name, told in body.items() if name not in chain}
    for number, role in enumerate(roles):
        made[role] = (begin + (end - begin) * number / len(roles), below if number == 0 else roles[number - 1])
    for name in body:
        if body[name][1] == chain[-1] and name in made:
            made[name] = (body[name][0], roles[-1] if roles else below)
    return made


@dataclass
class Make:
    """How a rig is made of a body.

    names: role -> bone; what is not named is left out, its children hang on its parent. along: which of a bone's own axes lies
    along it; "any" for none. unit: lengths in a metre. axes: (3, 3) turns upright axes into the armature's. world: of the object.
    extra: bones (name, parent bone, role at whose place it is). parents: bone -> bone, other than the body's.
    """

    names: dict[str, str]
    along: str = "Y"
    unit: float = 1.0
    axes: np.ndarray = field(default_factory=lambda: np.eye(3))
    world: Matrix = field(default_factory=Matrix)
    extra: tuple[tuple[str, str, str], ...] = ()
    parents: dict[str, str] = field(default_factory=dict)
    seed: int = 0


def build(name: str, body: dict, make: Make) -> bpy.types.Object:
    """The armature, in the scene."""
    chance = np.random.default_rng(make.seed)
    data = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    heads = {role: make.unit * (make.axes @ head) for role, (head, _) in body.items()}
    for bone, _, role in make.extra:
        made = data.edit_bones.new(bone)
        made.head = heads[role] if role else (0, 0, 0)
        made.tail = made.head + make.unit * Vector((0.0, 0.05, 0.0))
    for role, bone in make.names.items():
        made = data.edit_bones.new(bone)
        made.head = heads[role]
        ends = [heads[other] for other, (_, parent) in body.items() if parent == role]
        way = np.mean(ends, axis=0) - heads[role] if ends else make.unit * np.array([0.0, 0.0, 0.05])
        way = way if np.linalg.norm(way) > 1e-6 else np.array([0.0, 0.0, 0.05]) * make.unit
        if make.along == "any":
            way = np.linalg.norm(way) * (lambda v: v / np.linalg.norm(v))(chance.normal(size=3))
        elif make.along == "X":
            square = np.cross(way, [0.3, 1.0, 0.2])
            way = np.linalg.norm(way) * square / np.linalg.norm(square)
        made.tail = made.head + Vector(way)
        made.roll = chance.uniform(-3, 3) if make.along == "any" else 0.4 if make.along == "Y" else 1.5
    for role, bone in make.names.items():
        above = body[role][1]
        while above and above not in make.names:
            above = body[above][1]
        parent = make.parents.get(bone) or make.names.get(above, "")
        if parent:
            data.edit_bones[bone].parent = data.edit_bones[parent]
    for bone, parent, _ in make.extra:
        if parent:
            data.edit_bones[bone].parent = data.edit_bones[parent]
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.matrix_world = make.world
    return rig


def sided(left: str, right: str, names: dict[str, str]) -> dict[str, str]:
    """{side} filled in, for left_ and right_ roles."""
    found = {}
    for role, bone in names.items():
        if "{side}" in bone:
            found[f"left_{role}"], found[f"right_{role}"] = bone.format(side=left), bone.format(side=right)
        else:
            found[role] = bone
    return found


def fingers(pattern: str, words: dict[str, str]) -> dict[str, str]:
    """Names of fingers: pattern with {side}, {finger} and {k}."""
    return {
        f"{role}{k}": pattern.replace("{finger}", word).replace("{k}", str(k)) for role, word in words.items() for k in (1, 2, 3)
    }


PLAIN = {one: one for one in ("thumb", "index", "middle", "ring", "pinky")}
CAPITAL = {one: one.capitalize() for one in PLAIN}
TITLE = CAPITAL | {"pinky": "Little"}
Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Upright axes to those of a file with Y up, facing +Z."""
SPINE5 = tuple(f"spine{k}" for k in range(1, 6))


def mixamo(prefix: str = "mixamorig:") -> bpy.types.Object:
    names = sided("Left", "Right", {
        "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck", "head": "Head",
        "hip": "{side}UpLeg", "knee": "{side}Leg", "ankle": "{side}Foot", "foot": "{side}ToeBase", "collar": "{side}Shoulder",
        "shoulder": "{side}Arm", "elbow": "{side}ForeArm", "wrist": "{side}Hand", **fingers("{side}Hand{finger}{k}", CAPITAL),
    })  # fmt: skip
    names = {role: prefix + bone for role, bone in names.items()}
    world = Matrix.LocRotScale(Vector((1.0, -2.0, 0.0)), Matrix.Rotation(np.pi / 2, 3, "X").to_quaternion(), Vector((0.01,) * 3))
    return build("Mixamo", person({"elbow": 0.9, "knee": 1.1}), Make(names, unit=100.0, axes=Y_UP, world=world))


def manny() -> bpy.types.Object:
    body = with_chain(
        person({"elbow": 1.1, "ankle": 1.15}, arms_down=50), ("spine1", "spine2", "spine3"), SPINE5, "pelvis", ("neck",)
    )
    body = with_chain(body, ("neck",), ("neck", "neck2"), "spine5", ("head",))
    names = sided("l", "r", {
        "pelvis": "pelvis", **{f"spine{k}": f"spine_0{k}" for k in range(1, 6)}, "neck": "neck_01", "neck2": "neck_02",
        "head": "head",
        "hip": "thigh_{side}", "knee": "calf_{side}", "ankle": "foot_{side}", "foot": "ball_{side}", "collar": "clavicle_{side}",
        "shoulder": "upperarm_{side}", "elbow": "lowerarm_{side}", "wrist": "hand_{side}",
        **fingers("{finger}_0{k}_{side}", PLAIN),
    })  # fmt: skip
    extra: list[tuple[str, str, str]] = [("root", "", ""), ("ik_foot_root", "root", ""), ("ik_hand_root", "root", "")]
    extra += [("ik_hand_gun", "ik_hand_root", "right_wrist")]
    for side, letter in (("left", "l"), ("right", "r")):
        extra += [(f"ik_foot_{letter}", "ik_foot_root", f"{side}_ankle"), (f"ik_hand_{letter}", "ik_hand_gun", f"{side}_wrist")]
        extra += [(f"upperarm_twist_01_{letter}", f"upperarm_{letter}", f"{side}_shoulder")]
        extra += [(f"lowerarm_twist_01_{letter}", f"lowerarm_{letter}", f"{side}_elbow")]
    world = Matrix.Diagonal((0.01, 0.01, 0.01, 1.0))
    return build("Manny", body, Make(names, "X", 100.0, world=world, extra=tuple(extra), parents={"pelvis": "root"}))


def vroid() -> bpy.types.Object:
    names = sided("L", "R", {
        "pelvis": "J_Bip_C_Hips", "spine1": "J_Bip_C_Spine", "spine2": "J_Bip_C_Chest", "spine3": "J_Bip_C_UpperChest",
        "neck": "J_Bip_C_Neck", "head": "J_Bip_C_Head", "hip": "J_Bip_{side}_UpperLeg", "knee": "J_Bip_{side}_LowerLeg",
        "ankle": "J_Bip_{side}_Foot", "foot": "J_Bip_{side}_ToeBase", "collar": "J_Bip_{side}_Shoulder",
        "shoulder": "J_Bip_{side}_UpperArm", "elbow": "J_Bip_{side}_LowerArm", "wrist": "J_Bip_{side}_Hand",
        **fingers("J_Bip_{side}_{finger}{k}", TITLE),
    })  # fmt: skip
    return build("VRoid", person({"elbow": 0.8, "wrist": 0.85, "knee": 0.85, "ankle": 0.8, "neck": 0.7}), Make(names, "any"))


def unity() -> bpy.types.Object:
    names = sided("Left", "Right", {
        "pelvis": "Hips", "spine1": "Spine", "spine2": "Chest", "neck": "Neck", "head": "Head", "hip": "{side}UpperLeg",
        "knee": "{side}LowerLeg", "ankle": "{side}Foot", "foot": "{side}Toes", "collar": "{side}Shoulder",
        "shoulder": "{side}UpperArm", "elbow": "{side}LowerArm", "wrist": "{side}Hand",
    })  # fmt: skip
    body = with_chain(person(), ("spine1", "spine2", "spine3"), ("spine1", "spine2"), "pelvis", ("neck",))
    return build("Unity", body, Make(names, unit=0.01, world=Matrix.Diagonal((100.0, 100.0, 100.0, 1.0))))


def smpl(prefix: str = "f_avg_") -> bpy.types.Object:
    names = sided("L", "R", {
        "pelvis": "Pelvis", "spine1": "Spine1", "spine2": "Spine2", "spine3": "Spine3", "neck": "Neck", "head": "Head",
        **{part.lower(): "{side}_" + part for part in ("Hip", "Knee", "Ankle", "Foot", "Collar", "Shoulder", "Elbow", "Wrist")},
    })  # fmt: skip
    names = {role: prefix + bone for role, bone in names.items()}
    extra = (
        ("root", "", ""),
        (f"{prefix}L_Hand", f"{prefix}L_Wrist", "left_index1"),
        (f"{prefix}R_Hand", f"{prefix}R_Wrist", "right_index1"),
    )
    return build("SMPL", person(), Make(names, extra=extra, parents={f"{prefix}Pelvis": "root"}))


def smplx() -> bpy.types.Object:
    names = {name: name for name in JOINT_NAMES}
    world = Matrix.Rotation(np.pi / 2, 4, "X")
    return build(
        "SMPLX",
        person({"wrist": 1.2}),
        Make(names, axes=Y_UP, world=world, extra=(("root", "", ""),), parents={"pelvis": "root"}),
    )


def arp() -> bpy.types.Object:
    """Auto-Rig Pro's controls; FK arms hang on a helper that copies the shoulder's turn, as it does when it is switched to FK."""
    names = sided("l", "r", {
        "pelvis": "c_root_master.x", "spine1": "c_spine_01.x", "spine2": "c_spine_02.x", "neck": "c_neck.x", "head": "c_head.x",
        "hip": "c_thigh_fk.{side}", "knee": "c_leg_fk.{side}", "ankle": "c_foot_fk.{side}", "foot": "c_toes_fk.{side}",
        "collar": "c_shoulder.{side}", "shoulder": "c_arm_fk.{side}", "elbow": "c_forearm_fk.{side}", "wrist": "c_hand_fk.{side}",
        **fingers("c_{finger}{k}.{side}", PLAIN),
    })  # fmt: skip
    body = with_chain(
        person({"knee": 1.2}, arms_down=35), ("spine1", "spine2", "spine3"), ("spine1", "spine2"), "pelvis", ("neck",)
    )
    extra: list[tuple[str, str, str]] = [("c_traj", "", "")]
    parents = {"c_root_master.x": "c_traj"}
    for side, letter in (("left", "l"), ("right", "r")):
        extra += [(f"arm_fk_pre.{letter}", "c_traj", f"{side}_shoulder"), (f"c_hand_ik.{letter}", "c_traj", f"{side}_wrist")]
        extra += [(f"c_foot_ik.{letter}", "c_traj", f"{side}_ankle")]
        parents[f"c_arm_fk.{letter}"] = f"arm_fk_pre.{letter}"
    rig = build("ARP", body, Make(names, extra=tuple(extra), parents=parents))
    for letter in "lr":
        constraint = rig.pose.bones[f"arm_fk_pre.{letter}"].constraints.new("CHILD_OF")
        constraint.target, constraint.subtarget = rig, f"c_shoulder.{letter}"
        constraint.inverse_matrix = rig.data.bones[f"c_shoulder.{letter}"].matrix_local.inverted()
        for control in ("c_hand_ik", "c_foot_ik"):
            rig.pose.bones[f"{control}.{letter}"]["ik_fk_switch"] = 0.0
        rig.pose.bones[f"c_forearm_fk.{letter}"].rotation_mode = "XYZ"
        rig.pose.bones[f"c_thigh_fk.{letter}"].rotation_mode = "AXIS_ANGLE"
    return rig


def arp_deform() -> bpy.types.Object:
    names = sided("l", "r", {
        "pelvis": "root.x", "spine1": "spine_01.x", "spine2": "spine_02.x", "neck": "neck.x", "head": "head.x",
        "hip": "thigh_stretch.{side}", "knee": "leg_stretch.{side}", "ankle": "foot.{side}", "foot": "toes_01.{side}",
        "collar": "shoulder.{side}", "shoulder": "arm_stretch.{side}", "elbow": "forearm_stretch.{side}", "wrist": "hand.{side}",
        **fingers("{finger}{k}.{side}", PLAIN),
    })  # fmt: skip
    body = with_chain(person(arms_down=45), ("spine1", "spine2", "spine3"), ("spine1", "spine2"), "pelvis", ("neck",))
    return build("ARP Deform", body, Make(names))


def unknown() -> bpy.types.Object:
    """Names of no rig that is known, in the way of a biped of 3ds Max."""
    names = sided("L", "R", {
        "pelvis": "Bip01 Pelvis", "spine1": "Bip01 Spine", "spine2": "Bip01 Spine1", "spine3": "Bip01 Spine2",
        "neck": "Bip01 Neck",
        "head": "Bip01 Head", "hip": "Bip01 {side} Thigh", "knee": "Bip01 {side} Calf", "ankle": "Bip01 {side} Foot",
        "foot": "Bip01 {side} Toe0", "collar": "Bip01 {side} Clavicle", "shoulder": "Bip01 {side} UpperArm",
        "elbow": "Bip01 {side} Forearm", "wrist": "Bip01 {side} Hand",
    })  # fmt: skip
    extra = (("Bip01", "", ""), ("Bip01 L ForeTwist", "Bip01 L Forearm", "left_elbow"))
    return build(
        "Biped", person({"shoulder": 1.2}, arms_down=20), Make(names, "X", extra=extra, parents={"Bip01 Pelvis": "Bip01"})
    )


def rigify() -> bpy.types.Object:
    """A human rig, generated by Blender's own add-on, in an empty scene. Takes seconds; skips where there is no add-on."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if addon_utils.enable("rigify", default_set=True) is None:
        pytest.skip("this Blender comes without Rigify")
    bpy.ops.object.armature_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.pose.rigify_generate()
    return next(thing for thing in bpy.data.objects if thing.type == "ARMATURE" and thing != metarig)
