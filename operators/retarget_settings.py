# mypy: disable-error-code="valid-type"
"""What may be asked of Retarget, and the table of bones that an animator can mend: both are kept with the scene."""

from pathlib import Path
from typing import Any, Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, PointerProperty, StringProperty

from ..core.errors import ThespisError
from ..core.retarget.find import Mapping
from ..core.retarget.rig_file import RigFile, rig_files
from ..core.retarget.roles import NECK, ROLES, SPINE, chain_of, label_of
from ..core.scene.retarget.retarget import Options, mapping_for
from . import settings

_SPINE, _NECK = 3, 1
"""How many bones of spine and neck the table shows at least."""


class _Wishes:
    contacts: BoolProperty(
        name="Keep Contacts",
        description="Planted feet stay planted, and hands that touch the body or each other touch still, as far as proportions "
        "allow. Off: only the directions of limbs count",
        default=True,
    )
    place: EnumProperty(
        name="Place",
        description="Where the target moves",
        items=(
            (
                "SOURCE",
                "Where the Source Is",
                "It stands and faces where the source does; its way is scaled by the length of its legs",
            ),
            ("OWN", "From Its Own Place", "It stands to its object as the source stands to its own"),
        ),
    )
    root: EnumProperty(
        name="Root",
        description="Which bone carries the way that is gone",
        items=(
            ("PELVIS", "Pelvis", "The root bone stays where it is"),
            ("PLACE", "Root Bone", "The root bone goes along the floor under the hips"),
            ("TURN", "Root Bone, Turning", "The root bone goes along under the hips, and turns as they do about the vertical"),
        ),
    )
    ik_feet: BoolProperty(
        name="IK Feet",
        description="On rigs that have them, key the IK controls of the legs too, and switch the legs to IK",
        default=False,
    )
    ik_hands: BoolProperty(
        name="IK Hands",
        description="On rigs that have them, key the IK controls of the arms too, and switch the arms to IK",
        default=False,
    )
    face: BoolProperty(
        name="Face",
        description="Key the shape keys of the target's meshes that are named after ARKit's units or VRM's expressions",
        default=True,
    )
    mute: BoolProperty(
        name="Mute Constraints",
        description="Mute the constraints on the bones that are keyed, so that nothing comes between keys and pose",
        default=False,
    )
    action: StringProperty(name="Action", description="A name for the new action; empty for the names of both armatures")


WISHES: Final = tuple(_Wishes.__annotations__)
"""The names of what may be asked."""


class RetargetRow(bpy.types.PropertyGroup):
    """A row of the table. name: what an animator calls the role."""

    role: StringProperty()
    bone: StringProperty(name="Bone", description="The bone of the target that does this; empty for none")


def _is_armature(_settings: Any, thing: bpy.types.Object) -> bool:
    return thing.type == "ARMATURE"


def _target_chosen(shown: Any, _context: bpy.types.Context) -> None:
    """Another target: its bones are looked for at once."""
    if shown.target is None:
        clear_table(shown)
        return
    try:
        fill_table(shown, mapping_for(shown.target, known_rigs()))
    except ThespisError as error:
        clear_table(shown, str(error))


class RetargetSettings(_Wishes, bpy.types.PropertyGroup):
    """What the panel shows, kept with the scene. rig: the mapping that the table was filled from. why: why it could not be. told:
    the name of the armature that the table is of."""

    source: PointerProperty(
        name="Source", description="The armature that has the motion", type=bpy.types.Object, poll=_is_armature
    )
    target: PointerProperty(
        name="Target", description="The armature that gets it", type=bpy.types.Object, poll=_is_armature, update=_target_chosen
    )
    rows: CollectionProperty(type=RetargetRow)
    row: IntProperty(options={"SKIP_SAVE"})
    rig: StringProperty()
    told: StringProperty()
    why: StringProperty()


def user_mappings() -> Path | None:
    """Where the user's own mappings are kept; None where the extension has no folder of its own."""
    folder = settings.user_folder()
    return folder / "rigs" if folder is not None else None


def known_rigs() -> list[RigFile]:
    """All mappings, the user's own among them."""
    return rig_files(user_mappings())


def fill_table(shown: RetargetSettings, mapping: Mapping) -> None:
    """Show `mapping` of the present target."""
    shown.rows.clear()
    for role in _shown_roles(mapping.bones):
        row = shown.rows.add()
        row.name, row.role, row.bone = label_of(role), role, mapping.bones.get(role, "")
    shown.rig, shown.told, shown.why = mapping.rig, shown.target.name, ""


def clear_table(shown: RetargetSettings, why: str = "") -> None:
    """Show an empty table, with which a user can name the bones of the present target himself."""
    shown.rows.clear()
    shown.rig, shown.told, shown.why = "", "", why
    if shown.target is not None:
        for role in _shown_roles({}):
            row = shown.rows.add()
            row.name, row.role = label_of(role), role
        shown.told = shown.target.name


def mapping_of(context: bpy.types.Context, target: bpy.types.Object, name: str = "") -> Mapping:
    """What the bones of `target` do: as the mapping called `name` has it, as the table says if it is its own, or as it is
    found. Raises ThespisError."""
    shown = context.scene.thespis_retarget
    if name or shown.target != target or shown.told != target.name:
        return mapping_for(target, known_rigs(), name)
    bones = {row.role: row.bone for row in shown.rows if row.bone}
    if not shown.rig:
        return Mapping("Table", bones, bones.get("pelvis", ""))
    return mapping_for(target, known_rigs(), shown.rig if shown.rig in {rig.name for rig in known_rigs()} else "").with_bones(
        bones
    )


def options_of(wishes: Any) -> Options:
    """What is asked, for core."""
    return Options(
        contacts=wishes.contacts,
        on_own=wishes.place == "OWN",
        root=wishes.root,
        ik_feet=wishes.ik_feet,
        ik_hands=wishes.ik_hands,
        face=wishes.face,
        mute=wishes.mute,
        action=wishes.action.strip(),
    )


def _shown_roles(bones: dict[str, str]) -> list[str]:
    """Roles with a bone, and those that most rigs have one for."""
    spare = {*SPINE[max(_SPINE, len(chain_of(bones, SPINE))) :], *NECK[max(_NECK, len(chain_of(bones, NECK))) :]}
    return [role for role in ROLES if role in bones or role not in spare]
