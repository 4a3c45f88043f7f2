"""A small neural network for tables: embedded categories, standardised numbers, left as ONNX."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Inputs, Model


@train.stage(fits=("classification",), time_by="max_epochs")
def table_mlp(
    inputs: Inputs,
    /,
    *,
    layers: Annotated[
        list[Annotated[int, Field(ge=1, le=4096)]],
        Field(min_length=1, description="units of each hidden layer"),
    ] = [64, 32],  # noqa: B006  # read only
    embedding: Annotated[
        int, Field(ge=1, le=256, description="numbers that stand for a category at most")
    ] = 8,
    dropout: Annotated[float, Field(ge=0, lt=1, description="share of units left out while training")] = 0.1,
    lr: Annotated[float, Field(gt=0, description="learning rate of AdamW at its peak")] = 0.003,
    weight_decay: Annotated[float, Field(ge=0, description="pull of weights towards zero")] = 0.01,
    max_epochs: Annotated[
        int, Field(ge=1, le=10_000, description="passes over the train split at most")
    ] = 15,
    batch_size: Annotated[int, Field(ge=2, description="rows per step")] = 512,
    minimum_category: Annotated[
        int, Field(ge=1, description="rows below which a category counts as unknown")
    ] = 50,
    patience: Annotated[
        int, Field(ge=1, description="epochs without a better value before training ends")
    ] = 3,
    # Not `WithoutEffect`: the number of threads decides in which order sums are rounded.
    threads: Annotated[int, Field(ge=1, le=256, description="CPU threads")] = 1,
) -> Model:
    """A multilayer perceptron (Gorishniy et al., 2021, arXiv:2106.11959) on the train split, by Lightning.

    Missing numbers become the mean, and a number of its own says that they were missing. The weights of the epoch that
    is best by the leading metric on validation are kept. Leaves `model.onnx`, one input per column, and `history.json`.

    Raises:
        StagewrightError: the data is no table, or a split is empty.
        StepError: the loss is not a number.
    """
    from ._perceptron import Plan, fitted

    plan = Plan(
        layers=tuple(layers),
        embedding=embedding,
        dropout=dropout,
        lr=lr,
        weight_decay=weight_decay,
        max_epochs=max_epochs,
        batch_size=batch_size,
        minimum_category=minimum_category,
        patience=patience,
        threads=threads,
    )
    return fitted(inputs, plan)
