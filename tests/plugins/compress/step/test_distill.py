from __future__ import annotations

import json

import torch
from safetensors.torch import load_file

from stagewright.testing import Heard

STUDENT = {"type": "unet", "width": 4, "depth": 1}


def test_the_student_learns_without_labels_from_the_teacher_alone(step, given, probabilities):
    heard = Heard()
    model = step("distill", heard=heard, student=STUDENT, share=1.0, max_epochs=8)
    assert model.format == "torch"
    assert model.parameters < 0.2 * given.model.parameters
    assert model.spec["width"] == 4
    teacher, student = (probabilities(one)[0] for one in (given.model, model))
    assert (teacher.argmax(1) == student.argmax(1)).mean() > 0.9
    assert heard.blocks[0].title == "Distillation"


def test_the_teacher_is_neither_trained_nor_kept(step, given):
    before = load_file(given.model.path / "model.safetensors")
    model = step("distill", student=STUDENT, max_epochs=1)
    after = load_file(given.model.path / "model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert set(load_file(model.path / "model.safetensors")) < set(before)
    checkpoint = model.path / ".resume" / "last.ckpt"
    assert checkpoint.stat().st_size < 4 * 4 * model.parameters + 60_000  # weights and two moments


def test_the_same_seed_gives_the_same_weights(step):
    def weights(work, **settings):
        found = step("distill", work=work, student=STUDENT, max_epochs=1, **settings)
        return load_file(found.path / "model.safetensors")

    one, two, hotter = weights("one"), weights("two"), weights("hot", temperature=8.0)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert any(not torch.equal(one[name], hotter[name]) for name in one)


def test_a_share_of_the_labels_is_another_loss(step):
    def first_loss(share):
        model = step("distill", work=f"w{share}", student=STUDENT, share=share, max_epochs=1)
        return json.loads((model.path / "history.json").read_text())["epochs"][0]["metrics"]["train_loss"]

    assert first_loss(0.2) != first_loss(1.0)
