"""From the solver's state to the world's Motion and Camera."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ...models.body.load import Body
from ...models.body.skin import BodySkin
from ..camera import Camera
from ..motion import Motion
from ..observe.tracks import Track
from ..skeleton import BODY_JOINT_COUNT, JOINT_COUNT
from .body import BodyFit
from .lens import Lens
from .observations import Observations
from .rotations import logarithm, orthonormal
from .world import World


def camera_in_world(lens: Lens, focal: float, world: World, origin: Tensor) -> Camera:
    """The camera, in a world whose floor is y = 0, whose origin lies on the floor under `origin` (3,) (camera frame), and whose
    +Z points back towards the camera along the floor, so that who faces the camera faces +Z."""
    up = world.up.cpu().numpy()
    forward = np.array([0.0, 0.0, 1.0])
    z = -(forward - (forward @ up) * up)
    z /= np.linalg.norm(z)
    rotation = np.stack([np.cross(up, z), up, z], axis=1)  # columns: the world's axes in the camera's frame
    place = origin.cpu().numpy()
    translation = place + (world.floor - float(place @ up)) * up
    chosen = lens.with_focal(focal)
    return Camera(lens.size, chosen.focal, lens.centre, lens.distortion, rotation, translation, lens.focal_known)


def assemble(
    track: Track, body: Body, lens: Lens, fps: float, gender: str, seen: Observations, fitted: BodyFit
) -> tuple[Motion, Camera, list[str]]:
    """The motion with its joints, contacts and confidence, the camera, and what the user should know."""
    state = fitted.state
    frames = len(state.pelvis)
    first = int(torch.nonzero(seen.present)[0, 0])
    camera = camera_in_world(lens, float(state.log_focal.exp()), fitted.world, state.pelvis[first])
    to_world = torch.as_tensor(camera.rotation.T)
    rotations = orthonormal(state.rotations.cpu())
    rotations[:, 0] = to_world @ rotations[:, 0]
    poses = np.zeros((frames, JOINT_COUNT, 3))
    poses[:, :BODY_JOINT_COUNT] = logarithm(rotations).numpy()
    skin = BodySkin(body, torch.float64, torch.device("cpu"))
    betas = state.betas.cpu()
    pelvis_rest = skin.joints_at_rest(betas)[0, 0].numpy()
    trans = camera.to_world(state.pelvis.cpu().numpy()) - pelvis_rest
    expression = np.zeros((frames, body.expression_count))
    joints, _ = skin.joints(torch.as_tensor(poses), torch.as_tensor(trans), betas, torch.as_tensor(expression))
    motion = Motion(
        poses=poses,
        trans=trans,
        betas=betas.numpy(),
        expression=expression,
        fps=fps,
        gender=gender,
        body_model=body.model_id,
        frames=np.asarray(track.frames, np.int64),
        joints_camera=camera.to_camera(joints.numpy()),
        confidence=np.ones((frames, JOINT_COUNT)),
        contacts=fitted.contacts.cpu().numpy(),
    )
    return replace(motion), camera, []
