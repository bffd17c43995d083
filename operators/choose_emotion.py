# mypy: disable-error-code="valid-type"
"""Choose Emotion: one of the thirteen, by a click on its icon."""

from typing import Any, ClassVar

import bpy
from bpy.props import EnumProperty

from ..models.emotion.emotions import EMOTIONS

_MEANINGS = {
    "joy": "glad, light, open",
    "sadness": "heavy, slow, sunk",
    "anger": "tense, forward, sudden",
    "surprise": "startled, wide open",
    "fear": "shrinking back, on guard",
    "disgust": "turning away from something foul",
    "contempt": "looking down on somebody",
    "gratitude": "thankful, towards somebody",
    "guilt": "sorry for what was done",
    "jealousy": "watching what another has",
    "shame": "hiding, small",
    "pride": "tall, slow, chest out",
    "neutral": "nothing in particular",
}


class THESPIS_OT_choose_emotion(bpy.types.Operator):
    """Choose what the character is to feel"""

    bl_idname = "thespis.choose_emotion"
    bl_label = "Choose Emotion"
    bl_options: ClassVar = {"UNDO", "INTERNAL"}

    emotion: EnumProperty(
        name="Emotion", items=tuple((name, name.capitalize(), _MEANINGS[name].capitalize()) for name in EMOTIONS)
    )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: Any) -> str:
        """The tooltip."""
        return f"{properties.emotion.capitalize()}: {_MEANINGS[properties.emotion]}"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if context.scene is None or context.scene.library is not None:
            cls.poll_message_set("There is no scene that can be changed")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show it in the panel."""
        context.scene.thespis_act.emotion = self.emotion
        return {"FINISHED"}
