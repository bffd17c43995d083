"""The source's expression on the target's own shape keys."""

from collections.abc import Sequence

import bpy
import numpy as np

from ...retarget.face import expressed, opened
from ...retarget.find import Mapping
from ...retarget.performance import Performance
from ..sampled import SampledKey, keys_moved_with
from ..take_channels import Channel


def face_channels(
    target: bpy.types.Object, shown: Sequence[SampledKey], performance: Performance, mapping: Mapping
) -> list[Channel]:
    """What shape keys of the meshes that `target` moves do, of those that are named after units which the source shows.

    A jaw that the source opens with a bone opens a shape key where the target has no bone for it.
    """
    units = {key.name: key.values for key in reversed(shown)}
    if "jaw" in performance.turns and "jaw" not in mapping.bones:
        units["jawOpen"] = np.maximum(units.get("jawOpen", 0.0), opened(performance.turns["jaw"], performance.turns["head"]))
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
