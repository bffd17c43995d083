"""FBX 7.4 with the texture inside: centimetres, no object turned or scaled; one take a clip."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import bpy
import numpy as np
from bpy_extras.io_utils import axis_conversion
from mathutils import Matrix
from numpy.typing import NDArray

from ..clock import set_scene_range
from ..rotations import continuous_angles, xyz_angles
from .clip import Clip, lasting, tree_parts
from .fbx import Fbx, number_of, read_fbx, text_of, write_fbx_nodes
from .fbx_takes import Take, add_takes, connections
from .presets import Preset
from .stand_in import StandIn

Array = NDArray[np.floating[Any]]

_LOG = logging.getLogger(__name__)
_FORWARD: Final = {"Y": "-Z", "Z": "Y"}
"""What Blender calls forward is behind a character that faces the viewer."""
_SCENE: Final = 0
"""What the topmost objects hang from."""


def root_axes(preset: Preset) -> Array:
    """(4, 4) axes in which an added root bone has to rest so that in the file, where bones look along others, it is unturned."""
    return np.linalg.inv(_bone_axes(preset))


def _bone_axes(preset: Preset) -> Array:
    """(4, 4) axes of the file's bones, seen from Blender's."""
    if preset.bone_axes == ("Y", "X"):
        return np.eye(4)
    primary, secondary = preset.bone_axes
    return np.array(axis_conversion(from_forward=secondary, from_up=primary, to_forward="X", to_up="Y").to_4x4())


def write_fbx(path: Path, stand_ins: list[StandIn], takes: list[list[Clip]], preset: Preset) -> None:
    """Write the still stand-ins, which are in the file's axes and in centimetres. takes: the clips of each, told in the same;
    those at the same place of the lists are one take.

    Blender's operator would turn and scale objects into the file's axes and unit, and a scale of 100 or a turn of 90 degrees at
    the root is what engines stumble over; so the objects come as the file wants them, and the file is told so.
    """
    from io_scene_fbx.export_fbx_bin import save_single

    scene = bpy.context.scene
    set_scene_range(scene, 0, 0)
    scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", 0.01
    said = SimpleNamespace(report=lambda level, text: _LOG.warning("%s: %s", "/".join(level), text))
    save_single(
        said,
        scene,
        bpy.context.evaluated_depsgraph_get(),
        filepath=str(path),
        global_matrix=Matrix(),
        apply_unit_scale=True,
        apply_scale_options="FBX_SCALE_NONE",
        axis_up=preset.up,
        axis_forward=_FORWARD[preset.up],
        context_objects=[thing for stand_in in stand_ins for thing in (stand_in.rig, *stand_in.figures)],
        object_types={"ARMATURE", "MESH"},
        use_mesh_modifiers=False,  # applying them would drop the shape keys
        add_leaf_bones=preset.leaf_bones,
        primary_bone_axis=preset.bone_axes[0],
        secondary_bone_axis=preset.bone_axes[1],
        bake_anim=True,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,
        path_mode="COPY",
        embed_textures=True,
    )
    fbx = read_fbx(path.read_bytes())
    tree = _Tree.of(fbx)
    axes = _bone_axes(preset)
    clips = [[_seen(clip, stand_in, axes) for clip in clips] for stand_in, clips in zip(stand_ins, takes, strict=True)]
    made = []
    for number, clip in enumerate(takes[0]):
        take = Take(clip.name, np.arange(max(len(of_one[number]) for of_one in takes)) / clip.fps)
        for stand_in, seen, of_one in zip(stand_ins, clips, takes, strict=True):
            told = tree.bone_channels(stand_in, *seen[number]) | tree.face_channels(stand_in, of_one[number])
            take.channels |= {target: lasting(values, len(take.times)) for target, values in told.items()}
        made.append(take)
    add_takes(fbx, made)
    write_fbx_nodes(fbx, path)


def _seen(clip: Clip, stand_in: StandIn, axes: Array) -> tuple[Array, Array, Array]:
    """Places, turns and scales of the bones from their parents, as the file's bones lie."""
    return tree_parts(clip.matrices @ axes, stand_in.parents)


@dataclass(frozen=True)
class _Tree:
    """What hangs from what in a file. below: ids of what hangs from an id. called: kind and name of each."""

    below: dict[int, list[int]]
    called: dict[int, tuple[bytes, str]]

    @classmethod
    def of(cls, fbx: Fbx) -> "_Tree":
        below = defaultdict(list)
        for one, above, name in connections(fbx):
            if not name:
                below[above].append(one)
        called = {}
        for node in fbx.first(b"Objects").nodes:
            name, kind = (text_of(value) for value in node.properties[1:3])
            if node.name != b"NodeAttribute":  # which is called as what it hangs from
                called[number_of(node.properties[0])] = (kind, name.split(b"\0")[0].decode())
        return cls(below, called)

    def hanging(self, above: int, kind: bytes) -> Iterator[tuple[int, str]]:
        """Those of a kind that hang from an object, and their names."""
        for one in self.below.get(above, ()):
            if one in self.called and self.called[one][0] == kind:
                yield one, self.called[one][1]

    def bone_channels(self, stand_in: StandIn, places: Array, turns: Array, scales: Array) -> dict[tuple[int, str], Array]:
        """Where a character's bones are, how they are turned, their scale."""
        top = next(one for one, name in self.hanging(_SCENE, b"Null") if name == stand_in.rig.name)
        ids = dict(self._limbs(top))
        angles = np.rad2deg(continuous_angles(xyz_angles(turns)))
        channels = {}
        for column, bone in enumerate(stand_in.bones):
            for name, values in (("Lcl Translation", places), ("Lcl Rotation", angles), ("Lcl Scaling", scales)):
                channels[ids[bone], name] = values[:, column]
        return channels

    def _limbs(self, above: int) -> Iterator[tuple[str, int]]:
        for one, name in self.hanging(above, b"LimbNode"):
            yield name, one
            yield from self._limbs(one)

    def face_channels(self, stand_in: StandIn, clip: Clip) -> dict[tuple[int, str], Array]:
        """The shape keys, per cent; each is told twice, as Blender's exporter does."""
        channels = {}
        models = {name: one for one, name in self.hanging(_SCENE, b"Mesh")}
        for figure, own in zip(stand_in.figures, stand_in.source.figures, strict=True):
            if own.data.shape_keys is None:
                continue
            for mesh, _ in self.hanging(models[figure.name], b"Mesh"):
                for deformer, _ in self.hanging(mesh, b"BlendShape"):
                    for one, key in self.hanging(deformer, b"BlendShapeChannel"):
                        values = clip.shape_keys.get((own.data.shape_keys.name, key))
                        if values is not None:
                            channels[one, "DeformPercent"] = channels[mesh, key] = 100 * values[:, None]
        return channels
