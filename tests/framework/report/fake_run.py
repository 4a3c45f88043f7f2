"""Run folders as the framework leaves them, made up: the fixture of the report's tests.

python tests/framework/report/fake_run.py FOLDER    writes every variant with its report.html
"""

from __future__ import annotations

import json
import math
import random
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewright.report.blocks import (
    Bars,
    Block,
    Facts,
    Gallery,
    Histogram,
    HistogramSeries,
    Interval,
    Intervals,
    Lines,
    Picture,
    Series,
    Table,
    Text,
)

ID = "20260314-094127-512-brain_tissue-a3f1"
SPLITS = ("train", "validation", "test")
CLASSES = ("background", "grey", "white")
PLUGINS = {
    "objective": "standard",
    "framing": "standard",
    "data": "standard",
    "metrics": "standard",
    "baseline": "multi_otsu",
    "train/unet": "lightning",
    "train/linknet": "lightning",
    "evaluate": "standard",
}
SECONDS = {"objective": 0.002, "framing": 0.004, "data": 31.4, "metrics": 0.003, "baseline": 6.1,
           "train/unet": 212.7, "train/linknet": 0.0, "evaluate": 18.9}  # fmt: skip


@dataclass(frozen=True)
class FakeRun:
    """A run folder and the store beside it."""

    folder: Path
    store: Path

    def artifact(self, digest: str) -> Path:
        """As `Store.artifact`."""
        return self.store / digest

    def change(self, name: str, change: Callable[[dict[str, Any]], Any]) -> None:
        """Edit `run.json` or `record.json` in place."""
        path = self.folder / name
        found = json.loads(path.read_text(encoding="utf-8"))
        change(found)
        path.write_text(json.dumps(found), encoding="utf-8")

    def show(self, step: str, *blocks: Block | dict[str, Any]) -> None:
        """Replace the blocks of a step."""
        (self.artifact(digest(step)) / "report.json").write_text(
            json.dumps([block.to_json() if isinstance(block, Block) else block for block in blocks]),
            encoding="utf-8",
        )


def succeeded(root: Path) -> FakeRun:
    """Everything went well; data and baseline came from the cache."""
    run = _written(root, ID)
    _json(run.folder / "record.json", _record())
    return run


def gate_failed(root: Path) -> FakeRun:
    """One criterion and a KPI are missed."""
    run = succeeded(root)

    def miss(record: dict[str, Any]) -> None:
        gate = record["gates"][2]
        gate |= {
            "passed": False,
            "value": 0.5934,
            "message": "misses by 0.0066: measured 0.5934, asked >= 0.6",
        }
        record["metrics"]["iou.grey"] |= {"value": 0.5934, "low": 0.561, "high": 0.624}
        record["kpis"][0] |= {"value": 1.94, "reached": False}
        record |= {"status": "gate_failed", "exit_code": 3, "message": f"iou.grey >= 0.6: {gate['message']}"}

    run.change("record.json", miss)
    return run


def target_missed(root: Path) -> FakeRun:
    """Every gate holds, a KPI does not: no gate asks for it."""
    run = succeeded(root)
    run.change("record.json", lambda record: record["kpis"][0].update({"value": 1.94, "reached": False}))
    return run


def review_pending(root: Path) -> FakeRun:
    """A person has not said yet what they think of the evaluation."""
    run = succeeded(root)

    def wait(record: dict[str, Any]) -> None:
        record["gates"].pop()
        how = f"`stagewright review accept {ID} --by NAME --reason WHY`"
        message = f"evaluate waits for domain expert: {how} (or reject)"
        record |= {"status": "review_pending", "exit_code": 5, "message": message}

    run.change("record.json", wait)
    return run


