"""A new fit in place of a former one: the characters that are there take on its body and its motion.

Objects stay the same ones, so names, places, parents, constraints, materials, modifiers and what else an animator hung on them
stay; actions that were changed by hand are kept in the file. A control rig is made anew for the new body and motion.
"""

import bpy
from mathutils import Matrix

from .character import Character
from .compat import present_part
from .control.add import add_controls, check_in_sight, take_off_controls
from .origin import camera_in, characters_in, edited_actions, figure_of

_PREFIX = "thespis_"


def replace_characters(collection: bpy.types.Collection, made: list[Character]) -> list[Character]:
    """Let the characters of the former take in `collection` become those that were just `made`, one by one; who is too many goes,
    who is new moves in. Returns the characters as they are then.

    Raises ThespisError, changing nothing, when one has a control rig that cannot be made anew, for it is hidden.
    """
    former = characters_in(collection)
    for rig in former[: len(made)]:
        check_in_sight(rig)
    result = []
    for number, new in enumerate(made):
        if number < len(former):
            result.append(_become(former[number], new))
        else:
            _move_in(collection, new.rig)
            _move_in(collection, new.figure)
            result.append(new)
    for rig in former[len(made) :]:
        _remove_character(rig)
    return result


def replace_camera(collection: bpy.types.Collection, made: bpy.types.Object) -> bpy.types.Object:
    """Let the former take's camera become the one that was just made; returns it."""
    eye = camera_in(collection)
    if eye is None:
        _move_in(collection, made)
        return made
    kept, matrix = eye.data, made.matrix_basis.copy()
    eye.data = made.data
    eye.rotation_mode = made.rotation_mode
    if eye.animation_data is not None:
        _drop_action(eye.animation_data)
    part = present_part(made)
    if part is not None:
        part.give(eye.animation_data_create())
        part.action.name = eye.name
    eye.matrix_basis = matrix
    _note_again(eye, made)
    for scene in bpy.data.scenes:
        if scene.camera == made:
            scene.camera = eye
    bpy.data.objects.remove(made)
    _put_in_place(eye.data, kept)
    return eye


def _become(rig: bpy.types.Object, new: Character) -> Character:
    """`rig` with the armature, the body and the motion of `new`."""
    figure = figure_of(rig)
    _keep_what_was_edited(rig)
    controlled = take_off_controls(rig)
    armature = rig.data
    rig.data = new.rig.data
    for bone in rig.pose.bones:
        bone.rotation_mode = "QUATERNION"
    data = rig.animation_data_create()
    if data.use_tweak_mode:
        data.use_tweak_mode = False
    name = data.action.name if data.action is not None else rig.name
    _drop_action(data)
    part = present_part(new.rig)
    assert part is not None
    part.give(data)
    _note_again(rig, new.rig)
    if figure is not None:
        _take_on_mesh(figure, new.figure)
    spare = [new.figure] if figure is not None else [new.figure, new.figure.data]
    for thing in (*spare[:1], new.rig):
        bpy.data.objects.remove(thing)
    if figure is None:
        bpy.data.meshes.remove(spare[1])
    _put_in_place(rig.data, armature)
    if name not in bpy.data.actions:
        part.action.name = name
    if controlled:
        add_controls(rig, bpy.context.scene)
    return Character(rig, figure or rig, part.action, new.lift)


def _take_on_mesh(figure: bpy.types.Object, new: bpy.types.Object) -> None:
    mesh = figure.data
    for index, material in enumerate(mesh.materials):
        if index < len(new.data.materials) and material is not None:
            made = new.data.materials[index]
            new.data.materials[index] = material
            if made is not None and not made.users:
                bpy.data.materials.remove(made)
    if mesh.shape_keys is not None and mesh.shape_keys.animation_data is not None:
        _drop_action(mesh.shape_keys.animation_data)
    figure.data = new.data
    _put_in_place(new.data, mesh)


def _remove_character(rig: bpy.types.Object) -> None:
    """Remove a character that we made; what hangs on it by hand stays where it is."""
    _keep_what_was_edited(rig)
    take_off_controls(rig)
    figure = figure_of(rig)
    for thing in (figure, rig):
        if thing is None:
            continue
        for child in thing.children:
            if child != figure:
                place: Matrix = child.matrix_world.copy()
                child.parent = None
                child.matrix_world = place
        for owner in (thing, getattr(thing.data, "shape_keys", None)):
            if owner is not None and owner.animation_data is not None:
                _drop_action(owner.animation_data)
        data = thing.data
        bpy.data.objects.remove(thing)
        if not data.users:
            bpy.data.batch_remove([data])


def _put_in_place(new: bpy.types.ID, old: bpy.types.ID) -> None:
    """Give `new` the name of `old`, which goes, unless something else uses it."""
    if not old.users:
        name = old.name
        bpy.data.batch_remove([old])
        new.name = name


def _keep_what_was_edited(rig: bpy.types.Object) -> None:
    for action in edited_actions(rig):
        action.use_fake_user = True  # or it would be lost when the file is saved


def _drop_action(data: bpy.types.AnimData) -> None:
    """Play the action no more; it goes unless something else holds it."""
    action = data.action
    data.action = None
    if action is not None and not action.users and action.library is None:
        bpy.data.actions.remove(action)


def _note_again(old: bpy.types.ID, new: bpy.types.ID) -> None:
    """What is noted on the new one stands on the old one now."""
    for name in [name for name in list(old.keys()) if name.startswith(_PREFIX)]:
        del old[name]
    for name, value in new.items():
        if name.startswith(_PREFIX):
            old[name] = value.to_list() if hasattr(value, "to_list") else value


def _move_in(collection: bpy.types.Collection, thing: bpy.types.Object) -> None:
    for holder in list(thing.users_collection):
        holder.objects.unlink(thing)
    collection.objects.link(thing)
