"""What Blender learns when the extension is enabled, and forgets when it is disabled."""

import bpy

from .operators import engine, engine_state, live, orders, previews
from .operators.act_again import THESPIS_OT_another_take, THESPIS_OT_another_take_finish, THESPIS_OT_exact_take_finish
from .operators.act_emotion import THESPIS_OT_act_emotion, THESPIS_OT_act_emotion_finish
from .operators.act_presets import THESPIS_MT_act_presets, THESPIS_OT_act_preset_add
from .operators.bake import BakeSettings, THESPIS_OT_bake
from .operators.choose_emotion import THESPIS_OT_choose_emotion
from .operators.clip_settings import ClipPerson, ClipSettings
from .operators.control_rig import (
    THESPIS_OT_add_control_rig,
    THESPIS_OT_bake_to_bones,
    THESPIS_OT_follow_controls,
    THESPIS_OT_hold_head,
    THESPIS_OT_layer_controls,
    THESPIS_OT_remove_control_rig,
    THESPIS_OT_snap_limb,
    snap_all,
)
from .operators.doctor import THESPIS_OT_doctor
from .operators.emotion_set import EmotionSetSettings, THESPIS_OT_emotion_set, THESPIS_OT_emotion_set_finish
from .operators.export import ExportedAction, THESPIS_OT_export, draw_export_entry
from .operators.fit_clip import THESPIS_OT_fit_clip, THESPIS_OT_fit_clip_finish
from .operators.import_motion import (
    THESPIS_FH_motion,
    THESPIS_OT_import_motion,
    THESPIS_OT_import_motion_finish,
    draw_import_entry,
)
from .operators.look_at_clip import THESPIS_OT_choose_clip, THESPIS_OT_look_at_clip, THESPIS_OT_look_at_clip_finish
from .operators.mapping_presets import THESPIS_MT_mappings, THESPIS_OT_save_mapping
from .operators.mend_stretch import MendSettings, THESPIS_OT_mend_stretch, THESPIS_OT_mend_stretch_finish
from .operators.mouse import THESPIS_OT_read_mouse
from .operators.orders import THESPIS_OT_cancel_job, THESPIS_OT_clear_messages
from .operators.relink import THESPIS_OT_relink, THESPIS_OT_relink_finish
from .operators.retarget import THESPIS_OT_find_mapping, THESPIS_OT_retarget
from .operators.retarget_settings import RetargetRow, RetargetSettings
from .operators.set_up import (
    THESPIS_OT_cancel_set_up,
    THESPIS_OT_previous_engine,
    THESPIS_OT_remove_old_engines,
    THESPIS_OT_set_up_engine,
)
from .operators.unsure import THESPIS_OT_hide_unsure, THESPIS_OT_next_unsure, THESPIS_OT_show_unsure
from .operators.wishes import ActSettings
from .panels import icons
from .panels.act import THESPIS_PT_act, THESPIS_PT_act_options, THESPIS_PT_act_presets
from .panels.bake import THESPIS_PT_bake
from .panels.clip import THESPIS_PT_clip, THESPIS_PT_clip_options
from .panels.control_rig import THESPIS_PT_control_rig
from .panels.emotion_set import THESPIS_PT_emotion_set
from .panels.export import THESPIS_PT_export
from .panels.mend import THESPIS_PT_mend
from .panels.preferences import ThespisPreferences
from .panels.retarget import THESPIS_PT_retarget, THESPIS_PT_retarget_bones, THESPIS_UL_retarget
from .panels.thespis import THESPIS_PT_character, THESPIS_PT_main
from .panels.unsure import THESPIS_PT_unsure