def not_needed(root: Path) -> FakeRun:
    """The baseline reaches the target: nothing was trained."""
    run = succeeded(root)

    def stop(record: dict[str, Any]) -> None:
        kpi = record["kpis"][0]
        kpi |= {"value": None, "reached": None, "no_ml": 0.76, "no_ml_reached": True}
        record["kpis"] = [kpi]
        message = "ML is not needed: the baseline 'multi_otsu' reaches the target without it (minutes_per_slice 0.76 min)"
        record |= {"status": "not_needed", "exit_code": 4, "message": message, "gates": [], "metrics": {}}
        record["baseline"] = {"iou_mean": {"value": 0.91, "low": 0.9, "high": 0.92, "n": 48}}
        record["approaches"] = [item | {"status": "not tried", "validation": {}, "seconds": 0.0, "parameters": 0}
                                for item in record["approaches"]]  # fmt: skip
        record["steps"] = record["steps"][:5]

    run.change("record.json", stop)
    return run


def failed(root: Path) -> FakeRun:
    """Training raised: the steps before are kept, and its traceback."""
    run = succeeded(root)
    reason = "train/unet (lightning) failed: ValueError: loss is not finite (plugins/train/lightning.py:88)"

    def raise_(record: dict[str, Any]) -> None:
        step = {"step": "train/unet", "plugin": "lightning", "status": "failed", "reason": reason,
                "seconds": 41.2, "fingerprint": fingerprint("train/unet")}  # fmt: skip
        record["steps"] = [*record["steps"][:5], step]
        record["kpis"][0] |= {"value": None, "reached": None}
        for key in ("metrics", "gates", "milestones"):
            record[key] = type(record[key])()
        record |= {"status": "failed", "exit_code": 1, "message": reason}

    run.change("record.json", raise_)
    (run.folder / "errors").mkdir()
    trace = 'Traceback (most recent call last):\n  File "plugins/train/lightning.py", line 88\nValueError: <nan>\n'
    (run.folder / "errors" / "train.unet.txt").write_text(trace, encoding="utf-8")
    return run


def killed(root: Path) -> FakeRun:
    """No `record.json`; the last event is cut short; training was at epoch 5."""
    run = _written(root, ID)
    events = [event for event in _events() if event.get("epoch", 0) <= 5 and event.get("step") != "evaluate"]
    keep = [e for e in events if not (e["event"] == "step_finished" and e["step"].startswith("train"))]
    lines = "".join(json.dumps(event) + "\n" for event in keep if e_ok(event))
    (run.folder / "events.jsonl").write_text(lines + '{"t": "2026-03-14T09:4', encoding="utf-8")
    return run


def e_ok(event: dict[str, Any]) -> bool:
    """Nothing of the second approach, and no end of the run, in a run killed during the first."""
    return event.get("step") != "train/linknet" and event["event"] != "run_finished"


VARIANTS = {
    item.__name__: item
    for item in (succeeded, target_missed, review_pending, gate_failed, not_needed, failed, killed)
}


def digest(step: str) -> str:
    """The artifact of a step."""
    return f"{zlib.crc32(step.encode()):08x}" * 8


def fingerprint(step: str) -> str:
    """The fingerprint of a step."""
    return f"{zlib.crc32(step.encode()) ^ 0x5A5A5A5A:08x}" * 4


# ---- the record ------------------------------------------------------------------------------------


def _written(root: Path, run_id: str) -> FakeRun:
    run = FakeRun(root / ".stagewright" / "runs" / run_id, root / ".stagewright" / "store")
    run.folder.mkdir(parents=True)
    for step in PLUGINS:
        run.artifact(digest(step)).mkdir(parents=True)
    _json(run.folder / "run.json", _run())
    (run.folder / "events.jsonl").write_text(
        "".join(json.dumps(e) + "\n" for e in _events()), encoding="utf-8"
    )
    _pictures(run)
    for step, blocks in _blocks().items():
        run.show(step, *blocks)
    return run


