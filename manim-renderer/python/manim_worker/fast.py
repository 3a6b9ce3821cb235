"""Does what Manim does with fewer steps. Not one pixel changes.

Each function here takes the place of one of the pinned Manim's, gives the same
values to the last bit, and falls back to it where that is not certain. With another
version of Manim nothing is replaced.
"""

from __future__ import annotations

import copy
from typing import Any

import manim
import numpy as np
from manim.camera.camera import Camera
from manim.mobject import mobject as stock
from manim.mobject.mobject import Mobject
from manim.mobject.types.vectorized_mobject import VMobject
from manim.utils import iterables
from manim.utils.color import BLACK, ManimColor
from svgelements import Path

#: The version that these functions were written against and compared with.
VERSION = "0.22.0"
#: Points of one cubic curve.
CURVE = 4

_ATOMS = frozenset({int, float, bool, str, bytes, type(None)})

_iter_family = Mobject._iter_family
_rgbas = VMobject.generate_rgbas_array
_sheen = VMobject.get_sheen_factor
_boundary = VMobject.get_points_defining_boundary
_splits = VMobject.get_subpath_split_indices_from_points
_anchors = (VMobject.get_anchors, VMobject.get_start_anchors, VMobject.get_end_anchors)


def install() -> bool:
    """Whether anything was replaced."""
    if manim.__version__ != VERSION:
        return False
    Mobject.__deepcopy__ = deepcopy
    Mobject.get_family = family
    ManimColor.__deepcopy__ = duplicate
    for module in (iterables, stock):
        module.remove_list_redundancies = last_occurrences
    VMobject.generate_rgbas_array = rgbas
    VMobject.get_points_defining_boundary = boundary
    VMobject.get_subpath_split_indices_from_points = splits
    Camera.set_cairo_context_path = trace
    return True


def deepcopy(self: Mobject, memo: dict[int, Any]) -> Mobject:
    """A copy of a mobject."""
    result = duplicate(self, memo)
    result.original_id = str(id(self))
    return result


def duplicate(self: Any, memo: dict[int, Any]) -> Any:
    """A copy, attribute by attribute. What two of them share, two of the copy's share."""
    kind = type(self)
    result = kind.__new__(kind)
    memo[id(self)] = result
    for name, value in self.__dict__.items():
        of = type(value)
        if of in _ATOMS:
            copied = value
        elif of is Path and name == "path_obj":
            # The outline a letter was made from: thousands of objects, read once.
            copied = value
        elif of is np.ndarray:
            copied = memo.get(id(value))
            if copied is None:
                copied = memo[id(value)] = value.__deepcopy__(memo)
        else:
            copied = copy.deepcopy(value, memo)
        setattr(result, name, copied)
    return result


def family(self: Mobject, recurse: bool = True) -> list[Mobject]:
    """A mobject and everything below it; of what is met twice, the last."""
    if type(self)._iter_family is not _iter_family:
        return last_occurrences(list(self._iter_family(set())))
    if not self.submobjects:
        return [self]
    found: list[Mobject] = []
    _walk(self, set(), found)
    return last_occurrences(found)


def _walk(mobject: Mobject, above: set[Mobject], found: list[Mobject]) -> None:
    if mobject in above:
        return
    found.append(mobject)
    if not mobject.submobjects:
        return
    above.add(mobject)
    for part in mobject.submobjects:
        if type(part)._iter_family is _iter_family:
            _walk(part, above, found)
        else:
            found.extend(part._iter_family(above))
    above.remove(mobject)


def last_occurrences(things: Any) -> list[Any]:
    """Each thing once, where it comes last."""
    once = list(dict.fromkeys(reversed(things)))
    once.reverse()
    return once


def rgbas(self: VMobject, color: Any, opacity: Any) -> np.ndarray:
    """One row for one colour with one opacity and no sheen, which is nearly always what is asked."""
    plain = (
        (color is None or type(color) is ManimColor)
        and (opacity is None or type(opacity) in (int, float))
        and type(self).get_sheen_factor is _sheen
        and self.sheen_factor == 0
    )
    if not plain:
        return _rgbas(self, color, opacity)
    row = np.empty((1, 4))
    row[0] = (BLACK if color is None else color)._internal_value
    row[0, 3] = 0.0 if opacity is None else opacity
    return row


def boundary(self: VMobject) -> np.ndarray:
    """Both ends of every curve of a family, one after the other."""
    pieces = []
    for part in self.get_family():
        points = getattr(part, "points", None)
        if not _is_plain(part, points):
            return _boundary(self)
        if len(points):
            pieces.append(points if len(points) == 1 else _ends(points))
    if not pieces:
        return np.array(())
    return np.concatenate(pieces)


def _is_plain(part: Any, points: Any) -> bool:
    kind = type(part)
    return (
        isinstance(part, VMobject)
        and (kind.get_anchors, kind.get_start_anchors, kind.get_end_anchors) == _anchors
        and part.n_points_per_cubic_curve == CURVE
        and type(points) is np.ndarray
        and points.dtype == np.float64
        and points.shape[1:] == (3,)
        and (len(points) == 1 or len(points) % CURVE == 0)
    )


def _ends(points: np.ndarray) -> np.ndarray:
    curves = points.reshape(-1, CURVE, 3)
    return curves[:, :: CURVE - 1].reshape(-1, 3)


def splits(self: VMobject, points: Any, n_dims: int = 3) -> np.ndarray:
    """Where a path is interrupted: nowhere, if each curve begins where the last one ends."""
    if type(points) is np.ndarray and points.ndim == 2 and self.n_points_per_cubic_curve == CURVE:
        count = len(points)
        if count > CURVE:
            starts = points[CURVE::CURVE, :n_dims]
            ends = points[CURVE - 1 : count - 1 : CURVE, :n_dims]
            # Without one that is not a number: it equals nothing.
            if (starts == ends).all():
                return np.array([[0, count]])
    return _splits(self, points, n_dims)


def trace(self: Camera, ctx: Any, vmobject: VMobject) -> Camera:
    """Gives a mobject's curves to Cairo, as numbers of Python's own."""
    points = self.transform_points_pre_display(vmobject, vmobject.points)
    if len(points) == 0:
        return self
    ctx.new_path()
    curve = vmobject.n_points_per_cubic_curve
    parts = vmobject.get_subpath_split_indices_from_points(points, n_dims=2)
    if len(parts) == 0:
        return self
    flat = points[:, :2].tolist()
    curve_to = ctx.curve_to
    for first, end in parts.tolist():
        if end - first < curve:
            continue
        ctx.new_sub_path()
        ctx.move_to(*flat[first])
        for at in range(first + 1, end - curve + 2, curve):
            curve_to(*flat[at], *flat[at + 1], *flat[at + 2])
        if vmobject.consider_points_equals_2d(flat[first], flat[end - 1]):
            ctx.close_path()
    return self
