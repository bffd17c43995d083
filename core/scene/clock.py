"""The scene's frame rate, range and resolution. Reading is free; setting is for scenes of our own, or when asked."""

import math

import bpy


def scene_rate(scene: bpy.types.Scene) -> float:
    """Frames a second of the scene. Blender keeps it as a whole number over a base: 29.97 is 30 / 1.001."""
    return float(scene.render.fps / scene.render.fps_base)


def set_scene_rate(scene: bpy.types.Scene, rate: float) -> None:
    """Set the scene to `rate` frames a second, exactly as far as Blender's 32 bits go."""
    whole = max(1, math.ceil(rate - 1e-6))
    scene.render.fps = whole
    scene.render.fps_base = whole / rate


def set_scene_range(scene: bpy.types.Scene, first: int, last: int) -> None:
    """Set what is played and rendered, and go to its first frame."""
    scene.frame_start = first
    scene.frame_end = max(first, last)
    scene.frame_set(first)


def set_scene_size(scene: bpy.types.Scene, size: tuple[int, int], pixel_aspect: tuple[float, float]) -> None:
    """Set the picture's size in pixels."""
    render = scene.render
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage = 100
    render.pixel_aspect_x, render.pixel_aspect_y = pixel_aspect