def _run() -> dict[str, Any]:
    goal = _objective()
    return {
        "id": ID,
        "name": "brain_tissue",
        "recipe": "recipes/brain_tissue.yaml",
        "command": ["stagewright", "run", "brain_tissue", "train.max_epochs=24", "objective.owner=Radiology IT"],
        "overrides": ["train.max_epochs=24", "objective.owner=Radiology IT"],
        "started": "2026-03-14T09:41:27.512+00:00",
        "seed": 7,
        "project": "project",
        "config": {
            "name": "brain_tissue",
            "seed": 7,
            "objective": {k: goal[k] for k in ("problem", "owner", "stakeholders")},
            "data": {"type": "standard", "source": {"type": "nilearn_template_slices", "scanners": 18}},
            "metrics": [{"type": "iou"}, {"type": "dice"}, {"type": "boundary_f1"}],
            "train": {"type": "lightning", "model": {"type": "unet", "width": 12}, "max_epochs": 24},
        },
        "versions": {"python": "3.11.9", "stagewright": "0.1.0", "torch": "2.9.1", "lightning": "2.6.0",
                     "torchmetrics": "1.9.0", "datasets": "5.0.2", "mlflow": "3.10.1", "numpy": "2.3.4",
                     "pandas": "3.1.0", "pyarrow": "22.0.0", "hydra_core": "1.3.8"},
        "git": {"commit": "8c1f0e7d5b2a49639d0a7c4e1f3b5d7092ac64ef", "dirty": True, "branch": "main"},
        "host": {"cpus": 2, "memory_gb": 8.3, "platform": "Linux-6.8.0-x86_64-with-glibc2.39"},
        "plan": [{"step": step, "at": step.split("/")[0], "plugin": plugin, "fingerprint": fingerprint(step),
                  "status": "run", "reason": "never ran"} for step, plugin in PLUGINS.items()],
    }  # fmt: skip


def _objective() -> dict[str, Any]:
    return {
        "problem": "Outlining brain tissue by hand costs a radiographer four minutes a slice, and two people rarely "
        "draw the same line. A study of 120 patients waits six weeks for its outlines.",
        "owner": "Radiology IT",
        "stakeholders": [
            {"role": "domain expert", "name": "Dr. Amara Okafor", "contact": "", "approves": ["evaluate"]},
            {"role": "data steward", "name": "Jun Watanabe", "contact": "", "approves": []},
            {"role": "product", "name": "Lena Fischer", "contact": "", "approves": ["framing", "deploy"]},
        ],
        "revision": 2,
        "revisions": [
            {"revision": 1, "date": "2026-02-02T08:00:00.000+00:00", "run": "20260202-080000-000-brain_tissue-11aa",
             "changes": ["first version"]},
            {"revision": 2, "date": "2026-03-01T10:12:00.000+00:00", "run": ID,
             "changes": ["kpis.minutes_per_slice.target: 1.0 → 1.6", "kpis.studies_per_week added: 4.0"]},
        ],
    }  # fmt: skip


