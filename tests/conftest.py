"""Loads the project as the package `thespis`, as the command line and the engine do."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location("thespis_bootstrap", Path(__file__).parent.parent / "bootstrap.py")
assert _spec is not None and _spec.loader is not None
_bootstrap = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_bootstrap)
_bootstrap.load_package()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A small EmotionModel that knows a few emotions a little."""
    from thespis.models.emotion.train import train
    from thespis.tests.act_takes import QUICKLY
    from thespis.tests.emotion_sets import small_set

    return train(small_set(), tmp_path_factory.mktemp("trained"), QUICKLY, "Made up.")


@pytest.fixture
def blender() -> Iterator[Any]:
    """Blender with the extension, in an empty scene."""
    bpy = pytest.importorskip("bpy")
    import thespis

    bpy.ops.wm.read_factory_settings(use_empty=True)
    thespis.register()
    yield bpy
    thespis.unregister()
    bpy.ops.wm.read_factory_settings(use_empty=True)
