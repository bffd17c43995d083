"""Where is a button? Blender does not say: so the panel that draws it is made to draw it in red, and the red is looked for.

While a mark is set, Thespis' panels and dialogs draw into a stand-in for their layout that passes everything on, and sets `alert`
around the one item that is meant; nothing else changes, least of all the places.
"""

import bpy

_TARGET: dict = {}
_watched_kinds: set = set()
_found = [0]


class Layout:
    """A layout that knows what is drawn into it."""

    def __init__(self, real: object) -> None:
        object.__setattr__(self, "_real", real)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._real, name, value)

    def __getattr__(self, name: str) -> object:
        value = getattr(self._real, name)
        return self._drawing(name, value) if callable(value) else value

    def _drawing(self, name: str, draw: object) -> object:
        def item(*arguments: object, **options: object) -> object:
            meant = _is_meant(name, arguments, options)
            kept = self._real.alert
            if meant:
                self._real.alert = True
                # What has no ground, or is filled in blue in part, would not turn red as a whole.
                options.update({name: value for name, value in (("emboss", True), ("slider", False)) if name in options})
            made = draw(*(part._real if isinstance(part, Layout) else part for part in arguments), **options)
            self._real.alert = kept
            return _watched(made)

        return item


class Drawn:
    """A panel or an operator whose layout is watched."""

    def __init__(self, real: object) -> None:
        self._real = real
        self.layout = Layout(real.layout)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def mark(target: dict) -> None:
    """Draw the target in red: {"item": what draws it (operator, prop, prop_enum), "name": of the operator or the property,
    "value": of prop_enum, "text": what stands on it, "number": which one of several}; what is not named is not looked at."""
    _watch_all()
    _TARGET.clear()
    _TARGET.update(target)
    redraw()


def unmark() -> None:
    """Draw as ever."""
    _TARGET.clear()
    redraw()


def nothing() -> None:
    """A turn of Blender's loop."""


def redraw() -> None:
    """Draw everything again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions:
                region.tag_redraw()


def _watch_all() -> None:
    """Have every panel and operator of Thespis draw into watched layouts."""
    for base in (bpy.types.Panel, bpy.types.Operator, bpy.types.AddonPreferences):
        for kind in base.__subclasses__():
            if ".thespis." in kind.__module__ and "draw" in vars(kind) and kind not in _watched_kinds:
                _watched_kinds.add(kind)
                _watch(kind)


def _watch(kind: type) -> None:
    draw = kind.draw

    def watched(self: object, context: object) -> None:
        if not _TARGET:
            draw(self, context)
            return
        _found[0] = 0
        draw(Drawn(self), context)

    kind.draw = watched


def _watched(made: object) -> object:
    if isinstance(made, bpy.types.UILayout):
        return Layout(made)
    if isinstance(made, tuple):
        return tuple(_watched(part) for part in made)
    return made


def _is_meant(item: str, arguments: tuple, options: dict) -> bool:
    if not _TARGET or item != _TARGET["item"]:
        return False
    place = 0 if item.startswith("operator") else 1
    name = arguments[place] if len(arguments) > place else ""
    value = arguments[2] if len(arguments) > 2 else options.get("value")
    if name != _TARGET.get("name", name) or value != _TARGET.get("value", value):
        return False
    if _TARGET.get("text", options.get("text")) != options.get("text"):
        return False
    _found[0] += 1
    return _found[0] - 1 == _TARGET.get("number", 0)
