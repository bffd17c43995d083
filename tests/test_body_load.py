"""The loader: the open body and official files through one door; damaged and hostile files refused with a reason."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.skeleton import PARENTS
from thespis.models.body.load import OPEN_BODY, load_body, rest_shape
from thespis.models.landmarks.names import BLENDSHAPE_NAMES
from thespis.tests.bodies import official_layout, saved


@pytest.fixture(scope="module")
def layout():
    return official_layout()


def refusal(path: Path) -> str:
    with pytest.raises(ThespisError) as caught:
        load_body(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_open_body_has_what_the_format_promises():
    body = load_body()
    assert body.model_id == "open"
    assert tuple(body.parents) == PARENTS
    assert body.beta_count == 16
    assert load_body(max_betas=300).beta_count >= 16
    arkit = set(BLENDSHAPE_NAMES) - {"_neutral"} | {"tongueOut"}
    assert len(arkit) == 52
    assert arkit <= set(body.expression_names)
    assert len(set(body.expression_names) - arkit) >= 10
    assert len(body.expression_names) == body.expression_count
    assert body.uv is not None
    assert body.faces_uv is not None
    assert body.uv.min() >= 0
    assert body.uv.max() <= 1
    assert {"body", "left_eye", "right_eye", "teeth", "tongue"} <= set(body.group_names)
    assert set(body.shape_prior) == {"neutral", "female", "male"}
    assert np.allclose(body.shape_prior["neutral"][1], 1, atol=0.02)
    assert len(body.mediapipe_indices) >= 100


def test_open_body_file_is_small_and_free_of_python_objects():
    assert OPEN_BODY.stat().st_size <= 6e6
    with zipfile.ZipFile(OPEN_BODY) as archive:
        for member in archive.namelist():
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                assert not read_header(file)[2].hasobject, member


def test_fewer_coefficients_on_request():
    body = load_body(max_betas=10, max_expression=12)
    assert (body.beta_count, body.expression_count) == (10, 12)
    assert len(body.expression_names) == 12
    assert body.shape_prior["female"][0].shape == (10,)


@pytest.mark.parametrize(("columns", "betas", "expressions"), [(20, 10, 10), (400, 16, 100)])
def test_official_files_of_both_sizes(tmp_path, columns, betas, expressions):
    arrays = official_layout(columns=columns)
    body = load_body(saved(tmp_path, arrays))
    assert (body.beta_count, body.expression_count) == (betas, expressions)
    start = 300 if columns == 400 else 10
    assert np.allclose(body.shapedirs, arrays["shapedirs"][:, :, :betas], atol=1e-6)
    assert np.allclose(body.exprdirs, arrays["shapedirs"][:, :, start : start + expressions], atol=1e-6)
    assert body.model_id.startswith("SMPLX_NEUTRAL-")
    assert body.posedirs is None
    assert body.mediapipe_indices is None
    assert body.expression_names == ("",) * expressions
    if columns == 400:
        assert load_body(saved(tmp_path, arrays), max_betas=300).beta_count == 300


def test_model_id_follows_the_content(tmp_path):
    one = load_body(saved(tmp_path, official_layout(1))).model_id
    assert load_body(saved(tmp_path, official_layout(1), "COPY.npz")).model_id.split("-")[1] == one.split("-")[1]
    assert load_body(saved(tmp_path, official_layout(2))).model_id != one


class Bomb:
    """Pickled, it makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("key", ["v_template", "part2num"])
def test_pickled_objects_are_never_run(tmp_path, layout, key):
    exploded = tmp_path / "exploded"
    content = np.array({"x": Bomb(exploded)}, dtype=object)
    arrays = dict(layout)
    arrays[key] = content
    path = saved(tmp_path, arrays)
    if key == "v_template":
        assert "v_template" in refusal(path)
    else:  # official files carry such tables; nobody reads them
        load_body(path)
    assert not exploded.exists()
    with np.load(path, allow_pickle=True) as file:  # the bomb is real
        _ = file[key]
    assert exploded.exists()


@pytest.mark.parametrize("key", sorted(official_layout().keys()))
def test_a_missing_key_is_named(tmp_path, layout, key):
    arrays = {name: array for name, array in layout.items() if name != key}
    assert f"'{key}'" in refusal(saved(tmp_path, arrays))


