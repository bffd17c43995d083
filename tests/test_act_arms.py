"""Arms are kept out of the body: judged on the mesh, which the pass itself never sees."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from thespis.core.act.arm_bones import CHAIN, arms_of, hand_balls, matrices, pose_arms, pose_trunk
from thespis.core.act.arm_contacts import depths as depths_of_balls
from thespis.core.act.arms import kept_out
from thespis.core.act.feet import Ends
from thespis.core.measure.piercing import TOUCH, PiercingTest
from thespis.core.measure.regions import regions_of
from thespis.core.measure.synthetic import pose_motion
from thespis.core.motion import Motion
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.emotion.rest import canonical
from thespis.models.prior.pose_prior import load_pose_prior

FPS = 30.0
ARMS = [JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")]
WRISTS = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]

HANGING = {"left_shoulder": (0.0, 0.0, -1.15), "right_shoulder": (0.0, 0.0, 1.15)}
DEEP = {
    "into the belly": {"left_shoulder": (0.82, -0.71, -1.13), "left_elbow": (0.0, -1.3, 0.0)},
    "into the thigh": {"left_shoulder": (0.6, -0.15, -1.34), "left_elbow": (0.0, -0.73, 0.0)},
    "into the head": {"left_shoulder": (-0.9, -1.16, -0.38), "left_elbow": (0.0, -2.16, 0.0)},
    "arms through each other": {
        "left_shoulder": (-0.06, -1.56, -0.2),
        "left_elbow": (0.0, -1.99, 0.0),
        "right_shoulder": (-0.06, 1.56, 0.2),
        "right_elbow": (0.0, 1.99, 0.0),
    },
}


def posed(turns: dict, frames: int = 1) -> np.ndarray:
    poses = np.zeros((frames, 55, 3))
    poses[:, 25:40], poses[:, 40:] = (0.0, 0.0, -0.2), (0.0, 0.0, 0.2)
    for name, turn in (HANGING | turns).items():
        poses[:, JOINT_INDEX[name]] = turn
    return poses


def reaching(turns: dict, seconds: float = 4.0, fps: float = FPS, betas: np.ndarray | None = None) -> Motion:
    """Arms that hang, go where `turns` brings them, rest there and hang again."""
    time = np.linspace(0, 1, round(seconds * fps) + 1)
    u = np.clip(np.minimum(time, 1 - time) / 0.4, 0, 1)
    share = (u**3 * (10 - 15 * u + 6 * u * u))[:, None, None]
    poses = (1 - share) * posed({}) + share * posed(turns)
    frames, betas = len(time), np.zeros(16) if betas is None else betas
    return Motion(poses, np.zeros((frames, 3)), betas, np.zeros((frames, 64)), fps)


@lru_cache(maxsize=1)
def piercing() -> PiercingTest:
    body = canonical().body
    return PiercingTest(body, regions_of(body))


def depths(motion: Motion, every: int = 5) -> np.ndarray:
    thinned = Motion(motion.poses[::every], motion.trans[::every], motion.betas, motion.expression[::every], motion.fps)
    return piercing().depths(pose_motion(canonical().body, thinned)[0])


def joints(motion: Motion) -> np.ndarray:
    return pose_motion(canonical().body, motion, np.zeros(1, np.int64))[1]


@pytest.mark.parametrize("where", DEEP)
def test_an_arm_in_the_body_comes_out_of_it(where):
    motion = reaching(DEEP[where])
    assert depths(motion).max() > 2 * TOUCH
    assert depths(kept_out(motion, Ends())).max() < TOUCH


def test_a_hand_that_comes_out_still_touches():
    """It is moved to the skin, not off the body."""
    middle = depths(kept_out(reaching(DEEP["into the belly"]), Ends()), every=60)[1]
    assert middle > 0.001


def test_a_take_that_is_clean_stays_as_it_is():
    motion = reaching({"left_shoulder": (0.0, -1.0, -0.2), "left_elbow": (0.0, -0.6, 0.0)})
    assert depths(motion).max() == 0
    assert np.array_equal(kept_out(motion, Ends()).poses, motion.poses)


def test_only_arms_move_and_only_about_when_they_are_inside():
    motion = reaching(DEEP["into the belly"], seconds=6.0)
    freed = kept_out(motion, Ends())
    others = np.setdiff1d(np.arange(55), ARMS)
    assert np.array_equal(freed.poses[:, others], motion.poses[:, others])
    assert np.array_equal(freed.trans, motion.trans)
    moved = np.linalg.norm(joints(freed) - joints(motion), axis=-1)[:, WRISTS].max(1)
    inside = 6 * np.flatnonzero(depths(motion, every=6) > 0)
    far = np.ones(len(motion), bool)
    far[inside[0] - round(0.8 * FPS) : inside[-1] + round(0.8 * FPS)] = False
    assert far.sum() > 20
    assert moved[far].max() < 0.01
    assert moved.max() > 0.03


def test_given_ends_stay_as_they_are():
    motion = reaching(DEEP["into the belly"])
    middle = motion.slice(27, 94)  # begins and ends inside
    freed = kept_out(middle, Ends(first=0.3, last=0.3))
    assert np.array_equal(freed.poses[[0, -1]], middle.poses[[0, -1]])
    assert np.abs(freed.poses[1] - middle.poses[1]).max() < 0.02
    assert depths(freed, every=6)[3:8].max() < TOUCH


def test_arms_come_out_smoothly():
    motion = reaching(DEEP["into the thigh"])
    before, after = joints(motion)[:, WRISTS], joints(kept_out(motion, Ends()))[:, WRISTS]
    acceleration, freed = (np.linalg.norm(np.diff(path, 2, axis=0), axis=-1) * FPS**2 for path in (before, after))
    assert freed.max() < 2 * acceleration.max()  # of the smoothest path there is
    # A hand that acts has a jerk of hundreds of m/s³; one pushed out frame by frame, as well.
    assert np.linalg.norm(np.diff(after, 3, axis=0), axis=-1).max() * FPS**3 < 40


@pytest.mark.parametrize("where", DEEP)
def test_no_joint_goes_beyond_its_limits(where):
    prior = load_pose_prior()
    lower, upper = prior.lower.reshape(21, 3), prior.upper.reshape(21, 3)
    motion = reaching(DEEP[where])
    within = np.clip(motion.poses[:, 1:22], lower, upper)
    motion = replace(motion, poses=np.concatenate([motion.poses[:, :1], within, motion.poses[:, 22:]], axis=1))
    pose = kept_out(motion, Ends()).poses[:, 1:22]
    assert (pose >= lower - 1e-9).all()
    assert (pose <= upper + 1e-9).all()


@pytest.mark.parametrize("fps", [24.0, 60.0])
def test_any_frame_rate_will_do(fps):
    assert depths(kept_out(reaching(DEEP["into the belly"], fps=fps), Ends())).max() < TOUCH


def test_a_broad_body_keeps_its_arms_out_too():
    betas = np.zeros(16)
    betas[1] = 2.5
    motion = reaching(DEEP["into the belly"], betas=betas)
    assert depths(motion).max() > 2 * TOUCH
    assert depths(kept_out(motion, Ends())).max() < TOUCH


def test_the_shortest_take_is_no_trouble():
    for frames in (1, 2, 3, 5):
        motion = reaching(DEEP["into the belly"]).slice(45, 45 + frames)
        assert np.isfinite(kept_out(motion, Ends()).poses).all()


def test_balls_inside_are_found_as_deep_as_the_solids_say():
    """Limbs and balls that a quick look tells to be far are: asked one by one, hardly a ball of them is inside. (One in some
    thousands is, in wild poses: distances jump where a solid was cut from its neighbours.)"""
    rng, frames = np.random.default_rng(0), 3000
    poses = posed({}, frames)
    for name in ("spine2", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow"):
        poses[:, JOINT_INDEX[name]] = rng.normal(0, 1.0, (frames, 3))
    arms = arms_of((0.0,) * 16)
    trunk = pose_trunk(arms, poses, np.zeros((frames, 3)))
    balls = pose_arms(arms, trunk, matrices(poses[:, CHAIN]), hand_balls(arms, poses))
    deepest = np.full(balls.balls.shape[:3], -np.inf)
    for solid in arms.figure.solids:
        local = (balls.balls - trunk.places[:, None, None, solid.carrier]) @ trunk.world[:, solid.carrier][:, None]
        deepest = np.maximum(deepest, arms.radius - solid.distance(local))
    found = depths_of_balls(arms, trunk, balls, np.zeros(3)).depth[..., 0]
    assert (found <= np.maximum(deepest, 0) + 1e-9).all()
    inside = deepest > 0
    assert inside.sum() > 10_000
    assert (np.abs(found - deepest)[inside] > 1e-9).mean() < 1e-3
