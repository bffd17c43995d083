"""The normal equations of one clip: a block for each frame, blocks between neighbours, and a border of shared unknowns."""

from dataclasses import dataclass

import torch
from torch import Tensor

JACOBIAN = torch.float32
"""Of derivatives and normal equations: half the memory and time. Residuals and costs stay float64, so that where the minimum
lies is decided in float64 and only the steps towards it are rounded."""


@dataclass(frozen=True)
class Rows:
    """Residuals of single frames: `frames` starts the stretch, T frames of it are given.

    residual: (T, m) and weight: (T, m): the cost is summed elsewhere; here (weight * residual)^2 stands for it near the state,
        with weight the root of the robust loss's weight (iteratively reweighted least squares).
    by_frame: (T, m, D); by_shared: (T, m, k) for the first k shared unknowns, or None.
    cost: the robust cost itself.
    """

    residual: Tensor
    weight: Tensor
    cost: Tensor
    by_frame: Tensor | None = None
    by_shared: Tensor | None = None


@dataclass(frozen=True)
class StencilRows:
    """Residuals over n neighbouring frames (n = 2 or 3): residual = scale (c_0 x_t + ... + c_(n-1) x_(t+n-1)), W of them.

    residual, weight, scale: (W, m); weight as of Rows. coefficients: (n,) c. by_frame: (W + n - 1, m, D) and by_shared:
    (W + n - 1, m, k): derivatives of x, or None when only values were asked for.
    """

    residual: Tensor
    weight: Tensor
    cost: Tensor
    scale: Tensor
    coefficients: tuple[float, ...]
    by_frame: Tensor | None = None
    by_shared: Tensor | None = None


@dataclass(frozen=True)
class JointRows:
    """Residuals of the last m joints, each by its own turn alone, over n neighbouring frames (n = 1 to 3).

    residual, weight: (T - n + 1, m, 3); by_frames: n tensors (T - n + 1, m, 3, 3).
    """

    frames: int
    residual: Tensor
    weight: Tensor
    cost: Tensor
    by_frames: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class SharedRows:
    """Residuals of the shared unknowns alone: residual (m,), by_shared (m, K); already weighted."""

    residual: Tensor
    cost: Tensor
    by_shared: Tensor | None = None