def _record() -> dict[str, Any]:
    validation = {"iou_mean": 0.724, "iou.background": 0.951, "iou.grey": 0.634, "iou.white": 0.587, "dice_mean": 0.823,
                  "boundary_f1": 0.681}  # fmt: skip
    return {
        "id": ID,
        "status": "succeeded",
        "exit_code": 0,
        "message": "all gates passed",
        "started": "2026-03-14T09:41:27.512+00:00",
        "finished": "2026-03-14T09:45:21.002+00:00",
        "seconds": 233.49,
        "objective": _objective(),
        "kpis": [
            {"name": "minutes_per_slice", "unit": "min", "baseline": 4.0, "target": 1.6, "direction": "minimize",
             "estimate": "4.0 * (1 - iou_mean) + 0.4", "value": 1.552, "no_ml": 3.1, "reached": True,
             "no_ml_reached": False},
            {"name": "studies_per_week", "unit": "", "baseline": 2.0, "target": 4.0, "direction": "maximize",
             "estimate": "8 / minutes_per_slice", "value": 5.15, "no_ml": 2.6, "reached": True,
             "no_ml_reached": False},
        ],
        "gates": [
            {"name": "beats the baseline", "step": "evaluate", "condition": "iou_mean better than without ML",
             "passed": True, "message": "iou_mean 0.712 is 0.387 ahead of the no-ML baseline's 0.325", "value": 0.712},
            {"name": "success criterion", "step": "evaluate", "condition": "iou_mean >= 0.65", "passed": True,
             "message": "holds: measured 0.712, asked >= 0.65", "value": 0.712},
            {"name": "success criterion", "step": "evaluate", "condition": "iou.grey >= 0.6", "passed": True,
             "message": "holds: measured 0.6234, asked >= 0.6", "value": 0.6234},
            {"name": "review", "step": "evaluate", "condition": "evaluate accepted by domain expert", "passed": True,
             "message": "Dr. Amara Okafor (domain expert): outlines are usable on all new scanners", "value": None},
        ],
        "metrics": {
            "iou_mean": {"value": 0.712, "low": 0.684, "high": 0.741, "n": 48},
            "iou.background": {"value": 0.948, "low": 0.94, "high": 0.957, "n": 48},
            "iou.grey": {"value": 0.6234, "low": 0.59, "high": 0.658, "n": 48},
            "iou.white": {"value": 0.5651, "low": 0.522, "high": 0.608, "n": 48},
            "dice_mean": {"value": 0.815, "low": 0.792, "high": 0.838, "n": 48},
            "boundary_f1": {"value": 0.664, "low": 0.63, "high": 0.699, "n": 48},
            "minutes_per_slice": {"value": 1.552, "low": 1.43, "high": 1.66, "n": 48},
        },
        "metric_specs": [
            {"name": "iou", "keys": ["iou_mean", "iou.background", "iou.grey", "iou.white"], "direction": "maximize"},
            {"name": "dice", "keys": ["dice_mean"], "direction": "maximize"},
            {"name": "boundary_f1", "keys": ["boundary_f1"], "direction": "maximize"},
            {"name": "minutes_per_slice", "keys": ["minutes_per_slice"], "direction": "minimize"},
        ],
        "baseline": {
            "iou_mean": {"value": 0.325, "low": 0.29, "high": 0.36, "n": 48},
            "iou.background": {"value": 0.71, "low": 0.68, "high": 0.74, "n": 48},
            "iou.grey": {"value": 0.142, "low": 0.12, "high": 0.17, "n": 48},
            "iou.white": {"value": 0.123, "low": 0.1, "high": 0.15, "n": 48},
            "dice_mean": {"value": 0.441, "low": 0.41, "high": 0.47, "n": 48},
            "boundary_f1": {"value": 0.287, "low": 0.25, "high": 0.32, "n": 48},
            "minutes_per_slice": {"value": 3.1, "low": 2.96, "high": 3.24, "n": 48},
        },
        "approaches": [
            {"name": "unet", "reason": "strong on few images, small enough for the scanner's own computer",
             "source": "Ronneberger et al., 2015", "status": "chosen", "validation": validation, "seconds": 212.7,
             "parameters": 487_203},
            {"name": "linknet", "reason": "a third of the work per image", "source": "Chaurasia and Culurciello, 2017",
             "status": "not tried", "validation": {}, "seconds": 0.0, "parameters": 0},
        ],
        "milestones": [
            {"name": "First usable outlines", "date": "2026-02-15", "expect": "iou_mean >= 0.55", "status": "met",
             "first_met": "20260210-153000-000-brain_tissue-77c0"},
            {"name": "Pilot on two scanners", "date": "2026-03-20", "expect": "iou_mean >= 0.7 and boundary_f1 >= 0.65",
             "status": "met", "first_met": ID},
            {"name": "As good as a second reader", "date": "2026-06-30", "expect": "boundary_f1 >= 0.8",
             "status": "open", "first_met": None},
        ],
        "steps": [_step(step) for step in PLUGINS],
        "tracking": {"type": "mlflow", "status": "mirrored", "address": "sqlite:///mlflow.db",
                     "run_id": "5f0c7bd2f1a74f6f8c2d0f4e9b1a3c5d", "message": ""},
    }  # fmt: skip


