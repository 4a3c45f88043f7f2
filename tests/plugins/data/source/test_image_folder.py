"""Pictures and masks from folders: pairing, decoding, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stagewright.contract import Component
from stagewright.errors import RecipeError, StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.data import Source, SourceInputs
from stagewright.testing import context
from stagewright_plugins.data.source.image_folder import image_folder


def save(path: Path, pixels: Any, **how: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, **how)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pairs; masks have the values 0 and 1."""
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (12, 10), dtype=np.uint8)
        save(tmp_path / "set" / "images" / f"p{number}_2025-03-0{number + 1}.png", pixels)
        save(
            tmp_path / "set" / "masks" / f"p{number}_2025-03-0{number + 1}.png", pixels > 100, dtype=np.uint8
        )
    return tmp_path / "set"


@pytest.fixture
def opened(tmp_path: Path, made: Any) -> Any:
    def open(folder: Path, **settings: Any) -> Source:
        return image_folder(SourceInputs(made.task(), context(tmp_path / "work")), path=folder, **settings)

    return open


def test_pairs_by_name(opened: Any, folder: Path) -> None:
    source = opened(folder)
    assert list(source.ids) == ["p0_2025-03-01", "p1_2025-03-02", "p2_2025-03-03"]
    sample = source.read("p1_2025-03-02")
    with Image.open(folder / "images" / "p1_2025-03-02.png") as image:
        np.testing.assert_array_equal(sample.input, np.asarray(image))
    np.testing.assert_array_equal(sample.target, (sample.input > 100).astype(np.uint8))
    assert (source.card.title, source.card.licence) == ("set", "unknown")


def test_subfolders_and_other_suffixes(opened: Any, folder: Path) -> None:
    save(folder / "images" / "site" / "a.tif", np.arange(120).reshape(12, 10), dtype=np.uint8)
    save(folder / "masks" / "site" / "a.png", np.eye(12, 10), dtype=np.uint8)
    np.testing.assert_array_equal(opened(folder).read("site/a").target, np.eye(12, 10))


def test_masks_beside_pictures_by_suffix(opened: Any, tmp_path: Path) -> None:
    save(tmp_path / "all" / "a.png", np.arange(120).reshape(12, 10), dtype=np.uint8)
    save(tmp_path / "all" / "a_mask.png", np.eye(12, 10), dtype=np.uint8)
    source = opened(tmp_path, images="all", masks="all", mask_suffix="_mask")
    assert list(source.ids) == ["a"]
    np.testing.assert_array_equal(source.read("a").target, np.eye(12, 10))


def test_group_and_time_come_from_the_name(opened: Any, folder: Path) -> None:
    source = opened(folder, group=r"^(?P<patient>p\d+)_", time=r"_(\d{4}-\d\d-\d\d)")
    sample = source.read("p2_2025-03-03")
    assert (source.group, sample.group, sample.time) == ("patient", "p2", "2025-03-03")
    assert sample.tags == {"patient": "p2"}
    unnamed = opened(folder, group=r"^(p\d+)_")
    assert (unnamed.group, dict(unnamed.read("p2_2025-03-03").tags)) == ("group", {})
    save(folder / "images" / "stray.png", np.eye(12, 10), dtype=np.uint8)
    with pytest.raises(ValueError, match="no group by"):
        opened(folder, group=r"^(p\d+)_").read("stray")


def test_values_name_classes(opened: Any, folder: Path) -> None:
    save(folder / "masks" / "p0_2025-03-01.png", np.eye(12, 10) * 255, dtype=np.uint8)
    source = opened(folder, values={"0": "background", "255": "cell"})
    np.testing.assert_array_equal(source.read("p0_2025-03-01").target, np.eye(12, 10))
    with pytest.raises(ValueError, match=r"value 1, which `values` does not name"):
        source.read("p1_2025-03-02")
    with pytest.raises(StagewrightError, match="no class 'sell', did you mean 'cell'"):
        opened(folder, values={"0": "background", "255": "sell"})


