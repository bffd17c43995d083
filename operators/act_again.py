# mypy: disable-error-code="valid-type"
"""Another Take: a take is made once more, with the next seed or whatever else was changed, and replaces the one before."""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import bpy
from bpy.props import IntProperty

from ..core.act.request import ActRequest
from ..core.errors import CancelledError, ThespisError
from ..core.scene.acted import Acted, take_at, take_called
from ..core.scene.rewrite_take import rewrite_take
from ..core.scene.rig import Rig, armature_of, read_rig
from ..core.scene.write_take import check_can_be_keyed
from . import engine, orders
from .act_emotion import ActOrder, can_act, chosen_weights
from .wishes import ActSettings, request_of


def acted_at_present(armature: bpy.types.Object, scene: bpy.types.Scene) -> Acted:
    """The take that `armature` plays at the present frame. Raises ThespisError when there is none."""
    played = take_at(armature, scene.frame_current)
    acted = played.read() if played is not None else None
    if acted is None:
        raise ThespisError(f"{armature.name}: acts no take of Thespis at frame {scene.frame_current}. Click Act first.")
    return acted


def request_again(acted: Acted, wishes: ActSettings, scene: bpy.types.Scene) -> ActRequest:
    """The request of the panel's `wishes` for a take in place of `acted`, begun as that one was. Raises ThespisError."""
    request = request_of(wishes, scene, acted.first, wishes.follow_keys)
    return replace(request, start=acted.request.start, joins=acted.request.joins)


class AgainOrder(ActOrder):
    """A take to make and to key in place of another. wishes: of the panel, once it is there.

    exact: it is what the panel's slider shows already, and of interest to nobody when the slider was moved meanwhile.
    """

    finisher = "another_take_finish"

    def __init__(
        self, scene: bpy.types.Scene, rig: Rig, acted: Acted, request: ActRequest, weights: Path | None, exact: bool = False
    ) -> None:
        super().__init__(scene, rig, request, weights)
        self._acted, self.quiet = acted, exact
        if exact:
            self.finisher = "exact_take_finish"
        self._shown = _shown(scene)

    def finish(self, context: bpy.types.Context) -> list[tuple[str, str]]:
        """Key the take."""
        rig, take = self.came()
        check_can_be_keyed(rig.armature)
        played = take_called(rig.armature, self._acted.id)
        acted = played.read() if played is not None else None
        if self.quiet and (acted is None or _shown(context.scene) != self._shown):
            raise CancelledError(f"{self.title}: was changed meanwhile.")
        if acted is None:
            raise ThespisError(f"{rig.armature.name}: the take that was to be replaced is gone. Click Act instead.")
        now = rewrite_take(rig, take, context.scene, acted, self.request)
        if self.quiet:
            return []
        self.told(rig, context.scene)
        assert played is not None
        return [("INFO", f"{played.action.name}: frames {now.first:g} to {now.last:g}, seed {self.request.seed}")]


def _shown(scene: bpy.types.Scene) -> tuple[Any, ...]:
    """What the panel shows of a take's making."""
    wishes = scene.thespis_act
    told = (
        "emotion",
        "intensity",
        "mix_with",
        "mix",
        "span",
        "seconds",
        "first_frame",
        "last_frame",
        "seed",
        "mode",
        "liveliness",
    )
    return tuple(getattr(wishes, name) for name in told)


class THESPIS_OT_another_take(bpy.types.Operator):
    """Act again as the panel says now, with the next seed, in place of the take under the present frame"""

    bl_idname = "thespis.another_take"
    bl_label = "Another Take"
    bl_options: ClassVar[set[str]] = set()

    step: IntProperty(
        name="Step", description="How much is added to the panel's seed; 0: the same seed, with what else was changed", default=1
    )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: Any) -> str:
        """The tooltip."""
        if properties.step == 0:
            return "Act again as the panel says now, in place of the take under the present frame"
        return cls.__doc__ or ""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if not can_act(cls, context):
            return False
        armature = armature_of(context.active_object)
        if armature is None or take_at(armature, context.scene.frame_current) is None:
            cls.poll_message_set(f"{context.active_object.name}: acts no take of Thespis at the present frame. Click Act first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine for the take; on an error everything stays as it is."""
        scene, wishes = context.scene, context.scene.thespis_act
        try:
            if self.step and wishes.mode == "mean":
                raise ThespisError("A typical take is the same whatever the seed. Choose Sample.")
            armature = armature_of(context.active_object)
            acted = acted_at_present(armature, scene)
            engine.client(context)
            seed = max(0, wishes.seed + self.step)
            request = replace(request_again(acted, wishes, scene), seed=seed)
            order = AgainOrder(scene, read_rig(armature), acted, request, chosen_weights(context))
            order.wishes = {"seed": seed}
            return orders.give(order, context)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}


class THESPIS_OT_another_take_finish(orders.Finisher, bpy.types.Operator):
    """Key the take in place of the one before"""

    bl_idname = "thespis.another_take_finish"
    bl_label = "Another Take"


class THESPIS_OT_exact_take_finish(orders.Finisher, bpy.types.Operator):
    """Key the exact take in place of what the slider blended"""

    bl_idname = "thespis.exact_take_finish"
    bl_label = "Exact Take"