def _step(step: str) -> dict[str, Any]:
    cached = step in ("objective", "framing", "data", "metrics", "baseline")
    if step == "train/linknet":
        return {"step": step, "plugin": "lightning", "status": "skipped", "seconds": 0.0,
                "reason": "train/unet meets the success criteria"}  # fmt: skip
    return {
        "step": step,
        "plugin": PLUGINS[step],
        "status": "cached" if cached else "ran",
        "reason": "nothing changed" if cached else "settings changed: max_epochs 12 → 24",
        "seconds": 0.0 if cached else SECONDS[step],
        "seconds_when_run": SECONDS[step],
        "fingerprint": fingerprint(step),
        "artifact": digest(step),
        "output": {},
        "bytes": {"data": 41_203_911, "train/unet": 2_011_240}.get(step, 12_345),
    }


def _events() -> Iterator[dict[str, Any]]:
    yield {"t": "2026-03-14T09:41:27.600+00:00", "event": "run_started", "run": ID}
    for step in PLUGINS:
        entry = _step(step)
        if entry["status"] == "ran":
            yield {"t": "2026-03-14T09:41:28.000+00:00", "event": "step_started", "step": step,
                   "fingerprint": entry["fingerprint"]}  # fmt: skip
        if step.startswith("train"):
            for epoch in range(1, 25):
                yield {"t": "2026-03-14T09:42:00.000+00:00", "event": "epoch", "step": step, "epoch": epoch,
                       "metrics": {name: _curve(name, epoch) for name in ("train_loss", "validation_loss",
                                                                          "iou_mean", "iou.grey")}}  # fmt: skip
        ends = {"ran": "step_finished", "cached": "step_cached", "skipped": "step_skipped"}
        yield {"t": "2026-03-14T09:45:00.000+00:00", "event": ends[entry["status"]], **entry}
    yield {"t": "2026-03-14T09:45:21.000+00:00", "event": "run_finished", "status": "succeeded"}


# ---- what the steps show ---------------------------------------------------------------------------


def _blocks() -> dict[str, list[Block | dict[str, Any]]]:
    return {"data": _data(), "baseline": _baseline(), "train/unet": _train(), "evaluate": _evaluate()}


def _data() -> list[Block | dict[str, Any]]:
    normal = random.Random(1)
    qualities = {
        "Sharpness": (0.31, 0.08, "variance of the Laplacian"),
        "Contrast": (0.22, 0.05, "standard deviation of grey values, share of the range"),
        "Noise": (4.1, 1.3, "estimated standard deviation, grey levels"),
        "Area of grey matter": (0.27, 0.07, "share of the image"),
        "Area of white matter": (0.19, 0.06, "share of the image"),
    }
    return [
        Text("", "Slices of one brain, as 24 simulated scanners would have taken them. Train, validation and test "
             "hold different scanners, so the scores say what to expect on a scanner never seen."),
        Facts("Dataset", {"Samples": 912, "Scanners": 24, "Quarantined": 6, "Near duplicates removed": 14,
                          "Licence": "ODbL 1.0", "Version": "9f2c41d08ab7", "Personal data": "none",
                          "Mean sharpness": 0.3124}),
        Table("Splits", ["Split", "Samples", "Scanners", "Grey matter", "White matter", "Leakage"],
              [["train", 684, 16, 0.2712, 0.193, False], ["validation", 120, 4, 0.268, 0.1911, False],
               ["test", 108, 4, 0.2731, 0.1954, False]]),
        Text("6 items in quarantine", "3 unreadable, 2 without a mask, 1 whose mask has another size. The recipe "
             "allows 5 %; this is 0.7 %.", tone="warning"),
        *[Histogram(name, _bins(normal, mean, spread), caption=f"Same axis for all splits: {unit}.", x_label=unit)
          for name, (mean, spread, unit) in qualities.items()],
        Histogram("Grey values by class", [
            HistogramSeries(name, list(range(0, 257, 16)), [max(0.0, 900 * math.exp(-(((i * 16 - mean) / 46) ** 2)))
                                                             for i in range(16)])
            for name, mean in (("background", 20), ("grey", 118), ("white", 176), ("unlabelled", 80))],
            x_label="grey value"),
        Gallery("A few samples", [Picture(f"pictures/sample_{i}.png", f"scanner {i % 6}, slab {i // 6}")
                                  for i in range(12)], caption="Drawn at random from the train split."),
        Table("Quarantine", ["Item", "Reason", "Detail"], [[f"slice_{i:04d}", reason, "first bytes are not a PNG"]
              for i, reason in enumerate(["unreadable", "unreadable", "no mask", "no mask", "sizes differ",
                                          "unreadable"])], folded=True),
    ]  # fmt: skip


