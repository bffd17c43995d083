"""The networks: they give what their originals gave, they are the files that the notice names, and they fail with a reason."""

import hashlib
import re
import threading

import numpy as np
import onnx
import pytest
from thespis.core.errors import ThespisError
from thespis.models.landmarks.files import FOLDER, NETWORKS, network_path
from thespis.models.landmarks.names import BLENDSHAPE_NAMES, BLENDSHAPE_POINTS, BODY_LANDMARK_NAMES, HAND_LANDMARK_NAMES
from thespis.models.landmarks.reference import difference, reference_input, stored_references, thinned
from thespis.models.landmarks.run import Networks, choose_providers


@pytest.fixture(scope="module")
def networks():
    return Networks("cpu")


def input_shape(name: str) -> tuple[int, ...]:
    graph = onnx.load(network_path(name)).graph
    return tuple(dimension.dim_value for dimension in graph.input[0].type.tensor_type.shape.dim)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_gives_what_googles_own_runtime_gave(networks, name):
    wanted = stored_references(name)
    found = networks.run(name, reference_input(input_shape(name)))
    inner = {"features"} if name == "hand_landmark_full" else set()  # the layer before the last, from which the others come
    assert wanted and set(wanted) == set(found) - inner and inner <= set(found)
    for output, values in wanted.items():
        assert np.isfinite(found[output]).all()
        assert difference(thinned(found[output]), values) < 2e-3, output


def test_the_reference_inputs_move_the_networks(networks):
    """Parity with constant outputs would mean nothing."""
    for name in ("pose_landmark_full", "hand_landmark_full", "face_landmarks_detector"):
        value = reference_input(input_shape(name))
        first, second = (networks.run(name, v)["landmarks"] for v in (value, value[:, ::-1].copy()))
        assert difference(second, first) > 0.05


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "hand_recrop"])
def test_large_weights_are_stored_in_half_precision(name):
    weights = onnx.load(network_path(name)).graph.initializer
    size = {kind: sum(len(w.raw_data) for w in weights if w.data_type == kind) for kind in (1, 10)}  # float, float16
    assert size[10] > 10 * size[1]


def test_the_networks_together_are_small_enough_to_ship():
    assert sum(network_path(name).stat().st_size for name in NETWORKS) < 52e6


def test_the_notice_names_each_network_and_its_checksum():
    notice = (FOLDER / "NOTICE.md").read_text()
    assert "Apache License" in notice and (FOLDER / "LICENSE-Apache-2.0.txt").is_file()
    checksums = set(re.findall(r"`([0-9a-f]{64})`", notice))
    for name in NETWORKS:
        assert f"{name}.onnx" in notice
        assert hashlib.sha256(network_path(name).read_bytes()).hexdigest() in checksums


def test_what_is_converted_is_what_is_run():
    pytest.importorskip("tflite", reason="tflite converts the networks and is not installed")
    from thespis.models.landmarks.convert.networks import NETWORKS as CONVERTED

    assert sorted(network.name for network in CONVERTED) == sorted(NETWORKS)
    for network in CONVERTED:
        assert sorted(network.outputs.values()) == sorted(stored_references(network.name))


def test_names_count_what_the_networks_give():
    assert [len(set(names)) for names in (BODY_LANDMARK_NAMES, HAND_LANDMARK_NAMES, BLENDSHAPE_NAMES)] == [33, 21, 52]
    assert BLENDSHAPE_NAMES[0] == "_neutral" and BLENDSHAPE_NAMES[25] == "jawOpen"
    assert len(BLENDSHAPE_POINTS) == input_shape("face_blendshapes")[1] and max(BLENDSHAPE_POINTS) < 478
    for k, name in enumerate(BODY_LANDMARK_NAMES):
        if name.startswith("left_"):
            assert BODY_LANDMARK_NAMES[k + (3 if "eye" in name else 1)] == name.replace("left", "right")


def test_a_missing_network_is_named_with_the_next_step(tmp_path):
    with pytest.raises(ThespisError, match=r"hand_recrop\.onnx.*missing.*Install"):
        Networks("cpu", folder=tmp_path).run("hand_recrop", np.zeros((1, 256, 256, 3), np.float32))


def test_a_broken_network_is_named_with_the_next_step(tmp_path):
    network_path("hand_recrop", tmp_path).write_bytes(network_path("hand_recrop").read_bytes()[:5000])
    with pytest.raises(ThespisError, match=r"hand_recrop\.onnx.*cannot be loaded.*Install") as caught:
        Networks("cpu", folder=tmp_path).run("hand_recrop", np.zeros((1, 256, 256, 3), np.float32))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("device", "available", "wanted"),
    [
        ("auto", ["CUDAExecutionProvider", "CPUExecutionProvider"], ["CUDAExecutionProvider", "CPUExecutionProvider"]),
        ("auto", ["AzureExecutionProvider", "CPUExecutionProvider"], ["CPUExecutionProvider"]),
        ("auto", ["CoreMLExecutionProvider", "CPUExecutionProvider"], ["CoreMLExecutionProvider", "CPUExecutionProvider"]),
        ("cpu", ["CUDAExecutionProvider", "CPUExecutionProvider"], ["CPUExecutionProvider"]),
        ("directml", ["DmlExecutionProvider", "CPUExecutionProvider"], ["DmlExecutionProvider", "CPUExecutionProvider"]),
    ],
)
def test_the_best_device_that_is_there_is_chosen(device, available, wanted):
    assert choose_providers(device, available) == wanted


def test_unknown_and_missing_devices_are_refused():
    with pytest.raises(ThespisError, match="no such device"):
        choose_providers("abacus", ["CPUExecutionProvider"])
    with pytest.raises(ThespisError, match="cannot use it"):
        choose_providers("cuda", ["CPUExecutionProvider"])


def test_several_threads_may_run_one_network(networks):
    value = reference_input(input_shape("hand_recrop"))
    wanted = networks.run("hand_recrop", value)["points"]
    fresh, found = Networks("cpu", threads=1), []
    threads = [threading.Thread(target=lambda: found.append(fresh.run("hand_recrop", value)["points"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for points in found:
        np.testing.assert_allclose(points, wanted, atol=1e-4)
