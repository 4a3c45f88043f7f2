"""A source with labelled live requests: what is taken, what is left, and where it goes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gateways import running, until
from small_packages import package
from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.live.event_log import folder
from stagewright.stages.data import Card, Sample, Source, SourceInputs
from stagewright.testing import context
from stagewright_plugins.data.source.with_live import with_live
from stagewright_plugins.monitoring.rolling import roll

SIZE = (16, 20)


def pixels(number: int, *lead: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (*lead, *SIZE), dtype=np.uint8)


def own(ids: tuple[str, ...] = ("a", "b"), **changed: Any) -> Component[Any, Any]:
    given = {
        "ids": ids,
        "read": lambda id: Sample(pixels(1), np.zeros(SIZE, np.uint8), "ward"),
        "card": Card("pictures", "CC0-1.0", "made up", "none", "Made up."),
        "modality": "image",
        "group": "site",
    }
    return Component("data.source", "made_up", {}, lambda _: Source(**given | changed))


class Live:
    """A log written by hand."""

    def __init__(self, place: Path) -> None:
        self.place, self.segment = place, 1
        for part in ("events", "payload", "masks"):
            (place / part).mkdir(parents=True)

    def write(self, *events: dict[str, Any]) -> None:
        with (self.place / "events" / f"w-{self.segment:06d}.jsonl").open("a") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)

    def request(self, id: str, day: int, picture: np.ndarray | None = None) -> None:
        np.savez(
            self.place / "payload" / f"{id}.npz", image=pixels(day, 1, 1) if picture is None else picture
        )
        inputs = {"image": {"ref": f"payload/{id}.npz"}}
        self.write(
            {"t": f"2026-03-{day:02d}T12:00:00.000000+00:00", "kind": "request", "id": id, "inputs": inputs}
        )

    def label(self, id: str, target: Any = None) -> None:
        mask = np.ones(SIZE, np.uint8)
        np.savez(self.place / "masks" / f"{id}.npz", target=mask)
        told = {"ref": f"masks/{id}.npz"} if target is None else target
        self.write({"t": "2026-04-01T00:00:00.000000+00:00", "kind": "label", "id": id, "target": told})


@pytest.fixture
def live(tmp_path: Path) -> Live:
    return Live(folder(tmp_path / ".stagewright", "recipe"))


def made(tmp_path: Path, source: Component[Any, Any] | None = None, **settings: Any) -> Source:
    inputs = SourceInputs(SimpleNamespace(), context(tmp_path / "work"))  # type: ignore[arg-type]
    return with_live(inputs, source=source or own(), **settings)


def test_without_a_log_it_is_the_source(tmp_path: Path) -> None:
    found = made(tmp_path)
    assert (list(found.ids), found.group, found.card) == (["a", "b"], "site", own()(None).card)
    assert found.read("a").split == ""


def test_requests_with_picture_and_mask_follow_the_source(tmp_path: Path, live: Live) -> None:
    for id in ("both", "no_label", "number", "gone"):
        live.request(id, 3)
    live.label("both")
    live.label("number", 0.5)
    live.label("gone")
    live.label("no_request")
    (live.place / "payload" / "gone.npz").unlink()
    live.write({"t": "2026-03-04", "kind": "request", "id": "unsampled", "inputs": {"image": {"shape": [1]}}})
    live.label("unsampled")
    found = made(tmp_path)
    assert list(found.ids) == ["a", "b", "live/both"]
    sample = found.read("live/both")
    np.testing.assert_array_equal(sample.input, pixels(3))
    np.testing.assert_array_equal(sample.target, np.ones(SIZE))
    assert (sample.split, sample.group, sample.time[:10]) == ("train", "live", "2026-03-03")


def test_colour_comes_last_and_several_pictures_are_refused(tmp_path: Path, live: Live) -> None:
    colour = pixels(1, 1, 3)
    live.request("colour", 1, colour)
    live.request("several", 2, pixels(2, 2, 1))
    live.label("colour")
    live.label("several")
    found = made(tmp_path)
    np.testing.assert_array_equal(found.read("live/colour").input, colour[0].transpose(1, 2, 0))
    with pytest.raises(ValueError, match="belongs to one picture"):
        found.read("live/several")


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({}, ["live/r1", "live/r2", "live/r3"]),
        ({"since": datetime.date(2026, 3, 2)}, ["live/r2", "live/r3"]),
        ({"until": datetime.date(2026, 3, 3)}, ["live/r1", "live/r2"]),
        ({"most": 2}, ["live/r2", "live/r3"]),
        ({"until": datetime.date(2026, 3, 3), "most": 1}, ["live/r2"]),
        ({"name": "another"}, []),
    ],
)
def test_the_time_and_number_of_requests_can_be_bounded(
    tmp_path: Path, live: Live, settings: dict[str, Any], ids: list[str]
) -> None:
    for day in (3, 1, 2):
        live.request(f"r{day}", day)
        live.label(f"r{day}")
    assert list(made(tmp_path, **settings).ids[2:]) == ids


def test_events_that_became_parquet_count(tmp_path: Path, live: Live) -> None:
    live.request("old", 1)
    assert roll(live.place)
    live.segment = 2
    live.label("old")
    assert list(made(tmp_path).ids) == ["a", "b", "live/old"]


def test_the_card_takes_the_more_careful_word(tmp_path: Path, live: Live) -> None:
    live.request("r", 1)
    live.label("r")
    assert made(tmp_path).card.personal_data == "unknown"
    card = made(tmp_path, personal_data="none").card
    assert (card.personal_data, card.description) == (
        "none",
        "Made up. 1 labelled live pictures of recipe, in train only.",
    )
    personal = own(card=Card("pictures", "CC0-1.0", "made up", "personal"))
    assert made(tmp_path, personal, personal_data="none").card.personal_data == "personal"


@pytest.mark.parametrize(
    ("source", "said"),
    [(own(modality="text"), "gives text"), (own(ids=("live/x",)), "has the id 'live/x'")],
)
def test_a_source_it_cannot_add_to(tmp_path: Path, source: Component[Any, Any], said: str) -> None:
    with pytest.raises(StagewrightError, match=said):
        made(tmp_path, source)


def segmenter(place: Path) -> Path:
    """`image` UINT8 (N, 1, H, W) → `answer`, the same."""
    from onnx import helper

    tensor = {"datatype": "UINT8", "shape": [-1, 1, -1, -1]}
    nodes = [helper.make_node("Identity", ["image"], ["answer"])]
    return package(place, "recipe", nodes, [], [{"name": "image", **tensor}], [{"name": "answer", **tensor}])


def test_a_request_and_its_mask_go_through_a_gateway_into_train(tmp_path: Path) -> None:
    home = tmp_path / ".stagewright"
    picture, mask = pixels(5, 1, 1), (pixels(6) > 128).astype(int)
    given = {"name": "image", "datatype": "UINT8", "shape": list(picture.shape), "data": picture.tolist()}
    with running(home, segmenter(tmp_path / "package"), payload_rate=1.0) as (ask, _):
        reply = ask("POST", "/v2/models/recipe/infer", {"inputs": [given]})
        assert reply.status == 200, reply.body
        id = reply.headers["x-request-id"]
        drawn = ask("POST", "/v1/labels", {"request_id": id, "target": mask.tolist()})
        assert drawn.json == {"accepted": 1}
        until(lambda: len(made(tmp_path).ids) == 3)
    found = made(tmp_path)
    sample = found.read(f"live/{id}")
    np.testing.assert_array_equal(sample.input, picture[0, 0])
    np.testing.assert_array_equal(sample.target, mask)
    assert sample.split == "train"