def _bins(normal: random.Random, mean: float, spread: float) -> list[HistogramSeries]:
    edges = [mean + spread * (i - 10) * 0.32 for i in range(21)]
    series = []
    for name, count, shift in (("train", 684, 0), ("validation", 120, 0.1), ("test", 108, 0.35)):
        counts = [0] * 20
        for _ in range(count):
            place = int((normal.gauss(mean + shift * spread, spread) - edges[0]) / (edges[1] - edges[0]))
            counts[min(max(place, 0), 19)] += 1
        series.append(HistogramSeries(name, edges, counts))
    return series


def _baseline() -> list[Block | dict[str, Any]]:
    return [
        Text(
            "Multi-Otsu thresholds",
            "Two thresholds split the grey values into three classes; nothing is learned.",
        ),
        Bars("IoU by class", {"background": 0.71, "grey": 0.142, "white": 0.123}),
    ]


def _train() -> list[Block | dict[str, Any]]:
    epochs = list(range(1, 25))

    def curve(name: str) -> Series:
        return Series(name, epochs, [_curve(name, epoch) for epoch in epochs])

    return [
        Facts("Model", {"Architecture": "U-Net, width 12, depth 3", "Parameters": 487_203, "Best epoch": 21,
                        "Precision": "32-bit", "Stopped early": False}),
        Lines("Loss", [curve("train_loss"), curve("validation_loss")], x_label="epoch", y_label="Dice + cross-entropy",
              caption="The weights kept are those of the lowest validation loss."),
        Lines("IoU on the validation split", [curve(key) for key in ("iou_mean", "iou.background", "iou.grey",
              "iou.white")], x_label="epoch"),
        Lines("Learning rate", [Series("lr", epochs, [3e-3 * 0.5 * (1 + math.cos(math.pi * e / 24)) for e in epochs])],
              x_label="epoch", folded=True),
    ]  # fmt: skip


def _curve(name: str, epoch: int) -> float | None:
    if name == "iou.white" and epoch in (3, 4):
        return None
    wobble = random.Random(f"{name}{epoch}").gauss(0, 0.012)
    ends = {"train_loss": (1.25, 0.31), "validation_loss": (1.28, 0.42), "iou_mean": (0.21, 0.72),
            "iou.background": (0.55, 0.951), "iou.grey": (0.08, 0.634), "iou.white": (0.02, 0.587)}  # fmt: skip
    start, end = ends[name]
    return round(end + (start - end) * math.exp(-epoch / 5) + wobble, 5)


