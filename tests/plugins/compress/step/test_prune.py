from __future__ import annotations

import json

import onnx
import pytest
import torch
from safetensors.torch import load_file

from stagewright.errors import StagewrightError
from stagewright.testing import Heard
from stagewright_plugins.exporting.export import exported
from stagewright_plugins.exporting.network import network


def elements(path):
    return sum(int(torch.tensor(tensor.dims).prod()) for tensor in onnx.load(path).graph.initializer)


def test_channels_are_really_gone_and_fine_tuning_brings_the_score_back(step, given, probabilities, tmp_path):
    bare = step("prune", work="bare", keep=0.5, max_epochs=0)
    tuned = step("prune", work="tuned", keep=0.5, max_epochs=8, optimizer={"type": "adamw", "lr": 0.01})
    assert bare.parameters == tuned.parameters < 0.3 * given.model.parameters
    assert bare.spec["type"] == "pruned"
    assert bare.spec["model"] == given.model.spec
    before, cut, after = (probabilities(model)[1]["iou_mean"] for model in (given.model, bare, tuned))
    assert after > cut
    assert before - after < 0.1
    assert tuned.validation["iou_mean"] == pytest.approx(after, abs=1e-3)
    sizes = [
        exported(model, given.framing.task, given.context, tmp_path / name)
        for name, model in (("fp32", given.model), ("pruned", bare))
    ]
    assert elements(sizes[1]) < 0.3 * elements(sizes[0])


def test_keeping_everything_changes_nothing(step, given):
    model = step("prune", keep=1.0, max_epochs=0)
    assert model.spec["sizes"] == {}
    before, after = (load_file(one.path / "model.safetensors") for one in (given.model, model))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_what_is_pruned_can_be_pruned_again(step, given):
    once = step("prune", work="once", keep=0.75, max_epochs=0)
    twice = step("prune", work="twice", keep=0.5, max_epochs=0, base=once)
    assert twice.parameters < once.parameters
    assert twice.spec["model"] == given.model.spec  # not a pruned model of a pruned model
    rebuilt = network(twice, given.framing.task, given.context)
    assert rebuilt(torch.zeros(1, 1, 24, 24)).shape == (1, 2, 24, 24)


def test_the_same_seed_gives_the_same_weights_and_another_one_others(step):
    def weights(work, **settings):
        return load_file(step("prune", work=work, max_epochs=2, **settings).path / "model.safetensors")

    one, two, other = weights("one"), weights("two"), weights("other", seed=2)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_a_killed_fine_tuning_goes_on(step, monkeypatch):
    from stagewright_plugins.fitting.keeping import Keeping

    whole = step("prune", work="whole", max_epochs=3)
    real = Keeping.on_train_epoch_start

    def killed(self, trainer, module):
        if trainer.current_epoch == 2:
            raise KeyboardInterrupt
        real(self, trainer, module)

    monkeypatch.setattr(Keeping, "on_train_epoch_start", killed)
    with pytest.raises(KeyboardInterrupt):
        step("prune", work="killed", max_epochs=3)
    monkeypatch.setattr(Keeping, "on_train_epoch_start", real)
    heard = Heard()
    resumed = step("prune", work="killed", heard=heard, max_epochs=3)
    one, two = (load_file(model.path / "model.safetensors") for model in (whole, resumed))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert resumed.validation == whole.validation
    assert [event["epoch"] for event in heard.events] == [0, 1, 2]


def test_following_the_model_before_is_another_training(step):
    alone, followed = (
        json.loads(
            (step("prune", work=f"w{share}", max_epochs=1, imitate=share).path / "history.json").read_text()
        )
        for share in (0.0, 1.0)
    )
    assert alone != followed


def test_a_network_of_unknown_operations_is_refused(step, given, monkeypatch):
    from stagewright_plugins.pruning import channels

    for name in ("CONVOLUTIONS", "NORMS", "CARRY", "SUMS"):
        monkeypatch.setattr(channels, name, ())
    with pytest.raises(StagewrightError, match="reaches an operation that is not known"):
        step("prune", max_epochs=0)


def test_the_layers_are_in_the_report(step):
    heard = Heard()
    step("prune", heard=heard, keep=0.5, max_epochs=1)
    table, *training = heard.blocks
    assert table.rows[0] == ("down.0.0.0", "1 → 8", "1 → 4")
    assert training[0].title == "Fine-tuning after pruning"
