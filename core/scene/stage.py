"""What stands around the character: the clip's camera with the clip behind it, a ground, a light."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy
from mathutils import Matrix, Vector

from ..camera import Camera
from ..errors import ThespisError
from .compat import new_sound_strip, used_channels
from .space import SENSOR_WIDTH, camera_to_blender, lens_to_blender

GROUND_SIZE: Final = 10.0
"""Metres from edge to edge; the lines of the ground are a metre apart."""

_GROUND_MARK: Final = "thespis_ground"


@dataclass(frozen=True)
class Backdrop:
    """The clip as Blender can show it.

    movie: upright, of constant rate, at the scene's own frames a second: Blender advances movies by frame, not by time.
    skip: how many of its frames come before the one that belongs to the scene's frame `first`.
    """

    movie: Path
    skip: int
    first: int


def add_camera(
    name: str, camera: Camera, backdrop: Backdrop | None, scene: bpy.types.Scene, collection: bpy.types.Collection
) -> bpy.types.Object:
    """A new camera object that lines up with the clip, the clip behind it. The scene's own camera is kept if it has one."""
    lens = lens_to_blender(camera)
    data = bpy.data.cameras.new(name)
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = SENSOR_WIDTH
    data.lens = lens.millimetres
    data.shift_x, data.shift_y = lens.shift_x, lens.shift_y
    data.clip_end = 1000.0
    data.display_size = 0.3
    data.passepartout_alpha = 0.8
    eye = bpy.data.objects.new(name, data)
    eye.matrix_world = Matrix(camera_to_blender(camera).tolist())
    collection.objects.link(eye)
    if backdrop is not None:
        _show_behind(data, backdrop, camera.size, scene)
    if scene.camera is None:
        scene.camera = eye
    return eye


def _show_behind(data: bpy.types.Camera, backdrop: Backdrop, size: tuple[int, int], scene: bpy.types.Scene) -> None:
    try:
        image = bpy.data.images.load(str(backdrop.movie), check_existing=True)
    except RuntimeError as error:
        raise ThespisError(f"{backdrop.movie}: Blender cannot read this clip. Fit it again, or convert it to mp4.") from error
    image.source = "MOVIE"
    background = data.background_images.new()
    background.source = "IMAGE"
    background.image = image
    background.alpha = 1.0
    background.display_depth = "BACK"
    # The lens is measured in widths of the picture, so the clip has to fill the frame from left to right, whatever shape
    # the scene's picture has.
    render = scene.render
    frame_shape = render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y)
    background.frame_method = "CROP" if frame_shape > size[0] / size[1] else "FIT"
    user = background.image_user
    user.frame_start = backdrop.first
    user.frame_offset = backdrop.skip
    user.frame_duration = max(1, image.frame_duration - backdrop.skip)
    user.use_auto_refresh = True
    data.show_background_images = True
    if bpy.data.is_saved:
        image.filepath = bpy.path.relpath(str(backdrop.movie))


def add_sound(name: str, clip: Path, skip_seconds: float, first: int, rate: float, scene: bpy.types.Scene) -> None:
    """Put the clip's sound into the scene's sequencer, on a free channel, so that it is in step with the backdrop."""
    if not clip.is_file():
        raise ThespisError(f"{clip}: the clip is gone, and its sound with it. Put it back, or import without sound.")
    channel = next(c for c in range(1, 129) if c not in used_channels(scene))
    try:
        strip = new_sound_strip(scene, name, str(clip), channel, first)
    except RuntimeError as error:
        raise ThespisError(f"{clip}: this Blender plays no sound. The clip came without it.") from error
    skip = round(skip_seconds * rate)
    strip.frame_start = first - skip
    strip.frame_offset_start = skip


def add_ground(collection: bpy.types.Collection, rendered: bool) -> bpy.types.Object:
    """The floor, z = 0: lines a metre apart in the viewport, so that the clip stays visible; in Cycles it catches shadows.

    rendered: whether it shows in renders; in a scene that has a set of its own it is a guide only.
    """
    half, count = GROUND_SIZE / 2, round(GROUND_SIZE)
    side = count + 1
    points = [(x - half, y - half, 0.0) for y in range(side) for x in range(side)]
    faces = [(k, k + 1, k + 1 + side, k + side) for y in range(count) for x in range(count) for k in [y * side + x]]
    mesh = bpy.data.meshes.new("Ground")
    mesh.from_pydata(points, [], faces)
    ground = bpy.data.objects.new("Ground", mesh)
    ground.display_type = "WIRE"
    ground.is_shadow_catcher = True
    ground.hide_select = True
    ground.hide_render = not rendered
    ground[_GROUND_MARK] = True
    collection.objects.link(ground)
    return ground


def is_ground(thing: bpy.types.Object) -> bool:
    """Whether `thing` is a ground that `add_ground` made, whatever it is called by now."""
    return _GROUND_MARK in thing


def add_light(collection: bpy.types.Collection) -> bpy.types.Object:
    """A soft sun from the front left above."""
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy = 3.0
    data.angle = 0.2
    light = bpy.data.objects.new("Sun", data)
    light.location = (2.0, -3.0, 4.0)
    light.rotation_euler = (-Vector(light.location)).to_track_quat("-Z", "Y").to_euler()
    collection.objects.link(light)
    return light


def add_world(scene: bpy.types.Scene) -> None:
    """A calm grey around a scene that has no world, where renders would be black."""
    if scene.world is None:
        scene.world = bpy.data.worlds.new("World")
        scene.world.color = (0.35, 0.35, 0.36)
        scene.world.use_nodes = True
        background = next(node for node in scene.world.node_tree.nodes if node.type == "BACKGROUND")
        background.inputs["Color"].default_value = (0.35, 0.35, 0.36, 1.0)
