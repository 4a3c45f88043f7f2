"""OmegaConf's YAML read by libyaml: the same values, several times sooner.

OmegaConf reads with PyYAML's loader in Python. Its rules (no duplicate keys, its floats, no timestamps) are
taken over from it here, so that they cannot drift apart.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any, TextIO

import yaml
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader


def quickly(file: TextIO) -> Any:
    """The file's content as OmegaConf, or None where anything is odd: the slower way then says what is."""
    loader = _loader()
    if loader is None:
        return None
    try:
        found = yaml.load(file, Loader=loader)  # built on CSafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return OmegaConf.create(found) if isinstance(found, dict) else None


def nodes(text: str) -> yaml.Node | None:
    """A document as nodes, which know where they stand, by the reader that read its values.

    Raises:
        yaml.YAMLError: the text is no YAML to either reader.
    """
    if quick := _loader():
        with suppress(yaml.YAMLError):  # the slower reader knows more forms, and says better what is wrong
            return yaml.compose(text, Loader=quick)
    return yaml.compose(text, Loader=get_yaml_loader())


def scalar(text: str) -> Any:
    """What one word of YAML means: `1e-3` a number, `yes` True."""
    return yaml.load(text, Loader=_loader() or get_yaml_loader())  # both are safe loaders


@cache
def _loader() -> Any:
    if not yaml.__with_libyaml__:
        return None
    standard = get_yaml_loader()

    class Quick(yaml.CSafeLoader):
        yaml_implicit_resolvers = standard.yaml_implicit_resolvers

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value if key.tag == "tag:yaml.org,2002:str"]
            if len(set(keys)) < len(keys):
                raise yaml.YAMLError("a key occurs twice")
            return super().construct_mapping(node, deep=deep)

    return Quick
