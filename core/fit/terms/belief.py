"""Beliefs about what the whole clip shares (shape, focal length), and about frames in which nobody was seen."""

import torch
from torch import Tensor

from ..kinematics import FRAME_UNKNOWNS
from ..normal import JointRows, Rows, SharedRows
from ..rotations import inverse_left_jacobian, logarithm
from .term import Stretch


class LikelyShape:
    """Betas about the mean of the chosen gender, over their standard deviation.

    strength: weight of the squared distance; it grows with the frames, or the landmarks' common bias would pull the body out
    of shape once there are many.
    """

    name = "shape"

    def __init__(self, mean: Tensor, deviation: Tensor, strength: float) -> None:
        self.mean, self.scale = mean, strength**0.5 / deviation

    def rows(self, stretch: Stretch) -> SharedRows:
        """B rows, once for the clip."""
        residual = (stretch.betas - self.mean) * self.scale
        by_shared = torch.diag(self.scale) if stretch.linearise else None
        return SharedRows(residual, (residual * residual).sum(), by_shared)


class LikelyFocal:
    """The focal length's logarithm about a likely one."""

    name = "focal"

    def __init__(self, log_focal: float, sigma: float, strength: float) -> None:
        self.log_focal, self.scale = log_focal, strength**0.5 / sigma

    def rows(self, stretch: Stretch) -> SharedRows:
        """One row, once for the clip."""
        residual = ((stretch.log_focal - self.log_focal) * self.scale).reshape(1)
        by_shared = None
        if stretch.linearise:
            by_shared = residual.new_zeros(1, len(stretch.betas) + 1)
            by_shared[0, -1] = self.scale
        return SharedRows(residual, (residual * residual).sum(), by_shared)


class LikelyLean:
    """The tilt of the networks' 3D about the camera's x axis, about none, over sigma (rad); once for the clip."""

    name = "lean"

    def __init__(self, sigma: float) -> None:
        self.sigma = sigma

    def rows(self, stretch: Stretch) -> SharedRows:
        """One row, once for the clip."""
        residual = (stretch.lean / self.sigma).reshape(1)
        by_shared = None
        if stretch.linearise:
            by_shared = residual.new_zeros(1, len(stretch.betas) + 2)
            by_shared[0, -1] = 1 / self.sigma
        return SharedRows(residual, (residual * residual).sum(), by_shared)


class LikelyTilt:
    """Cameras are held level: the world's tilt about none, over its sigma (2,) for roll and pitch.

    strength: weight of the squared distance; it grows with the frames as that of the shape does, since feet and balance err
    alike throughout a clip.
    """

    name = "tilt"

    def __init__(self, sigma: tuple[float, float], strength: float) -> None:
        self.sigma, self.strength = sigma, strength

    def rows(self, stretch: Stretch) -> SharedRows:
        """Two rows, once for the clip."""
        scale = self.strength**0.5 / stretch.tilt.new_tensor(self.sigma)
        residual = stretch.tilt * scale
        by_shared = None
        if stretch.linearise:
            count = len(stretch.betas)
            by_shared = residual.new_zeros(2, count + 4)
            by_shared[:, count + 2 :] = torch.diag(scale)
        return SharedRows(residual, (residual * residual).sum(), by_shared)


class LikelyHeight:
    """Somebody holds the camera, or it stands on a tripod: its height over the floor about a usual one.

    At five metres the pitch that puts the floor under the feet follows from it to a few degrees. mean, sigma: metres;
    strength: as for LikelyTilt.
    """

    name = "height"

    def __init__(self, mean: float, sigma: float, strength: float) -> None:
        self.mean, self.scale = mean, strength**0.5 / sigma

    def rows(self, stretch: Stretch) -> SharedRows:
        """One row, once for the clip."""
        residual = ((stretch.floor + self.mean) * self.scale).reshape(1)
        by_shared = None
        if stretch.linearise:
            by_shared = residual.new_zeros(1, len(stretch.betas) + 5)
            by_shared[0, -1] = self.scale
        return SharedRows(residual, (residual * residual).sum(), by_shared)


class HeldPose:
    """Local rotations about given ones, for frames in which nobody was seen.

    rotations: (T, 22, 3, 3); weight: (T,) 1 / sigma in 1 / rad, 0 where the person was seen.
    """

    name = "held pose"

    def __init__(self, rotations: Tensor, weight: Tensor) -> None:
        self.rotations, self.weight = rotations, weight

    def rows(self, stretch: Stretch) -> JointRows:
        """Three numbers for each of the 22 joints."""
        weight = self.weight[stretch.own, None, None]
        actual = stretch.posed.rotations[: stretch.count]
        away = logarithm(actual @ self.rotations[stretch.own].transpose(-1, -2))
        residual = away * weight
        ones, cost = torch.ones_like(residual), (residual * residual).sum()
        if not stretch.linearise:
            return JointRows(1, residual, ones, cost)
        parents = stretch.posed.parents[: stretch.count]
        return JointRows(1, residual, ones, cost, (inverse_left_jacobian(away) @ parents.transpose(-1, -2) * weight[..., None],))


class HeldPlace:
    """The pelvis's place about a given one, for frames in which nobody was seen; arguments as HeldPose, weight in 1 / m."""

    name = "held place"

    def __init__(self, pelvis: Tensor, weight: Tensor) -> None:
        self.pelvis, self.weight = pelvis, weight

    def rows(self, stretch: Stretch) -> Rows:
        """Three rows a frame."""
        weight = self.weight[stretch.own, None]
        residual = (stretch.posed.points[: stretch.count, 0] - self.pelvis[stretch.own]) * weight
        ones, cost = torch.ones_like(residual), (residual * residual).sum()
        if not stretch.linearise:
            return Rows(residual, ones, cost)
        by_frame = residual.new_zeros(stretch.count, 3, FRAME_UNKNOWNS)
        by_frame[:, :, :3] = torch.eye(3, dtype=residual.dtype, device=residual.device) * weight[..., None]
        return Rows(residual, ones, cost, by_frame)
