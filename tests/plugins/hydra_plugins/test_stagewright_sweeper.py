"""`-m hydra/sweeper=stagewright` in an ordinary Hydra app that knows nothing of Stagewright."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

APP = """
import time
import hydra
from omegaconf import DictConfig


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(cfg: DictConfig) -> float:
    with open(cfg.calls, "a") as file:
        file.write(f"{cfg.lr} {cfg.model.name} {cfg.get('text')}\\n")
    time.sleep(cfg.sleep)
    if cfg.lr > cfg.most:
        raise ValueError("too fast")
    value = (cfg.lr - 0.3) ** 2 + (cfg.model.name == "b")
    return (value, cfg.lr) if cfg.both else value


if __name__ == "__main__":
    main()
"""


class App:
    """The app in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "conf" / "model").mkdir(parents=True)
        (folder / "app.py").write_text(APP)
        base = {"lr": 0.1, "most": 9, "sleep": 0, "both": False, "calls": str(folder / "calls")}
        text = yaml.safe_dump({"defaults": [{"model": "a"}, "_self_"], **base})
        (folder / "conf" / "config.yaml").write_text(text)
        for name in "ab":
            (folder / "conf" / "model" / f"{name}.yaml").write_text(f"name: {name}\n")

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "app.py", "-m", "hydra/sweeper=stagewright", *words]
        return subprocess.Popen(
            command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def __call__(self, *words: str) -> str:
        process = self.start(*words)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def results(self) -> dict[str, object]:
        newest = max(self.folder.glob("multirun/*/*/optimization_results.yaml"), key=os.path.getmtime)
        return yaml.safe_load(newest.read_text())  # type: ignore[no-any-return]


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path)


def test_a_search_over_keys_and_groups_goes_on_where_it_was(app: App) -> None:
    words = ("lr=interval(0,1)", "model=glob(*)", "+text=a b", "hydra.sweeper.sampler=random")
    app(*words, "hydra.sweeper.n_trials=4")
    assert len(app.calls) == 4
    assert all(line.endswith(" a b") for line in app.calls)
    app(*words, "hydra.sweeper.n_trials=6")  # the same search, longer
    assert len(app.calls) == 6
    values = {(float(lr) - 0.3) ** 2 + (model == "b") for lr, model, *_ in map(str.split, app.calls)}
    assert app.results["best_value"] == pytest.approx(min(values))


def test_the_command_line_wins_over_the_apps_params(app: App) -> None:
    said = app(
        "+hydra.sweeper.params={model: 'choice(a)', lr: 'range(0, 5)'}", "lr=0.25,0.5",
        "hydra.sweeper.sampler=grid", "hydra.sweeper.n_trials=9",
    )  # fmt: skip
    assert "best: {'lr': 0.25, 'model': 'a'}" in said
    assert sorted(app.calls) == ["0.25 a None", "0.5 a None"]


def test_several_values_give_a_front(app: App) -> None:
    app("both=true", "lr=choice(0.1,0.3,0.6)", "hydra.sweeper.direction=[minimize,minimize]",
        "hydra.sweeper.sampler=grid", "hydra.sweeper.n_jobs=2")  # fmt: skip
    solutions = app.results["solutions"]
    assert isinstance(solutions, list)
    assert sorted(one["params"]["lr"] for one in solutions) == [0.1, 0.3]


def test_a_job_that_fails_is_replaced_as_long_as_it_may(app: App) -> None:
    words = ("most=0.9", "lr=interval(0,1)", "hydra.sweeper.n_trials=4", "hydra.sweeper.sampler=random")
    process = app.start(*words)
    said, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "ValueError: too fast" in said
    said = app(*words, "hydra.sweeper.max_failure_rate=1.0")
    assert "best: " in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lr=interval(1,0)",), "sweep.params.lr: from 1.0 to 0.0 there is nothing between"),
        (("lr=interval(0,1)", "hydra.sweeper.direction=up"), "hydra.sweeper.direction: up is not minimize"),
    ],
)
def test_what_a_user_can_mend_is_said_without_a_traceback(
    app: App, words: tuple[str, ...], said: str
) -> None:
    process = app.start(*words)
    printed, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert said in printed
    assert "Traceback" not in printed


@pytest.mark.slow
def test_a_kill_loses_no_trial(app: App) -> None:
    words = ("lr=interval(0,1)", "sleep=0.3", "hydra.sweeper.n_trials=6", "hydra.sweeper.sampler=random")
    process = app.start(*words)
    deadline = time.monotonic() + 60
    while len(app.calls) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    app(*words)
    assert len(set(app.calls)) == 6  # every trial was run, the one at work when it was killed once more
    assert len(app.calls) <= 7
