"""What a plugin's result depends on besides its settings: its source, and the libraries it imports.

Both are read from the source text: the plugin's file, every private file it imports from the same roots
(also inside functions), and the distributions behind all other imports. Nothing is declared twice.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

from stagewright.plugin.registry import Found, Root

# Import names that differ from the name of the distribution that carries them.
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit_learn", "yaml": "pyyaml", "skimage": "scikit_image"}


@cache
def closure(found: Found, roots: tuple[Root, ...]) -> tuple[tuple[Path, ...], frozenset[str]]:
    """All source files behind a plugin, and the top-level names of everything else it imports."""
    files: dict[Path, None] = {}
    outside: set[str] = set()
    waiting = [(found.path, found.module, found.path.name == "__init__.py")]
    while waiting:
        path, module, package = waiting.pop()
        if path in files:
            continue
        files[path] = None
        for name in _imports(path, module, package):
            inside = [hit for root in roots if (hit := _module_file(root, name))]
            waiting.extend(inside)
            if not inside:
                outside.add(name.split(".")[0])
    return tuple(files), frozenset(outside - sys.stdlib_module_names - {"stagewright"})


def source_digest(found: Found, roots: tuple[Root, ...]) -> str:
    """SHA-256 over the bytes of every source file behind a plugin (positions of the files left out)."""
    digest = sha256()
    for path in closure(found, roots)[0]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def library_versions(names: frozenset[str]) -> dict[str, str]:
    """Installed versions of the distributions behind import names; names without one are left out."""
    installed = _installed()
    keys = {name: DISTRIBUTIONS.get(name, name).lower().replace("-", "_") for name in names}
    return {name: installed[key] for name, key in sorted(keys.items()) if key in installed}


@cache
def _installed() -> dict[str, str]:
    """Every distribution's version, from the names of its metadata folders (no `importlib.metadata`)."""
    found: dict[str, str] = {}
    for folder in sys.path:
        if not os.path.isdir(folder or "."):
            continue
        for entry in os.scandir(folder or "."):
            if entry.name.endswith(".dist-info"):
                name, _, version = entry.name.removesuffix(".dist-info").rpartition("-")
                found.setdefault(name.lower().replace("-", "_"), version)
    return found


def _imports(path: Path, module: str, package: bool) -> list[str]:
    """Dotted names that a file imports anywhere in it, relative ones made absolute."""
    import ast

    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parent = module.split(".")[: len(module.split(".")) - node.level + package] if node.level else []
            base = ".".join([*parent, *([node.module] if node.module else [])])
            # `from package import name`: the name may be a module of its own
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return found


@cache
def _module_file(root: Root, name: str) -> tuple[Path, str, bool] | None:
    if not name.startswith(root.package + "."):
        return None
    base = root.path.joinpath(*name.removeprefix(root.package + ".").split("."))
    if (path := base.with_suffix(".py")).is_file():
        return path, name, False
    if (path := base / "__init__.py").is_file():
        return path, name, True
    return None