def wrong_values():
    def changed(key, change):
        def apply(arrays):
            arrays[key] = change(arrays[key].copy())
            return arrays

        return pytest.param(apply, id=f"{key}-{change.__name__}")

    def nan(a):
        a.flat[7] = np.nan
        return a

    def infinite(a):
        a.flat[7] = np.inf
        return a

    def transposed(a):
        return a.T

    def negative(a):
        a = a.astype(np.int64)
        a.flat[3] = -1
        return a

    def beyond(a):
        a = a.astype(np.int64)
        a.flat[3] = 10**6
        return a

    def text(a):
        return np.array(["x"])

    def doubled(a):
        return a * 2

    def cut(a):
        return a[:-1]

    def rewired(a):
        a[0, 20] = 3
        return a

    def of_smpl(a):
        return a[:, :24]

    def complex_numbers(a):
        return a.astype(complex)

    return [
        changed("v_template", nan), changed("shapedirs", nan), changed("weights", infinite), changed("v_template", transposed),
        changed("f", negative), changed("f", beyond), changed("lmk_faces_idx", beyond), changed("hands_meanl", text),
        changed("weights", doubled), changed("J_regressor", doubled), changed("posedirs", cut), changed("weights", cut),
        changed("kintree_table", rewired), changed("kintree_table", of_smpl), changed("v_template", complex_numbers),
        changed("lmk_bary_coords", cut),
    ]  # fmt: skip


@pytest.mark.parametrize("change", wrong_values())
def test_wrong_values_are_refused(tmp_path, layout, change):
    refusal(saved(tmp_path, change(dict(layout))))


def test_an_smpl_file_is_recognised(tmp_path, layout):
    arrays = dict(layout)
    arrays["kintree_table"] = layout["kintree_table"][:, :24]
    assert "SMPL file" in refusal(saved(tmp_path, arrays))


def damaged_files():
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **official_layout())
    good = buffer.getvalue()
    flipped = bytearray(good)
    flipped[5000:5040] = bytes(40)
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    return {
        "empty": b"",
        "text": b"this is not a body",
        "cut short": good[: len(good) // 2],
        "scrambled": bytes(flipped),
        "single array": array.getvalue(),
        "pickle": pickle.dumps({"v_template": 1}),
        "zip of nothing": zipped({}),
        "zip of text": zipped({"v_template.npy": b"hello"}),
    }


def zipped(members: dict) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "content"), damaged_files().items(), ids=damaged_files().keys())
def test_damaged_files_are_refused(tmp_path, name, content):
    path = tmp_path / "SMPLX_NEUTRAL.npz"
    path.write_bytes(content)
    refusal(path)


def test_a_header_that_asks_for_all_memory_is_refused(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**13, 3)})
    kintree = io.BytesIO()
    np.save(kintree, official_layout()["kintree_table"])
    path = tmp_path / "SMPLX_NEUTRAL.npz"
    path.write_bytes(zipped({"v_template.npy": header.getvalue(), "kintree_table.npy": kintree.getvalue()}))
    assert "v_template" in refusal(path)


def test_no_file_and_a_folder(tmp_path):
    assert "no such file" in refusal(tmp_path / "nothing.npz")
    assert "folder" in refusal(tmp_path)


def test_rest_shape_is_the_models_sum():
    body = load_body()
    rng = np.random.default_rng(3)
    betas, expression = rng.normal(size=9), rng.normal(size=30)
    vertices, joints = rest_shape(body, betas, expression)
    expected = body.v_template.astype(float).copy()
    for k, value in enumerate(betas):
        expected += value * body.shapedirs[:, :, k].astype(float)
    for k, value in enumerate(expression):
        expected += value * body.exprdirs[:, :, k].astype(float)
    assert np.abs(vertices - expected).max() < 1e-6
    assert np.abs(joints - body.J_regressor.astype(float) @ expected).max() < 1e-6
    with pytest.raises(ValueError, match="coefficients"):
        rest_shape(body, np.zeros(400))


def test_quads_are_the_triangles_in_pairs():
    body = load_body()
    corners, triangles = body.quads()
    for q in (0, len(corners) // 2, len(corners) - 1):
        first, second = body.faces[triangles[q]]
        assert set(corners[q]) == set(first) | set(second)
    assert len(np.unique(triangles)) == len(body.faces)
    assert np.array_equal(np.sort(np.unique(triangles)), np.arange(len(body.faces)))
