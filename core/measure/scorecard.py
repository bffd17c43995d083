"""All that is measured of one fit against the truth of a rendered case, frame by frame, so that cases can be pooled."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body
from ..camera import Camera
from ..motion import Motion
from ..skeleton import BODY_JOINT_COUNT, EYES, JAW, JOINT_INDEX, LEFT_HAND, RIGHT_HAND
from .feet import contact_hits, drifts, sinking, slides
from .metrics import mpjpe, pa_mpjpe, pa_v2v, similarity
from .order import order_hits
from .piercing import TOUCH, PiercingTest
from .posed import Posed, posed, posed_truth
from .regions import Regions, regions_of
from .stage.case import Truth
from .synthetic import pose_motion
from .tempo import jitter, peak_shares, speeds

Array = NDArray[np.floating[Any]]
Samples = dict[str, Array]
"""Name of a metric (see table.METRICS) -> what is averaged, ranked or counted for it; lengths in metres."""

_WRISTS = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]
_KNUCKLES = [JOINT_INDEX["left_middle1"], JOINT_INDEX["right_middle1"]]


@dataclass(frozen=True)
class Scored:
    """fit: samples of the fit; truth: of the truth itself, judged in the same way where that says something.

    wrist_speed: (T, 2, 2) m/s of the left and right wrist, [..., 0] fitted and [..., 1] true; fps: frames a second.
    """

    fit: Samples
    truth: Samples
    wrist_speed: Array
    fps: float


class Judge:
    """Scores fits of one body model."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.regions: Regions = regions_of(body)
        self.piercing = PiercingTest(body, self.regions)

    def score(self, motion: Motion, camera: Camera, truth: Truth) -> Scored:
        """Everything measured of a fit; `camera` is the fit's own. Frames that the fit lacks are counted, not scored."""
        fps = float(truth.fps)
        inside = np.flatnonzero((motion.frames >= 0) & (motion.frames < len(truth)))
        found: Samples = {"frames": np.isin(np.arange(len(truth)), motion.frames).astype(float)}
        if not len(inside):
            return Scored(found, {}, np.zeros((0, 2, 2)), fps)
        motion = motion.slice(int(inside[0]), int(inside[-1]) + 1)
        truth = truth.frames(motion.frames)
        fit, true = posed(self.body, motion, camera), posed_truth(truth)
        contacts = np.asarray(truth.contacts, bool)
        own = self._conduct(true, true, contacts, fps)
        found |= self._shape(fit, true) | self._parts(motion, fit, truth) | self._conduct(fit, true, contacts, fps)
        found["piercing where the truth does not"] = found["piercing"][own["piercing"] <= TOUCH]
        if motion.contacts is not None:
            recall, precision = contact_hits(motion.contacts > 0.5, contacts)
            found |= {"contact recall": recall.astype(float), "contact precision": precision.astype(float)}
        if motion.confidence is not None:
            found |= _confidence(motion.confidence, fit.seen_joints(), true.seen_joints())
        wrists = [speeds(part.seen_joints()[:, _WRISTS], fps) for part in (fit, true)]
        return Scored(found, own, np.stack(wrists, -1), fps)

    def _conduct(self, fit: Posed, truth: Posed, contacts: NDArray[np.bool_], fps: float) -> Samples:
        """What can be asked of any body in the scene, the truth's own too: feet, floor, calm, speed, order, piercing."""
        feet = fit.vertices[:, self.regions.soles].astype(np.float64)
        joints, true_joints = fit.seen_joints(), truth.seen_joints()
        return {
            "sliding": slides(feet, contacts, fps),
            "drift": drifts(feet, contacts),
            "sinking": sinking(fit.vertices),
            "jitter": jitter(joints[:, :BODY_JOINT_COUNT], true_joints[:, :BODY_JOINT_COUNT], fps).ravel(),
            "wrist peaks": peak_shares(joints[:, _WRISTS], true_joints[:, _WRISTS], fps),
            "depth order": order_hits(
                (joints[:, _WRISTS], fit.seen_vertices(self.regions.head)),
                (true_joints[:, _WRISTS], true_joints[:, _KNUCKLES], truth.seen_vertices(self.regions.head)),
                truth.camera,
            ).astype(float),
            "piercing": self.piercing.depths(fit.vertices),
        }

    def _shape(self, fit: Posed, truth: Posed) -> Samples:
        skin = self.regions.skin
        joints, true_joints = (part.seen_joints()[:, :BODY_JOINT_COUNT] for part in (fit, truth))
        every = np.arange(fit.vertices.shape[1])
        return {
            "PA-V2V": pa_v2v(fit.seen_vertices(every), truth.seen_vertices(every)),
            "PA-V2V, skin": pa_v2v(fit.seen_vertices(skin), truth.seen_vertices(skin)),
            "PA-MPJPE": pa_mpjpe(joints, true_joints),
            "MPJPE": mpjpe(joints, true_joints),
            "clip PA": np.linalg.norm(_over_clip(joints, true_joints) - true_joints, axis=-1).mean(1),
            "up": _tilt(fit.camera, truth.camera),
        }

    def _parts(self, motion: Motion, fit: Posed, truth: Truth) -> Samples:
        """Hands and face by themselves: (n, 3) of the fit, of the same body with relaxed fingers and a neutral face, and of
        the same body with the true fingers and face: what its shape alone is off."""
        fingers, face = [*LEFT_HAND, *RIGHT_HAND], [JAW, *EYES]
        relaxed, true = motion.poses.copy(), motion.poses.copy()
        relaxed[:, fingers] = np.concatenate([self.body.hands_meanl, self.body.hands_meanr]).reshape(30, 3)
        relaxed[:, face] = 0
        true[:, fingers + face] = truth.poses.reshape(len(truth), -1, 3)[:, fingers + face]
        regions = (*self.regions.hands, self.regions.face)
        chosen = np.unique(np.concatenate(regions))
        places = [
            fit.vertices[:, chosen].astype(np.float64),
            pose_motion(self.body, replace(motion, poses=relaxed, expression=np.zeros_like(motion.expression)), chosen)[0],
            pose_motion(self.body, replace(motion, poses=true, expression=np.asarray(truth.expression, np.float64)), chosen)[0],
        ]

        def errors(region: NDArray[np.int64]) -> Array:
            here, wanted = np.searchsorted(chosen, region), truth.vertices[:, region].astype(np.float64)
            return np.stack([pa_v2v(part[:, here], wanted) for part in places], 1)

        left, right, face_errors = (errors(region) for region in regions)
        return {"hands": np.concatenate([left, right]), "face": face_errors}


def _over_clip(estimate: Array, truth: Array) -> Array:
    """(T, J, 3) the estimate after one similarity for all frames."""
    scale, rotation, shift = similarity(estimate.reshape(-1, 3), truth.reshape(-1, 3))
    moved: Array = scale * estimate @ rotation.T + shift
    return moved


def _tilt(fit: Camera, truth: Camera) -> Array:
    """(1,) radians between what the fit takes for up and the truth's, both in the camera's frame."""
    return np.arccos(np.clip([fit.rotation[:, 1] @ truth.rotation[:, 1]], -1, 1))


def _confidence(confidence: Array, fit: Array, truth: Array) -> Samples:
    """(n, 2) confidence and error (metres) of the body's joints: from the pelvis, and after one similarity for the clip."""
    told, fit, truth = (part[:, :BODY_JOINT_COUNT] for part in (confidence, fit, truth))
    rooted = np.linalg.norm((fit - fit[:, :1]) - (truth - truth[:, :1]), axis=-1)
    together = np.linalg.norm(_over_clip(fit, truth) - truth, axis=-1)
    return {
        name: np.stack([told.ravel(), error.ravel()], 1)
        for name, error in (("confidence", rooted), ("confidence, clip aligned", together))
    }
