"""From the solver's state to the world's Motion and Camera: hands and face are added, joints put in the camera's frame."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...models.body.load import Body
from ...models.body.skin import BodySkin
from ..camera import Camera
from ..motion import Motion
from ..observe.tracks import Track
from ..skeleton import BODY_JOINT_COUNT, EYES, JAW, JOINT_COUNT, JOINT_INDEX, LEFT_HAND, RIGHT_HAND
from .body import BodyFit
from .confidence import joint_confidence
from .face import FaceFit, fit_face
from .hands import fit_hand, hand_model
from .kinematics import global_rotations
from .lens import Lens
from .observations import Observations
from .parts import hand_score, inside_share
from .rotations import logarithm, orthonormal
from .settings import Settings
from .warnings import outside_warnings, warnings_of
from .world import World, level_axes


def camera_in_world(lens: Lens, focal: float, world: World, origin: Tensor) -> Camera:
    """The camera, in a world whose floor is y = 0, whose origin lies on the floor under `origin` (3,) (camera frame), and whose
    +Z points back towards the camera along the floor, so that who faces the camera faces +Z."""
    up = world.up.cpu().numpy()
    rotation = level_axes(up)
    place = origin.cpu().numpy()
    translation = place + (world.floor - float(place @ up)) * up
    chosen = lens.with_focal(focal)
    return Camera(lens.size, chosen.focal, lens.centre, lens.distortion, rotation, translation, lens.focal_known)


def assemble(
    track: Track,
    body: Body,
    lens: Lens,
    fps: float,
    gender: str,
    seen: Observations,
    fitted: BodyFit,
    settings: Settings,
) -> tuple[Motion, Camera, list[str]]:
    """The motion with its joints, contacts and confidence, the camera, and what the user should know."""
    state, frames = fitted.state, len(fitted.state.pelvis)
    focal = float(state.log_focal.exp())
    present = seen.present.cpu().numpy()
    first = int(np.flatnonzero(present)[0])
    camera = camera_in_world(lens, focal, fitted.world, state.pelvis[first])
    betas = state.betas.cpu()

    rotations = orthonormal(state.rotations.cpu())
    poses = np.zeros((frames, JOINT_COUNT, 3))
    poses[:, :BODY_JOINT_COUNT] = logarithm(rotations).numpy()
    turned = global_rotations(rotations)
    skin = BodySkin(body, torch.float64, torch.device("cpu"))
    pelvis_rest = skin.joints_at_rest(betas)[0, 0].numpy()
    in_camera, _ = skin.joints(torch.as_tensor(poses), state.pelvis.cpu() - torch.as_tensor(pelvis_rest), betas)

    for hand, (side, fingers) in enumerate((("left", LEFT_HAND), ("right", RIGHT_HAND))):
        poses[:, list(fingers)] = fit_hand(track, hand, hand_model(body, betas.numpy(), side), fps, settings.finger_cutoff)
    head = JOINT_INDEX["head"]
    face = fit_face(track, body, betas.numpy(), lens, in_camera[:, head].numpy(), turned[:, head].numpy(), focal, fps)
    poses[:, JAW], poses[:, list(EYES)] = face.jaw, face.eyes

    poses[:, 0] = logarithm(torch.as_tensor(camera.rotation.T) @ rotations[:, 0]).numpy()
    # Expression moves the joints of jaw and eyes a little; the pelvis it leaves where it is.
    trans = camera.to_world(state.pelvis.cpu().numpy()) - pelvis_rest
    joints, _ = skin.joints(torch.as_tensor(poses), torch.as_tensor(trans), betas, torch.as_tensor(face.expression))
    in_camera_frame = camera.to_camera(joints.numpy())
    motion = Motion(
        poses=poses,
        trans=trans,
        betas=betas.numpy(),
        expression=face.expression,
        fps=fps,
        gender=gender,
        body_model=body.model_id,
        frames=np.asarray(track.frames, np.int64),
        joints_camera=in_camera_frame,
        confidence=joint_confidence(track, camera, in_camera_frame, present, face.seen, fps),
        contacts=np.clip(fitted.contacts.cpu().numpy(), 0, 1),
    )
    return motion, camera, _warnings(track, present, face, fitted, lens, fps)


def _warnings(track: Track, present: NDArray[np.bool_], face: FaceFit, fitted: BodyFit, lens: Lens, fps: float) -> list[str]:
    hands = [bool(hand_score(track, hand).any()) for hand in (0, 1)]
    lines = warnings_of(present, track.frames, hands, bool(face.seen.any()), fitted.world.evidence, lens.focal_known, fps)
    return outside_warnings(inside_share(track, lens.size), present, track.frames, fps) + lines
