from __future__ import annotations

import pytest

from stagewright.keypath import keys_of, value_at


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), {"a": [{"b": None}], "c": ("x",)}),
        (("a", 0, "b"), None),
        (("c", 0), "x"),
        (("a", 1), "nothing"),
        (("a", "b"), "nothing"),
        (("a", 0, "b", "c"), "nothing"),
        (("d",), "nothing"),
    ],
)
def test_what_stands_at_a_path(path, found):
    assert value_at({"a": [{"b": None}], "c": ("x",)}, path, "nothing") == found


@pytest.mark.parametrize("key", ["a.b[2].c", "a.b.2.c", "a/b/2/c", ".a.b[2].c."])
def test_the_parts_of_a_key(key):
    assert keys_of(key) == ("a", "b", 2, "c")
