"""The bpy side of core: rig, action, camera, export."""
