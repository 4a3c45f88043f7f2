"""Training on parallel texts: it learns, resumes where it was killed, and says what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from small_texts import a_dataset, a_task, trained
from stagewright.errors import StepError
from stagewright.testing import Heard
from stagewright_plugins.fitting.pairs import PairLoader
from stagewright_plugins.texts.numbers import BEGIN, END, PAD, SEPARATOR


def test_losses_fall_and_the_artifact_holds_all_that_is_needed(tmp_path: Path) -> None:
    task, heard = a_task(), Heard()
    data = a_dataset(tmp_path, task)
    model = trained(tmp_path / "model", data, task, 3, heard, memory=0.3)
    epochs = [event["metrics"] for event in heard.events if event["event"] == "epoch"]
    assert epochs[-1]["val_loss"] < epochs[0]["val_loss"]
    assert {"bleu", "chrf"} <= set(model.validation)
    assert {path.name for path in model.path.iterdir()} >= {
        "model.safetensors",
        "tokenizer.json",
        "memory.json",
    }
    assert model.spec["memory"] == 0.3


def test_a_killed_training_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    task = a_task()
    data = a_dataset(tmp_path, task)
    whole = trained(tmp_path / "whole", data, task, 2, memory=0.3, dropout=0.1)
    trained(tmp_path / "half", data, task, 1, memory=0.3, dropout=0.1)
    half = trained(tmp_path / "half", data, task, 2, memory=0.3, dropout=0.1)
    assert (half.path / "model.safetensors").read_bytes() == (whole.path / "model.safetensors").read_bytes()


def test_sub_words_that_do_not_fit_are_named(tmp_path: Path) -> None:
    task = a_task()
    data = a_dataset(tmp_path, task, vocabulary=300)
    with pytest.raises(StepError, match="vocabulary 100 cannot hold the data's"):
        trained(tmp_path / "model", data, task, vocabulary=100)


def test_batches_hold_each_pair_once_in_similar_lengths(tmp_path: Path) -> None:
    data = a_dataset(tmp_path, a_task())
    loader = PairLoader(data, "train", 0.3, 16, seed=1, shuffle=True)
    assert len(loader) == len(list(loader))
    after = [tuple(n for n in row if n != PAD) for _, batch in loader for row in batch.tolist()]
    targets = [
        (*loader.subwords.encode(text.replace("%(name)s", "⟦0⟧")), END) for text in loader.pairs.targets
    ]
    assert len(after) == data.counts["train"]
    plain = [target for target, text in zip(targets, loader.pairs.targets, strict=True) if "<b>" not in text]
    assert set(plain) <= set(after)
    (source, before), _ = next(iter(loader))
    assert torch.all(before[:, 0] == BEGIN)
    assert torch.any(source == SEPARATOR)


def test_an_epoch_is_drawn_anew_but_repeats(tmp_path: Path) -> None:
    data = a_dataset(tmp_path, a_task())
    loader = PairLoader(data, "train", 0.3, 16, seed=1, shuffle=True)
    loader.start(0)
    first = [batch[0][0].tolist() for batch in loader]
    loader.start(1)
    second = [batch[0][0].tolist() for batch in loader]
    loader.start(0)
    assert first == [batch[0][0].tolist() for batch in loader]
    assert first != second


def test_a_train_text_is_never_given_its_own_translation(tmp_path: Path) -> None:
    data = a_dataset(tmp_path, a_task())
    loader = PairLoader(data, "train", 0.0, 16, seed=1, shuffle=True)
    for place, matches in enumerate(loader._matches):
        group = loader.pairs.groups[place]
        assert all(loader.pairs.groups[match.place] != group for match in matches)
