"""TFLite operations as ONNX nodes. TFLite keeps pictures as (1, height, width, channels); ONNX's convolutions want the
channels first, so such nodes stand between two transposes, which onnxruntime moves and cancels at load."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tflite

from .source import Operator, Source
from .target import Target

Context = tuple[Source, Target]


def tensor_name(number: int) -> str:
    """The ONNX name of a TFLite tensor."""
    return f"tensor_{number}"


def _value(context: Context, tensor: int) -> str:
    source, target = context
    constant = source.constant(tensor)
    return tensor_name(tensor) if constant is None else target.weight(constant)


def _constant(context: Context, tensor: int) -> Any:
    value = context[0].constant(tensor)
    if value is None:
        raise ValueError(f"tensor {tensor} was expected to be a constant")
    return value


def _channels_first(context: Context, tensor: int) -> str:
    return context[1].add("Transpose", [_value(context, tensor)], perm=[0, 3, 1, 2])


def _channels_last(context: Context, value: str, output: str) -> None:
    context[1].add("Transpose", [value], output, perm=[0, 2, 3, 1])


def _activated(context: Context, value: str, activation: int, output: str | None = None) -> str:
    target = context[1]
    if activation == tflite.ActivationFunctionType.NONE:
        return value if output is None else target.add("Identity", [value], output)
    if activation == tflite.ActivationFunctionType.RELU:
        return target.add("Relu", [value], output)
    if activation == tflite.ActivationFunctionType.RELU6:
        return target.add("Clip", [value, target.weight(np.array(0, np.float32)), target.weight(np.array(6, np.float32))], output)
    raise ValueError(f"activation {activation} is not known here")


_Pair = tuple[int, int]


def _pads(padding: int, size: _Pair, kernel: _Pair, strides: _Pair, dilations: _Pair) -> list[int]:
    """ONNX's [top, left, bottom, right]. TensorFlow's SAME puts the odd pixel at the end."""
    if padding == tflite.Padding.VALID:
        return [0, 0, 0, 0]
    total = [
        max((-(-length // stride) - 1) * stride + (k - 1) * dilation + 1 - length, 0)
        for length, k, stride, dilation in zip(size, kernel, strides, dilations, strict=True)
    ]
    start = [value // 2 for value in total]
    return [*start, *(value - first for value, first in zip(total, start, strict=True))]


def _convolution(context: Context, op: Operator) -> None:
    source, target = context
    options = op.options()
    weights = _constant(context, op.inputs[1]).astype(np.float32)
    _, height, width, channels = source.shape(op.inputs[0])
    if op.name == "CONV_2D":  # (out, height, width, in)
        kernel = (weights.shape[1], weights.shape[2])
        weights = weights.transpose(0, 3, 1, 2)
        group = channels // weights.shape[1]
    else:  # (1, height, width, out)
        kernel = (weights.shape[1], weights.shape[2])
        weights = weights.transpose(3, 0, 1, 2)
        group = channels
    strides = (options.StrideH(), options.StrideW())
    dilations = (options.DilationHFactor(), options.DilationWFactor())
    inputs = [_channels_first(context, op.inputs[0]), target.weight(weights)]
    if len(op.inputs) > 2 and op.inputs[2] >= 0:
        inputs.append(target.weight(_constant(context, op.inputs[2]).astype(np.float32)))
    result = target.add(
        "Conv",
        inputs,
        kernel_shape=kernel,
        strides=strides,
        dilations=dilations,
        group=group,
        pads=_pads(options.Padding(), (height, width), kernel, strides, dilations),
    )
    activated = _activated(context, result, options.FusedActivationFunction())
    _channels_last(context, activated, tensor_name(op.outputs[0]))


def _pool(context: Context, op: Operator) -> None:
    options = op.options()
    _, height, width, _ = context[0].shape(op.inputs[0])
    kernel = (options.FilterHeight(), options.FilterWidth())
    strides = (options.StrideH(), options.StrideW())
    pads = _pads(options.Padding(), (height, width), kernel, strides, (1, 1))
    result = context[1].add(
        "MaxPool" if op.name == "MAX_POOL_2D" else "AveragePool",
        [_channels_first(context, op.inputs[0])],
        kernel_shape=kernel,
        strides=strides,
        pads=pads,
    )
    _channels_last(context, result, tensor_name(op.outputs[0]))


def _arithmetic(context: Context, op: Operator) -> None:
    result = context[1].add(op.name.capitalize(), [_value(context, tensor) for tensor in op.inputs])
    _activated(context, result, op.options().FusedActivationFunction(), tensor_name(op.outputs[0]))


def _squared_difference(context: Context, op: Operator) -> None:
    difference = context[1].add("Sub", [_value(context, tensor) for tensor in op.inputs])
    context[1].add("Mul", [difference, difference], tensor_name(op.outputs[0]))


def _elementwise(context: Context, op: Operator) -> None:
    name = {"RELU": "Relu", "LOGISTIC": "Sigmoid", "NEG": "Neg", "SQRT": "Sqrt"}[op.name]
    context[1].add(name, [_value(context, op.inputs[0])], tensor_name(op.outputs[0]))


def _reciprocal_root(context: Context, op: Operator) -> None:
    root = context[1].add("Sqrt", [_value(context, op.inputs[0])])
    context[1].add("Reciprocal", [root], tensor_name(op.outputs[0]))


def _prelu(context: Context, op: Operator) -> None:
    slope = _constant(context, op.inputs[1]).astype(np.float32)
    slope = slope.reshape(1, 1, -1) if slope.ndim != 3 else slope
    inputs = [_channels_first(context, op.inputs[0]), context[1].weight(slope.transpose(2, 0, 1))]
    _channels_last(context, context[1].add("PRelu", inputs), tensor_name(op.outputs[0]))


def _pad(context: Context, op: Operator) -> None:
    pads = _constant(context, op.inputs[1])
    pads = context[1].integers([*pads[:, 0], *pads[:, 1]])
    context[1].add("Pad", [_value(context, op.inputs[0]), pads], tensor_name(op.outputs[0]))


def _resize(context: Context, op: Operator) -> None:
    source, target = context
    options = op.options()
    mode = "align_corners" if options.AlignCorners() else "half_pixel" if options.HalfPixelCenters() else "asymmetric"
    batch, _, _, channels = source.shape(op.inputs[0])
    sizes = target.integers([batch, channels, *_constant(context, op.inputs[1])])
    inputs = [_channels_first(context, op.inputs[0]), "", "", sizes]
    resized = target.add("Resize", inputs, mode="linear", coordinate_transformation_mode=mode)
    _channels_last(context, resized, tensor_name(op.outputs[0]))


def _reshape(context: Context, op: Operator) -> None:
    shape = context[1].integers(context[0].shape(op.outputs[0]))
    context[1].add("Reshape", [_value(context, op.inputs[0]), shape], tensor_name(op.outputs[0]))


def _concatenation(context: Context, op: Operator) -> None:
    inputs = [_value(context, tensor) for tensor in op.inputs]
    context[1].add("Concat", inputs, tensor_name(op.outputs[0]), axis=op.options().Axis())


def _depth_to_space(context: Context, op: Operator) -> None:
    moved = context[1].add("DepthToSpace", [_channels_first(context, op.inputs[0])], blocksize=op.options().BlockSize())
    _channels_last(context, moved, tensor_name(op.outputs[0]))


def _reduction(context: Context, op: Operator) -> None:
    axes = context[1].integers(np.atleast_1d(_constant(context, op.inputs[1])))
    name = "ReduceMean" if op.name == "MEAN" else "ReduceSum"
    inputs = [_value(context, op.inputs[0]), axes]
    context[1].add(name, inputs, tensor_name(op.outputs[0]), keepdims=int(op.options().KeepDims()))


def _fully_connected(context: Context, op: Operator) -> None:
    source, target = context
    weights = _constant(context, op.inputs[1]).astype(np.float32)
    flat = target.add("Reshape", [_value(context, op.inputs[0]), target.integers([-1, weights.shape[1]])])
    inputs = [flat, target.weight(weights)]
    if len(op.inputs) > 2 and op.inputs[2] >= 0:
        inputs.append(target.weight(_constant(context, op.inputs[2]).astype(np.float32)))
    activated = _activated(context, target.add("Gemm", inputs, transB=1), op.options().FusedActivationFunction())
    shape = target.integers(source.shape(op.outputs[0]))
    target.add("Reshape", [activated, shape], tensor_name(op.outputs[0]))


def _transpose(context: Context, op: Operator) -> None:
    order = [int(axis) for axis in _constant(context, op.inputs[1])]
    context[1].add("Transpose", [_value(context, op.inputs[0])], tensor_name(op.outputs[0]), perm=order)


def _strided_slice(context: Context, op: Operator) -> None:
    source, target = context
    options = op.options()
    begin, end, step = (_constant(context, tensor).astype(np.int64) for tensor in op.inputs[1:4])
    shape = source.shape(op.inputs[0])
    for axis in range(len(begin)):
        if options.BeginMask() >> axis & 1:
            begin[axis] = 0
        if options.EndMask() >> axis & 1:
            end[axis] = shape[axis]
        if options.ShrinkAxisMask() >> axis & 1:
            end[axis] = begin[axis] + 1 if begin[axis] != -1 else shape[axis]
    bounds = [target.integers(values) for values in (begin, end, np.arange(len(begin)), step)]
    part = target.add("Slice", [_value(context, op.inputs[0]), *bounds])
    target.add("Reshape", [part, target.integers(source.shape(op.outputs[0]))], tensor_name(op.outputs[0]))


def _fold_float32(context: Context, op: Operator) -> None:
    context[0].fold(op.outputs[0], _constant(context, op.inputs[0]).astype(np.float32))


def _fold_dense(context: Context, op: Operator) -> None:
    context[0].fold(op.outputs[0], _constant(context, op.inputs[0]))  # Source unpacks sparse constants itself


OPERATORS: dict[str, Callable[[Context, Operator], None]] = {
    "DENSIFY": _fold_dense,
    "DEQUANTIZE": _fold_float32,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "MAX_POOL_2D": _pool,
    "AVERAGE_POOL_2D": _pool,
    "ADD": _arithmetic,
    "SUB": _arithmetic,
    "MUL": _arithmetic,
    "DIV": _arithmetic,
    "SQUARED_DIFFERENCE": _squared_difference,
    "RELU": _elementwise,
    "LOGISTIC": _elementwise,
    "NEG": _elementwise,
    "SQRT": _elementwise,
    "RSQRT": _reciprocal_root,
    "PRELU": _prelu,
    "PAD": _pad,
    "RESIZE_BILINEAR": _resize,
    "RESHAPE": _reshape,
    "CONCATENATION": _concatenation,
    "DEPTH_TO_SPACE": _depth_to_space,
    "MEAN": _reduction,
    "SUM": _reduction,
    "FULLY_CONNECTED": _fully_connected,
    "TRANSPOSE": _transpose,
    "STRIDED_SLICE": _strided_slice,
}
"""What the landmark networks are made of."""
