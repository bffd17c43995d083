"""What the decoder makes is calmed where it trembles, not where it is sudden; planting feet does not bend the knees."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from thespis.core.act.contacts import as_the_feet_go
from thespis.core.act.decode import decoded
from thespis.core.act.feet import Ends, planted
from thespis.core.act.legs import leg_of, pose_leg
from thespis.core.act.request import ActRequest
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.emotion import rotation6d
from thespis.models.emotion.features import FRAME_RATE, layout
from thespis.models.emotion.rest import canonical
from thespis.tests.act_takes import JOY

Array = NDArray[np.float64]

SECONDS = np.arange(101) / FRAME_RATE
ELBOW = JOINT_INDEX["right_elbow"]


def standing() -> Array:
    """(T, D) features of somebody who stands with straight legs, both feet on the floor."""
    values = np.zeros((len(SECONDS), layout().size))
    values[:, layout().rotations] = np.tile(rotation6d.from_matrices(np.eye(3)[None]).reshape(-1), 22)
    values[:, layout().place.start + 1] = canonical().hip_height
    values[:, layout().contacts] = 1
    return values


def with_elbow(degrees: Array) -> Array:
    values = standing()
    rotations = values[:, layout().rotations].reshape(len(values), 22, 6)
    turned = Rotation.from_rotvec(np.radians(degrees)[:, None] * (0, 1.0, 0)).as_matrix()
    rotations[:, ELBOW] = rotation6d.from_matrices(turned)
    values[:, layout().rotations] = rotations.reshape(len(values), -1)
    return values


def elbow_of(values: Array) -> Array:
    rotations = rotation6d.to_matrices(values[:, layout().rotations].reshape(len(values), 22, 6))
    return np.degrees(Rotation.from_matrix(rotations[:, ELBOW]).as_rotvec()[:, 1])


@pytest.fixture
def calmed(model, monkeypatch):
    """What `decoded` makes of features that the network is made to say."""

    def made(values: Array) -> Array:
        said = torch.as_tensor(values, dtype=torch.float32)[None]
        monkeypatch.setattr(model.network, "decode", lambda *_: said, raising=False)
        return decoded(model, ActRequest(JOY, SECONDS[-1], liveliness=0.0), SECONDS[-1], None)

    return made


@pytest.mark.parametrize("seconds", [0.1, 0.15, 0.25])
def test_a_sudden_start_stays_sudden(calmed, seconds):
    # A low pass over everything took surprise out of surprise.
    moved = 60 * np.clip((SECONDS - 2.5) / seconds, 0, 1)
    fastest = [np.abs(np.diff(elbow_of(values))).max() for values in (with_elbow(moved), calmed(with_elbow(moved)))]
    assert fastest[1] > 0.9 * fastest[0]


def test_a_tremble_in_a_quiet_body_goes(calmed):
    tremble = 0.1 * np.sin(2 * np.pi * 5 * SECONDS + 0.3)
    left = elbow_of(calmed(with_elbow(tremble)))
    assert left.std() < 0.35 * tremble.std()


@pytest.mark.parametrize(
    ("hertz", "metres", "least", "most"), [(2.5, 5e-4, 0.0, 0.25), (2.2, 0.03, 0.9, 1.05), (0.5, 5e-4, 0.95, 1.05)]
)
def test_the_pelvis_does_not_hum_but_jumps_and_sways(calmed, hertz, metres, least, most):
    values = standing()
    height = layout().place.start + 1
    said = metres * np.sin(2 * np.pi * hertz * SECONDS)
    values[:, height] += said
    left = calmed(values)[:, height]
    inside = slice(15, -15)
    assert least <= left[inside].std() / said[inside].std() <= most


def bends(values: Array) -> Array:
    """(T, 2) degrees by which the knees are bent."""
    rotations = rotation6d.to_matrices(values[:, layout().rotations].reshape(len(values), 22, 6))
    legs = [pose_leg(leg_of(canonical(), side), rotations, values[:, layout().place]) for side in (0, 1)]
    ways = [(leg.knee - leg.hip, leg.ankle - leg.knee) for leg in legs]
    cosines = [(a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1) for a, b in ways]
    return np.degrees(np.arccos(np.clip(np.stack(cosines, 1), -1, 1)))


def test_knees_stay_as_straight_as_they_were_decoded_though_feet_float_and_sink():
    # The pelvis only ever came down: whoever was decoded upright stood with bent knees.
    values = standing()
    values[:, layout().place.start + 1] += 0.006 * np.sin(2 * np.pi * 0.3 * SECONDS)
    assert abs(bends(planted(values, FRAME_RATE, canonical(), Ends())).mean() - bends(values).mean()) < 3.0


@pytest.mark.parametrize("ends", [slice(-2, None), slice(1, None, -1)])
def test_a_jerk_of_the_last_or_the_first_frames_is_not_shown(ends, calmed):
    # Of these frames one token speaks alone; a take begun in such a pose jerked, and so did one that began with such frames.
    degrees = np.zeros(len(SECONDS))
    degrees[ends][-2:] = 4, 15
    assert np.abs(elbow_of(calmed(with_elbow(degrees)))).max() < 0.5


def jumping(metres: float) -> Array:
    """Somebody who stands, rises from second 1.7 to 2, comes down from 2.45 to 2.55, and is said not to touch the floor from
    1.8 to 2.45."""
    values = standing()
    values[:, layout().place.start + 1] += metres * np.interp(SECONDS, [1.7, 2.0, 2.45, 2.55], [0, 1, 1, 0])
    values[(SECONDS > 1.79) & (SECONDS < 2.46), layout().contacts] = 0
    return values


def test_a_foot_is_as_the_feet_go_of_when_it_begins_to_rise_and_stands_when_it_is_down():
    # Held until its contact ends, it straightened the knee, which jerked.
    touching = as_the_feet_go(jumping(0.05), FRAME_RATE)[:, layout().contacts] > 0.5
    still = (SECONDS < 1.72) | (SECONDS > 2.54)
    np.testing.assert_array_equal(touching, np.repeat(still[:, None], 4, axis=1))


def test_a_foot_that_floats_while_it_stands_stays():
    floating = jumping(0.001)
    gained = (as_the_feet_go(floating, FRAME_RATE) - floating)[:, layout().contacts]
    assert gained.min() == 0, "nothing is lost"
    np.testing.assert_array_equal(gained.sum(0), round(0.1 * FRAME_RATE))


def test_a_foot_that_is_as_good_as_down_stands():
    # It crept over the floor until the decoder said that it touched.
    values = jumping(0.05)
    late = (SECONDS > 1.79) & (SECONDS < 2.71)
    values[late, layout().contacts.start :] = 0
    begun = SECONDS[as_the_feet_go(values, FRAME_RATE)[:, layout().contacts.start] < 0.5].max()
    assert begun == pytest.approx(2.55, abs=0.051)


def test_a_contact_loses_no_more_than_its_ends():
    rising = jumping(0.05)
    rising[:, layout().place.start + 1] += 0.05 * np.clip(SECONDS - 0.5, 0, None)  # from 0.5 s on
    lost = (rising - as_the_feet_go(rising, FRAME_RATE))[:, layout().contacts] > 0.5
    np.testing.assert_array_equal(lost[SECONDS < 1.8].sum(0), round(0.1 * FRAME_RATE))
    sinking = standing()
    sinking[:, layout().place.start + 1] += 0.01 * (SECONDS > 2.0)  # it reaches from the first frame to the last
    np.testing.assert_array_equal(as_the_feet_go(sinking, FRAME_RATE), sinking)
