"""Writes the symbol table of the installed Manim: what `check_code` believes exists.

    python scripts/manim_symbols.py OUT.z        write the compressed table
    python scripts/manim_symbols.py --text       print it
    python scripts/manim_symbols.py --verify F   exit 1 unless F is what would be written

One record a line, fields by tabs, in an order that depends on nothing but Manim's source:

    V version
    X names                 what `from manim import *` binds
    M module names          what `dir(module)` lists (Manim's modules, numpy and two of its parts)
    C name flags mro        a class; `mro` ends in `!` when a base is not Manim's
    a names                 its attributes that are not methods (own, also those set on self)
    m name ret flow params  one of its own methods
    F name ret flow params  a function that the star import binds
    K name kind value       a constant: A array, c colour (value in hex), f number, s text, o other
    O names                 keywords of `@override_animation` methods, which replace an animation's own
    S names                 attributes that Manim sets on objects other than `self`

`ret` is S (the same object), A (numpy array), N (None), f, s, l (number, text, list), =Class, or ?.
`flow` says where `**kwargs` goes: `-` nowhere, `?` unknown, else a comma list of `super`,
`fn:NAME`, `new:NAME`, `self.NAME`, and `+word` for words that the body itself takes out.
A parameter is name, `*name` or `**name`, then `:p` point, `:P` points, `:c` colour, then `=default`;
a lone `*` or `/` as in Python.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import manim
import numpy

STAR: dict[str, object] = {}
exec("from manim import *", STAR)
STAR.pop("__builtins__")

ARRAYS = {
    "np.ndarray", "Point3D", "Vector3D", "Point3D_Array", "InternalPoint3D", "Point2D", "RGBA_Array_Float",
    "InternalPoint3D_Array", "Vector3D_Array", "MatrixMN", "npt.NDArray",
}
PLAIN = {"None": "N", "float": "f", "int": "f", "str": "s", "bool": "f", "Self": "S"}
TRANSPARENT = {
    "staticmethod", "classmethod", "property", "override", "abstractmethod", "lru_cache", "cache",
    "override_animation", "override_animate", "contextmanager", "no_type_check",
}
MAX_DEFAULT = 40
# Bases that bring no members of their own.
PLAIN_BASES = {"object", "ABC", "Generic", "Protocol"}
# Of a system of axes: as many numbers as it has dimensions, not a point of the plane.
COORDINATES = {"coord", "coords", "coordinates", "coor_mask", "layout", "vector"}
# Numbers of a fixed width exist on some machines only.
WIDTHS = re.compile(r"^c?(float|complex|int|uint)\d+$|^(long|clong|u?longlong)")


def modules() -> Iterator[object]:
    """Manim and the modules under it that a scene could import."""
    yield manim
    for info in sorted(pkgutil.walk_packages(manim.__path__, "manim."), key=lambda m: m.name):
        if "opengl" in info.name or ".cli" in info.name or info.name.endswith("__main__"):
            continue
        try:
            yield importlib.import_module(info.name)
        except Exception:  # an optional module
            continue


class Source:
    """The syntax trees of Manim's files."""

    def __init__(self) -> None:
        self.trees: dict[str, ast.Module] = {}

    def tree(self, module: str) -> ast.Module:
        if module not in self.trees:
            path = inspect.getsourcefile(sys.modules[module])
            self.trees[module] = ast.parse(Path(path).read_text(encoding="utf-8"))
        return self.trees[module]

    def find(self, module: str, qualname: str) -> ast.AST | None:
        """The definition, also inside `if` and `try`."""
        node: ast.AST | None = self.tree(module)
        for part in qualname.split("."):
            node = next((n for n in definitions(node) if n.name == part), None) if node else None
        return node


def definitions(node: ast.AST) -> Iterator[ast.AST]:
    """Classes and functions of a body, the last of one name first."""
    found: list[ast.AST] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
            found.append(child)
        elif isinstance(child, (ast.If, ast.Try)):
            found.extend(definitions(child))
    yield from reversed(found)


SOURCE = Source()


def decorator_names(node: ast.FunctionDef) -> list[str]:
    plain = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    return [ast.unparse(d).split(".")[-1] for d in plain]


def result(node: ast.FunctionDef) -> str:
    if node.returns is None:
        return "?"
    text = ast.unparse(node.returns).strip("'\"")
    if text in PLAIN:
        return PLAIN[text]
    if text.split("[")[0] in ARRAYS:
        return "A"
    if text.split("[")[0] in ("list", "tuple", "dict"):
        return "l"
    if inspect.isclass(STAR.get(text)) and text[0].isupper():
        return f"={text}"
    return "?"


def mark(arg: ast.arg) -> str:
    text = ast.unparse(arg.annotation) if arg.annotation is not None else ""
    if arg.arg in COORDINATES or re.search(r"dict|Callable|2D", text):
        return ""
    if re.search(r"Point3D(Like)?_Array|(Iterable|Sequence|list)\[(Point3D|Vector3D)", text):
        return ":P"
    if re.search(r"\b(Point3D|Vector3D|InternalPoint3D)(Like)?\b", text):
        return ":p"
    if "ParsableManimColor" in text:
        return ":c"
    return ""


