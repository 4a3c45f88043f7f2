"""Training epochs that TPE with pruning needs to reach what random search found, on brain_tissue.

    python benchmarks/sweep_quality.py [SEEDS] [TRIALS] [EPOCHS]

For each seed (default 1,2,3): random search without pruning, TRIALS trials (default 30) of EPOCHS epochs (default 18),
and as many trials of TPE with the percentile pruner. Printed: the best validation metric of random search, the epochs
it spent, and how many TPE had spent when it first reached that value; pruned trials' epochs count. Aim: at most half.
Beside it, what says more about a search than one maximum does: the best of TPE after half of those epochs against the
best of random search after all, and the mean of trials that ran to their end. The seed also draws the dataset.

The dataset is smaller than the recipe's (48 scanners of 6 slices of 64 x 64), so that a seed takes a quarter of an
hour. With far fewer steps no network leaves the plateau at which it tells tissue from background only: chance decides
then, and neither a sampler nor a pruner has anything to go by.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import optuna

from stagewright import load
from stagewright_plugins.sweeping.storage import opened

# What one would search who knows nothing yet. In few settings chance finds the good region as soon as any sampler does,
# and the best of many trials is the luckiest of those that lie there.
SPACE = {
    "train.optimizer.lr": "tag(log, interval(1e-5, 1e-1))",
    "train.optimizer.weight_decay": "tag(log, interval(1e-6, 1e-1))",
    "train.scheduler": "choice(one_cycle, cosine, constant)",
    "train.loss": "choice(dice_cross_entropy, dice, focal, cross_entropy)",
    "train.batch_size": "choice(4, 8, 16, 32)",
    "train.model.width": "int(interval(2, 6))",
    "train.model.depth": "int(interval(1, 4))",
    "train.model.norm": "choice(batch, instance)",
    "train.model.dropout": "interval(0, 0.5)",
}
SMALL = (
    "data.source.scanners=48", "data.source.slices_per_scanner=6", "framing.task.size=[64,64]",
    "train.threads=1",
    "framing.success=[]", "~framing.budget", "~framing.approaches", "~tracking", "~objective.baseline",
    "~compress", "~deploy", "~rollout", "~monitor",
)  # fmt: skip
WARMUP = 6  # no trial is ended in the first sixth of its epochs
STARTUP = 5  # trials that are drawn at random and run to their end


def main() -> None:
    said = sys.argv[1:]
    seeds = [int(seed) for seed in (said[0] if said else "1,2,3").split(",")]
    trials, epochs = (int(said[i]) if len(said) > i else n for i, n in ((1, 30), (2, 18)))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    shares, gains = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in seeds:
            # Each in a project of its own: what the other has trained would be cached, and cost nothing.
            random = study(
                Path(scratch) / f"random-{seed}", seed, epochs, trials, "{type: random}", "{type: none}"
            )
            spent = sum(map(length, random))
            best = max(trial.value for trial in random if trial.value is not None)
            pruner = f"{{type: percentile, startup_trials: {STARTUP}, warmup_epochs: {epochs // WARMUP}}}"
            sampler = f"{{type: tpe, startup_trials: {STARTUP}}}"
            tpe = study(Path(scratch) / f"tpe-{seed}", seed, epochs, trials, sampler, pruner)
            needed = epochs_until(tpe, best)
            share = needed / spent if needed else float("inf")
            shares.append(share)
            half = best_within(tpe, spent // 2)
            gains.append(half - best)
            pruned = sum(trial.state.name == "PRUNED" for trial in tpe)
            print(
                f"seed {seed}: random reaches {best:.4f} in {spent} epochs ({epochs_until(random, best)} until then); "
                f"TPE with pruning {f'in {needed}' if needed else f'not in {sum(map(length, tpe))}'} ({share:.2f}); "
                f"its best after half of the epochs {half:.4f}, after all {best_within(tpe, spent):.4f}; "
                f"mean of whole trials {mean(tpe):.4f}, random {mean(random):.4f}; {pruned} of {len(tpe)} pruned",
                flush=True,
            )
    middle = statistics.median(shares)
    print(
        f"share of epochs: median {middle:.2f}, {min(shares):.2f} to {max(shares):.2f}  (aim: at most 0.50)\n"
        f"TPE after half of the epochs minus random search after all: median {statistics.median(gains):+.4f}, "
        f"{min(gains):+.4f} to {max(gains):+.4f}"
    )


def study(project: Path, seed: int, epochs: int, trials: int, sampler: str, pruner: str) -> list[Any]:
    """The finished trials of one search, in the order they began."""
    (project / "recipes").mkdir(parents=True, exist_ok=True)
    params = ", ".join(f'{key}: "{value}"' for key, value in SPACE.items())
    recipe = project / "recipes" / "searched.yaml"
    recipe.write_text(
        f"defaults: [brain_tissue, _self_]\nname: searched\n"
        f"sweep: {{params: {{{params}}}, trials: {trials}, sampler: {sampler}, pruner: {pruner}}}\n"
    )
    run = load(recipe, *SMALL, f"seed={seed}", f"train.max_epochs={epochs}", folder=project).run(quiet=True)
    if "sweep" not in run.steps:
        raise SystemExit(f"{run.message}")
    found = run.record["sweep"]["study"]
    folder = project / ".stagewright" / "sweeps" / found
    trials_ = optuna.load_study(study_name=found, storage=opened("journal", folder)).get_trials(
        deepcopy=False
    )
    return [trial for trial in trials_ if trial.state.name in ("COMPLETE", "PRUNED")]


def length(trial: Any) -> int:
    """Epochs that a trial was trained for."""
    return len(trial.intermediate_values)


def mean(trials: list[Any]) -> float:
    """Mean value of the trials that ran to their end."""
    return statistics.mean(trial.value for trial in trials if trial.state.name == "COMPLETE")


def best_within(trials: list[Any], epochs: int) -> float:
    """Best value of the trials that ended within so many epochs, pruned ones' included."""
    spent, best = 0, float("-inf")
    for trial in trials:
        spent += length(trial)
        if spent <= epochs and trial.state.name == "COMPLETE":
            best = max(best, trial.value)
    return best


def epochs_until(trials: list[Any], value: float) -> int | None:
    """Epochs spent, pruned ones included, when a finished trial first reached a value."""
    spent = 0
    for trial in trials:
        spent += length(trial)
        if trial.state.name == "COMPLETE" and trial.value >= value:
            return spent
    return None


if __name__ == "__main__":
    main()
