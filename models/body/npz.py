"""Checked reading of the arrays of a body's npz file. numpy only; never unpickles."""

import hashlib
import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ThespisError
from ...core.skeleton import JOINT_COUNT, PARENTS

SHAPE_COLUMNS: Final = 300
EXPRESSION_COLUMNS: Final = 100
"""A full file's shapedirs holds 300 columns of shape, then 100 of expression; a small one 10, then 10."""

_LARGEST_ARRAY: Final = 1 << 30
"""Bytes. The largest of an official file, posedirs in float64, takes 122 MB; more than this is no body."""

_ADVICE: Final = "Choose an SMPLX_*.npz downloaded from the SMPL-X site, or leave the field empty for the open body."
_UNREADABLE: Final = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
)
"""All that zipfile and numpy raise for a file that is cut short, scrambled, encrypted, pickled or not theirs at all."""


class NpzReader:
    """An open npz file whose arrays are checked as they are read; every failure is a ThespisError with the file's name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                magic = file.read(4)
            if magic[:2] != b"PK":
                raise self.error("is not an npz file")
            self._zip = zipfile.ZipFile(path)
            self._file = np.load(path, allow_pickle=False)
        except FileNotFoundError:
            raise ThespisError(f"{path}: there is no such file. Check the path of the body model.") from None
        except IsADirectoryError:
            raise self.error("is a folder, not a file") from None
        except PermissionError:
            raise ThespisError(f"{path}: may not be read. Change its permissions, or choose another file.") from None
        except _UNREADABLE as error:
            raise self.error("is damaged or not an npz file", "Download it again, or choose another file.") from error

    def __enter__(self) -> "NpzReader":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        self._zip.close()

    def error(self, cause: str, advice: str = _ADVICE) -> ThespisError:
        """A ThespisError of one line about this file."""
        return ThespisError(f"{self.path}: {cause}. {advice}")

    def has(self, key: str) -> bool:
        """Whether the file holds `key` (its content is not read)."""
        return key in self._file.files

    def sha256(self) -> str:
        """Hex digest of the whole file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def array(self, key: str, shape: tuple[int | None, ...], kinds: str) -> NDArray[Any]:
        """The array `key`; its shape must match where `shape` is a number, its dtype kind must be one of `kinds`."""
        if not self.has(key):
            raise self.error(f"holds no '{key}', so it is not a body in SMPL-X's format")
        try:
            if self._zip.getinfo(f"{key}.npy").file_size > _LARGEST_ARRAY:
                raise self.error(f"its '{key}' is larger than any body's")
            array: NDArray[Any] = self._file[key]
        except _UNREADABLE as error:
            raise self.error(f"its '{key}' cannot be read (damaged, or Python objects instead of numbers)") from error
        if array.dtype.kind not in kinds:
            raise self.error(f"its '{key}' holds {array.dtype}, not the kind of values a body has")
        if array.ndim != len(shape) or any(n is not None and n != m for n, m in zip(shape, array.shape, strict=True)):
            wanted = "×".join("n" if n is None else str(n) for n in shape)
            found = "×".join(map(str, array.shape)) or "a single value"
            raise self.error(f"its '{key}' is {found}, SMPL-X has {wanted}")
        return array

    def floats(self, key: str, shape: tuple[int | None, ...]) -> NDArray[np.float32]:
        """A finite array as float32."""
        with np.errstate(over="ignore"):
            array = self.array(key, shape, "fiu").astype(np.float32)
        if not np.isfinite(array).all():
            raise self.error(f"its '{key}' holds values that are not numbers")
        return array

    def indices(self, key: str, shape: tuple[int | None, ...], bound: int) -> NDArray[np.int64]:
        """An array of indices in 0 to bound - 1."""
        array = self.array(key, shape, "iu")
        if array.size and (int(array.min()) < 0 or int(array.max()) >= bound):
            raise self.error(f"its '{key}' points outside the {bound} things it may name")
        return array.astype(np.int64)

    def partition(self, key: str, shape: tuple[int, int]) -> NDArray[np.float32]:
        """A float array whose rows sum to 1 (up to half-precision rounding, which is divided out)."""
        array = self.floats(key, shape)
        sums = array.sum(axis=1, keepdims=True, dtype=np.float64)
        if np.abs(sums - 1).max() > 0.02:
            raise self.error(f"the rows of its '{key}' do not sum to 1")
        return array

    def names(self, key: str) -> tuple[str, ...] | None:
        """A list of names, or None when the file does not have it."""
        return tuple(map(str, self.array(key, (None,), "U"))) if self.has(key) else None

    def parents(self) -> NDArray[np.int64]:
        """The joint tree, which must be SMPL-X's: 55 joints in its order. (55,), -1 for the root."""
        table = self.array("kintree_table", (2, None), "iuf")
        if table.shape[1] != JOINT_COUNT:
            kind = {24: " (an SMPL file)", 52: " (an SMPL-H file)", 16: " (a MANO hand)", 5: " (a FLAME head)"}
            raise self.error(f"has {table.shape[1]} joints{kind.get(table.shape[1], '')}, SMPL-X has {JOINT_COUNT}")
        parents = np.array(PARENTS, np.int64)
        if not np.array_equal(table[0, 1:].astype(np.int64), parents[1:]):
            raise self.error("its joints hang together differently from SMPL-X's")
        return parents

    def shape_columns(
        self, vertex_count: int, max_betas: int, max_expression: int | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Shape (V, 3, B) and expression (V, 3, E) directions; trailing columns that are all zero are left out."""
        columns = self.array("shapedirs", (vertex_count, 3, None), "f")
        if columns.shape[2] < 20:
            raise self.error(f"has {columns.shape[2]} shape columns, SMPL-X has 20 or 400")
        full = columns.shape[2] >= SHAPE_COLUMNS + EXPRESSION_COLUMNS
        start = SHAPE_COLUMNS if full else 10
        stop = start + (EXPRESSION_COLUMNS if full else 10)
        if max_expression is not None:
            stop = min(stop, start + max_expression)
        parts = columns[:, :, : min(start, max_betas)], columns[:, :, start:stop]
        shape, expression = (_without_empty_tail(part.astype(np.float32)) for part in parts)
        if not (np.isfinite(shape).all() and np.isfinite(expression).all()):
            raise self.error("its 'shapedirs' holds values that are not numbers")
        return shape, expression


def _without_empty_tail(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    used = np.flatnonzero(columns.any(axis=(0, 1)))
    return np.ascontiguousarray(columns[:, :, : used[-1] + 1 if len(used) else 0])