def test_colours_name_classes(opened: Any, folder: Path) -> None:
    colours = np.zeros((12, 10, 3), np.uint8)
    colours[3:5] = (255, 128, 0)
    save(folder / "masks" / "p0_2025-03-01.png", colours)
    target = opened(folder, values={"#000000": "background", "#FF8000": "cell"}).read("p0_2025-03-01").target
    np.testing.assert_array_equal(target, colours[..., 0] // 255)
    with pytest.raises(ValueError, match=r"mask is in colour"):
        opened(folder).read("p0_2025-03-01")


def test_a_palette_is_read_by_index(opened: Any, folder: Path) -> None:
    image = Image.fromarray(np.eye(12, 10, dtype=np.uint8), mode="P")
    image.putpalette([0, 0, 0, 250, 10, 10])
    image.save(folder / "masks" / "p0_2025-03-01.png")
    np.testing.assert_array_equal(opened(folder).read("p0_2025-03-01").target, np.eye(12, 10))


def test_sixteen_bits_become_shares(opened: Any, folder: Path) -> None:
    pixels = np.linspace(0, 65535, 120).reshape(12, 10).astype(np.uint16)
    save(folder / "images" / "p0_2025-03-01.png", pixels)
    sample = opened(folder).read("p0_2025-03-01")
    np.testing.assert_allclose(sample.input, pixels / 65535, atol=1e-6)


@pytest.mark.parametrize(
    ("mode", "shape"), [("RGBA", (12, 10, 3)), ("LA", (12, 10)), ("1", (12, 10)), ("CMYK", (12, 10, 3))]
)
def test_modes(opened: Any, folder: Path, mode: str, shape: tuple[int, ...]) -> None:
    path = folder / "images" / "p0_2025-03-01.png"
    path.unlink()
    name = path.with_suffix(".tif" if mode == "CMYK" else ".png")
    Image.new(mode, (10, 12), 1).save(name)
    assert opened(folder).read("p0_2025-03-01").input.shape == shape


def test_what_does_not_pair_is_an_item_that_says_so(opened: Any, folder: Path) -> None:
    (folder / "masks" / "p0_2025-03-01.png").unlink()
    (folder / "images" / "p1_2025-03-02.png").unlink()
    source = opened(folder)
    assert source.read("p0_2025-03-01").target is None
    with pytest.raises(FileNotFoundError, match=r"masks/p1_2025-03-02.png is a mask without a picture"):
        source.read("p1_2025-03-02")


def test_names_that_never_pair_are_said_with_the_way_out(opened: Any, folder: Path) -> None:
    for mask in (folder / "masks").iterdir():
        mask.rename(mask.with_stem(f"{mask.stem}_mask"))
    with pytest.raises(
        StagewrightError, match=r"there are images/p0_.*png and masks/p0_.*_mask\.png"
    ) as raised:
        opened(folder)
    assert "`mask_suffix`" in str(raised.value)
    assert len(opened(folder, mask_suffix="_mask").ids) == 3


def test_a_folder_without_pictures_says_how_many_there_are(opened: Any, folder: Path) -> None:
    for picture in (folder / "images").iterdir():
        picture.unlink()
    with pytest.raises(StagewrightError, match=r"holds 0 pictures and 3 masks"):
        opened(folder)


def test_broken_files_raise(opened: Any, folder: Path) -> None:
    path = folder / "images" / "p0_2025-03-01.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(OSError, match=r"^images/p0_2025-03-01.png: image file is truncated"):
        opened(folder).read("p0_2025-03-01")
    path.write_bytes(b"")
    with pytest.raises(OSError, match=r"^images/p0_2025-03-01.png is no picture"):
        opened(folder).read("p0_2025-03-01")


def test_links_out_of_the_folder_are_refused(opened: Any, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    save(secret / "a.png", np.eye(12, 10), dtype=np.uint8)
    (folder / "images" / "out.png").symlink_to(secret / "a.png")
    save(folder / "masks" / "out.png", np.eye(12, 10), dtype=np.uint8)
    with pytest.raises(PermissionError, match=r"images/out\.png is a link out of the folder"):
        opened(folder).read("out")
    (folder / "linked").symlink_to(secret)
    with pytest.raises(StagewrightError, match="'linked' leads out of"):
        opened(folder, images="linked")
    with pytest.raises(StagewrightError, match="leads out of"):
        opened(folder, masks="../secret")
    (folder / "images" / "inside").symlink_to(secret)
    with pytest.raises(StagewrightError, match=r"is a link; copy the folder"):
        opened(folder)


def test_folders_that_are_missing_are_named(opened: Any, folder: Path) -> None:
    with pytest.raises(StagewrightError, match=r"data.source.masks: there is no folder .*labels"):
        opened(folder, masks="labels")


def test_two_pictures_of_one_name(opened: Any, folder: Path) -> None:
    save(folder / "images" / "p0_2025-03-01.jpg", np.eye(12, 10), dtype=np.uint8)
    with pytest.raises(StagewrightError, match="share one name"):
        opened(folder)


def bound(project: Path, **settings: Any) -> Component[Any, Any]:
    return Registry(project).component("data.source", {"type": "image_folder", **settings})


def test_a_recipe_may_say_numbers_and_relative_paths(tmp_path: Path) -> None:
    component = bound(tmp_path, path="pictures", values={0: "background", 255: "cell"})
    assert component.settings["path"] == tmp_path / "pictures"
    assert component.settings["values"] == {"0": "background", "255": "cell"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"group": "p[0-9"}, "no regular expression"),
        ({"group": "p[0-9]"}, "must have one group"),
        ({"values": {"red": "cell"}}, "values"),
    ],
)
def test_wrong_settings_are_found_by_check(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        bound(tmp_path, path=".", **settings)
