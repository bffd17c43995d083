"""The pose of a mesh of the body's topology: an .obj with the open body's vertices becomes a Motion of one frame.

Rotations in closed form down the tree (Kabsch 1976), each joint's from the vertices it carries, betas by least squares,
then a few Levenberg-Marquardt steps on all of it.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import roma
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...models.body.load import Body
from ...models.body.skin import BodySkin
from ..errors import ThespisError
from ..motion import Motion
from ..skeleton import JOINT_COUNT

Array = NDArray[np.floating[Any]]

_ROUNDS: Final = 3
_CLOSE: Final = 0.02
"""Metres, root mean square: a mesh that is farther off after the fit is not this body's."""
_VERTICES: Final = 2000
_STEPS: Final = 15
"""Steps, and the vertices that they look at."""


def read_obj_vertices(path: Path) -> NDArray[np.float64]:
    """(V, 3) the vertices of an .obj, in its order. Raises ThespisError when there are none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        vertices = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], np.float64)
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such file. Check the path.") from None
    except (OSError, ValueError) as error:
        raise ThespisError(f"{path}: not an .obj that can be read ({error}). Export the mesh again.") from error
    if vertices.ndim != 2 or vertices.shape[1] != 3 or not np.isfinite(vertices).all():
        raise ThespisError(f"{path}: holds no vertices. Export the mesh again.")
    return vertices


def pose_of_mesh(path: Path, body: Body) -> Motion:
    """A Motion of one frame whose mesh is that of the .obj `path`. Raises ThespisError when it is not a mesh of `body`."""
    vertices = read_obj_vertices(path)
    if len(vertices) != body.vertex_count:
        raise ThespisError(
            f"{path}: has {len(vertices)} vertices, the body has {body.vertex_count}. "
            "Export the mesh of the character with its vertices in order, without modifiers that add or merge any."
        )
    poses, trans, betas, error = fitted(vertices, body)
    if error > _CLOSE:
        raise ThespisError(
            f"{path}: its vertices lie {error * 1e3:.0f} mm from any pose of the body. Export it in metres, Y up, in order."
        )
    return Motion(poses[None], trans[None], betas, np.zeros((1, body.expression_count)), 30.0, body_model=body.model_id)


def fitted(vertices: Array, body: Body) -> tuple[Array, Array, Array, float]:
    """Pose (55, 3), translation (3,), betas (B,) of the body nearest to `vertices` (V, 3), and the error left (m, rms)."""
    skin = BodySkin(body, torch.float64)
    target = torch.as_tensor(vertices, dtype=torch.float64)
    betas = torch.zeros(body.beta_count, dtype=torch.float64)
    trans = torch.zeros(1, 3, dtype=torch.float64)
    poses = torch.zeros(1, JOINT_COUNT, 3, dtype=torch.float64)
    for _ in range(_ROUNDS):
        poses = _turned(skin, target, betas)
        trans = trans + (target - skin(poses, trans, betas)[0][0]).mean(0)
        betas = _shaped(skin, target, poses, trans)
    unknown = _refined(skin, target, torch.cat([poses.flatten(), trans.flatten(), betas]))
    poses, trans, betas = _split(unknown)
    left = (skin(poses, trans, betas)[0][0] - target).square().sum(-1).mean().sqrt()
    return poses[0].numpy(), trans[0].numpy(), betas.numpy(), float(left)


def _split(unknown: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Poses (1, 55, 3), translation (1, 3) and betas (B,) of all unknowns in a row."""
    count = 3 * JOINT_COUNT
    return unknown[:count].reshape(1, JOINT_COUNT, 3), unknown[count : count + 3][None], unknown[count + 3 :]


def _refined(skin: BodySkin, target: Tensor, unknown: Tensor) -> Tensor:
    """The unknowns after Levenberg-Marquardt steps (Marquardt 1963) on some of the vertices."""
    chosen = torch.as_tensor(np.linspace(0, len(target) - 1, _VERTICES).round().astype(int))

    def residual(x: Tensor) -> Tensor:
        return (skin(*_split(x), vertex_ids=chosen)[0][0] - target[chosen]).flatten()

    damping, left = 1e-3, residual(unknown)
    for _ in range(_STEPS):
        jacobian = torch.func.jacfwd(residual)(unknown)
        square, right = jacobian.T @ jacobian, jacobian.T @ left
        step = torch.linalg.solve(square + torch.diag(damping * square.diagonal() + 1e-9), right)
        after = residual(unknown - step)
        if after.square().sum() < left.square().sum():
            unknown, left, damping = unknown - step, after, damping / 10
        else:
            damping *= 10
        if step.abs().max() < 1e-6:
            break
    return unknown


def _turned(skin: BodySkin, target: Tensor, betas: Tensor) -> Tensor:
    """(1, 55, 3) local rotations: each joint's in the world turns best the vertices that it carries from rest to target."""
    rest = skin.v_template + skin.shapedirs[..., : len(betas)] @ betas
    world = torch.zeros(JOINT_COUNT, 3, 3, dtype=torch.float64)
    local = torch.zeros(JOINT_COUNT, 3, dtype=torch.float64)
    for joint, parent in enumerate(skin.body.parents.tolist()):
        weight = skin.weights[:, joint] ** 2
        weight = weight / weight.sum().clamp(min=1e-9)
        source, goal = rest - weight @ rest, target - weight @ target
        world[joint] = roma.special_procrustes((goal * weight[:, None]).T @ source)
        above = torch.eye(3, dtype=torch.float64) if parent < 0 else world[parent]
        local[joint] = roma.rotmat_to_rotvec(above.T @ world[joint])
    return local[None]


def _shaped(skin: BodySkin, target: Tensor, poses: Tensor, trans: Tensor) -> Tensor:
    """(B,) the betas nearest to the target in this pose: without correctives of the pose, vertices are affine in betas."""
    count = skin.body.beta_count
    chosen = torch.arange(0, len(target), 10)
    nothing = torch.zeros(count, dtype=torch.float64)
    base = skin(poses, trans, nothing, vertex_ids=chosen)[0][0]
    columns = [
        (skin(poses, trans, torch.eye(count, dtype=torch.float64)[k], vertex_ids=chosen)[0][0] - base).flatten()
        for k in range(count)
    ]
    matrix = torch.stack(columns, 1)
    right = (target[chosen] - base).flatten()
    square = matrix.T @ matrix + 1e-6 * torch.eye(count, dtype=torch.float64)
    return torch.linalg.solve(square, matrix.T @ right)
