"""stagewright rollout: how the newest rollout of a model stands; promote, abort, pause, resume, roll back."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagewright import releases
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.recipe.project import home, project
from stagewright.rollout import journal, places
from stagewright.rollout.controller import COMMANDS
from stagewright.rollout.live import LiveRollout
from stagewright.rollout.watch import MakeTest, outcome_said, tests

TOKEN = "STAGEWRIGHT_TOKEN"
EPILOG = """\
Without --url the journal of the newest rollout is read or, where no gateway is at work on it, continued. With --url
a gateway is asked; its token comes from $STAGEWRIGHT_TOKEN.
`rollback` ends a rollout under way; after a promotion it gives `champion` back to the version before.
"""


def main(args: list[str], _debug: bool) -> int:
    """Print a state, or have a command followed; 1 where it is refused."""
    parsed = _parser().parse_args(args)
    if parsed.verb == "status":
        _show(_asked(parsed.url) if parsed.url else _recorded(_name(parsed.model)), parsed.json)
        return 0
    by = parsed.by or getpass.getuser()
    if parsed.url:
        decisions = _told(parsed.url, parsed.verb, by, parsed.reason)
    else:
        decisions = _followed(_name(parsed.model), parsed.verb, by, parsed.reason)
    for decision in decisions:
        sys.stdout.write(_line(decision) + "\n")
    return int(any(decision["decision"] == "refused" for decision in decisions))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stagewright rollout", description=__doc__, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("verb", choices=["status", *COMMANDS])
    parser.add_argument(
        "model", nargs="?", default="", help="recipe or model; may be left out if there is one"
    )
    parser.add_argument("--url", default="", help="address of a running gateway")
    parser.add_argument("--by", default="", help="who says so (the user's name)")
    parser.add_argument("--reason", default="", help="why; kept in the journal")
    parser.add_argument("--json", action="store_true", help="the whole state, for scripts")
    return parser


def _name(said: str) -> str:
    """The model that is meant: a recipe's `name`, or a model that has releases."""
    known = releases.names(home())
    if said in known:
        return said
    if not said and len(known) == 1:
        return known[0]
    if not said:
        which = ", ".join(known) or "none yet"
        raise StagewrightError(f"say which model; there are: {which}")
    from stagewright.check.loading import load
    from stagewright.recipe.recipe import find

    return load(find(said, os.getcwd()), reads=False).checked.name


def _make() -> MakeTest:
    return tests(Registry(project()).component)


# ---- the journal ------------------------------------------------------------------------------------


def _recorded(name: str) -> dict[str, Any]:
    path = places.latest(home(), name)
    state = journal.replayed(None, journal.read(path), _make()).controller.state()
    return {**state, "known": {k: v for k, v in journal.head(path).items() if k not in ("journal", "policy")}}


def _followed(name: str, verb: str, by: str, reason: str) -> list[dict[str, Any]]:
    found = sorted(places.folder(home(), name).glob("*.jsonl"))
    path = places.latest(home(), name) if found else None
    if path is not None and not journal.ended(path):
        return _continued(path, name, verb, by, reason)
    if verb != "rollback":
        raise StagewrightError(f"no rollout of {name!r} is under way")
    return [_given_back(name, by, reason)]


def _continued(path: Path, name: str, verb: str, by: str, reason: str) -> list[dict[str, Any]]:
    """A command in the journal of a rollout that no gateway is at work on; it is in force when one starts."""
    live = LiveRollout(path, _make())
    try:
        decisions = live.command(verb, time.time(), by, reason)
    finally:
        live.close()
    for decision in decisions:
        if decision["decision"] == "promoted":
            why = str(decision["reason"])
            releases.assign(home(), name, releases.CHAMPION, str(live.known["canary"]), by, why)
    return decisions


def _given_back(name: str, by: str, reason: str) -> dict[str, Any]:
    """`champion` means the version before once more."""
    current = releases.current(home(), name, releases.CHAMPION)
    before = releases.opponent(home(), name, current.version) if current else None
    if current is None or before is None:
        raise StagewrightError(f"{name!r} has no champion before this one to go back to")
    why = f"rollback by {by}: {reason}" if reason else f"rollback by {by}"
    releases.assign(home(), name, releases.CHAMPION, before.version, by, why)
    told = {
        "decision": "alias",
        "reason": f"champion is {before.version[:12]} again, not {current.version[:12]}",
    }
    return told | {"weight": None}


# ---- a gateway --------------------------------------------------------------------------------------


def _asked(url: str) -> dict[str, Any]:
    state = _request(url, "")
    if not state.get("phase"):
        raise StagewrightError(f"no rollout is under way at {url}")
    return state


def _told(url: str, verb: str, by: str, reason: str) -> list[dict[str, Any]]:
    decisions: list[dict[str, Any]] = _request(url, f"/{verb}", {"by": by, "reason": reason})["decisions"]
    return decisions


def _request(url: str, path: str, body: Mapping[str, str] | None = None) -> dict[str, Any]:
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    headers = {"Content-Type": "application/json"}
    if token := os.environ.get(TOKEN):
        headers["Authorization"] = f"Bearer {token}"
    if not url.startswith(("http://", "https://")):
        raise StagewrightError(f"the address of a gateway begins with http:// or https://, got {url!r}")
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(f"{url.rstrip('/')}/v1/rollout{path}", data, headers), timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        text = error.read(2000).decode("utf-8", "replace")
        raise StagewrightError(f"the gateway at {url} says {error.code}: {_error(text)}") from error
    except (URLError, TimeoutError, ValueError) as error:
        raise StagewrightError(f"no gateway answers at {url}: {getattr(error, 'reason', error)}") from error


def _error(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text


# ---- for people -------------------------------------------------------------------------------------


def _show(state: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(state, indent=2) + "\n")
        return
    known = state.get("known") or {}
    versions = " → ".join(str(known[arm])[:12] for arm in ("stable", "canary") if known.get(arm))
    lines = [
        f"{known.get('name', '')} {versions}".strip(),
        f"  rollout   {state['rollout']}",
        f"  phase     {state['phase']}{_because(state)}",
        f"  step      {min(state['step'] + 1, state['steps'])} of {state['steps']}",
        f"  weight    {100 * state['weight']:g} %"
        + (f", {100 * state['mirror']:g} % mirrored" if state["mirror"] else ""),
        f"  requests  {state['requests']}",
        *(_guard(item) for item in state["guards"]),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _because(state: Mapping[str, Any]) -> str:
    return f" ({state['reason']})" if state["reason"] else ""


def _guard(item: Mapping[str, Any]) -> str:
    arms = ", ".join(
        f"{arm} {item[arm]['mean']:.4g} over {item[arm]['n']}"
        for arm in ("stable", "canary")
        if item[arm]["n"]
    )
    return (
        f"  guard     {item['guard']}: {outcome_said(item)}{_role(item)}  {item['metric']}  {arms}".rstrip()
    )


def _role(item: Mapping[str, Any]) -> str:
    """What a guard that is not successful does not hold up; a gateway of before does not say."""
    if item["dryRun"]:
        return " (dry run)"
    return "" if item.get("awaited", True) else " (promotion does not wait for it)"


def _line(decision: Mapping[str, Any]) -> str:
    weight = "" if decision.get("weight") is None else f"  weight {100 * decision['weight']:g} %"
    reason = f"  {decision['reason']}" if decision.get("reason") else ""
    return f"{decision['decision'].replace('_', ' ')}{weight}{reason}"
