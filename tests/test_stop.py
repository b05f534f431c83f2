from __future__ import annotations

import select
import signal
import threading
from contextlib import closing

import pytest

from mdrun.errors import Stopped
from mdrun.stop import StopRequest, stop_on_signals


def readable(stop: StopRequest) -> bool:
    return bool(select.select([stop], [], [], 0)[0])


def test_nothing_is_asked_before_a_signal_came() -> None:
    with stop_on_signals() as stop:
        stop.check()
        assert stop.signum is None
        assert not readable(stop)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_only_recorded(signum: signal.Signals) -> None:
    """F18, F20."""
    with stop_on_signals() as stop:
        signal.raise_signal(signum)
        assert stop.signum == signum
        assert readable(stop)


def test_what_was_asked_is_known_when_nobody_can_ask_any_more() -> None:
    with stop_on_signals() as stop:
        signal.raise_signal(signal.SIGTERM)
    assert stop.signum == signal.SIGTERM


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_check_after_a_signal_raises_with_the_exit_code(signum: int, code: int) -> None:
    """F18, F20."""
    with stop_on_signals() as stop:
        signal.raise_signal(signum)
        with pytest.raises(Stopped) as stopped:
            stop.check()
    assert stopped.value.exit_code == code


def test_the_second_signal_raises_at_once_with_the_first_ones_number() -> None:
    """F19."""
    with stop_on_signals() as stop:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped) as stopped:
            signal.raise_signal(signal.SIGINT)
    assert stopped.value.signum == signal.SIGTERM
    assert stop.signum == signal.SIGTERM


def test_no_further_signal_disturbs_the_cleaning_up() -> None:
    """F19."""
    with stop_on_signals():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Stopped):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_a_signal_that_did_not_disturb_the_wait_ends_it_all_the_same() -> None:
    """One that comes just before a wait begins does not disturb it; here another thread takes it."""
    with stop_on_signals() as stop:
        elsewhere = threading.Timer(0.05, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT))
        elsewhere.start()
        assert select.select([stop], [], [], 5)[0] == [stop]
        elsewhere.join()
        assert stop.signum == signal.SIGINT
        assert readable(stop)


def test_another_signal_asks_for_nothing() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda signum, _: heard.append(signum))
    try:
        with stop_on_signals() as stop:
            signal.raise_signal(signal.SIGUSR1)
            stop.check()
            assert heard == [signal.SIGUSR1]
            assert not readable(stop)
            signal.raise_signal(signal.SIGUSR1)
            signal.raise_signal(signal.SIGTERM)
            assert stop.signum == signal.SIGTERM
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_what_signals_wake_is_woken_by_them_again_afterwards() -> None:
    with closing(StopRequest()) as program, program.woken_by_signals():
        with stop_on_signals():
            pass
        before = signal.signal(signal.SIGTERM, lambda *_: None)
        signal.raise_signal(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
        assert readable(program)


def test_the_handlers_before_are_put_back() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with stop_on_signals():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


def test_outside_of_the_main_thread_the_request_never_comes() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def look() -> None:
        with stop_on_signals() as stop:
            seen.extend((signal.getsignal(signal.SIGINT), stop.signum, readable(stop)))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before, None, False]
