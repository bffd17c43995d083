"""Takes put into an FBX file that Blender wrote with one take of one pose. numpy only.

Blender's exporter goes through the scene frame by frame for each take, bone by bone; here the poses are known already. Its one
pose tells how it lays out a take: an AnimationStack, its AnimationLayer, on that an AnimationCurveNode for each property of each
object, on that an AnimationCurve for each number. Each take gets the same of its own.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .fbx import Fbx, Node, array, int32, int64, number_of, text, text_of

Array = NDArray[np.floating[Any]]

_SECOND: Final = 46186158000
"""FBX's units of time in a second (FBX SDK, FbxTime; of files of version 7)."""
_STACK, _LAYER, _GROUP, _CURVE = b"AnimationStack", b"AnimationLayer", b"AnimationCurveNode", b"AnimationCurve"
_KINDS: Final = (_STACK, _LAYER, _GROUP, _CURVE)
_CLASS: Final = b"\x00\x01"
"""Stands between an object's name and its class."""
_FIRST_ID: Final = 1_000_000_000
_SAME: Final = 1e-5
"""Centimetres, degrees, per cent by which numbers may differ and still be one."""


@dataclass
class Take:
    """One clip. channels: (id of an object, its property) -> (T, k) numbers at the times (T,), seconds; what none tells stays."""

    name: str
    times: Array
    channels: dict[tuple[int, str], Array] = field(default_factory=dict)


@dataclass(frozen=True)
class _Group:
    """How an animated property is laid out. curves: those of its numbers, each with the name of its number."""

    node: Node
    target: int
    property: bytes
    curves: tuple[tuple[Node, bytes], ...]


def connections(fbx: Fbx) -> Iterator[tuple[int, int, bytes]]:
    """Each connection: the ids of what hangs and of what it hangs from, and by which property; none is b""."""
    for one in fbx.first(b"Connections").nodes:
        below, above = (number_of(value) for value in one.properties[1:3])
        yield below, above, text_of(one.properties[3]) if len(one.properties) > 3 else b""


def add_takes(fbx: Fbx, takes: Sequence[Take]) -> None:
    """Put the takes in the place of the one of one pose. What stays the same throughout a take has two keys, at its ends."""
    objects, links, listed = (fbx.first(name) for name in (b"Objects", b"Connections", b"Takes"))
    own = {number_of(node.properties[0]): node for node in objects.nodes if node.name in _KINDS}
    groups = _groups(fbx, own)
    objects.nodes = [node for node in objects.nodes if node.name not in _KINDS]
    links.nodes = [node for node in links.nodes if not own.keys() & {number_of(value) for value in node.properties[1:3]}]
    listed.nodes = [node for node in listed.nodes if node.name != b"Take"]
    taken = {number_of(node.properties[0]) for node in objects.nodes}
    ids = (number for number in range(_FIRST_ID, 2**62) if number not in taken)
    for take in takes:
        for node, hangs in _made(take, groups, ids):
            objects.nodes.append(node)
            links.nodes += [_link(number_of(node.properties[0]), *above) for above in hangs]
        listed.nodes.append(_listed(take))
    _count(fbx)


def _groups(fbx: Fbx, own: dict[int, Node]) -> list[_Group]:
    curves, targets = defaultdict(list), {}
    for below, above, name in connections(fbx):
        if below not in own:
            continue
        if own[below].name == _CURVE:
            curves[above].append((own[below], name))
        elif own[below].name == _GROUP and name:
            targets[below] = (above, name)
    return [_Group(own[group], *target, tuple(curves[group])) for group, target in targets.items()]


def _made(take: Take, groups: list[_Group], ids: Iterator[int]) -> Iterator[tuple[Node, list[tuple[int, bytes]]]]:
    """The objects of a take, and what each hangs from, by which property."""
    name, stop = take.name.encode(), _times(take.times[-1:])[0]
    until = [
        Node(b"P", [text(which), text(b"KTime"), text(b"Time"), text(b""), int64(stop)])
        for which in (b"LocalStop", b"ReferenceStop")
    ]
    stack, layer = next(ids), next(ids)
    called = [text(name + _CLASS + b"AnimStack"), text(b"")]
    yield Node(_STACK, [int64(stack), *called], [Node(b"Properties70", nodes=until)], closed=True), []
    yield Node(_LAYER, [int64(layer), text(name + _CLASS + b"AnimLayer"), text(b"")], closed=True), [(stack, b"")]
    whole = _KeyTimes.at(take.times)
    ends = whole if len(take.times) < 3 else _KeyTimes.at(take.times[[0, -1]])
    for group in groups:
        told = take.channels.get((group.target, group.property.decode()))
        number = next(ids)
        node = Node(_GROUP, [int64(number), *group.node.properties[1:]], group.node.nodes)
        yield node, [(layer, b""), (group.target, group.property)]
        for column, (curve, which) in enumerate(group.curves):
            values = np.full(len(take.times), _default(curve)) if told is None else told[:, column]
            moves = len(values) < 3 or np.ptp(values) > _SAME
            nodes = _keyed(curve, whole, values) if moves else _keyed(curve, ends, values[[0, -1]])
            yield Node(_CURVE, [int64(next(ids)), *curve.properties[1:]], nodes), [(number, which)]


@dataclass(frozen=True)
class _KeyTimes:
    """The nodes of a curve that tell when its keys are."""

    times: Node
    count: Node

    @classmethod
    def at(cls, seconds: Array) -> "_KeyTimes":
        count = array(b"i", np.array([len(seconds)]))
        return cls(Node(b"KeyTime", [array(b"l", _times(seconds))]), Node(b"KeyAttrRefCount", [count]))


def _times(seconds: Array) -> NDArray[np.int64]:
    return np.rint(seconds * _SECOND).astype(np.int64)


def _default(curve: Node) -> float:
    return float(np.frombuffer(curve.first(b"Default").properties[0][1:], "<f8")[0])


def _keyed(curve: Node, times: _KeyTimes, values: Array) -> list[Node]:
    own = {
        b"KeyTime": times.times,
        b"KeyValueFloat": Node(b"KeyValueFloat", [array(b"f", values)]),
        b"KeyAttrRefCount": times.count,
    }
    return [own.get(node.name, node) for node in curve.nodes]


def _link(below: int, above: int, name: bytes) -> Node:
    by = [text(b"OP"), int64(below), int64(above), text(name)] if name else [text(b"OO"), int64(below), int64(above)]
    return Node(b"C", by)


def _listed(take: Take) -> Node:
    name, stop = take.name.encode(), int64(_times(take.times[-1:])[0])
    spans = [Node(which, [int64(0), stop]) for which in (b"LocalTime", b"ReferenceTime")]
    return Node(b"Take", [text(name)], [Node(b"FileName", [text(name + b".tak")]), *spans])


def _count(fbx: Fbx) -> None:
    """Say how many objects of each kind there are."""
    definitions, objects = fbx.first(b"Definitions"), fbx.first(b"Objects").nodes
    difference = 0
    for told in definitions.nodes:
        if told.name == b"ObjectType" and text_of(told.properties[0]) in _KINDS:
            count = told.first(b"Count")
            now = sum(node.name == text_of(told.properties[0]) for node in objects)
            difference += now - number_of(count.properties[0])
            count.properties = [int32(now)]
    whole = definitions.first(b"Count")
    whole.properties = [int32(number_of(whole.properties[0]) + difference)]
