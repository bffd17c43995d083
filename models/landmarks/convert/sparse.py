"""Unpacks TFLite's block-sparse constants (the person detector's weights are stored so).

Format: TensorFlow Lite schema, SparsityParameters: the tensor's dimensions, then its blocks' dimensions, are visited in
traversal_order; each is dense or compressed (array_segments, array_indices, as in the TACO compiler).
"""

from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray

_INDEX_VECTORS = {1: tflite.Int32Vector, 2: tflite.Uint16Vector, 3: tflite.Uint8Vector}


def densify(values: NDArray[Any], shape: tuple[int, ...], sparsity: tflite.SparsityParameters) -> NDArray[Any]:
    """The dense array of `shape` whose stored entries are `values`, in the order of `sparsity`."""
    order = [int(axis) for axis in sparsity.TraversalOrderAsNumpy()]
    blocked = [int(axis) for axis in sparsity.BlockMapAsNumpy()] if sparsity.BlockMapLength() else []
    rank = len(shape)
    # One row a stored entry: where the walk over the levels has come to, level by level.
    positions = np.zeros(1, np.int64)
    coordinates = np.zeros((1, 0), np.int64)
    sizes: list[int] = []
    for level in range(sparsity.DimMetadataLength()):
        dimension = sparsity.DimMetadata(level)
        if dimension.Format() == tflite.DimensionType.DENSE:
            size = int(dimension.DenseSize())
            index = np.tile(np.arange(size), len(positions))
            parent = np.repeat(np.arange(len(positions)), size)
            positions = positions[parent] * size + index
        else:
            segments = _vector(dimension.ArraySegments(), dimension.ArraySegmentsType())
            indices = _vector(dimension.ArrayIndices(), dimension.ArrayIndicesType())
            counts = segments[positions + 1] - segments[positions]
            parent = np.repeat(np.arange(len(positions)), counts)
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            positions = segments[positions][parent] + within
            index = indices[positions]
            size = 0
        coordinates = np.column_stack([coordinates[parent], index])
        sizes.append(size)
    block_size = {axis: sizes[rank + k] for k, axis in enumerate(blocked)}
    full = np.zeros((len(positions), rank), np.int64)
    for level, axis in enumerate(order):
        if axis < rank:
            full[:, axis] += coordinates[:, level] * block_size.get(axis, 1)
        else:
            full[:, blocked[axis - rank]] += coordinates[:, level]
    dense = np.zeros(shape, values.dtype)
    dense[tuple(full.T)] = values[positions]
    return dense


def _vector(union: Any, kind: int) -> NDArray[np.int64]:
    vector = _INDEX_VECTORS[kind]()
    vector.Init(union.Bytes, union.Pos)
    return np.asarray(vector.ValuesAsNumpy(), np.int64)
