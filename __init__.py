"""Thespis: footage or an emotion goes in, a rigged and keyframed SMPL-X character comes out.

The folder of this file is the package `thespis` whatever the folder is called (see bootstrap.py); inside Blender it is
`bl_ext.<repository>.thespis`. Importing it costs nothing: Blender's side is loaded in register().
"""


def register() -> None:
    """Called by Blender when the extension is enabled."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled."""
    from . import registration

    registration.unregister()
