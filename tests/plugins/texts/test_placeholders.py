"""Placeholders are found, hidden and put back."""

from __future__ import annotations

import pytest

from stagewright_plugins.texts.placeholders import found, masked, masked_like, mismatched, missing, restored


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Delete %(count)d of %s?", ["%(count)d", "%s"]),
        ("100%% of %5.2f", ["%%", "%5.2f"]),
        ("100% sure", []),
        ("50 %", []),
        ("{} and {name!r:>8} and {0}", ["{}", "{name!r:>8}", "{0}"]),
        ('<a href="%(url)s">here</a><br/>', ['<a href="%(url)s">', "</a>", "<br/>"]),
        ("a < b > c", []),
        ("&File &amp; &#160; R & D", ["&", "&amp;", "&#160;"]),
        ("see https://example.org/a?b=1 now", ["https://example.org/a?b=1"]),
    ],
)
def test_found(text: str, wanted: list[str]) -> None:
    assert found(text) == wanted


def test_masked_and_restored_give_the_same_text() -> None:
    source, target = "Move <b>%(a)s</b> to %(b)s, %(a)s", "%(b)s reçoit <b>%(a)s</b>, %(c)s"
    text, kept = masked(source)
    assert text == "Move ⟦0⟧⟦1⟧⟦2⟧ to ⟦3⟧, ⟦1⟧"
    assert restored(text, kept) == source
    hidden = masked_like(target, kept)
    assert hidden == "⟦3⟧ reçoit ⟦0⟧⟦1⟧⟦2⟧, %(c)s"
    assert restored(hidden, kept) == target


def test_a_mark_of_nothing_goes_and_the_eleventh_stays() -> None:
    assert restored("a ⟦7⟧b", ["%s"]) == "a b"
    many = " ".join(f"%(n{i})s" for i in range(12))
    text, kept = masked(many)
    assert len(kept) == 10
    assert text.endswith("⟦9⟧ %(n10)s %(n11)s")
    assert restored(text, kept) == many


def test_mismatched_counts_both_sides() -> None:
    assert mismatched("%s of %s", "%s sur %d") == 2
    assert missing("%s of %s", "%s sur %d") == 1
    assert mismatched("<b>x</b>", "<b>y</b>") == 0
