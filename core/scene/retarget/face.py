"""The source's expression on the target's own shape keys."""

from collections.abc import Sequence

import bpy
import numpy as np

from ...retarget.face import expressed, looked, opened
from ...retarget.find import Mapping
from ...retarget.performance import Performance
from ...retarget.roles import SIDES, sided
from ..sampled import SampledKey, keys_moved_with
from ..take_channels import Channel


def face_channels(
    target: bpy.types.Object, shown: Sequence[SampledKey], performance: Performance, mapping: Mapping
) -> list[Channel]:
    """What shape keys of the meshes that `target` moves do, of those that are named after units which the source shows.

    What the source does with bones that the target lacks, its shape keys do: a jaw that opens, eyes that look about.
    """
    units = {key.name: key.values for key in reversed(shown)}
    if "jaw" in performance.turns and "jaw" not in mapping.bones:
        units["jawOpen"] = np.maximum(units.get("jawOpen", 0.0), opened(performance.turns["jaw"], performance.turns["head"]))
    for side in SIDES:
        eye = sided(side, "eye")
        if eye in performance.turns and "head" in performance.turns and eye not in mapping.bones:
            for unit, values in looked(performance.turns[eye], performance.turns["head"], side).items():
                units[unit] = np.maximum(units.get(unit, 0.0), values)
    if not units:
        return []
    channels = []
    for owner in keys_moved_with(target):
        if owner.library is not None or owner.override_library is not None:
            continue
        blocks = list(owner.key_blocks)[1:]
        for name, values in expressed(units, [block.name for block in blocks]).items():
            block = owner.key_blocks[name]
            within = np.clip(values, block.slider_min, block.slider_max)
            channels.append(Channel(owner, f"{block.path_from_id()}.value", None, within[:, None], np.array([block.value])))
    return channels
