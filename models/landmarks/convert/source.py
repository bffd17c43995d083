"""Reads a TFLite file: its operators in order, the shapes of its tensors, its constants."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray

from .sparse import densify

_OPERATOR_NAMES = {value: name for name, value in vars(tflite.BuiltinOperator).items() if not name.startswith("_")}
_TYPES: dict[int, type[np.generic]] = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
    tflite.TensorType.INT64: np.int64,
}


@dataclass(frozen=True)
class Operator:
    """One operation: its TFLite name, the numbers of its input tensors (-1: left out) and output tensors, its options."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    _table: Any

    def options(self) -> Any:
        """The operation's own options, e.g. tflite.Conv2DOptions for CONV_2D."""
        name = {"CONV_2D": "Conv2D", "DEPTHWISE_CONV_2D": "DepthwiseConv2D"}.get(self.name)
        if name is None:
            special = {"MAX_POOL_2D": "Pool2D", "AVERAGE_POOL_2D": "Pool2D", "MEAN": "Reducer", "SUM": "Reducer"}
            name = special.get(self.name) or "".join(word.capitalize() for word in self.name.split("_"))
        options = getattr(tflite, f"{name}Options")()
        table = self._table.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options


class Source:
    """A TFLite model of one graph."""

    def __init__(self, data: bytes) -> None:
        self._model = tflite.Model.GetRootAsModel(data, 0)
        self._graph = self._model.Subgraphs(0)
        self._constants: dict[int, NDArray[Any]] = {}
        self.inputs = tuple(int(self._graph.Inputs(k)) for k in range(self._graph.InputsLength()))
        self.outputs = tuple(int(self._graph.Outputs(k)) for k in range(self._graph.OutputsLength()))

    def operators(self) -> Iterator[Operator]:
        """The operations in the order of execution."""
        for k in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(k)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            inputs = tuple(int(i) for i in operator.InputsAsNumpy())
            outputs = tuple(int(i) for i in operator.OutputsAsNumpy())
            yield Operator(_OPERATOR_NAMES[number], inputs, outputs, operator)

    def shape(self, tensor: int) -> tuple[int, ...]:
        """The tensor's shape; () for a scalar."""
        table = self._graph.Tensors(tensor)
        return tuple(int(table.Shape(k)) for k in range(table.ShapeLength()))

    def constant(self, tensor: int) -> NDArray[Any] | None:
        """The tensor's value where the file gives it (or an operation folded it), else None."""
        if tensor in self._constants:
            return self._constants[tensor]
        table = self._graph.Tensors(tensor)
        buffer = self._model.Buffers(table.Buffer())
        if buffer.DataLength() == 0:
            return None
        values = np.frombuffer(buffer.DataAsNumpy().tobytes(), _TYPES[table.Type()])
        sparsity = table.Sparsity()
        return values.reshape(self.shape(tensor)) if sparsity is None else densify(values, self.shape(tensor), sparsity)

    def fold(self, tensor: int, value: NDArray[Any]) -> None:
        """Note that `tensor` always has this value."""
        self._constants[tensor] = value
