"""Training epochs that TPE with pruning needs to reach what random search finds, on brain_tissue.

    python benchmarks/sweep_quality.py [DATASETS] [SEARCHES] [FOLDER] [own]

Random search of 30 whole trials against TPE with successive halving, which is given half of their epochs. For each
dataset (seeds, default 1,2): one pool of 45 random trials, and SEARCHES searches (default 4) by TPE. The best of 30
random trials is often one lucky trial, so that a single pair of searches says little; every best that 30 trials of the
pool may have is therefore held against every TPE search, weighted by its chance (Dodge et al., 2019,
doi:10.18653/v1/D19-1224). Printed: the share of random search's epochs that TPE needed, as median and quartiles of
these pairs, and in how many of them half was enough. Aim: median at most half. (15 random trials are enough for the
best of 30 others in a third of pairs.)

TPE begins with random draws. With `own`, it begins with the recipe's own settings, as searches do unless told
otherwise; only what random search finds beyond these counts then, since both would have them with the first trial.

The dataset is smaller than the recipe's (48 scanners of 6 slices of 64 x 64), the training as long (40 epochs): much
shorter, chance alone decides which network leaves the plateau at which it knows one order of contrasts only. Two
datasets take two hours on two cores. With FOLDER, a program that was stopped goes on there.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from math import comb, inf
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import optuna

from stagewright import load
from stagewright_plugins.sweeping.storage import opened

# What one would search who knows nothing yet. In few settings chance finds the good region as soon as any sampler does.
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
EPOCHS = 40  # of a whole trial, as in the recipe
RANDOM = 30  # trials of one random search
POOL = 45  # random trials from which such searches are drawn
HALF = RANDOM * EPOCHS // 2
# A sixth of the epochs, then a half (18 of 40): a pruner that looks at every epoch ends what learns late, and the five
# whole trials that `percentile` begins with are a third of the budget here.
PRUNER = f"{{type: successive_halving, min_epochs: {EPOCHS // 6}, reduction_factor: 3}}"
OWN = "own"  # the word that lets TPE begin with the recipe's own settings
Pairs = list[tuple[float, float]]  # share of random search's epochs, and the chance of that pair


def main() -> None:
    said = [word for word in sys.argv[1:] if word != OWN]
    own = OWN in sys.argv[1:]
    datasets = [int(seed) for seed in (said[0] if said else "1,2").split(",")]
    searches = int(said[1]) if len(said) > 1 else 4
    if len(said) > 2:
        report(datasets, searches, own, Path(said[2]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            report(datasets, searches, own, Path(scratch))


def report(datasets: list[int], searches: int, own: bool, folder: Path) -> None:
    pairs: Pairs = []
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        for text, found in processes.map(compared, datasets, repeat(searches), repeat(own), repeat(folder)):
            print(text, flush=True)
            pairs += found
    if not pairs:
        return
    low, high = (shown(quantile(pairs, at)) for at in (0.25, 0.75))
    print(
        f"share of random search's epochs: quartiles {low} to {high}, {enough(pairs)} (aim: median at most 0.50)"
    )


def compared(dataset: int, searches: int, own: bool, folder: Path) -> tuple[str, Pairs]:
    """One dataset: a line for its pool and each search, and all pairs."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pool = study(folder / f"random-{dataset}", dataset, dataset, POOL, "random", "none", False)
    found = [
        study(folder / f"tpe{'-own' * own}-{dataset}-{seed}", dataset, seed, HALF, "tpe", PRUNER, own)
        for seed in range(searches)
    ]
    chances = best_of(RANDOM, sorted(trial.value for trial in pool))
    expected = sum(value * chance for value, chance in chances)
    lines = [
        f"dataset {dataset}: best of {RANDOM} random trials of {EPOCHS} epochs {expected:.4f} on average, "
        f"median {quantile(chances, 0.5):.4f}; mean of all {mean(pool):.4f}"
    ]
    if own:
        known = found[0][0].value
        chances = [(value, chance) for value, chance in chances if value > known]
        better = sum(chance for _, chance in chances)
        lines.append(
            f"  the recipe's own settings {known:.4f}; random search finds better ones in {better:.0%}"
        )
    pairs: Pairs = []
    for seed, tpe in enumerate(found):
        shares = [(epochs_until(tpe, value) / (RANDOM * EPOCHS), chance) for value, chance in chances]
        pairs += shares
        best = max(trial.value for trial in tpe if trial.state.name == "COMPLETE")
        lines.append(
            f"  TPE search {seed}, {HALF} epochs: best {best:.4f} ({best - expected:+.4f}), {enough(shares)}; "
            f"{len(tpe)} trials, {sum(trial.state.name == 'PRUNED' for trial in tpe)} pruned, "
            f"mean of whole ones {mean(tpe):.4f}"
        )
    return "\n".join(lines), pairs


