"""The engine of this Blender: started with the first job, ended with the extension."""

import bpy

from ..core.engine.client import EngineClient
from ..core.engine.log import log_folder
from ..core.errors import ThespisError
from . import settings

_client: EngineClient | None = None


def client(context: bpy.types.Context) -> EngineClient:
    """The engine on the Python that the preferences name; raises ThespisError with the next step when there is none."""
    global _client
    python = settings.engine(context)
    if _client is not None and _client.python != python and not _client.jobs:
        stop()
    if _client is None:
        _client = EngineClient(python, log_folder(settings.user_folder()))
    return _client


def client_or_none(context: bpy.types.Context) -> EngineClient | None:
    """The engine, if there is a Python for it."""
    try:
        return client(context)
    except ThespisError:
        return None


def poll() -> bool:
    """Hear what the engine has said; True when something has changed."""
    return _client.poll() if _client is not None else False


def stop() -> None:
    """Ask the engine to end, kill it if it does not, and leave nothing behind."""
    global _client
    if _client is not None:
        _client.stop()
        _client = None
