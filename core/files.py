"""Files that are either whole or not there: written beside their place, then moved into it."""

import errno
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import ThespisError


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A path in the same folder to write to; moved to `path` when the block ends well, removed when it does not.

    Raises ThespisError for a full disk, a read-only folder and the like.
    """
    with writing_to(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
        os.close(handle)
        beside = Path(name)
        with _noted(beside):
            yield beside
            # mkstemp makes files private; the result gets the permissions a plain write would give.
            mask = os.umask(0)
            os.umask(mask)
            beside.chmod(0o666 & ~mask)
            beside.replace(path)


@contextmanager
def folder_written_beside(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder` to fill; moved to `folder` when the block ends well, removed when it does not.

    Raises ThespisError when `folder` exists and is not empty (nothing already made is lost), the disk is full, or the
    place is read-only.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ThespisError(f"{folder}: exists already and is not overwritten. Choose another --out, or remove it first.")
    with writing_to(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        with _noted(beside):
            try:
                yield beside
                mask = os.umask(0)
                os.umask(mask)
                beside.chmod(0o777 & ~mask)
                if folder.exists():
                    folder.rmdir()
                beside.replace(folder)
            except ThespisError as error:
                # The folder that the user named, not the one that is being filled.
                raise type(error)(str(error).replace(str(beside), str(folder))) from error


@contextmanager
def files_written_beside(path: Path) -> Iterator[Path]:
    """A path with the same name in a new folder beside `path`, for writers that make further files next to their own.

    All that lies in that folder when the block ends well is moved beside `path`, subfolders too, `path` itself last; when it
    does not, nothing is left. Raises ThespisError for a full disk, a read-only folder and the like.
    """
    with writing_to(path):
        beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.stem}."))
        with _noted(beside):
            yield beside / path.name
            made = sorted((file for file in beside.rglob("*") if file.is_file()), key=lambda file: file == beside / path.name)
            for file in made:
                target = path.parent / file.relative_to(beside)
                target.parent.mkdir(parents=True, exist_ok=True)
                file.replace(target)


def check_can_be_written(path: Path) -> None:
    """Raise ThespisError when no file can be made beside `path`, in the words of `writing_to`; for before long work.

    Leaves nothing behind.
    """
    with writing_to(path):
        with suppress(FileNotFoundError):
            if stat.S_ISDIR(path.stat().st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        with tempfile.TemporaryFile(dir=path.parent):
            pass


_notes: Path | None = None


def note_unfinished_in(folder: Path) -> None:
    """From now on `folder` says what this process has begun and not finished, for whoever tidies up after it was killed."""
    global _notes
    folder.mkdir(exist_ok=True)
    _notes = folder


def remove_unfinished(folder: Path) -> None:
    """Remove what a process that is dead has noted in `folder` as unfinished."""
    for note in folder.glob("*.txt"):
        beside = Path(note.read_text(encoding="utf-8"))
        if beside.name.startswith("."):  # as all that is written beside its place
            _remove(beside)
        note.unlink(missing_ok=True)


@contextmanager
def _noted(beside: Path) -> Iterator[None]:
    """`beside` is removed at the end of the block, and until then noted where a process that is killed leaves its notes."""
    note = _notes / f"{uuid.uuid4().hex}.txt" if _notes else None
    try:
        if note:
            note.write_text(str(beside.absolute()), encoding="utf-8")
        yield
    finally:
        _remove(beside)
        if note:
            note.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError):
            path.unlink()


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into one line that says what to do."""
    try:
        yield
    except ThespisError:
        raise
    except Exception as error:
        refusal = _refusal_behind(error)
        reasons = {
            errno.ENOSPC: "the disk is full. Free some space, or choose a folder on another disk.",
            errno.EDQUOT: "your disk quota is used up. Free some space, or choose a folder on another disk.",
            errno.EACCES: "the folder may not be written to. Choose another folder.",
            errno.EPERM: "the folder may not be written to. Choose another folder.",
            errno.EROFS: "the disk is read-only. Choose another folder.",
            errno.EEXIST: "a part of the path is a file, not a folder. Choose another folder.",
            errno.EISDIR: "there is a folder of that name. Choose another name.",
            errno.ENOTDIR: "a part of the path is a file, not a folder. Choose another folder.",
            errno.ENOENT: "the folder does not exist. Make it first, or choose another one.",
            errno.ENAMETOOLONG: "the name is too long. Choose a shorter one.",
        }
        if refusal is not None and refusal.errno in reasons:
            raise ThespisError(f"{path}: {reasons[refusal.errno]}") from error
        raise


def _refusal_behind(error: BaseException | None) -> OSError | None:
    """The operating system's refusal that led to `error`: libraries that fail while tidying up after it hide it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error
        error = error.__cause__ or error.__context__
    return None
