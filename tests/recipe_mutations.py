"""Recipes spoilt in many ways, always the same for the same seed: what people and editors do to YAML.

A mutation says which line it touched, and whether that one key was changed alone: then an error has to be told at
that line. Where the recipe stays right (an optional key is dropped, a number is another number) there is no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import yaml


@dataclass(frozen=True)
class Entry:
    """One `key: value` of a recipe; lines count from 1, columns from 0."""

    path: tuple[str | int, ...]
    line: int
    column: int
    end: int  # of the key, in its line
    value: str
    value_column: int
    kind: str  # `scalar`, `mapping` or `sequence`
    value_line: int
    last: int  # line of the value's end
    flow: bool
    parent: int  # line of the key that it stands below, 1 at the top


@dataclass(frozen=True)
class Mutation:
    """A spoilt recipe.

    Attributes:
        name: what was done, and to which key.
        lines: where an error about it may stand: of one key, its line, or its parent's where it is gone.
        single: whether one key was changed and nothing else, so that the place of an error can be judged.
        wrong: whether it must be an error; False where it may as well be right.
    """

    name: str
    content: bytes
    lines: tuple[int, ...] = ()
    single: bool = False
    wrong: bool = False


def entries(text: str) -> list[Entry]:
    """Every key of a recipe, with its place."""
    root = yaml.compose(text)
    found: list[Entry] = []

    def visit(node: yaml.Node, path: tuple[str | int, ...], parent: int) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                at, to = key.start_mark, value.start_mark
                inner = (*path, key.value)
                scalar = value.value if isinstance(value, yaml.ScalarNode) else ""
                found.append(Entry(
                    inner, at.line + 1, at.column, key.end_mark.column, scalar, to.column, value.id, to.line + 1,
                    max(value.end_mark.line + (value.end_mark.column > 0), at.line + 1), bool(node.flow_style), parent,
                ))  # fmt: skip
                visit(value, inner, at.line + 1)
        elif isinstance(node, yaml.SequenceNode):
            for i, item in enumerate(node.value):
                visit(
                    item,
                    (*path, i),
                    parent if isinstance(item, yaml.ScalarNode) else item.start_mark.line + 1,
                )

    assert root is not None
    visit(root, (), 1)
    return found


def mutations(recipes: dict[str, str], count: int, seed: int = 0) -> Iterator[tuple[str, Mutation]]:
    """`count` spoilt recipes as (recipe's name, mutation), each way about equally often."""
    random = Random(seed)
    known = {name: entries(text) for name, text in recipes.items()}
    names, ways = sorted(recipes), list(WAYS)
    made = 0
    while made < count:
        name, way = names[made % len(names)], ways[(made // len(names)) % len(ways)]
        entry = random.choice(known[name])
        mutation = way(recipes[name], entry, random)
        if mutation is None:  # this way does not fit this key
            fitting = [item for item in known[name] if way(recipes[name], item, Random(0)) is not None]
            mutation = way(recipes[name], random.choice(fitting), random)
        assert mutation is not None
        yield name, mutation
        made += 1


def _mutation(
    way: str, entry: Entry, lines: list[str], at: tuple[int, ...], wrong: bool, single: bool = True
) -> Mutation:
    dotted = ".".join(map(str, entry.path))
    return Mutation(f"{way} {dotted}", "\n".join(lines).encode(), at, single, wrong)


# ---- one key ---------------------------------------------------------------------------------------


def drop(text: str, entry: Entry, _: Random) -> Mutation | None:
    """A key and all below it gone: an error where it must be said, at the key above it (or where it is read)."""
    if entry.flow or (entry.column and text.split("\n")[entry.line - 1][: entry.column].strip()):
        return None
    lines = text.split("\n")
    del lines[entry.line - 1 : entry.last]
    return _mutation("drop", entry, lines, (entry.parent, entry.line), False)


def rename(text: str, entry: Entry, random: Random) -> Mutation | None:
    """Two letters of a key swapped."""
    key = str(entry.path[-1])
    pairs = [i for i in range(len(key) - 1) if key[i] != key[i + 1]]
    if not pairs or _is_free(entry):
        return None
    i = random.choice(pairs)
    lines = text.split("\n")
    line = lines[entry.line - 1]
    lines[entry.line - 1] = (
        f"{line[: entry.column]}{key[:i]}{key[i + 1]}{key[i]}{key[i + 2 :]}{line[entry.end :]}"
    )
    return _mutation("rename", entry, lines, (entry.line,), True)


def retype(text: str, entry: Entry, random: Random) -> Mutation | None:
    """A mapping in place of one value."""
    wrong = not _is_free(entry) and entry.path[-1] not in ("train", "test")
    return _replaced("retype", text, entry, random.choice(["{zzz: 1}", "[[[1]]]", "{a: [b, {c: d}]}"]), wrong)


def number_to_text(text: str, entry: Entry, _: Random) -> Mutation | None:
    """`three` in place of 3."""
    if not _is_number(entry.value):
        return None
    return _replaced("text for", text, entry, "three", not _is_free(entry) and entry.path[-1] not in TEXT_TOO)


def null(text: str, entry: Entry, _: Random) -> Mutation | None:
    """Nothing in place of a value."""
    return _replaced("null", text, entry, "null", False)


def huge(text: str, entry: Entry, random: Random) -> Mutation | None:
    """Far too much."""
    many = random.choice(["1" + "0" * 400, "-1e308", "9" * 5000, ".inf", "'" + "x" * 20_000 + "'"])
    return _replaced("huge", text, entry, many, False)


def reference(text: str, entry: Entry, random: Random) -> Mutation | None:
    """An interpolation that leads nowhere."""
    bad = random.choice(
        ['"${no.such.key}"', '"${oc.env:NO_SUCH_VARIABLE_HERE}"', '"${os.system:ls}"', "'${'", "'${a:'"]
    )
    return _replaced("reference", text, entry, bad, True)


def itself(text: str, entry: Entry, _: Random) -> Mutation | None:
    """An interpolation of itself."""
    if any(isinstance(part, int) or "." in part for part in entry.path):
        return None
    return _replaced("cycle", text, entry, f'"${{{".".join(map(str, entry.path))}}}"', True)


def missing(text: str, entry: Entry, _: Random) -> Mutation | None:
    """`???`."""
    return _replaced("missing", text, entry, '"???"', True)


def twice(text: str, entry: Entry, _: Random) -> Mutation | None:
    """The same key a second time, right behind it: the second one's line."""
    if entry.flow or entry.kind != "scalar" or entry.value_line != entry.line or entry.last != entry.line:
        return None
    lines = text.split("\n")
    lines.insert(entry.line, f"{' ' * entry.column}{entry.path[-1]}: 1")
    return _mutation("twice", entry, lines, (entry.line + 1,), True)


def indent(text: str, entry: Entry, random: Random) -> Mutation | None:
    """One key a space or more too far: an error there, or in the line above or below that no longer fits."""
    if entry.flow or entry.kind != "scalar" or entry.last != entry.line:
        return None
    lines = text.split("\n")
    lines[entry.line - 1] = " " * random.choice([1, 3]) + lines[entry.line - 1]
    return _mutation("indent", entry, lines, (entry.line - 1, entry.line, entry.line + 1), True)


def tab(text: str, entry: Entry, _: Random) -> Mutation | None:
    """Indented by a tab."""
    line = text.split("\n")[entry.line - 1]
    if entry.flow or line[: entry.column].strip() or not entry.column:
        return None
    lines = text.split("\n")
    lines[entry.line - 1] = "\t" + line.lstrip()
    return _mutation("tab", entry, lines, (entry.line - 1, entry.line), True)


def unicode(text: str, entry: Entry, random: Random) -> Mutation | None:
    """A key with a letter that only looks right, an invisible sign, or one from right to left."""
    if _is_free(entry):
        return None
    lines = text.split("\n")
    line, key = lines[entry.line - 1], str(entry.path[-1])
    odd = random.choice(
        [key + "\u200b", "\u202e" + key, key.replace("e", "\u0435") + "\u0456", "\U0001f600" + key]
    )
    lines[entry.line - 1] = f"{line[: entry.column]}{odd}{line[entry.end :]}"
    return _mutation("unicode", entry, lines, (entry.line,), True)


def tag(text: str, entry: Entry, random: Random) -> Mutation | None:
    """A YAML tag that makes an object."""
    bad = random.choice(
        ['!!python/name:os.system ""', "!!python/object/apply:os.getcwd []", "!own x", "!!set {a}"]
    )
    return _replaced("tag", text, entry, bad, True)


def colon(text: str, entry: Entry, _: Random) -> Mutation | None:
    """The colon forgotten."""
    if entry.flow or entry.kind != "scalar" or entry.last != entry.line:
        return None
    lines = text.split("\n")
    line = lines[entry.line - 1]
    lines[entry.line - 1] = f"{line[: entry.end]}{line[entry.end + 1 :]}"
    return _mutation("colon", entry, lines, (entry.line - 1, entry.line, entry.line + 1), True)


def name(text: str, entry: Entry, random: Random) -> Mutation | None:
    """A plugin that is none."""
    if entry.path[-1] != "type" or "label" in entry.path:
        return None
    bad = random.choice(["nosuch", "../x", "os.system", "a/b", "'a\\0b'", "x" * 300, "'\\e[31m'"])
    return _replaced("name", text, entry, bad.replace("'", '"'), True)


# ---- more than one key -----------------------------------------------------------------------------


def deep(text: str, entry: Entry, random: Random) -> Mutation | None:
    """Nested deeper than anybody reads."""
    level = random.choice([60, 900, 3000])
    open_, close = random.choice([("[", "]"), ("{a: ", "}")])
    found = _replaced("deep", text, entry, open_ * level + close * level, False)
    return found and Mutation(found.name, found.content)


def bomb(text: str, entry: Entry, _: Random) -> Mutation:
    """Aliases that multiply."""
    layers = "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghijk"))
    return Mutation("bomb", f"a: &a [x, x]\n{layers}{text}".encode(), wrong=True)


def binary(text: str, entry: Entry, random: Random) -> Mutation:
    """Bytes that are no text, somewhere."""
    content = text.encode()
    at = random.randrange(len(content))
    return Mutation("binary", content[:at] + random.randbytes(random.choice([1, 8, 400])) + content[at:])


def cut(text: str, entry: Entry, random: Random) -> Mutation:
    """The file ends too early."""
    return Mutation("cut", text.encode()[: random.randrange(len(text.encode()))])


def shuffle(text: str, entry: Entry, random: Random) -> Mutation:
    """A line moved somewhere else."""
    lines = text.split("\n")
    lines.insert(random.randrange(len(lines)), lines.pop(random.randrange(len(lines))))
    return Mutation("shuffle", "\n".join(lines).encode())


def sign(text: str, entry: Entry, random: Random) -> Mutation:
    """A sign of YAML's where none belongs."""
    at = random.randrange(len(text))
    odd = random.choice(
        [
            "'",
            '"',
            "{",
            "}",
            "[",
            "]",
            ": ",
            "- ",
            "? ",
            "&a ",
            "*a",
            "!",
            "|",
            ">",
            "%",
            "@",
            "`",
            "#",
            "---\n",
            "...\n",
            "\0",
            "\u2028",
            "\ufeff",
            "<<: ",
        ]
    )
    return Mutation("sign", (text[:at] + odd + text[at:]).encode())


def cycle(text: str, entry: Entry, random: Random) -> Mutation:
    """Two sections that stand for each other."""
    return Mutation("sections", f"{text}\nevaluate: ${{train}}\ntrain: ${{evaluate}}\n".encode(), wrong=True)


def defaults(text: str, entry: Entry, random: Random) -> Mutation:
    """A defaults list that is none, or leads out."""
    bad = random.choice(
        [
            "- cells",
            "- ../x",
            "- /etc/passwd",
            "- train/model: ../../x",
            "- a: {b: c}",
            "- 3",
            "x",
            "{}",
            "- ${a}",
            "- override hydra/launcher: joblib",
            "- train/model@a.b: unet",
            "- ~",
        ]
    )
    return Mutation("defaults", f"defaults:\n  {bad}\n{text}".encode())


Way = Callable[[str, Entry, Random], Mutation | None]
WAYS: tuple[Way, ...] = (
    drop, rename, retype, number_to_text, null, huge, reference, itself, missing, twice, indent, tab, unicode, tag,
    colon, name, deep, bomb, binary, cut, shuffle, sign, cycle, defaults,
)  # fmt: skip

TEXT_TOO = ("duration", "cooldown", "window", "horizon", "for", "description", "name", "importance_rows")
# Keys whose names are the author's own, and settings that hold anything.
FREE = ("labels", "annotations", "set", "drop", "values")


def _is_free(entry: Entry) -> bool:
    return any(part in FREE for part in entry.path[:-1])


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


def _replaced(way: str, text: str, entry: Entry, by: str, wrong: bool) -> Mutation | None:
    """Another value for a key whose value is one line of text; its comment goes with it."""
    lines = text.split("\n")
    if entry.kind != "scalar" or entry.value_line != entry.line or entry.last != entry.line:
        return None
    line = lines[entry.line - 1]
    quoted = line[entry.value_column] in "\"'"
    length = len(entry.value) + 2 * quoted
    if line[entry.value_column + quoted : entry.value_column + length - quoted] != entry.value:
        return None
    lines[entry.line - 1] = f"{line[: entry.value_column]}{by}{line[entry.value_column + length :]}"
    return _mutation(way, entry, lines, (entry.line,), wrong)
