"""Texts from file to splits: normalised, refused, kept once, grouped, sub-words learned on train only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from datasets import load_from_disk

from small_texts import a_catalogue, a_tsv, pairs
from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.stages.data import Dataset, Inputs, SourceInputs
from stagewright.stages.framing import Framing
from stagewright.testing import Heard, context
from stagewright_plugins.data.parallel_text import parallel_text
from stagewright_plugins.data.source.catalogues import catalogues
from stagewright_plugins.data.source.parallel_file import parallel_file
from stagewright_plugins.framing.task.translation import translation
from stagewright_plugins.texts.normalising import key
from stagewright_plugins.texts.subwords import Subwords

TASK = translation(None, target="fr", max_source=80, max_target=80)  # type: ignore[arg-type]
QUALITY = ("source_words", "length_ratio", "language_mismatch", "placeholder_mismatch", "untranslated")


def prepared(folder: Path, source: dict[str, Any], heard: Heard | None = None, **settings: Any) -> Dataset:
    given = context(folder / "work", seed=3, heard=heard)
    quality = [given.resolve("data.quality", {"type": name}) for name in settings.pop("quality", QUALITY)]
    split = settings.pop("split", "grouped")
    split = given.resolve("data.split", {"type": split}) if isinstance(split, str) else split
    return parallel_text(
        Inputs(Framing(TASK), given),
        source=given.resolve("data.source", source),
        quality=quality,
        split=split,
        **settings,
    )


def rows(data: Dataset, split: str) -> pd.DataFrame:
    return load_from_disk(str(data.path / "splits" / split)).to_pandas()


def from_file(path: Path) -> dict[str, Any]:
    return {"type": "parallel_file", "path": path, "licence": "CC0-1.0", "personal_data": "none"}


def test_pairs_come_through_whole_and_the_same_twice(tmp_path: Path) -> None:
    path = a_tsv(tmp_path)
    heard = Heard()
    data = prepared(tmp_path / "a", from_file(path), heard)
    again = prepared(tmp_path / "b", from_file(path))
    assert data.version == again.version
    assert (data.path / "tokenizer.json").read_bytes() == (again.path / "tokenizer.json").read_bytes()
    kept = pd.concat(rows(data, split) for split in data.counts)
    assert set(zip(kept["text"], kept["target"], strict=True)) == set(pairs())
    assert data.modality == "text"
    assert {block.title for block in heard.blocks} >= {"Splits", "Samples", "Lineage", "Dataset card"}
    quality = pd.read_parquet(data.path / "quality.parquet")
    assert set(data.quality) == set(QUALITY) <= set(quality.columns)
    assert json.loads((data.path / "card.json").read_text())["licence"] == "CC0-1.0"


def test_no_text_is_in_two_splits_whatever_its_case_and_punctuation(tmp_path: Path) -> None:
    more = [f"{source.upper()}!\t{target} !" for source, target in pairs()[::4]]
    data = prepared(tmp_path, from_file(a_tsv(tmp_path, *more)))
    keys = [{key(text) for text in rows(data, split)["text"]} for split in data.counts]
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]
    assert not keys[1] & keys[2]


def test_a_split_that_would_leak_stops_the_run_or_is_repaired(tmp_path: Path) -> None:
    more = [f"{source.upper()}!\t{target} !" for source, target in pairs()]
    path = a_tsv(tmp_path, *more)
    with pytest.raises(StagewrightError, match="leak"):
        prepared(tmp_path / "a", from_file(path), split="random")
    data = prepared(tmp_path / "b", from_file(path), split="random", leakage="repair")
    assert sum(data.counts.values()) < 2 * len(pairs())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("train", "validation", "tset"), "'own' gives 'tset', did you mean 'test'"),
        (("train", "validation", None), "'own' gives None, known: test, train, validation"),
        (("train", "validation"), "'own' leaves none of 200 pairs for test"),
    ],
)
def test_a_splitter_of_ones_own_that_gives_nonsense_is_named(
    tmp_path: Path, names: tuple[Any, ...], message: str
) -> None:
    def own(inputs: Any) -> list[Any]:
        return [names[i % len(names)] for i in range(len(inputs.rows))]

    with pytest.raises(StagewrightError, match=f"data.split: {message}"):
        prepared(tmp_path, from_file(a_tsv(tmp_path)), split=Component("data.split", "own", {}, own))


def test_a_splitter_that_forgets_pairs_is_named(tmp_path: Path) -> None:
    def short(inputs: Any) -> list[str]:
        return ["train", "validation", "test"]

    with pytest.raises(StagewrightError, match="'short' names 3 splits for 200 pairs"):
        prepared(tmp_path, from_file(a_tsv(tmp_path)), split=Component("data.split", "short", {}, short))


def test_sub_words_know_the_train_split_only(tmp_path: Path) -> None:
    data = prepared(tmp_path, from_file(a_tsv(tmp_path)))
    letters = set("".join(rows(data, "train")["text"]) + "".join(rows(data, "train")["target"]))
    assert letters
    subwords = Subwords.read(data.path)
    assert subwords.decode(subwords.encode("Save page")) == "Save page"
    assert "☃" not in subwords.decode(subwords.encode("Save ☃ page"))
    assert subwords.decode([0, 1, 2, 3, 4, 10**6]) == ""


def test_what_cannot_be_used_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    path = a_tsv(tmp_path, "no tab here", "Untranslated\t ", f"{'long ' * 30}\tlong", "\tsans source")
    data = prepared(tmp_path, from_file(path))
    found = json.loads((data.path / "quarantine.json").read_text())
    assert [item["reason"] for item in found] == ["unreadable", "no translation", "too long", "empty"]
    with pytest.raises(StagewrightError, match="max_quarantined: 4 of 204"):
        prepared(tmp_path / "b", from_file(path), max_quarantined=0.01)


def test_of_several_translations_the_commonest_is_kept(tmp_path: Path) -> None:
    path = a_tsv(tmp_path, "Log out\tSortir", "Log out\tDéconnexion", "Log out\tDéconnexion")
    data = prepared(tmp_path, from_file(path))
    kept = pd.concat(rows(data, split) for split in data.counts)
    assert kept.loc[kept["text"] == "Log out", "target"].tolist() == ["Déconnexion"]
    issues = json.loads((data.path / "issues.json").read_text())
    assert issues["duplicates"]["copies"] == 1
    assert issues["duplicates"]["contradicting"][0]["translations"] == {"Sortir": 1, "Déconnexion": 2}


def test_rules_drop_pairs_and_metrics_of_pictures_are_refused(tmp_path: Path) -> None:
    path = a_tsv(tmp_path, "Hello %s world\tBonjour monde", "Save %s it\tEnregistrer")
    data = prepared(tmp_path / "a", from_file(path), curate=["placeholder_mismatch == 0"])
    assert sum(data.counts.values()) == len(pairs())
    with pytest.raises(StagewrightError, match="'sharpness' measures images"):
        prepared(tmp_path / "b", from_file(path), quality=["sharpness"])


def test_catalogues_of_a_folder(tmp_path: Path) -> None:
    more = (
        '\n#, fuzzy\nmsgid "Guess"\nmsgstr "Devine"\n'
        '\nmsgid "%d row"\nmsgid_plural "%d rows"\nmsgstr[0] "%d ligne"\nmsgstr[1] "%d lignes"\n'
        '\n#~ msgid "Old"\n#~ msgstr "Ancien"\n'
    )
    folder = a_catalogue(tmp_path / "po", more=more)
    source = catalogues(SourceInputs(TASK, context(tmp_path / "work")), path=folder, licence="CC0-1.0")
    found = {source.read(id).input: source.read(id) for id in source.ids}
    assert {"Guess", "Old"}.isdisjoint(found)
    assert (found["%d rows"].target, found["%d rows"].group) == ("%d lignes", "%d row")
    assert found["%d row"].tags == {"catalogue": "po", "form": "singular"}
    data = prepared(tmp_path, {"type": "catalogues", "path": folder, "licence": "CC0-1.0"})
    assert data.tags == ("catalogue", "form")
    kept = pd.read_parquet(data.path / "quality.parquet")
    ids = [id for id in source.ids if id.endswith((":s", ":p"))]
    assert kept.loc[kept["id"].isin(ids), "split"].nunique() == 1


def test_catalogues_of_installed_packages() -> None:
    pytest.importorskip("django")
    source = catalogues(SourceInputs(TASK, None), packages=["django"])  # type: ignore[arg-type]
    assert len(source.ids) > 800
    assert source.card.licence == "BSD-3-Clause"
    assert source.card.origin.startswith("gettext catalogues of django ")


def test_sources_say_what_is_wrong(tmp_path: Path) -> None:
    given = SourceInputs(TASK, context(tmp_path / "work"))
    with pytest.raises(StagewrightError, match="'no_such_package' is not installed: pip install"):
        catalogues(given, packages=["no_such_package"])
    with pytest.raises(StagewrightError, match="name `packages`"):
        catalogues(given)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StagewrightError, match="no catalogue of 'fr'"):
        catalogues(given, path=tmp_path / "empty")
    with pytest.raises(StagewrightError, match="there is no file"):
        parallel_file(given, path=tmp_path / "none.tsv")
    (tmp_path / "a.en").write_text("one\ntwo\n")
    (tmp_path / "a.fr").write_text("un\n")
    with pytest.raises(StagewrightError, match=r"a\.en has 2 lines and a\.fr 1"):
        parallel_file(given, path=tmp_path / "a.en", translations=tmp_path / "a.fr")


def test_a_catalogue_of_ones_own_can_be_named_by_itself(tmp_path: Path) -> None:
    a_catalogue(tmp_path, "menus.po")
    given = SourceInputs(TASK, context(tmp_path / "work"))
    source = catalogues(given, path=tmp_path / "menus.po")
    assert {(source.read(id).input, source.read(id).target) for id in source.ids} == set(pairs())
    assert source.read(source.ids[0]).tags["catalogue"] == "menus"


def test_two_files_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("one\n\ntwo\n")
    (tmp_path / "a.fr").write_text("un\n\ndeux\n")
    given = SourceInputs(TASK, context(tmp_path / "work"))
    source = parallel_file(given, path=tmp_path / "a.en", translations=tmp_path / "a.fr")
    assert [(id, source.read(id).input, source.read(id).target) for id in source.ids] == [
        ("1", "one", "un"), ("3", "two", "deux"),
    ]  # fmt: skip