def default(node: ast.expr | None) -> str:
    if node is None:
        return ""
    text = " ".join(ast.unparse(node).split())
    return "=" + (text if len(text) <= MAX_DEFAULT else "...")


def parameters(node: ast.FunctionDef, skip_first: bool) -> list[str]:
    args = node.args
    positional = args.posonlyargs + args.args
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    out = []
    for index, (arg, value) in enumerate(zip(positional, defaults)):
        if not (skip_first and index == 0):
            out.append(arg.arg + mark(arg) + default(value))
        if args.posonlyargs and index == len(args.posonlyargs) - 1 and out:
            out.append("/")
    if args.vararg:
        out.append("*" + args.vararg.arg + mark(args.vararg))
    elif args.kwonlyargs:
        out.append("*")
    for arg, value in zip(args.kwonlyargs, args.kw_defaults):
        out.append(arg.arg + mark(arg) + default(value))
    if args.kwarg:
        out.append("**" + args.kwarg.arg)
    return out


class Flow(ast.NodeVisitor):
    """Where `**kwargs` of one function goes."""

    def __init__(self, name: str, module: str, cls: type | None) -> None:
        self.name, self.module, self.cls = name, module, cls
        self.out: set[str] = set()

    def text(self) -> str:
        if "?" in self.out or not self.out:
            return "?"
        return ",".join(sorted(self.out))

    def visit_Call(self, node: ast.Call) -> None:
        for keyword in node.keywords:
            if keyword.arg is None and self.is_kwargs(keyword.value):
                self.out.add(self.target(node.func))
            else:
                self.visit(keyword.value)
        func = node.func
        if isinstance(func, ast.Attribute) and self.is_kwargs(func.value):
            self.taken(func.attr, node)
        else:
            self.visit(func)
        for arg in node.args:
            self.visit(arg)

    def taken(self, method: str, node: ast.Call) -> None:
        first = node.args[0] if node.args else None
        if method in ("get", "pop", "setdefault") and isinstance(first, ast.Constant):
            self.out.add(f"+{first.value}")
        else:
            self.out.add("?")

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not self.is_kwargs(node.value):
            return self.generic_visit(node)
        key = node.slice
        self.out.add(f"+{key.value}" if isinstance(key, ast.Constant) else "?")

    def visit_Compare(self, node: ast.Compare) -> None:
        left, right = node.left, node.comparators[0]
        if self.is_kwargs(right) and isinstance(left, ast.Constant):
            self.out.add(f"+{left.value}")
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id == self.name:
            self.out.add("?")

    def is_kwargs(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.name

    def target(self, func: ast.expr) -> str:
        text = ast.unparse(func)
        if text == "super().__init__":
            return "super"
        text = text.removesuffix(".__init__")
        if re.fullmatch(r"self\.\w+", text) and self.cls and inspect.isfunction(getattr(self.cls, text[5:], None)):
            return text
        if re.fullmatch(r"\w+", text):
            value = getattr(sys.modules[self.module], text, None)
            if inspect.isclass(value) and STAR.get(text) is value:
                return f"new:{text}"
            if inspect.isfunction(value) and STAR.get(text) is value:
                return f"fn:{text}"
        return "?"


def flow(node: ast.FunctionDef, module: str, cls: type | None) -> str:
    if node.args.kwarg is None:
        return "-"
    visitor = Flow(node.args.kwarg.arg, module, cls)
    for statement in node.body:
        visitor.visit(statement)
    return visitor.text()


def signature(node: ast.FunctionDef, module: str, cls: type | None) -> str:
    decorators = decorator_names(node)
    if set(decorators) - TRANSPARENT:
        return "?\t?\t*args\t**kwargs"
    bound = cls is not None and "staticmethod" not in decorators
    fields = [result(node), flow(node, module, cls), *parameters(node, skip_first=bound)]
    return "\t".join(fields)


def self_attributes(node: ast.ClassDef) -> set[str]:
    """Names assigned on `self` in any method, or declared in the class body."""
    names = {n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
    for method in ast.walk(node):
        if isinstance(method, ast.Attribute) and isinstance(method.ctx, ast.Store):
            if isinstance(method.value, ast.Name) and method.value.id == "self":
                names.add(method.attr)
        if isinstance(method, ast.Call) and ast.unparse(method.func) == "setattr":
            target, name = method.args[0], method.args[1]
            if ast.unparse(target) == "self" and isinstance(name, ast.Constant):
                names.add(name.value)
    return names


def foreign_attributes(tree: ast.Module) -> set[str]:
    stores = (n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
    return {n.attr for n in stores if not (isinstance(n.value, ast.Name) and n.value.id == "self")}


def overriding_keywords(tree: ast.Module) -> set[str]:
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
    overriding = [f for f in functions if "override_animation" in decorator_names(f)]
    return {a.arg for f in overriding for a in f.args.args + f.args.kwonlyargs} - {"self"}


def aliases(node: ast.ClassDef) -> dict[str, str]:
    pairs = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    pairs[target.id] = statement.value.id
    return pairs


def returned(node: ast.AST | None) -> str:
    return result(node) if isinstance(node, ast.FunctionDef) else "?"


def class_records(cls: type) -> Iterator[str]:
    node = SOURCE.find(cls.__module__, cls.__qualname__)
    mro = [base.__name__ for base in cls.__mro__ if base.__module__.startswith("manim")]
    others = [base for base in cls.__mro__ if not base.__module__.startswith("manim")]
    foreign = [base for base in others if base.__name__ not in PLAIN_BASES]
    # What the members of an enumeration or a mapping are differs between versions of Python.
    unknown = bool(foreign) or node is None
    yield f"C\t{cls.__name__}\t{'!' if unknown else '-'}\t{' '.join(mro)}"
    if unknown:
        return
    methods, attributes = {}, set()
    bodies = {n.name: n for n in reversed(list(definitions(node)))}
    renamed = aliases(node)
    for name in sorted(vars(cls)):
        if name.startswith("__") and name not in ("__init__", "__call__", "__getitem__"):
            continue
        body = bodies.get(renamed.get(name, name))
        value = inspect.getattr_static(cls, name)
        if isinstance(value, property):
            attributes.add(name + "~" + returned(body))
        elif isinstance(body, ast.FunctionDef):
            methods[name] = signature(body, cls.__module__, cls)
        elif callable(value) or isinstance(value, (staticmethod, classmethod)):
            methods[name] = "?\t?\t*args\t**kwargs"
        else:
            attributes.add(name)
    known = {a.split("~")[0] for a in attributes} | set(methods)
    attributes |= self_attributes(node) - known
    if attributes:
        yield "a\t" + " ".join(sorted(attributes))
    for name, text in sorted(methods.items()):
        yield f"m\t{name}\t{text}"


def constant(name: str, value: object) -> str:
    if isinstance(value, manim.ManimColor):
        return f"K\t{name}\tc\t{value.to_hex()}"
    kind = "A" if isinstance(value, numpy.ndarray) else "f" if isinstance(value, (int, float)) else "o"
    return f"K\t{name}\t{'s' if isinstance(value, str) else kind}\t"


def module_record(module: object, name: str) -> str:
    names = [n for n in dir(module) if not n.startswith("__") and not (name.startswith("numpy") and WIDTHS.match(n))]
    return f"M\t{name}\t{' '.join(sorted(names))}"


def records() -> Iterator[str]:
    yield f"V\t{manim.__version__}"
    yield "X\t" + " ".join(sorted(STAR))
    foreign: set[str] = set()
    overriding: set[str] = set()
    for module in modules():
        yield module_record(module, module.__name__)
        foreign |= foreign_attributes(SOURCE.tree(module.__name__))
        overriding |= overriding_keywords(SOURCE.tree(module.__name__))
    yield module_record(numpy, "numpy")
    yield module_record(numpy.linalg, "numpy.linalg")
    yield module_record(numpy.random, "numpy.random")
    yield "M\tndarray\t" + " ".join(sorted(n for n in dir(numpy.ndarray) if not n.startswith("__")))
    yield "O\t" + " ".join(sorted(overriding))
    yield "S\t" + " ".join(sorted(foreign))
    classes = {v for v in STAR.values() if inspect.isclass(v) and v.__module__.startswith("manim")}
    classes |= {base for cls in classes for base in cls.__mro__ if base.__module__.startswith("manim")}
    classes |= {type(STAR["config"]), type(STAR["frame"]), type(manim.Mobject().animate)}
    for cls in sorted(classes, key=lambda c: (c.__name__, c.__module__)):
        yield from class_records(cls)
    for name, value in sorted(STAR.items()):
        if inspect.isfunction(value):
            node = SOURCE.find(value.__module__, value.__qualname__)
            text = signature(node, value.__module__, None) if isinstance(node, ast.FunctionDef) else "?\t?\t*args\t**kwargs"
            yield f"F\t{name}\t{text}"
        elif not inspect.isclass(value) and not inspect.ismodule(value):
            yield constant(name, value)


def table() -> str:
    return "\n".join(records()) + "\n"


def main(arguments: list[str]) -> int:
    text = table()
    match arguments:
        case ["--text"]:
            print(text, end="")
        case ["--verify", path]:
            shipped = zlib.decompress(Path(path).read_bytes(), wbits=-15).decode()
            if shipped != text:
                print("The shipped symbol table is not that of the installed Manim: run this script again.")
                return 1
        case [path]:
            packer = zlib.compressobj(9, wbits=-15)
            Path(path).write_bytes(packer.compress(text.encode()) + packer.flush())
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