CLASSES = (
    ThespisPreferences,
    THESPIS_OT_set_up_engine,
    THESPIS_OT_cancel_set_up,
    THESPIS_OT_previous_engine,
    THESPIS_OT_remove_old_engines,
    THESPIS_OT_doctor,
    THESPIS_OT_read_mouse,
    THESPIS_OT_cancel_job,
    THESPIS_OT_clear_messages,
    THESPIS_OT_import_motion,
    THESPIS_OT_import_motion_finish,
    THESPIS_OT_fit_clip,
    THESPIS_OT_fit_clip_finish,
    THESPIS_OT_show_unsure,
    THESPIS_OT_hide_unsure,
    THESPIS_OT_next_unsure,
    THESPIS_OT_relink,
    THESPIS_OT_relink_finish,
    MendSettings,
    THESPIS_OT_mend_stretch,
    THESPIS_OT_mend_stretch_finish,
    ClipPerson,
    ClipSettings,
    THESPIS_OT_choose_clip,
    THESPIS_OT_look_at_clip,
    THESPIS_OT_look_at_clip_finish,
    ActSettings,
    THESPIS_OT_act_emotion,
    THESPIS_OT_act_emotion_finish,
    THESPIS_OT_another_take,
    THESPIS_OT_another_take_finish,
    THESPIS_OT_exact_take_finish,
    THESPIS_OT_choose_emotion,
    THESPIS_MT_act_presets,
    THESPIS_OT_act_preset_add,
    RetargetRow,
    RetargetSettings,
    THESPIS_OT_retarget,
    THESPIS_OT_find_mapping,
    THESPIS_MT_mappings,
    THESPIS_OT_save_mapping,
    THESPIS_UL_retarget,
    BakeSettings,
    THESPIS_OT_bake,
    THESPIS_OT_add_control_rig,
    THESPIS_OT_bake_to_bones,
    THESPIS_OT_follow_controls,
    THESPIS_OT_hold_head,
    THESPIS_OT_layer_controls,
    THESPIS_OT_remove_control_rig,
    THESPIS_OT_snap_limb,
    THESPIS_FH_motion,
    ExportedAction,
    THESPIS_OT_export,
    EmotionSetSettings,
    THESPIS_OT_emotion_set,
    THESPIS_OT_emotion_set_finish,
    THESPIS_PT_main,
    THESPIS_PT_clip,
    THESPIS_PT_clip_options,
    THESPIS_PT_unsure,
    THESPIS_PT_act_presets,
    THESPIS_PT_mend,
    THESPIS_PT_act,
    THESPIS_PT_act_options,
    THESPIS_PT_emotion_set,
    THESPIS_PT_control_rig,
    THESPIS_PT_bake,
    THESPIS_PT_export,
    THESPIS_PT_retarget,
    THESPIS_PT_retarget_bones,
    THESPIS_PT_character,
)
"""In the order in which Blender has to meet them."""


def register() -> None:
    """Make the operators, the panels, the drop handler and the menu entry known; either all of it or nothing."""
    known = []
    try:
        for cls in CLASSES:
            bpy.utils.register_class(cls)
            known.append(cls)
    except Exception:
        for cls in reversed(known):
            bpy.utils.unregister_class(cls)
        raise
    icons.load()
    live.listen()
    bpy.types.Scene.thespis_act = bpy.props.PointerProperty(type=ActSettings)
    bpy.types.Scene.thespis_clip = bpy.props.PointerProperty(type=ClipSettings)
    bpy.types.Scene.thespis_set = bpy.props.PointerProperty(type=EmotionSetSettings)
    bpy.types.Scene.thespis_mend = bpy.props.PointerProperty(type=MendSettings)
    bpy.types.Scene.thespis_retarget = bpy.props.PointerProperty(type=RetargetSettings)
    bpy.types.Scene.thespis_bake = bpy.props.PointerProperty(type=BakeSettings)
    bpy.types.Scene.thespis_snap_all = snap_all
    bpy.types.TOPBAR_MT_file_import.append(draw_import_entry)
    bpy.types.TOPBAR_MT_file_export.append(draw_export_entry)
    bpy.app.handlers.load_post.append(orders.note_load)


def unregister() -> None:
    """Take back what `register` made known, and end the engine: the extension may be removed or replaced now."""
    live.forget()
    orders.forget()
    engine.stop()
    engine_state.stop_all()
    if orders.note_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(orders.note_load)
    bpy.types.TOPBAR_MT_file_import.remove(draw_import_entry)
    bpy.types.TOPBAR_MT_file_export.remove(draw_export_entry)
    del bpy.types.Scene.thespis_act
    del bpy.types.Scene.thespis_clip
    del bpy.types.Scene.thespis_mend
    del bpy.types.Scene.thespis_set
    del bpy.types.Scene.thespis_retarget
    del bpy.types.Scene.thespis_bake
    del bpy.types.Scene.thespis_snap_all
    previews.forget()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
    icons.unload()
