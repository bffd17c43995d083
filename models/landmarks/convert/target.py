"""Collects the nodes and weights of an ONNX graph and writes it, without what no kept output needs."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 9
_SMALL = 64
"""Constants of at most this many numbers stay float32: halving them saves nothing."""


class Target:
    """An ONNX graph under construction. Values are named by strings, as ONNX does."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: dict[str, onnx.TensorProto] = {}
        self._count = 0

    def _name(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

    def add(self, operation: str, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        """Append a node of one output; the output's name is returned, made up when none is given."""
        name = self._name(operation.lower())
        output = output or name
        self._nodes.append(helper.make_node(operation, inputs, [output], name=name, **attributes))
        return output

    def weight(self, value: NDArray[Any]) -> str:
        """A constant. What float16 holds exactly is stored so and cast back (onnxruntime folds the cast at load)."""
        name = self._name("weight")
        value = np.ascontiguousarray(value)
        if value.dtype == np.float16:
            value = value.astype(np.float32)
        if value.dtype == np.float32 and value.size > _SMALL:
            with np.errstate(over="ignore"):
                half = value.astype(np.float16)
            if np.array_equal(half.astype(np.float32), value):
                self._weights[name] = numpy_helper.from_array(half, name)
                return self.add("Cast", [name], to=TensorProto.FLOAT)
        self._weights[name] = numpy_helper.from_array(value, name)
        return name

    def integers(self, values: Any) -> str:
        """A constant list of 64-bit integers (axes, shapes, pads)."""
        return self.weight(np.asarray(values, np.int64))

    def rename(self, value: str, name: str) -> None:
        """Call `value` by another `name`, wherever it is made and used."""
        for node in self._nodes:
            for names in (node.input, node.output):
                for k, old in enumerate(names):
                    if old == value:
                        names[k] = name

    def model(self, inputs: dict[str, tuple[int, ...]], outputs: dict[str, tuple[int, ...]]) -> onnx.ModelProto:
        """The checked model with these inputs and outputs (name -> shape, all float32)."""
        needed = set(outputs)
        kept: list[onnx.NodeProto] = []
        for node in reversed(self._nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        graph = helper.make_graph(
            kept[::-1],
            "landmarks",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
            [weight for name, weight in self._weights.items() if name in needed],
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="thespis",
        )
        onnx.checker.check_model(model, full_check=True)
        return model
