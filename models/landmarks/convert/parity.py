"""Compares the ONNX networks with the original TFLite files run by Google's own runtime.

That runtime (LiteRT, `pip install ai-edge-litert==2.3.0`) is not needed: without it the networks are compared with what it
gave when the reference file was made.
"""

import importlib.util
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ....core.errors import ThespisError
from ....core.files import written_beside
from ..reference import REFERENCE_FILE, difference, reference_input, stored_references, thinned
from .networks import Network
from .source import Source

Outputs = dict[str, NDArray[np.float32]]

TOLERANCE = 2e-3
"""Largest difference allowed, as a part of the spread of the output's values. float32 sums in another order give 1e-5 to
1e-3 after a hundred layers; a wrong pad or a swapped axis gives more than 0.1."""


def wanted_outputs(network: Network, data: bytes) -> tuple[Outputs, str]:
    """What the original (TFLite file `data`) makes of the reference input, thinned, by output name; and who says so."""
    if importlib.util.find_spec("ai_edge_litert") is None:
        stored = stored_references(network.name)
        if not stored:
            raise ThespisError(f"{network.name}: has no reference outputs yet. Install ai-edge-litert==2.3.0 and run it again.")
        return stored, "the stored outputs of the original"
    value = reference_input(Source(data).shape(Source(data).inputs[0]))
    found = _run_original(data, value)
    return {name: thinned(found[position]) for position, name in network.outputs.items()}, "the original"


def _run_original(data: bytes, value: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=data, num_threads=2)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def outputs_of(model: bytes) -> Outputs:
    """What an ONNX model makes of the reference input, thinned, by output name."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    arrays = session.run(None, {entry.name: reference_input(tuple(entry.shape))})
    return {output.name: thinned(array) for output, array in zip(session.get_outputs(), arrays, strict=True)}


def check(name: str, found: Outputs, wanted: Outputs) -> float:
    """The largest difference of any output (see TOLERANCE). Raises ThespisError when it is too large."""
    worst = max(difference(found[output], values) for output, values in wanted.items())
    if not worst <= TOLERANCE:
        raise ThespisError(f"{name}: the converted network is {worst:.1e} away from the original. Mend the conversion first.")
    return worst


def save_references(references: Outputs, out: Path) -> None:
    """Write thinned original outputs, named network/output, into the folder `out`."""
    with written_beside(out / REFERENCE_FILE) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **references)  # type: ignore[arg-type]
