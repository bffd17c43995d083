"""The four limbs that can be moved by hand or foot, and what the bones of a control rig are called."""

from dataclasses import dataclass
from typing import Final, Literal

from ..skeleton import JOINT_NAMES

LimbKey = Literal["left_arm", "right_arm", "left_leg", "right_leg"]

ROOT: Final = "root"
"""The control that carries all others."""
HIPS: Final = "hips"
HEAD_BASE: Final = "head_base"
"""What the head's control is turned against: the neck, or with the switch the root."""
HEAD_STILL: Final = "head_still"
IK_SWITCH: Final = "ik"
"""Custom property of the control of a hand or foot: 1 when the limb follows it, 0 when it is turned joint by joint."""
HEAD_SWITCH: Final = "hold_turn"
"""Custom property of the head's control: 1 when the head keeps its turn whatever the body below it does."""


@dataclass(frozen=True)
class Limb:
    """Its three joints, by name. above: the joint that carries it. is_leg: its end has a foot with toes."""

    key: LimbKey
    upper: str
    middle: str
    end: str
    above: str
    is_leg: bool

    @property
    def joints(self) -> tuple[str, str, str]:
        """The three, from the trunk on."""
        return self.upper, self.middle, self.end

    @property
    def side(self) -> str:
        """Of the body."""
        return self.key.split("_")[0]

    @property
    def control(self) -> str:
        """The hand's or foot's control, which has the switch."""
        return f"{self.side}_foot_ik" if self.is_leg else f"{self.side}_hand_ik"

    @property
    def pole(self) -> str:
        """Towards which elbow or knee point."""
        return f"{self.middle}_pole"

    @property
    def target(self) -> str:
        """What the end of the limb reaches for: the hand's control itself; a foot can also roll over heel and toes."""
        return f"{self.end}_target" if self.is_leg else self.control

    @property
    def toes(self) -> str:
        """The joint of the toes (of legs)."""
        return f"{self.side}_foot"

    @property
    def roll(self) -> str:
        """The control that rolls the foot over its heel and its toes (of legs)."""
        return f"{self.side}_foot_roll"

    @property
    def heel(self) -> str:
        """The bone that turns the foot on its heel (of legs)."""
        return f"{self.side}_heel_pivot"

    @property
    def ball(self) -> str:
        """The bone that turns the foot on its ball (of legs)."""
        return f"{self.side}_ball_pivot"

    @property
    def toes_base(self) -> str:
        """What the toes are turned against (of legs)."""
        return f"{self.side}_toes_base"

    @property
    def toes_level(self) -> str:
        """How the toes lie when the foot rolls over them (of legs)."""
        return f"{self.side}_toes_level"


LIMBS: Final[tuple[Limb, ...]] = tuple(
    limb
    for side in ("left", "right")
    for limb in (
        Limb(f"{side}_arm", f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist", f"{side}_collar", False),  # type: ignore[arg-type]
        Limb(f"{side}_leg", f"{side}_hip", f"{side}_knee", f"{side}_ankle", "pelvis", True),  # type: ignore[arg-type]
    )
)
LIMB_OF: Final = {joint: limb for limb in LIMBS for joint in limb.joints}
FINGERS: Final = tuple(name[:-1] for name in JOINT_NAMES if name.endswith("1") and name.startswith(("left_", "right_")))
"""left_index and so on, ten of them."""


def fk(joint: str) -> str:
    """The control that turns `joint` itself."""
    return HIPS if joint == "pelvis" else f"{joint}_fk"


def solver(joint: str) -> str:
    """The bone of the upper or middle joint of a limb that Blender's IK moves; it lies along the limb."""
    return f"{joint}_solver"


def twist(joint: str) -> str:
    """The control that turns such a bone further, about itself mostly."""
    return f"{joint}_twist"


def by_ik(joint: str) -> str:
    """The bone that stands as `joint` does when the limb follows its hand or foot."""
    return f"{joint}_by_ik"


def shown(joint: str) -> str:
    """The bone that stands as `joint` of the character does, however it is moved."""
    return f"{joint}_shown"


def curl(finger: str) -> str:
    """The control that curls a finger."""
    return f"{finger}_curl"
