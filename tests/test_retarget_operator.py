"""Retarget as an animator uses it: buttons, table, presets; and what it says when something is wrong."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from thespis.core.retarget.rig_file import read_rig_file  # noqa: E402
from thespis.core.scene.compat import all_fcurves  # noqa: E402
from thespis.tests import retarget_rigs as rigs  # noqa: E402
from thespis.tests.test_retarget import source  # noqa: E402


@pytest.fixture
def stage(tmp_path, monkeypatch):
    import thespis
    from thespis.operators import settings

    bpy.ops.wm.read_factory_settings(use_empty=True)
    monkeypatch.setattr(settings, "user_folder", lambda: tmp_path)
    thespis.register()
    bpy.context.scene.render.fps = 30
    yield bpy.context.scene
    thespis.unregister()
    bpy.ops.wm.read_factory_settings(use_empty=True)


def keys(armature):
    """All keys of what the armature plays."""
    action = armature.animation_data.action
    return {(c.data_path, c.array_index): [tuple(point.co) for point in c.keyframe_points] for c in all_fcurves(action)}


def state():
    """What a failed retarget must leave as it was."""
    return (
        sorted(action.name for action in bpy.data.actions),
        [(thing.name, thing.animation_data.action.name if thing.animation_data and thing.animation_data.action else "")
         for thing in bpy.data.objects],
        [tuple(value for row in bone.matrix_basis for value in row)
         for thing in bpy.data.objects if thing.type == "ARMATURE" for bone in thing.pose.bones],
        [dict(bone.items()) for thing in bpy.data.objects if thing.type == "ARMATURE" for bone in thing.pose.bones],
    )  # fmt: skip


def test_the_panels_choice_is_retargeted_into_a_new_action_and_the_source_stays(stage):
    one, other = source(stage), rigs.mixamo()
    shown = stage.thespis_retarget
    shown.source, shown.target = one, other
    assert shown.rig == "Mixamo" and {row.role: row.bone for row in shown.rows}["left_elbow"] == "mixamorig:LeftForeArm"
    before = keys(one)
    assert bpy.ops.thespis.retarget() == {"FINISHED"}
    assert other.animation_data.action.name == "Mixamo source"
    assert keys(one) == before


def test_running_it_again_replaces_what_it_made_and_keeps_what_others_made(stage):
    one, other = source(stage), rigs.arp()
    other.pose.bones["c_head.x"].rotation_mode = "QUATERNION"
    other.pose.bones["c_head.x"].keyframe_insert("rotation_quaternion", frame=4)
    own = other.animation_data.action
    for _ in range(3):
        bpy.ops.thespis.retarget(source="source", target="ARP")
    assert sorted(action.name for action in bpy.data.actions) == sorted([own.name, "ARP source", one.animation_data.action.name])
    assert own.use_fake_user


def test_switches_are_set_and_keyed(stage):
    source(stage)
    other = rigs.arp()
    bpy.ops.thespis.retarget(source="source", target="ARP")
    assert other.pose.bones["c_hand_ik.l"]["ik_fk_switch"] == 1.0
    assert [value for path, value in keys(other).items() if "ik_fk_switch" in path[0]] == [[(1.0, 1.0)]] * 4


def test_a_mended_table_counts_and_is_found_again_as_a_preset(stage, tmp_path):
    source(stage)
    other = rigs.mixamo()
    for name, odd in (("LeftForeArm", "Quux"), ("RightUpLeg", "Wobble"), ("Spine1", "Baz")):
        other.data.bones[f"mixamorig:{name}"].name = odd
    for bone in other.data.bones:
        bone.name = bone.name.replace("mixamorig:", "zz").replace("Hand", "Grab").replace("Foot", "Paw")
    shown = stage.thespis_retarget
    shown.target = other
    assert shown.rig == "" and shown.why
    with pytest.raises(RuntimeError, match="Name them in the table"):
        bpy.ops.thespis.retarget(source="source")
    own = dict(zip([bone.name for bone in rigs.mixamo().data.bones], [bone.name for bone in other.data.bones], strict=True))
    from thespis.core.scene.retarget.retarget import mapping_for
    from thespis.operators.retarget_settings import known_rigs

    known = mapping_for(bpy.data.objects["Mixamo.001"], known_rigs())
    for row in shown.rows:
        row.bone = own.get(known.bones.get(row.role, ""), "")
    assert bpy.ops.thespis.retarget(source="source") == {"FINISHED"}
    assert bpy.ops.thespis.save_mapping(name="My Beast") == {"FINISHED"}
    assert read_rig_file(tmp_path / "rigs" / "My Beast.toml").bones["left_elbow"] == "Quux"
    shown.target = bpy.data.objects["Mixamo.001"]
    shown.target = other
    assert shown.rig == "My Beast"


def test_one_line_says_what_is_wrong_and_nothing_has_changed(stage):
    one, other = source(stage), rigs.manny()
    empty = bpy.data.objects.new("empty", bpy.data.armatures.new("empty"))
    stage.collection.objects.link(empty)
    still = rigs.smplx()
    plain = bpy.data.objects.new("cube", bpy.data.meshes.new("cube"))
    stage.collection.objects.link(plain)
    other.pose.bones["head"].rotation_mode = "QUATERNION"
    other.pose.bones["head"].rotation_quaternion = (0.8, 0.6, 0.0, 0.0)
    bpy.ops.object.select_all(action="DESELECT")
    before = state()
    wrong = {
        "no armature to take": {"target": "Manny"},
        "no armature to put": {"source": "source", "target": "cube"},
        "no such object": {"source": "nobody", "target": "Manny"},
        "source and target at once": {"source": "source", "target": "source"},
        "no mapping finds no bone|no mapping finds": {"source": "source", "target": "empty"},
        "has no keys": {"source": "SMPLX", "target": "Manny"},
        "no such mapping": {"source": "source", "target": "Manny", "mapping": "Nothing"},
        "the mapping Mixamo finds no bone": {"source": "source", "target": "Manny", "mapping": "Mixamo"},
        "no bone under the pelvis": {"source": "source", "target": "Mixamo", "root": "PLACE"},
    }
    rigs.mixamo()
    before = state()
    for words, arguments in wrong.items():
        with pytest.raises(RuntimeError, match=words) as error:
            bpy.ops.thespis.retarget(**arguments)
        assert "\n" not in str(error.value).strip().removeprefix("Error: ")
        assert state() == before, words
    assert one.animation_data.action is not None and still.animation_data is None


def test_a_failure_half_way_leaves_everything_as_it_was(stage, monkeypatch):
    from thespis.core.errors import ThespisError
    from thespis.core.scene.retarget import write

    source(stage)
    other = rigs.arp()
    bpy.ops.thespis.retarget(source="source", target="ARP")
    other.pose.bones["c_hand_ik.l"]["ik_fk_switch"] = 0.25
    other.pose.bones["c_hand_ik.l"].location = (1, 2, 3)
    before, played = state(), keys(other)

    def fails(*_arguments):
        raise ThespisError("The disk is full.")

    monkeypatch.setattr(write, "fill", fails)
    with pytest.raises(RuntimeError, match="disk"):
        bpy.ops.thespis.retarget(source="source", target="ARP")
    assert state() == before and keys(other) == played


def test_constraints_are_said_or_muted(stage):
    source(stage)
    other = rigs.smplx()
    limit = other.pose.bones["left_elbow"].constraints.new("LIMIT_ROTATION")
    limit.use_limit_x = limit.use_limit_y = limit.use_limit_z = True
    limit.owner_space = "LOCAL"
    from thespis.core.scene.retarget.retarget import Options, mapping_for, retarget
    from thespis.operators.retarget_settings import known_rigs

    maps = [mapping_for(bpy.data.objects[name], known_rigs()) for name in ("source", "SMPLX")]
    done = retarget(bpy.data.objects["source"], other, stage, *maps, Options())
    assert any("Mute Constraints" in note and "left_elbow" in note for note in done.notes) and not limit.mute
    done = retarget(bpy.data.objects["source"], other, stage, *maps, Options(mute=True))
    assert not done.notes and limit.mute
    stage.frame_set(10)
    bone = other.pose.bones["left_elbow"]
    assert np.rad2deg(bone.matrix_basis.to_quaternion().angle) > 3


def test_one_step_undoes_it(stage):
    source(stage)
    rigs.manny()
    bpy.ops.ed.undo_push(message="before")
    before = state()
    bpy.ops.thespis.retarget("EXEC_DEFAULT", True, source="source", target="Manny")
    assert bpy.data.objects["Manny"].animation_data.action is not None
    bpy.ops.ed.undo()
    assert state() == before
