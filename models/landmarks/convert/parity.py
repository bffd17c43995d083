"""Compares the ONNX networks with the original TFLite files run by Google's own runtime (LiteRT)."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from ....core.errors import ThespisError
from ....core.files import written_beside
from ..reference import KEPT, REFERENCE_FILE, difference, reference_input
from .networks import NETWORKS

TOLERANCE = 2e-3
"""Largest difference allowed, as a part of the spread of the output's values. float32 sums in another order give 1e-5 to
1e-3 after a hundred layers; a wrong pad or a swapped axis gives more than 0.1."""


def original_outputs(data: bytes, value: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """What the TFLite file makes of the input, output by output."""
    interpreter = Interpreter(model_content=data, num_threads=2)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def write_references(originals: dict[str, bytes], out: Path) -> dict[str, float]:
    """Write the originals' outputs for the reference inputs (thinned) beside the networks and compare.

    originals: network name -> TFLite file. Returns network name -> largest difference (see TOLERANCE); raises
    ThespisError when it is above TOLERANCE.
    """
    stored: dict[str, Any] = {}
    differences: dict[str, float] = {}
    for network in NETWORKS:
        session = onnxruntime.InferenceSession(str(out / f"{network.name}.onnx"), providers=["CPUExecutionProvider"])
        entry = session.get_inputs()[0]
        value = reference_input(tuple(entry.shape))
        expected = original_outputs(originals[network.name], value)
        found = dict(zip([output.name for output in session.get_outputs()], session.run(None, {entry.name: value}), strict=True))
        worst = 0.0
        for position, name in network.outputs.items():
            stored[f"{network.name}/{name}"] = np.asarray(expected[position], np.float32).ravel()[:: _step(expected[position])]
            worst = max(worst, difference(found[name].ravel(), np.asarray(expected[position]).ravel()))
        if worst > TOLERANCE:
            raise ThespisError(
                f"{network.name}: the converted network is {worst:.1e} away from the original. Mend the conversion before using it."
            )
        differences[network.name] = worst
    with written_beside(out / REFERENCE_FILE) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **stored)
    return differences


def _step(values: Any) -> int:
    return max(1, int(np.size(values)) // KEPT)