def _evaluate() -> list[Block | dict[str, Any]]:
    scanners = ["scanner 20", "scanner 21", "scanner 22 (inverted contrast)", "scanner 23"]
    return [
        Intervals("IoU by scanner", [Interval(name, value, value - 0.04, value + 0.035, 27) for name, value in
                  zip(scanners, (0.741, 0.728, 0.611, 0.766), strict=True)], reference=0.65,
                  reference_name="criterion", caption="Mean over classes, 95 % bootstrap interval."),
        Intervals("IoU by sharpness", [Interval(f"quarter {i}", v, v - 0.05, v + 0.05, 27) for i, v in
                  enumerate((0.652, 0.701, 0.733, 0.758), 1)], reference=0.712, reference_name="all samples"),
        Bars("What went wrong, by kind of error", {"boundary": 0.61, "class confusion": 0.24, "missed object": 0.11,
             "invented object": 0.04}, unit="of errors"),
        Bars("Which quality explains the errors", {"sharpness": 0.181, "noise": 0.14, "contrast": 0.092,
             "area.grey": 0.033, "a random column": 0.009}, unit="bit", caption="Mutual information."),
        Table("Outcome by class", ["Class", "Found", "Missed", "Invented", "Precision", "Recall", "Note"],
              [["background", 108, 0, 0, 0.981, 0.966, None], ["grey", 301, 22, 9, 0.9709, 0.9319, "thin folds"],
               ["white", 214, 31, 12, 0.9469, 0.8735, "low contrast"]], highlight=2),
        Gallery("Worst samples", [Picture(f"pictures/worst_{row}_{kind}.png", f"{kind}, IoU 0.{31 + 7 * row}"
                if kind == "input" else kind) for row in range(3) for kind in ("input", "truth", "prediction",
                "errors")], columns=4, caption="From left to right: input, truth, prediction, error map."),
        Text("Verdict on fairness", "No scanner is below the floor of 0.6.", tone="good"),
        {"kind": "sankey", "title": "Flow of samples", "caption": "From a plugin newer than this page.",
         "links": [["train", "kept", 684], ["train", "<b>dropped</b>", 12]]},
    ]  # fmt: skip


# ---- pictures --------------------------------------------------------------------------------------


def _pictures(run: FakeRun) -> None:
    data = run.artifact(digest("data")) / "pictures"
    evaluate = run.artifact(digest("evaluate")) / "pictures"
    data.mkdir()
    evaluate.mkdir()
    for i in range(12):
        (data / f"sample_{i}.png").write_bytes(png(96, 96, _brain(i, 96)))
    for row in range(3):
        for kind in ("input", "truth", "prediction", "errors"):
            (evaluate / f"worst_{row}_{kind}.png").write_bytes(png(96, 96, _brain(40 + row, 96, kind)))


def _brain(seed: int, size: int, kind: str = "input") -> bytes:
    """Something like a slice: ellipses of tissue, as an image, a mask or an error map."""
    noise, tilt, inverted = random.Random(seed), 0.8 + 0.05 * (seed % 6), seed % 4 == 2
    greys = (22, 120, 190) if not inverted else (215, 120, 60)
    colours = ((38, 42, 54), (86, 156, 214), (240, 228, 180))
    rows = bytearray()
    for y in range(size):
        for x in range(size):
            label = _tissue(x, y, size, tilt, 0)
            if kind == "input":
                grey = greys[label] * (0.8 + 0.4 * x / size) + noise.gauss(0, 9)
                rows += bytes([min(max(int(grey), 0), 255)] * 3)
            else:
                guess = _tissue(x, y, size, tilt, 0.16)
                shown = colours[label if kind == "truth" else guess]
                wrong = (214, 96, 60) if guess != label else (226, 224, 218)
                rows += bytes(wrong if kind == "errors" else shown)
    return bytes(rows)


def _tissue(x: int, y: int, size: int, tilt: float, wobble: float) -> int:
    u, v = (x / size - 0.5) / 0.42, (y / size - 0.5) / (0.46 * tilt)
    angle = math.atan2(v, u)
    radius = math.hypot(u, v) + 0.05 * math.sin(9 * angle) + wobble * math.sin(4 * angle + 1) * 0.5
    return 0 if radius > 1 else 2 if radius < 0.62 + 0.08 * math.sin(13 * angle) else 1


def png(width: int, height: int, rgb: bytes) -> bytes:
    """An 8-bit RGB PNG."""
    rows = b"".join(b"\0" + rgb[i : i + 3 * width] for i in range(0, len(rgb), 3 * width))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)),
              (b"IEND", b""))  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


if __name__ == "__main__":
    from stagewright.report.page import write

    for name, make in VARIANTS.items():
        made = make(Path(sys.argv[1]) / name)
        print(write(made.folder, made.artifact))
