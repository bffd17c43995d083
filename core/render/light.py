"""How the character is lit: a soft key light from the upper left, sky and floor light, a rim; fixed to the camera."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_KEY_DIRECTION = np.array([-0.50, -0.62, -0.60]) / np.linalg.norm([-0.50, -0.62, -0.60])
_RIM_DIRECTION = np.array([0.62, -0.45, 0.64]) / np.linalg.norm([0.62, -0.45, 0.64])
_KEY = np.array([0.88, 0.85, 0.80])
_RIM = np.array([0.24, 0.26, 0.30])
_SKY = np.array([0.36, 0.38, 0.41])
_FLOOR = np.array([0.20, 0.185, 0.17])
_WRAP = 0.18
"""How far the key light reaches round the terminator, as it does in skin."""


def vertex_normals(vertices: Array, faces: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """(V, 3) unit normals, each the area-weighted mean of its faces' normals. vertices: (V, 3); faces: (F, 3)."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    corners = faces.ravel()
    total = np.stack([np.bincount(corners, np.repeat(normals[:, k], 3), minlength=len(vertices)) for k in range(3)], axis=1)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-20)


def diffuse(normals: Array) -> NDArray[np.float64]:
    """(V, 3) light that falls on surfaces of these (V, 3) unit normals (camera frame, y down)."""
    key = np.clip((normals @ _KEY_DIRECTION + _WRAP) / (1 + _WRAP), 0, 1)
    rim = np.clip(normals @ _RIM_DIRECTION, 0, 1)
    up = (0.5 - 0.5 * normals[:, 1])[:, None]
    return np.asarray(key[:, None] * _KEY + rim[:, None] * _RIM + up * _SKY + (1 - up) * _FLOOR)


def highlight(normals: Array, vertices: Array, roughness: Array) -> NDArray[np.float64]:
    """(V,) white light mirrored to the eye from surfaces of (V,) roughness in [0, 1] (Blinn 1977)."""
    to_eye = -vertices / np.maximum(np.linalg.norm(vertices, axis=1, keepdims=True), 1e-9)
    half = to_eye + _KEY_DIRECTION
    half /= np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-9)
    width = np.clip(roughness, 0.08, 1.0) ** 2
    power = np.maximum(2 / width**2 - 2, 1.0)
    strength = np.clip((normals * half).sum(axis=1), 0, 1) ** power * (power + 8) / 8 * 0.03
    return np.minimum(strength, 1.0)
