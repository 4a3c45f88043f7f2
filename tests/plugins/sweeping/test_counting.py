from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState as State

from stagewright_plugins.sweeping.counting import (
    LOST,
    PLACE,
    REASON,
    RETRY_OF,
    SURPLUS,
    WARM,
    Books,
    Ledger,
)


def trial(number, state, **attributes):
    return SimpleNamespace(number=number, state=state, user_attrs=attributes)


def test_what_counts():
    ledger = Ledger(
        [
            trial(0, State.COMPLETE, **{WARM: "earlier#3"}),
            trial(1, State.COMPLETE),
            trial(2, State.PRUNED),
            trial(3, State.FAIL, **{LOST: True}),
            trial(4, State.FAIL, **{SURPLUS: True}),
            trial(5, State.FAIL, **{REASON: "disk full"}),
            trial(6, State.FAIL, **{REASON: "killed as it told", LOST: True}),
            trial(7, State.RUNNING),
            trial(8, State.WAITING, **{RETRY_OF: 3, PLACE: 3}),
        ]
    )
    assert [one.number for one in ledger.finished] == [1, 2]
    assert [one.number for one in ledger.failed] == [5]
    assert (ledger.failures(()), ledger.failures({5})) == (1, 0)
    assert ledger.places == {1, 2, 3, 7}
    assert ledger.drawn == [1, 2, 3, 5, 6, 7]
    assert ledger.draw(ledger.waiting[0]) == 2


def test_books_see_what_a_fresh_look_sees():
    books, trials = Books(), []
    for number in range(12):
        trials.append(trial(number, State.RUNNING))
        if number % 3:
            trials[number - 1].state = State.COMPLETE
        read, fresh = books.read(trials), Ledger(trials)
        assert vars(read) == vars(fresh)


def test_of_all_that_ask_at_once_the_first_go_on():
    running = [trial(number, State.RUNNING) for number in range(5)]
    assert [Ledger(running).admits(one, 3) for one in running] == [True, True, True, False, False]


def test_a_put_back_trial_keeps_its_place():
    trials = [trial(n, State.RUNNING) for n in range(1, 6)]
    again = trial(9, State.RUNNING, **{RETRY_OF: 0, PLACE: 0})
    everything = [trial(0, State.FAIL, **{LOST: True}), *trials, again]
    assert Ledger(everything).admits(again, 1)
    assert not Ledger(everything).admits(trials[0], 1)


def test_settings_that_were_put_back_twice_run_once():
    first, second = (trial(n, State.RUNNING, **{RETRY_OF: 0, PLACE: 0}) for n in (1, 2))
    gone = trial(0, State.FAIL, **{LOST: True})
    assert [Ledger([gone, first, second]).admits(one, 9) for one in (first, second)] == [True, False]
    done = trial(0, State.COMPLETE)
    assert not Ledger([done, first]).admits(first, 9)


class Machine:
    """Workers, kills and put-backs in an arbitrary order, against a storage that numbers trials as they are made."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.trials = wanted, []
        self.asked: list[int] = []  # asked for, not yet held against the rule
        self.running: list[int] = []

    def ask(self) -> None:
        waiting = next((one for one in self.trials if one.state == State.WAITING), None)
        if waiting is None:
            waiting = trial(len(self.trials), State.RUNNING)
            self.trials.append(waiting)
        waiting.state = State.RUNNING
        self.asked.append(waiting.number)

    def check(self, which: int) -> None:
        if not self.asked:
            return
        one = self.trials[self.asked.pop(which % len(self.asked))]
        origin = one.user_attrs.get(RETRY_OF)
        if origin is not None and self.trials[origin].state == State.RUNNING:
            self._lose(self.trials[origin])
        if one.state != State.RUNNING:
            return  # put back by another meanwhile
        if Ledger(self.trials).admits(one, self.wanted):
            self.running.append(one.number)
        else:
            one.user_attrs[SURPLUS] = True
            one.state = State.FAIL

    def finish(self, which: int) -> None:
        if self.running:
            one = self.trials[self.running.pop(which % len(self.running))]
            if one.state == State.RUNNING:
                one.state = State.COMPLETE

    def put_back(self, which: int, twice: bool, only_queued: bool) -> None:
        """Take any running trial for dead, rightly or not; maybe twice at once; maybe stopped half-way."""
        alive = [one for one in self.trials if one.state == State.RUNNING]
        if not alive:
            return
        one = alive[which % len(alive)]
        known = {other.user_attrs.get(RETRY_OF) for other in self.trials if SURPLUS not in other.user_attrs}
        if one.number not in known:
            for _ in range(1 + twice):
                place = one.user_attrs.get(PLACE, one.number)
                attributes = {RETRY_OF: one.number, PLACE: place}
                self.trials.append(trial(len(self.trials), State.WAITING, **attributes))
        if not only_queued:
            self._lose(one)

    def _lose(self, one) -> None:
        one.user_attrs[LOST] = True
        one.state = State.FAIL

    def end(self) -> None:
        """Everything goes its way, without further kills."""
        for _ in range(10 * len(self.trials) + 10 * self.wanted):
            for number in [one.number for one in self.trials if one.state == State.RUNNING]:
                if number not in self.asked and number not in self.running:
                    self.put_back(0, False, False)
            ledger = Ledger(self.trials)
            if len(ledger.finished) < self.wanted and (ledger.waiting or len(ledger.places) < self.wanted):
                self.ask()
            self.check(0)
            self.finish(0)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("ask")),
        st.tuples(st.just("ask")),
        st.tuples(st.just("check"), st.integers(0, 5)),
        st.tuples(st.just("check"), st.integers(0, 5)),
        st.tuples(st.just("finish"), st.integers(0, 5)),
        st.tuples(st.just("put_back"), st.integers(0, 5), st.booleans(), st.booleans()),
    ),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(st.integers(1, 5), steps)
def test_whatever_happens_exactly_as_many_finish_as_wanted_and_none_twice(wanted, told):
    machine = Machine(wanted)
    for name, *given_ in told:
        getattr(machine, name)(*given_)
    begun = {one.user_attrs.get(PLACE, one.number) for one in machine.trials if one.number in machine.running}
    machine.end()
    places = [one.user_attrs.get(PLACE, one.number) for one in Ledger(machine.trials).finished]
    assert len(places) == len(set(places)) == wanted
    assert begun <= set(places)


def test_the_rule_is_what_makes_it_exact(monkeypatch):
    monkeypatch.setattr(Ledger, "admits", lambda *_: True)
    with pytest.raises(AssertionError):
        test_whatever_happens_exactly_as_many_finish_as_wanted_and_none_twice()
