# mypy: disable-error-code="valid-type"
"""Set Up Engine: the environment that fits and acts is made on the user's click; cancelled, gone back from, tidied up."""

import sys
from pathlib import Path

import bpy
from bpy.props import EnumProperty

from ..core.errors import ThespisError
from ..core.setup import place
from ..core.setup.lock import only_one
from ..core.setup.make import DOWNLOAD, ON_DISK, SetUpRequest
from ..core.setup.requirements import Build, build_for_machine
from . import engine, engine_state, settings

_BUILDS: dict[str, Build | None] = {"AUTO": None, "PROCESSOR": "processor", "CARD": "graphics card"}


class THESPIS_OT_set_up_engine(bpy.types.Operator):
    """Download and install what fitting and acting need, into Thespis' own folder. Blender goes on meanwhile"""

    bl_idname = "thespis.set_up_engine"
    bl_label = "Set Up Engine"

    build: EnumProperty(
        name="Runs on",
        description="Which build of the packages to take",
        items=(
            ("AUTO", "What Is There", "The graphics card's build when there is an NVIDIA card, else the processor's"),
            ("PROCESSOR", "Processor", "The smaller build, which runs everywhere"),
            ("CARD", "NVIDIA Card", "The build for NVIDIA's cards: a larger download, a faster fit"),
        ),
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if engine_state.job():
            cls.poll_message_set("The engine is being set up")
        elif engine_state.home() is None:
            cls.poll_message_set("Thespis is not installed as an extension; name a Python of your own in its preferences")
        elif not settings.may_go_online() and not settings.chosen(context, "wheel_folder"):
            cls.poll_message_set(
                "Blender may not go online: allow it in Preferences > System > Network, or choose a folder of wheels in "
                "Thespis' preferences"
            )
        else:
            return True
        return False

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Say what will be done, and ask."""
        return context.window_manager.invoke_props_dialog(self, width=620, confirm_text="Set Up")

    def draw(self, context: bpy.types.Context) -> None:
        """What is downloaded, from where, to where."""
        request = self._request(context)
        build = request.build or build_for_machine()
        column = self.layout.column()
        if request.wheels:
            column.label(text=f"Installs from the folder of wheels {request.wheels}; nothing is downloaded.", icon="FILE_FOLDER")
        else:
            column.label(text=f"Downloads Python packages (torch and others), {_download(build)},", icon="IMPORT")
            column.label(text=f"from {request.index or 'the package index that pip is set to'}", icon="BLANK1")
        column.label(text=f"into {request.home}", icon="BLANK1")
        column.label(text=f"which then takes about {ON_DISK[build] / 1e9:.1f} GB. Nothing else on this computer is changed.")
        column.label(text="The engine in use, if there is one, stays until the new one has passed its test.")
        self.layout.prop(self, "build")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Start it; without a window, wait for its end."""
        job = engine_state.start_set_up(self._request(context))
        if not bpy.app.background:
            return {"FINISHED"}
        ended = job.wait()
        engine_state.settle()
        if ended.state != "done":
            self.report({"ERROR"}, ended.message)
            return {"CANCELLED"}
        for note in ended.notes:
            self.report({"WARNING"}, note)
        self.report({"INFO"}, ended.message)
        return {"FINISHED"}

    def _request(self, context: bpy.types.Context) -> SetUpRequest:
        home, wheels = engine_state.home(), settings.chosen(context, "wheel_folder")
        assert home is not None  # poll has seen to it
        return SetUpRequest(
            home,
            engine_state.base_python(),
            index=settings.text(context, "package_index"),
            wheels=Path(wheels) if wheels else None,
            build=_BUILDS[self.build],
        )


class THESPIS_OT_cancel_set_up(bpy.types.Operator):
    """Stop setting up the engine. The engine of before stays as it was; what was downloaded is used the next time"""

    bl_idname = "thespis.cancel_set_up"
    bl_label = "Cancel Set-Up"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if engine_state.job() is None:
            cls.poll_message_set("The engine is not being set up")
        return engine_state.job() is not None

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Ask the job to stop; it tidies up by itself."""
        job = engine_state.job()
        if job:
            job.cancel()
        return {"FINISHED"}


class THESPIS_OT_previous_engine(bpy.types.Operator):
    """Use the engine that was in use before the last set-up"""

    bl_idname = "thespis.previous_engine"
    bl_label = "Use Previous Engine"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if engine_state.job():
            cls.poll_message_set("The engine is being set up")
            return False
        if not engine_state.known(context).has_previous:
            cls.poll_message_set("There is no earlier engine to go back to")
            return False
        return True

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Swap the two."""
        home = engine_state.home()
        assert home is not None
        try:
            with only_one(home):
                environment = place.go_back(home)
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        finally:
            engine_state.forget()
        self.report({"INFO"}, f"The engine of before is in use again ({environment.build})")
        return {"FINISHED"}


class THESPIS_OT_remove_old_engines(bpy.types.Operator):
    """Remove every engine but the one in use, and what was downloaded for them. The way back to them is gone then"""

    bl_idname = "thespis.remove_old_engines"
    bl_label = "Remove Old Engines"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Blender asks whether the operator can run."""
        if engine_state.job():
            cls.poll_message_set("The engine is being set up")
            return False
        if not engine_state.known(context).removable:
            cls.poll_message_set("There is nothing but the engine in use")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove them; what another program holds open stays for the next time."""
        home = engine_state.home()
        assert home is not None
        try:
            with only_one(home):
                # An engine that idles on an old one ends; Windows keeps open files.
                engine.client_or_none(context)
                folders = place.removable(home)
                size = place.size_of(folders)
                kept = [folder for folder in folders if not place.remove(folder)]
        except ThespisError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        finally:
            engine_state.forget()
        if kept:
            self.report({"WARNING"}, f"{kept[0]}: cannot be removed yet. Close other Blenders, then try again.")
        self.report({"INFO"}, f"Removed {len(folders) - len(kept)} folders, {(size - place.size_of(kept)) / 1e9:.1f} GB")
        return {"FINISHED"}


def _download(build: Build) -> str:
    """About how much, in words."""
    usual = f"about {DOWNLOAD[build] / 1e9:.1f} GB"
    if build == "processor" and sys.platform == "linux":
        return f"{usual}, or up to {DOWNLOAD['graphics card'] / 1e9:.1f} GB where torch has one build only"
    return usual
