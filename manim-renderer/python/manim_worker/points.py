"""A point with two coordinates gets its third, 0, wherever Manim takes a point.

Which arguments are points is read from Manim's own annotations. Only what Manim refuses
is changed: two numbers where it needs three.
"""

from __future__ import annotations

import functools
import inspect
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from manim.animation.animation import Animation
from manim.animation.fading import _Fade
from manim.mobject.graphing.functions import ParametricFunction
from manim.mobject.mobject import Mobject
from manim.mobject.vector_field import VectorField

_ONE = re.compile(r"\b(Point|Vector)3D(Like)?\b")
_MANY = re.compile(r"\b(Point|Vector)3D(Like)?_Array\b|(Sequence|Iterable|list)\[(Point|Vector)3D(Like)?\]")
#: Two numbers mean something else there, or the argument is no point at all.
_OTHER = re.compile(r"2D|Callable|dict|tuple\[float, float\]")
#: Points that Manim does not annotate as such.
_UNANNOTATED = {(_Fade, "__init__"): ("shift", "target_position")}

Tell = Callable[[str, str], None]
Pad = Callable[[Any], Any]
Places = dict[str, Pad]


@dataclass(frozen=True)
class Method:
    """One of Manim's that takes points, and where it takes them."""

    owner: type
    name: str
    places: Places
    #: For each argument given by its place; `rest` for those beyond.
    by_index: list[Pad | None]
    rest: Pad | None


def padded(value: Any) -> Any:
    """The point, with a third coordinate if it has two."""
    if isinstance(value, np.ndarray):
        return np.append(value, 0.0) if value.shape == (2,) and value.dtype.kind in "iuf" else value
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(isinstance(part, Real) for part in value):
        return np.array([*value, 0.0])
    return value


def all_padded(value: Any) -> Any:
    """The points, each with three coordinates."""
    if isinstance(value, np.ndarray):
        flat = value.ndim == 2 and value.shape[1] == 2 and value.dtype.kind in "iuf"
        return np.column_stack([value, np.zeros(len(value))]) if flat else padded(value)
    if not isinstance(value, (tuple, list)):
        return value
    if len(value) == 2 and all(isinstance(part, Real) for part in value):
        return padded(value)
    points = [padded(point) for point in value]
    changed = any(new is not old for new, old in zip(points, value))
    return points if changed else value


class Padding:
    """Says once that points were mended."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.told = False

    def install(self) -> None:
        for method in WRAPPED:
            setattr(method.owner, method.name, self._taking(method))
        self._mend_results(ParametricFunction, "function")
        self._mend_results(VectorField, "func")

    def mended(self, value: Any, pad: Pad) -> Any:
        new = pad(value)
        if new is not value and not self.told:
            self.told = True
            self.tell("two-coordinates", "A point had two coordinates where Manim needs three; the third is 0.")
        return new

    def _taking(self, method: Method) -> Callable[..., Any]:
        stock = vars(method.owner)[method.name]
        places, by_index, rest = method.places, method.by_index, method.rest

        @functools.wraps(stock)
        def taking(*args: Any, **kwargs: Any) -> Any:
            new = list(args)
            for index, value in enumerate(args):
                pad = by_index[index] if index < len(by_index) else rest
                if pad is not None and isinstance(value, (tuple, list, np.ndarray)):
                    new[index] = self.mended(value, pad)
            for word, value in kwargs.items():
                pad = places.get(word)
                if pad is not None and isinstance(value, (tuple, list, np.ndarray)):
                    kwargs[word] = self.mended(value, pad)
            return stock(*new, **kwargs)

        return taking

    def _mend_results(self, owner: type, word: str) -> None:
        stock = owner.__init__

        @functools.wraps(stock)
        def taking(this: Any, function: Any, *args: Any, **kwargs: Any) -> None:
            # A vectorized function returns one array for each coordinate.
            mends = callable(function) and not kwargs.get("use_vectorized", False)
            stock(this, self._pointed(function) if mends else function, *args, **kwargs)

        @functools.wraps(stock)
        def by_word(this: Any, *args: Any, **kwargs: Any) -> None:
            if not args and word in kwargs:
                args = (kwargs.pop(word),)
            if args:
                taking(this, *args, **kwargs)
            else:
                stock(this, **kwargs)

        owner.__init__ = by_word

    def _pointed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def pointed(*args: Any, **kwargs: Any) -> Any:
            return self.mended(function(*args, **kwargs), padded)

        return pointed


def _family(kind: type) -> Iterator[type]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _family(sub)


def _places(function: types.FunctionType) -> Places:
    found: Places = {}
    for name, annotation in function.__annotations__.items():
        text = str(annotation)
        if name == "return" or _OTHER.search(text):
            continue
        if _MANY.search(text):
            found[name] = all_padded
        elif _ONE.search(text):
            found[name] = padded
    return found


def _method(owner: type, name: str, places: Places) -> Method:
    by_index: list[Pad | None] = []
    rest = None
    for one in inspect.signature(vars(owner)[name]).parameters.values():
        if one.kind is inspect.Parameter.VAR_POSITIONAL:
            rest = places.get(one.name)
            break
        by_index.append(places.get(one.name))
    return Method(owner, name, places, by_index, rest)


def _methods() -> Iterator[Method]:
    for kind in dict.fromkeys([*_family(Mobject), *_family(Animation)]):
        if not kind.__module__.startswith("manim.") or "opengl" in kind.__module__:
            continue
        for name, member in vars(kind).items():
            if isinstance(member, types.FunctionType) and (name == "__init__" or not name.startswith("_")):
                places = _places(member)
                if places:
                    yield _method(kind, name, places)
    for (kind, name), words in _UNANNOTATED.items():
        yield _method(kind, name, dict.fromkeys(words, padded))


#: Found once, when Manim is imported: reading the signatures takes 20 ms, too much for every job.
WRAPPED = list(_methods())