def study(
    project: Path, dataset: int, seed: int, trials: int, sampler: str, pruner: str, own: bool
) -> list[Any]:
    """The finished trials of one search, in the order they began; in a project of its own, so that none is cached.

    TPE ends after half of random search's epochs; with `own`, it begins with the recipe's own settings.
    """
    stop = f"[{{type: epochs, total: {HALF}}}]" if sampler == "tpe" else "[]"
    (project / "recipes").mkdir(parents=True, exist_ok=True)
    params = ", ".join(f'{key}: "{value}"' for key, value in SPACE.items())
    recipe = project / "recipes" / "searched.yaml"
    recipe.write_text(
        f"defaults: [brain_tissue, _self_]\nname: searched\n"
        # The recipe's width, 12, is too slow here; the loss is the one that its task brings.
        "train: {model: {width: 6}, loss: dice_cross_entropy}\n"
        f"sweep: {{params: {{{params}}}, trials: {trials}, sampler: {sampler}, pruner: {pruner}, seed: {seed}, "
        f"recipe_first: {str(own).lower()}, stop: {stop}}}\n"
    )
    run = load(recipe, *SMALL, f"seed={dataset}", f"train.max_epochs={EPOCHS}", folder=project).run(
        quiet=True
    )
    if "sweep" not in run.steps:
        raise SystemExit(f"{run.message}")
    found = run.record["sweep"]["study"]
    storage = opened("journal", project / ".stagewright" / "sweeps" / found)
    every = optuna.load_study(study_name=found, storage=storage).get_trials(deepcopy=False)
    return [trial for trial in every if trial.state.name in ("COMPLETE", "PRUNED")]


def best_of(count: int, values: list[float]) -> Pairs:
    """Each of these values (ascending), and its chance to be the best of `count` drawn without replacement."""
    every = comb(len(values), count)
    return [(value, comb(rank, count - 1) / every) for rank, value in enumerate(values)]


def epochs_until(trials: list[Any], value: float) -> float:
    """Epochs spent, pruned trials' included, when a whole trial first reached a value."""
    spent = 0
    for trial in trials:
        spent += len(trial.intermediate_values)
        if trial.state.name == "COMPLETE" and trial.value >= value:
            return spent if spent <= HALF else inf
    return inf


def mean(trials: list[Any]) -> float:
    """Mean value of the trials that ran to their end."""
    return statistics.mean(trial.value for trial in trials if trial.state.name == "COMPLETE")


def quantile(weighted: Pairs, at: float) -> float:
    """Smallest value up to which that share of the weight lies."""
    total, reached = sum(weight for _, weight in weighted), 0.0
    for value, weight in sorted(weighted):
        reached += weight
        if reached >= at * total:
            return value
    return max(weighted)[0]


def enough(shares: Pairs) -> str:
    """Median share, and how often half of the epochs were enough."""
    if not shares:
        return "nothing to reach"
    within = sum(chance for share, chance in shares if share <= 0.5) / sum(chance for _, chance in shares)
    return f"median share {shown(quantile(shares, 0.5))}, half was enough in {within:.0%} of pairs"


def shown(share: float) -> str:
    return "more than 0.50" if share == inf else f"{share:.2f}"


if __name__ == "__main__":
    main()
