"""How far each piece of evidence is trusted: the fit's standard deviations and scales, one place for all of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Standard deviations (sigma) divide residuals; scales are where a Cauchy loss starts to doubt, in sigmas.

    body_2d: sigma of a body landmark, as a share of the side of the person's box; hand_2d, face_2d: of the size of the hand
        (wrist to middle knuckle) and of the face (diagonal of its landmarks).
    closer: how many times surer the body's landmarks are once its poses are found: then they can no longer lead astray in depth,
        and a body that covers the person in the clip is what people look for.
    direction: sigma (rad) of the direction of a bone that the networks' 3D gives; foot_direction, face_direction: the same for
        those; hand_direction: sigma of the palm's, as a multiple of the spread that is told with it.
    prior: weight of the pose prior's Mahalanobis distance; prior_scale: distance at which an unusual pose is let go.
    limit: sigma (rad) of going beyond a joint limit.
    acceleration: sigma (m/s^2) of a point's acceleration; turn_acceleration: of a joint's local turning (rad/s^2).
    contact_speed: sigma (m/s) of a planted foot's speed; contact_height: sigma (m) of its distance from the floor;
        under_floor: sigma (m) of any sole point that lies under it; scale_tried: where a contact that is only tried is doubted.
    balance: sigma (m) of the distance, along the floor, from a standing body's middle of mass to the feet that carry it.
    apart: sigma (m) of the depth by which parts of the body overlap.
    before: sigma (m) of the depth by which a hand is on the wrong side of head or trunk; scale_before: where it is doubted.
    lean: sigma (rad) of the tilt in depth that the networks' 3D has throughout a clip.
    roll, pitch: sigma (rad) of the camera's when nothing else is known: held level, tilted at will; level: weight of that for
        each frame, against the frame's feet and balance.
    camera_height, camera_height_sigma: metres over the floor at which cameras are held.
    gap: sigma (rad, and times 1 m for the pelvis) of frames without a person around the interpolated pose.
    shape: weight of the shape prior for each frame, against the frame's landmarks.
    focal: sigma of the focal length's logarithm when nobody gave it; focal_frames: frames it counts for, at most.
    finger_cutoff: Hz, of fingers that are read surely; surer ones are smoothed less, doubtful ones more.
    without: names of terms to leave out, to see what each of them brings.
    """

    body_2d: float = 0.006
    hand_2d: float = 0.12
    face_2d: float = 0.06
    closer: float = 1.5
    scale_2d: float = 2.0
    direction: float = 0.30
    foot_direction: float = 0.55
    hand_direction: float = 1.0
    face_direction: float = 0.30
    scale_direction: float = 2.0
    prior: float = 1.0
    prior_scale: float = 15.0
    limit: float = 0.2
    acceleration: float = 6.0
    scale_acceleration: float = 3.0
    turn_acceleration: float = 60.0
    contact_speed: float = 0.05
    contact_height: float = 0.02
    under_floor: float = 0.01
    scale_tried: float = 20.0
    balance: float = 0.08
    apart: float = 0.005
    before: float = 0.015
    scale_before: float = 20.0
    lean: float = 0.12
    roll: float = 0.06
    pitch: float = 0.30
    level: float = 0.5
    camera_height: float = 1.3
    camera_height_sigma: float = 0.6
    gap: float = 0.1
    shape: float = 1.0
    focal: float = 0.2
    iterations: int = 24
    tolerance: float = 5e-4
    chunk: int = 128
    finger_cutoff: float = 1.5
    without: frozenset[str] = frozenset()
