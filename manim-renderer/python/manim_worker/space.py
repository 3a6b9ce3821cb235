"""Draws what lies in space with fewer steps. Not one pixel changes.

While one picture is drawn nothing moves, so that the bounds of a group and the light on a
face are found once for it and not for each of its lines and fills. As in `fast`, everything
falls back to Manim's own functions where the same values are not certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cairo
import numpy as np
from manim.camera.camera import Camera
from manim.camera.three_d_camera import ThreeDCamera
from manim.mobject.mobject import Mobject
from manim.mobject.three_d import three_d_utils
from manim.mobject.types.vectorized_mobject import VMobject
from manim.utils.space_ops import normalize

from manim_worker.fast import CURVE

_capture = ThreeDCamera.capture_mobjects
_colour = Camera.set_cairo_context_color
_critical = Mobject.get_critical_point
_boundary = VMobject.get_points_defining_boundary
_anchors = VMobject.get_anchors
_normal = three_d_utils.get_3d_vmob_unit_normal
_project = ThreeDCamera.project_points
_shade = ThreeDCamera.modified_rgbas


class Picture:
    """What was found out for the picture that is being drawn, and of which mobject: as long
    as it is kept here, no other can have its number.
    """

    def __init__(self) -> None:
        self.bounds: dict[tuple[int, Any], tuple[Mobject, np.ndarray]] = {}
        self.lights: dict[int, tuple[Mobject, list[float]]] = {}


#: The one that is being drawn, if nothing can move meanwhile.
_picture: Picture | None = None


def install() -> None:
    """Where `fast` was installed."""
    global _boundary
    _boundary = VMobject.get_points_defining_boundary
    Camera.set_cairo_context_color = colour
    Mobject.get_critical_point = critical
    ThreeDCamera.capture_mobjects = capture
    ThreeDCamera.modified_rgbas = shade
    ThreeDCamera.project_points = project


def capture(self: ThreeDCamera, mobjects: Iterable[Mobject], **kwargs: Any) -> None:
    """One picture. What keeps its orientation calls functions of the scene, which might move something."""
    global _picture
    still = not self.fixed_orientation_mobjects
    before, _picture = _picture, Picture() if still else None
    try:
        _capture(self, mobjects, **kwargs)
    finally:
        _picture = before


def critical(self: Mobject, direction: Any) -> np.ndarray:
    """A corner, an edge's middle or the centre of what bounds a mobject."""
    if _picture is None or not _has_plain_bounds(self):
        return _critical(self, direction)
    of = (id(self), tuple(direction))
    known = _picture.bounds.get(of)
    if known is None:
        known = _picture.bounds[of] = self, _critical(self, direction)
    return known[1].copy()


def _has_plain_bounds(mobject: Mobject) -> bool:
    own = vars(mobject)
    return (
        type(mobject).get_points_defining_boundary is _boundary
        and "get_points_defining_boundary" not in own
        and "get_extremum_along_dim" not in own
    )


def shade(self: ThreeDCamera, vmobject: VMobject, rgbas: np.ndarray) -> np.ndarray:
    """A face's colour at two of its corners."""
    plain = (
        _picture is not None
        and self.should_apply_shading
        and vmobject.shade_in_3d
        and len(vmobject.points) > 0
        and rgbas.dtype == np.float64
    )
    if not plain:
        return _shade(self, vmobject, rgbas)
    known = _picture.lights.get(id(vmobject))
    if known is None:
        known = _picture.lights[id(vmobject)] = vmobject, _lights(vmobject, self.light_source.points[0])
    first, last = known[1]
    shaded = rgbas.repeat(2, axis=0) if len(rgbas) < 2 else np.array(rgbas[:2])
    shaded[0, :3] += first
    shaded[1, :3] += last
    return shaded


def _lights(vmobject: VMobject, source: np.ndarray) -> list[float]:
    ends = (
        three_d_utils.get_3d_vmob_start_corner_index(vmobject),
        three_d_utils.get_3d_vmob_end_corner_index(vmobject),
    )
    return [_light(vmobject.points[end], normal(vmobject, end), source) for end in ends]


def _light(point: np.ndarray, face: np.ndarray, source: np.ndarray) -> float:
    light = 0.5 * np.dot(face, normalize(source - point)) ** 3
    return light * 0.5 if light < 0 else light


def normal(vmobject: VMobject, index: int) -> np.ndarray:
    """What a face is turned to. Its corners need not be listed to know that there are enough."""
    points = vmobject.points
    many = (
        type(vmobject).get_anchors is _anchors
        and vmobject.n_points_per_cubic_curve == CURVE
        and len(points) > CURVE
        and len(points) % CURVE == 0
    )
    if not many:
        return _normal(vmobject, index)
    count = len(points)
    before = index - 3 if index > 2 else count - 4
    after = index + 3 if index < count - 3 else 3
    unit = three_d_utils.get_unit_normal(points[after] - points[index], points[before] - points[index])
    return _normal(vmobject, index) if np.linalg.norm(unit) == 0 else unit


def project(self: ThreeDCamera, points: np.ndarray) -> np.ndarray:
    """As the camera sees them. Width and height shrink alike with the distance."""
    focal_distance = self.get_focal_distance()
    zoom = self.get_zoom()
    points = points - self.frame_center
    points = np.dot(points, self.get_rotation_matrix().T)
    depths = points[:, 2]
    if self.exponential_projection:
        factor = np.exp(depths / focal_distance)
        behind = depths < 0
        factor[behind] = focal_distance / (focal_distance - depths[behind])
    else:
        factor = focal_distance / (focal_distance - depths)
        factor[(focal_distance - depths) < 0] = 10**6
    factor *= zoom
    points[:, 0] *= factor
    points[:, 1] *= factor
    return points


def colour(self: Camera, ctx: Any, rgbas: np.ndarray, vmobject: VMobject) -> Camera:
    """Gives a colour or a gradient to Cairo, whose order is blue, green, red."""
    if type(rgbas) is not np.ndarray or rgbas.ndim != 2 or rgbas.shape[1] != 4 or not 1 <= len(rgbas) <= 2:
        return _colour(self, ctx, rgbas, vmobject)
    rows = rgbas.tolist()
    if len(rows) == 1:
        red, green, blue, alpha = rows[0]
        ctx.set_source_rgba(blue, green, red, alpha)
        return self
    ends = self.transform_points_pre_display(vmobject, vmobject.get_gradient_start_and_end_points())
    pattern = cairo.LinearGradient(*[number for point in ends for number in point[:2]])
    for offset, (red, green, blue, alpha) in zip((0.0, 1.0), rows):
        pattern.add_color_stop_rgba(offset, blue, green, red, alpha)
    ctx.set_source(pattern)
    return self
