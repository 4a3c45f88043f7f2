"""libyaml's reading against OmegaConf's own, on whatever YAML can look like."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from stagewright.recipe.quick_yaml import quickly

ODD = [
    "a: 1e-4\nb: 1_000\nc: .5\nd: 12:30\ne: 2024-01-02\nf: yes\ng: null\nh: ~\ni: 0x1f\nj: 0o17\nk: 017",
    "a: &x {b: 1}\nc: {<<: *x, d: 2}\n",
    "a: ${b.c}\nb: {c: [1, '${a}', 2.0]}\n",
    "1: a\ntrue: b\n2.5: c\n",
    "text: |\n  two\n  lines\nfolded: >\n  one\n  line\n",
    "a: .inf\nb: -.INF\nc: .NaN\n",
]


@pytest.mark.parametrize("text", ODD)
def test_the_same_values_as_omegaconf_reads(text: str) -> None:
    assert OmegaConf.to_yaml(quickly(io.StringIO(text))) == OmegaConf.to_yaml(OmegaConf.create(text))


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False), st.text(max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), values, min_size=1))
def test_whatever_omegaconf_writes_reads_the_same(data: dict[str, object]) -> None:
    import yaml

    text = yaml.safe_dump(data)
    try:
        expected = OmegaConf.to_yaml(OmegaConf.create(text))
    except (OmegaConfBaseException, ValueError):
        return  # text that OmegaConf itself refuses, such as half an interpolation
    assert OmegaConf.to_yaml(quickly(io.StringIO(text))) == expected


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2\n", "a: [1\n", "a: !!python/object:os.system {}\n", "- 1\n", "a: 1\n\tb: 2\n"]
)
def test_what_is_odd_is_left_to_the_slower_way(text: str) -> None:
    assert quickly(io.StringIO(text)) is None
