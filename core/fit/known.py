"""What is known of a clip before it is fitted, because it was fitted before or somebody said so."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..camera import Camera
from .world import World

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Known:
    """world: gravity and floor, which are then held. contacts: (T, 4) of left heel, left toes, right heel, right toes: 1 on the
    ground, 0 not, not a number where nothing is said."""

    world: World | None = None
    contacts: Array | None = None

    def on(self, where: torch.device) -> "Known":
        """The same with the world's tensors on a device."""
        return self if self.world is None else replace(self, world=replace(self.world, up=self.world.up.to(where)))

    def settled(self, contacts: Tensor, every: int) -> Tensor:
        """Contacts (t, 4), those of one frame in `every`, as they were found where nothing is said, else as it is said."""
        if self.contacts is None:
            return contacts
        said = torch.as_tensor(np.asarray(self.contacts[::every], np.float64), device=contacts.device)
        return torch.where(said.isfinite(), said, contacts)


def world_of(camera: Camera) -> World:
    """The world that a fitted camera stands in, as it sees it."""
    up = np.asarray(camera.rotation, np.float64)[:, 1]
    return World(torch.as_tensor(up.copy()), float(up @ camera.translation), True)
