"""The page: one file, nothing beside it, every kind of ending told, nothing a plugin says can break it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from stagewright.report.blocks import (
    Bars,
    Facts,
    Gallery,
    Histogram,
    Intervals,
    Lines,
    Parallel,
    Picture,
    Series,
    Table,
    Text,
)
from stagewright.report.page import render, write

from .fake_run import (
    FakeRun,
    failed,
    gate_failed,
    killed,
    not_needed,
    review_pending,
    succeeded,
    target_missed,
)

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "circle", "line", "rect", "use", "polyline"}
ENDINGS = {
    succeeded: "Everything asked of this run is met",
    target_missed: "Every condition is met, but minutes per slice misses its target.",
    review_pending: "All conditions so far are met; a person’s verdict is still to come.",
    gate_failed: "Not every condition is met",
    not_needed: "Machine learning is not needed",
    failed: "ValueError",
    killed: "at work",
}


class Page(HTMLParser):
    """What a browser would load, link to and leave open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.targets: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loads += [given[key] or "" for key in ("src", "srcset", "data", "poster") if key in given]
        self.loads += [given["href"] or ""] if tag == "link" and "href" in given else []
        self.targets += [given["href"] or ""] if tag == "a" and "href" in given else []
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def page(run: FakeRun) -> Page:
    return Page(render(run.folder, run.artifact))


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_every_ending_is_told(ending: Callable[[Path], FakeRun], tmp_path: Path) -> None:
    shown = page(ending(tmp_path))
    assert ENDINGS[ending].lower() in shown.words.lower()
    assert not shown.open


def test_a_command_that_a_message_names_can_be_copied(tmp_path: Path) -> None:
    run = review_pending(tmp_path)
    assert f"<code>stagewright review accept {run.folder.name} --by NAME" in render(run.folder, run.artifact)


def test_the_page_needs_nothing_beside_itself(tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    html = render(run.folder, run.artifact)
    shown = Page(html)
    assert shown.loads
    assert all(address.startswith("data:") for address in shown.loads)
    assert not re.search(r"url\((?!['\"]?(data:|#))", html)
    assert "@import" not in html


def test_every_link_inside_leads_somewhere(tmp_path: Path) -> None:
    shown = page(succeeded(tmp_path))
    inside = [target[1:] for target in shown.targets if target.startswith("#")]
    assert inside
    assert set(inside) <= set(shown.ids)
    assert len(shown.ids) == len(set(shown.ids))


def test_what_a_plugin_says_is_text(tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    evil = "<script>alert(1)</script>"
    run.show("data", Text(evil, text=evil), Facts(evil, facts={evil: evil}), Table(evil, columns=[evil], rows=[[evil]]),
             Bars(evil, bars={evil: 1.0}))  # fmt: skip
    html = render(run.folder, run.artifact)
    assert evil not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6


def test_a_picture_outside_its_artifact_is_not_shown(tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"\x89PNG\r\n\x1a\nSECRET")
    run.show("data", Gallery("Pictures", pictures=[Picture("../../secret.png"), Picture(str(secret))]))
    html = render(run.folder, run.artifact)
    assert "U0VDUkVU" not in html
    assert not Page(html).open


@pytest.mark.parametrize(
    "block",
    [
        Lines("x"),
        Histogram("x"),
        Bars("x"),
        Intervals("x"),
        Parallel("x"),
        Gallery("x"),
        Table("x"),
        Facts("x"),
        Text("x"),
    ],
    ids=lambda block: block.kind,
)
def test_an_empty_block_does_not_cost_the_page(block: object, tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    run.show("data", block)  # type: ignore[arg-type]
    shown = page(run)
    assert "could not be" not in shown.words
    assert not shown.open


def test_a_block_of_an_unknown_kind_is_named_and_the_rest_stays(tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    run.show("data", {"kind": "hologram", "title": "x"}, Text("After", text="still here"))
    shown = page(run)
    assert "hologram" in shown.words
    assert "still here" in shown.words


def test_a_damaged_record_costs_only_its_own_part(tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    run.change("record.json", lambda record: record.update(milestones="nonsense"))
    shown = page(run)
    assert "could not be read" in shown.words
    assert "Minutes per slice" in shown.words


def test_the_command_that_reproduces_the_run_is_given(tmp_path: Path) -> None:
    assert "stagewright run brain_tissue train.max_epochs=24" in page(succeeded(tmp_path)).words


def test_the_page_is_written_beside_the_record(tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    path = write(run.folder, run.artifact)
    assert path == run.folder / "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_it_prints_and_knows_dark(tmp_path: Path) -> None:
    html = render((run := succeeded(tmp_path)).folder, run.artifact)
    assert "@media print" in html
    assert "prefers-color-scheme: dark" in html


def test_dots_are_points_without_a_line() -> None:
    from stagewright.report.charts.lines import lines

    points = Series("trials", [0.0, 1.0, 2.0], [0.1, 0.5, 0.2], dots=True)
    drawn = lines(Lines("History", series=[points]).to_json())
    assert drawn.count("<circle") == 3
    assert "<path" not in drawn


def test_dots_that_share_an_x_are_all_drawn_and_told() -> None:
    from stagewright.report.charts.lines import lines

    points = Series("trials", [8.0, 8.0, 16.0], [0.1, 0.5, 0.2], dots=True)
    best = Series("front", [8.0, 16.0], [0.5, 0.2])
    drawn = lines(Lines("Front", series=[best, points]).to_json())
    assert drawn.count("<circle") == 3 + 1  # and the end of the line
    assert "trials 0.1, 0.5" in drawn
    assert "<td>0.1, 0.5</td>" in drawn
    assert "<b>–</b>" not in drawn


def test_a_retraining_says_why(tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    assert "retrained" not in page(run).words
    run.change("run.json", lambda told: told.update(reason="alert Worse"))
    assert "retrained: alert Worse" in page(run).words


def test_a_mark_is_spoken_of_where_scores_are_drawn(tmp_path: Path) -> None:
    run = succeeded(tmp_path)
    assert "vertical line" in page(run).words

    def percent(record: dict[str, Any]) -> None:  # BLEU runs to 100: no axis is shared, none is drawn
        for scores in (record["metrics"], record["baseline"]):
            for score in scores.values():
                score |= {key: 100 * score[key] for key in ("value", "low", "high") if score.get(key)}

    run.change("record.json", percent)
    assert "vertical line" not in page(run).words
