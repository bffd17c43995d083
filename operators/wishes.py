# mypy: disable-error-code="valid-type"
"""What may be asked of Act: the panel keeps it with the scene, the operators take it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..core.act.cues import steady
from ..core.act.modes import BEST_OF
from ..core.act.request import LONGEST, SHORTEST, ActRequest
from ..core.errors import ThespisError
from ..core.scene.clock import scene_rate
from ..core.scene.keyed_cues import keyed_cues
from ..models.emotion.emotions import EMOTIONS

Listener = Callable[["ActSettings", bpy.types.Context, bool], None]

listeners: Final[list[Listener]] = []
"""Told when the animator changes what the panel shows; True for the intensity."""
_deaf = {"now": False}


def _told(slides: bool) -> Callable[[Any, bpy.types.Context], None]:
    def tell(wishes: Any, context: bpy.types.Context) -> None:
        if isinstance(wishes, ActSettings) and not _deaf["now"]:
            for listener in listeners:
                listener(wishes, context, slides)

    return tell


@contextmanager
def unheard() -> Iterator[None]:
    """While the block runs, no listener is told."""
    before, _deaf["now"] = _deaf["now"], True
    try:
        yield
    finally:
        _deaf["now"] = before


def _emotions() -> tuple[tuple[str, str, str], ...]:
    return tuple((name, name.capitalize(), f"Act {name}") for name in EMOTIONS)


_NOT_KEYED: Final[set[str]] = set()
"""Options of a property that Act reads once: a key on it would say nothing."""
DRAWN_TAKES: Final = (
    ("sample", "Sample", "A take of its own for every seed"),
    ("crossed", "Crossed", "For every seed a take between two that were learnt, so less like any of them"),
)
"""Ways to choose a take by a seed."""


class _Wishes:
    emotion: EnumProperty(name="Emotion", description="What the character feels. Can be keyed", items=_emotions())
    # Soft limits: what is typed beyond them is refused in words rather than changed in silence.
    intensity: FloatProperty(
        name="Intensity",
        description="From hardly seen (0) to as strong as it gets (1). Moves the take at the present frame at once. Can be keyed",
        default=0.8,
        soft_min=0.0,
        soft_max=1.0,
    )
    mix_with: EnumProperty(
        name="Mix With",
        description="A second emotion, felt with the first. Can be keyed",
        items=_emotions(),
        default="surprise",
    )
    mix: FloatProperty(
        name="Mix",
        description="How much of the second emotion there is: 0 the first only, 1 the second only. Can be keyed",
        soft_min=0.0,
        soft_max=1.0,
    )
    follow_keys: BoolProperty(
        name="Follow Keys",
        description="Where emotion, intensity or mix of the panel are keyed, act what the keys say over the frames of the take",
        default=False,
        options=_NOT_KEYED,
    )
    span: EnumProperty(
        name="Length",
        description="How the length is told",
        items=(
            ("SECONDS", "Seconds", "From the present frame on, for so many seconds"),
            ("FRAMES", "Frames", "From one frame of the scene to another"),
        ),
        options=_NOT_KEYED,
    )
    seconds: FloatProperty(
        name="Seconds",
        description=f"How long, {SHORTEST:g} to {LONGEST:g} seconds; 0: as long as the emotion lasts, or as its keys go",
        default=0.0,
        soft_min=0.0,
        soft_max=LONGEST,
        options=_NOT_KEYED,
    )
    first_frame: IntProperty(name="First Frame", description="Where the take begins", default=1, options=_NOT_KEYED)
    last_frame: IntProperty(name="Last Frame", description="Where it ends", default=73, options=_NOT_KEYED)
    seed: IntProperty(
        name="Seed",
        description="Another number, another take; the same number, the same keys",
        default=0,
        min=0,
        options=_NOT_KEYED,
    )
    mode: EnumProperty(
        name="Take",
        description="How the take is chosen",
        items=(*DRAWN_TAKES, ("mean", "Typical", "The most typical take of the emotion, whatever the seed")),
        options=_NOT_KEYED,
    )
    liveliness: FloatProperty(
        name="Liveliness",
        description="Breathing, swaying and keeping one's balance, laid over the take: 1 as in quiet standing, 0 none",
        default=1.0,
        soft_min=0.0,
        soft_max=2.0,
        options=_NOT_KEYED,
    )
    where: EnumProperty(
        name="Into",
        description="Where the keys go",
        items=(
            ("NEW", "New Action", "An action of its own; the one before stays in the file"),
            ("REPLACE", "Present Action", "The present action, in place of its keys from here to the end of the take"),
            ("LAYER", "Layer", "A strip in the NLA that is added to what the character plays already"),
        ),
        options=_NOT_KEYED,
    )
    part: EnumProperty(
        name="Body",
        description="Which part of the character acts",
        items=(
            ("WHOLE", "Whole Body", "Everything, also where the character stands"),
            ("UPPER", "Upper Body and Face", "Everything above the pelvis; legs and place stay as they are"),
        ),
        options=_NOT_KEYED,
    )
    from_pose: BoolProperty(
        name="From Present Pose",
        description="Begin in the pose of the first frame and go on with its speed, unless it is the rest pose. A layer "
        "always begins without a change",
        default=True,
        options=_NOT_KEYED,
    )


WISHES: Final = tuple(_Wishes.__annotations__)
"""The names of what may be asked."""


_SILENT: Final = ("where", "part", "from_pose")
"""Of the next take only: what is there does not change with it."""


class ActSettings(_Wishes, bpy.types.PropertyGroup):
    """What the panel shows, kept with the scene; the listeners are told of changes.

    The operators' own properties tell nobody: a panel that draws a button sets them, which would count as a change, and Blender
    would draw the whole window again, and again.
    """

    follow_keys: BoolProperty(
        name="Follow Keys",
        description="Act what the keys of emotion, intensity and mix say over the frames of the take",
        default=True,
        options=_NOT_KEYED,
        update=_told(False),
    )
    live: BoolProperty(
        name="Live",
        description="Moving the intensity changes the take under the present frame at once. Off: it is for the next take only",
        default=True,
        options=_NOT_KEYED,
        update=_told(False),
    )
    __annotations__ |= {
        name: wish.function(**wish.keywords, update=_told(name == "intensity"))
        for name, wish in _Wishes.__annotations__.items()
        if name not in (*_SILENT, "follow_keys")
    }


def first_frame(wishes: Any, scene: bpy.types.Scene) -> int:
    """The scene frame at which the take that is asked for begins."""
    return int(wishes.first_frame if wishes.span == "FRAMES" else scene.frame_current)


def request_of(wishes: Any, scene: bpy.types.Scene, first: float, follow_keys: bool) -> ActRequest:
    """What is asked for, at the scene's rate, without a start. first: frame from which on keys are followed, where they are.

    Raises ThespisError for what cannot be asked.
    """
    rate = scene_rate(scene)
    seconds = wishes.seconds if wishes.seconds != 0 else None
    if wishes.span == "FRAMES":
        seconds = (wishes.last_frame - wishes.first_frame) / rate
        if not SHORTEST <= seconds <= LONGEST:
            raise ThespisError(
                f"Frames {wishes.first_frame} to {wishes.last_frame} are {seconds:.2f} s. Choose {SHORTEST:g} to {LONGEST:g}."
            )
    if follow_keys:
        cues, seconds = keyed_cues(scene, wishes, first, seconds)
    else:
        cues = steady(wishes.emotion, wishes.intensity, wishes.mix_with, wishes.mix)
    asked = {name: getattr(wishes, name) for name in ("seed", "mode", "liveliness")}
    return ActRequest(cues=cues, seconds=seconds, best_of=BEST_OF, fps=rate, **asked)
