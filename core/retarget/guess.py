"""Bones of an unknown rig guessed from words in their names and from what hangs on what."""

import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .roles import ARM, FINGERS, LEG, LONGEST_NECK, LONGEST_SPINE, NECK, PHALANGES, SIDES, SPINE, sided
from .skeleton import Skeleton

Array = NDArray[np.floating[Any]]

_SIDE_WORDS: Final = {"l": "left", "left": "left", "lft": "left", "r": "right", "right": "right", "rgt": "right"}
_HANDS: Final = {"hand", "wrist", "palm"}
_FEET: Final = {"foot", "ankle"}
_TOES: Final = {"toe", "toes", "ball", "toebase"}
_HEADS: Final = {"head", "skull"}
_FINGER_WORDS: Final = {"thumb": "thumb", "index": "index", "mid": "middle", "ring": "ring", "pink": "pinky", "little": "pinky"}
_HELPERS: Final = {
    "twist", "roll", "end", "tip", "nub", "ik", "pole", "target", "ctrl", "control", "mch", "org", "helper", "meta", "metacarpal",
    "carpal", "tweak", "socket", "weapon", "attach", "prop", "correctiveroot", "corrective", "gun",
}  # fmt: skip
"""Words of bones that help others, or control them."""


def guess_bones(skeleton: Skeleton) -> dict[str, str]:
    """Role -> bone, as far as it can be told."""
    words = [_words(name) for name in skeleton.names]
    sides = [next((_SIDE_WORDS[word] for word in listed if word in _SIDE_WORDS), "") for listed in words]
    found: dict[str, int] = {}
    ends = {}
    for side in SIDES:
        for part, known in (("wrist", _HANDS), ("ankle", _FEET)):
            bone = _first(skeleton, [k for k, listed in enumerate(words) if sides[k] == side and _is(listed, known)])
            if bone is not None:
                ends[side, part] = bone
    for (side, part), bone in ends.items():
        others = {above for (other, same), end in ends.items() if same == part and other != side for above in skeleton.above(end)}
        chain = [above for above in skeleton.above(bone) if above not in others and not _HELPERS & set(words[above])]
        middle, upper = _two_bones(skeleton.heads, bone, chain)
        if upper is None or middle is None:
            continue
        names = ARM if part == "wrist" else LEG
        ordered = (upper, middle, bone) if part == "ankle" else (None, upper, middle, bone)
        found |= {sided(side, name): k for name, k in zip(names, ordered, strict=False) if k is not None}
        if part == "wrist":
            above = chain[chain.index(upper) + 1 :]
            if above:
                found[sided(side, "collar")] = above[0]
            found |= _fingers(skeleton, words, bone, side)
        else:
            toes = [k for k, listed in enumerate(words) if bone in skeleton.above(k) and _is(listed, _TOES)]
            if toes:
                found[sided(side, "foot")] = min(toes, key=lambda k: len(skeleton.above(k)))
    found |= _trunk(skeleton, words, found)
    return {role: skeleton.names[bone] for role, bone in found.items()}


def _words(name: str) -> list[str]:
    """`mixamorig:LeftUpLeg_02` is left, up, leg."""
    bare = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.rpartition(":")[2])
    return [word.lower() for word in re.split(r"[^A-Za-z]+", bare) if word]


def _is(listed: list[str], known: set[str]) -> bool:
    return bool(set(listed) & known) and not set(listed) & _HELPERS


def _first(skeleton: Skeleton, bones: list[int]) -> int | None:
    """The one that is nearest the root and has children rather than none."""
    if not bones:
        return None
    parents = set(skeleton.parents.tolist())
    return min(bones, key=lambda bone: (bone not in parents, len(skeleton.above(bone)), bone))


def _two_bones(heads: Array, end: int, chain: list[int]) -> tuple[int | None, int | None]:
    """Of the bones above a hand or foot those two that begin at elbow and shoulder: both long, and about alike."""
    best: tuple[float, int | None, int | None] = (0.0, None, None)
    for lower, middle in enumerate(chain):
        for upper in chain[lower + 1 :]:
            one, two = (float(np.linalg.norm(heads[a] - heads[b])) for a, b in ((upper, middle), (middle, end)))
            if min(one, two) - 0.25 * max(one, two) > best[0]:
                best = min(one, two) - 0.25 * max(one, two), middle, upper
    return best[1], best[2]


def _fingers(skeleton: Skeleton, words: list[list[str]], hand: int, side: str) -> dict[str, int]:
    found: dict[str, int] = {}
    chains: dict[str, list[int]] = {finger: [] for finger in FINGERS}
    for bone, listed in enumerate(words):
        if hand in skeleton.above(bone) and not set(listed) & _HELPERS:
            finger = next((_FINGER_WORDS[start] for word in listed for start in _FINGER_WORDS if word.startswith(start)), None)
            if finger is not None:
                chains[finger].append(bone)
    for finger, chain in chains.items():
        chain.sort(key=lambda bone: len(skeleton.above(bone)))
        found |= {sided(side, f"{finger}{k}"): bone for k, bone in enumerate(chain[:PHALANGES], 1)}
    return found


def _trunk(skeleton: Skeleton, words: list[list[str]], found: dict[str, int]) -> dict[str, int]:
    """Pelvis, spine, neck and head: what lies between the legs, the arms and the head."""
    legs = [found.get(f"{side}_hip") for side in SIDES]
    arms = [found.get(f"{side}_collar", found.get(f"{side}_shoulder")) for side in SIDES]
    if None in legs or None in arms:
        return {}
    pelvis, chest = _common(skeleton, legs), _common(skeleton, arms)
    if pelvis is None or chest is None:
        return {}
    trunk = {"pelvis": pelvis}
    if pelvis != chest:
        between = [chest, *skeleton.above(chest)]
        if pelvis in between:
            spine = between[: between.index(pelvis)][::-1]
        else:  # legs and spine hang on something of their own, as in a biped of 3ds Max
            spine = [bone for bone in between if bone not in skeleton.above(pelvis)][::-1]
        spine = [bone for bone in spine if not _HELPERS & set(words[bone])]
        trunk |= dict(zip(SPINE, spine[-LONGEST_SPINE:], strict=False))
    head = _first(skeleton, [k for k, listed in enumerate(words) if _is(listed, _HEADS) and chest in skeleton.above(k)])
    if head is not None:
        trunk["head"] = head
        above = skeleton.above(head)
        neck = [bone for bone in above[: above.index(chest)][::-1] if not _HELPERS & set(words[bone])]
        trunk |= dict(zip(NECK, neck[:LONGEST_NECK], strict=False))
    return trunk


def _common(skeleton: Skeleton, bones: list[int | None]) -> int | None:
    """The nearest bone above both."""
    one, two = (skeleton.above(bone) if bone is not None else [] for bone in bones)
    return next((bone for bone in one if bone in two), None)