class NormalEquations:
    """J^T J and J^T r: diagonal, first, second (T, D, D): the blocks (t, t), (t, t + 1), (t, t + 2); border (T, D, K);
    shared (K, K); gradient (T, D); shared_gradient (K,)."""

    def __init__(self, frames: int, unknowns: int, shared: int, device: torch.device) -> None:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(*shape, dtype=JACOBIAN, device=device)

        self.diagonal = zeros(frames, unknowns, unknowns)
        self.first = zeros(frames, unknowns, unknowns)
        self.second = zeros(frames, unknowns, unknowns)
        self.border = zeros(frames, unknowns, shared)
        self.shared = zeros(shared, shared)
        self.gradient = zeros(frames, unknowns)
        self.shared_gradient = zeros(shared)

    def add(self, rows: Rows | StencilRows | JointRows | SharedRows, start: int) -> None:
        """Add residuals whose first frame is `start`."""
        if isinstance(rows, SharedRows):
            self._add_shared(rows.by_shared, rows.residual)
        elif isinstance(rows, Rows):
            self._add_rows(rows, start)
        elif isinstance(rows, JointRows):
            self._add_joints(rows, start)
        else:
            self._add_stencil(rows, start)

    def _add_shared(self, by_shared: Tensor | None, residual: Tensor) -> None:
        if by_shared is None:
            return
        k = by_shared.shape[-1]
        flat, values = by_shared.reshape(-1, k).to(JACOBIAN), residual.reshape(-1).to(JACOBIAN)
        self.shared[:k, :k] += flat.T @ flat
        self.shared_gradient[:k] += flat.T @ values

    def _add_rows(self, rows: Rows, start: int) -> None:
        part = slice(start, start + len(rows.residual))
        residual = (rows.residual * rows.weight).to(JACOBIAN)[..., None]
        weight = rows.weight.to(JACOBIAN)[..., None]
        by_shared = None if rows.by_shared is None else rows.by_shared.to(JACOBIAN) * weight
        self._add_shared(by_shared, residual)
        if rows.by_frame is None:
            return
        by_frame = rows.by_frame.to(JACOBIAN) * weight
        self._add_products(part, by_frame, by_frame, by_shared, residual)

    def _add_products(self, part: slice, left: Tensor, right: Tensor, by_shared: Tensor | None, residual: Tensor) -> None:
        """Add left^T times: right (to the diagonal), the shared unknowns' derivatives (border), the residual (gradient)."""
        others = [residual] if by_shared is None else [by_shared, residual]
        products = left.transpose(1, 2) @ torch.cat([right, *others], -1)
        width = right.shape[-1]
        self.diagonal[part] += products[..., :width]
        self.border[part, :, : products.shape[-1] - width - 1] += products[..., width:-1]
        self.gradient[part] += products[..., -1]

    def _add_stencil(self, rows: StencilRows, start: int) -> None:
        count = len(rows.residual)
        if count == 0 or rows.by_frame is None:
            return
        coefficients = rows.coefficients
        reach = len(coefficients)
        weight = (rows.weight * rows.scale).to(JACOBIAN)[..., None]
        residual = (rows.residual * rows.weight).to(JACOBIAN)[..., None]
        by_frame = rows.by_frame.to(JACOBIAN)
        by_shared = None
        if rows.by_shared is not None:
            shared = rows.by_shared.to(JACOBIAN)
            by_shared = weight * sum(c * shared[i : i + count] for i, c in enumerate(coefficients))
            self._add_shared(by_shared, residual)

        def spread(values: Tensor, factors: list[float]) -> Tensor:
            """(W + n - 1, ...) each window's values (W, ...) times a factor for each of its frames, summed by frame."""
            out = values.new_zeros(count + reach - 1, *values.shape[1:])
            for i, factor in enumerate(factors):
                out[i : i + count] += factor * values
            return out

        # A frame lies in several windows, whose weights add up: one product a frame and band instead of one a window and pair.
        c = list(coefficients)
        part = slice(start, start + count + reach - 1)
        self._add_products(
            part,
            by_frame,
            spread(weight * weight, [v * v for v in c]) * by_frame,
            None if by_shared is None else spread(weight * by_shared, c),
            spread(weight * residual, c),
        )
        for gap, band in ((1, self.first), (2, self.second)):
            pairs = [c[i] * c[i + gap] for i in range(reach - gap)]
            if pairs:
                both = spread(weight * weight, pairs)[: count + reach - 1 - gap]
                band[start : start + len(both)] += by_frame[: len(both)].transpose(1, 2) @ (both * by_frame[gap:])

    def _add_joints(self, rows: JointRows, start: int) -> None:
        count, joints = rows.residual.shape[:2]
        if count == 0:
            return
        first = self.gradient.shape[1] - 3 * joints
        residual = (rows.residual * rows.weight).to(JACOBIAN)
        blocks = [(by * rows.weight[..., None]).to(JACOBIAN) for by in rows.by_frames]
        bands = (self.diagonal, self.first, self.second)
        for i, left in enumerate(blocks):
            at = slice(start + i, start + i + count)
            transposed = left.transpose(-1, -2)
            self.gradient[at, first:] += (transposed @ residual[..., None])[..., 0].reshape(count, -1)
            for j in range(i, len(blocks)):
                own = torch.unflatten(torch.unflatten(bands[j - i][at, first:, first:], 2, (joints, 3)), 1, (joints, 3))
                own.diagonal(dim1=1, dim2=3).add_((transposed @ blocks[j]).permute(0, 2, 3, 1))
