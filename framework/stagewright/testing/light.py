"""Which plugins import a heavy library as soon as they are imported, measured in one fresh interpreter.

`stagewright check` imports the plugins that a recipe names; one that loads an array library makes it slow. Each
attempt to import such a library is stopped and written down, so that it is known of every plugin, not only of the
first, and nothing heavy is ever loaded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

# Libraries that take longer to import than all of `stagewright check`.
HEAVY = (
    "PIL", "captum", "cv2", "dask", "datasets", "duckdb", "jax", "keras", "lightgbm", "lightning", "matplotlib",
    "mlflow", "neural_compressor", "nibabel", "nilearn", "numba", "numpy", "onnx", "onnxruntime", "onnxscript",
    "optuna", "pandas", "plotly", "polars", "pyarrow", "ray", "scipy", "skimage", "sklearn", "spacy", "statsmodels",
    "tensorflow", "torch", "torchmetrics", "torchvision", "transformers", "xgboost",
)  # fmt: skip


class Heavy(BaseException):
    """Raised in place of importing a heavy library; no `except Exception` or `except ImportError` hides it."""


class _Guard:
    """An import finder that refuses heavy libraries."""

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse a heavy library; leave everything else to the other finders."""
        if name.partition(".")[0] in HEAVY:
            raise Heavy(name)


@cache
def heavy_imports(project: Path | None, root: Path, paths: tuple[str, ...]) -> dict[str, str]:
    """The heavy library that each plugin of a root imports at once, by `kind/name`; light ones are not in it."""
    # The path of this interpreter, so that the fresh one sees the same packages.
    program = (
        f"import sys; sys.path[:] = {list(paths)!r}; from stagewright.testing.light import measure; measure()"
    )
    asked = json.dumps([str(project or ""), str(root)])
    done = subprocess.run([sys.executable, "-c", program, asked], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"measuring imports failed:\n{done.stderr}")
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure() -> None:
    """Import every plugin of one root with heavy libraries refused; print what each asked for as JSON."""
    from stagewright import lifecycle
    from stagewright.plugin.registry import PluginError, Registry

    project, root = json.loads(sys.argv[1])
    registry, found = Registry(Path(project) if project else None), {}
    sys.meta_path.insert(0, _Guard())
    for kind in lifecycle.contracts():
        for plugin in registry.names(kind):
            if str(plugin.root.path) != root:
                continue
            try:
                registry.load(kind, plugin.name)
            except PluginError as error:  # broken otherwise: its own test says so
                if isinstance(error.__cause__, Heavy):
                    found[f"{kind}/{plugin.name}"] = str(error.__cause__)
    sys.stdout.write("\n" + json.dumps(found) + "\n")
