from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch

from stagewright.errors import StagewrightError
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.stages.train import Model
from stagewright.testing import context
from stagewright_plugins.exporting.export import exported, write
from stagewright_plugins.exporting.network import network
from stagewright_plugins.exporting.session import session

NETWORKS = [
    {"type": "unet", "width": 4, "depth": 2},
    {"type": "unet", "width": 3, "depth": 1, "norm": "instance", "dropout": 0.3},
    {"type": "deeplab", "width": 4},
]


def images(samples, task):
    return np.random.default_rng(samples).random((samples, *task.input.shape), dtype=np.float32)


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: f"{spec['type']}-{spec.get('norm', 'batch')}")
def test_an_exported_network_says_what_the_network_says(spec, model, task, tmp_path):
    handle, ctx = model(task, **spec), context(tmp_path)
    loaded = session(exported(handle, task, ctx, tmp_path / "onnx"), threads=1)
    torch_network = network(handle, task, ctx)
    for samples in (1, 2, 5):
        given = images(samples, task)
        (found,) = loaded.run(["logits"], {"input": given})
        with torch.inference_mode():
            expected = torch_network(torch.from_numpy(given)).numpy()
        assert found.shape == (samples, *task.output.shape)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_a_size_that_the_network_pads(model, sized, tmp_path):
    task = sized((17, 21), channels=3)
    handle, ctx = model(task, type="unet", width=2, depth=2), context(tmp_path)
    loaded = session(exported(handle, task, ctx, tmp_path / "onnx"))
    given = images(3, task)
    with torch.inference_mode():
        expected = network(handle, task, ctx)(torch.from_numpy(given)).numpy()
    np.testing.assert_allclose(loaded.run(None, {"input": given})[0], expected, rtol=1e-3, atol=1e-4)


def test_one_file_and_the_same_one_each_time(model, task, tmp_path):
    handle, ctx = model(task, type="unet", width=2, depth=1), context(tmp_path)
    one, two = (exported(handle, task, ctx, tmp_path / name) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert [path.name for path in one.parent.iterdir()] == ["model.onnx"]
    proto = onnx.load(one)
    assert not any(node.metadata_props or node.doc_string for node in proto.graph.node)
    weights = sum(int(np.prod(tensor.dims)) for tensor in proto.graph.initializer) * 4
    assert one.stat().st_size < weights + 9000  # nothing beside the graph and its weights


def test_an_onnx_model_is_copied(model, task, tmp_path):
    handle, ctx = model(task, type="unet", width=2, depth=1), context(tmp_path)
    first = exported(handle, task, ctx, tmp_path / "one")
    again = exported(Model(first.parent, "onnx", {}, {}), task, ctx, tmp_path / "two")
    assert again.read_bytes() == first.read_bytes()


def test_random_numbers_of_others_are_left_alone(model, task, tmp_path):
    handle, ctx = model(task, type="unet", width=2, depth=1), context(tmp_path)
    loaded = network(handle, task, ctx)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    write(loaded, task, tmp_path / "model.onnx")
    assert torch.rand(1) == expected


def test_what_onnx_cannot_express_is_said_in_one_line(task, tmp_path):
    class Odd(torch.nn.Module):
        def forward(self, images):
            return torch.linalg.eigvals(images).real

    with pytest.raises(StagewrightError, match="cannot be written as ONNX") as error:
        write(Odd(), task, tmp_path / "model.onnx")
    assert "\n" not in str(error.value)


def test_an_onnx_model_has_no_network(task, tmp_path):
    with pytest.raises(StagewrightError, match="no PyTorch network"):
        network(Model(tmp_path, "onnx", {}, {}), task, context(tmp_path))


def test_the_runtime_gives_the_probabilities_of_the_torch_runtime(model, task, tmp_path):
    handle, ctx = model(task, type="unet", width=4, depth=2), context(tmp_path)
    exported(handle, task, ctx, tmp_path / "onnx")
    given = images(4, task)
    found, expected = (
        ctx.resolve("evaluate.runtime", {"type": name})(RuntimeInputs(one, task, ctx))(given)
        for name, one in (("onnx", Model(tmp_path / "onnx", "onnx", {}, {})), ("torch", handle))
    )
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_runtime_names_the_file_that_is_missing_or_broken(task, tmp_path):
    ctx = context(tmp_path)
    runtime = ctx.resolve("evaluate.runtime", {"type": "onnx", "threads": 1})
    with pytest.raises(StagewrightError, match=r"no ONNX model at .*model\.onnx"):
        runtime(RuntimeInputs(Model(tmp_path, "onnx", {}, {}), task, ctx))
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(StagewrightError, match="cannot run"):
        runtime(RuntimeInputs(Model(tmp_path, "onnx", {}, {}), task, ctx))
