from __future__ import annotations

import select
import signal
import threading

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
