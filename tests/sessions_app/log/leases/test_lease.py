import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db.models.functions import Now

from sessions_app.commands.submit import Refused, submit_command
from sessions_app.log.leases import lease
from sessions_app.log.leases.lease import Beat
from sessions_app.log.leases.patient_claim import claim_patiently
from sessions_app.log.leases.process_identity import PATIENT, Lease
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Cancel, Prompt
from tests.sessions_app.logbook import (
    at_once,
    change,
    closing_its_connection,
    held_session,
    row,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
OTHER_HOST = Lease("elsewhere", "space", 7, 1234, "abc")
ELSEWHERE = str(OTHER_HOST)
CHILD = """
import django, sys
django.setup()
from sessions_app.log.leases.process_identity import Lease
print(Lease.new(), flush=True)
sys.stdin.read()
"""


def ask(session: AgentSession, type_: str = "prompt") -> Command:
    return Command.objects.create(session=session, key=type_, type=type_, data="{}")


def silent(session: AgentSession, seconds: float) -> None:
    heartbeat = Now() - timedelta(seconds=seconds)
    AgentSession.objects.filter(id=session.id).update(heartbeat_at=heartbeat)


# --- who a lease names --------------------------------------------------------


class Other:
    """Another process that has made a lease."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-c", CHILD],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._popen.stdout is not None
        self.lease = self._popen.stdout.readline().strip()

    def kill(self) -> None:
        """kill -9; it stays a zombie until `reap`."""
        self._popen.kill()
        os.waitid(os.P_PID, self._popen.pid, os.WEXITED | os.WNOWAIT)

    def stop(self) -> None:
        """SIGSTOP; returns when it stands still."""
        self._popen.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._popen.pid, os.WSTOPPED | os.WNOWAIT)

    def wake(self) -> None:
        self._popen.send_signal(signal.SIGCONT)

    def reap(self) -> None:
        self._popen.kill()
        self._popen.communicate()


@pytest.fixture
def other() -> Iterator[Other]:
    other = Other()
    yield other
    other.reap()


def test_a_lease_is_its_text() -> None:
    made = Lease.new()
    assert Lease.parse(str(made)) == made
    assert made.pid == os.getpid()
    odd = Lease("host/with/slashes", "", 1, 2, "n")
    assert Lease.parse(str(odd)) == odd
    assert Lease.new() != made


def test_a_living_process_is_not_dead() -> None:
    assert not Lease.new().is_provably_dead


def test_a_killed_process_is_provably_dead(other: Other) -> None:
    theirs = Lease.parse(other.lease)
    assert not theirs.is_provably_dead
    other.kill()
    assert theirs.is_provably_dead  # a zombie
    other.reap()
    assert theirs.is_provably_dead  # gone


def test_a_pid_that_came_again_is_another_process() -> None:
    mine = Lease.new()
    assert Lease(mine.host, mine.space, mine.pid, 12345, "n").is_provably_dead


def test_nothing_is_proved_of_other_hosts_boots_and_containers() -> None:
    mine = Lease.new()
    for host, space in (("elsewhere", mine.space), (mine.host, "other")):
        assert not Lease(host, space, 2**22 + 1, 1, "n").is_provably_dead


# --- claims -------------------------------------------------------------------


def test_of_many_who_claim_a_session_one_wins() -> None:
    held_session(id="s_1", lease="", status="queued")
    for _ in range(5):
        change("s_1", lease="")
        claimed = [s for s in at_once(6, lambda _: lease.claim("s_1")) if s]
        assert len(claimed) == 1
        assert row("s_1").lease == claimed[0].lease


def test_of_many_who_claim_the_queue_each_session_goes_to_one() -> None:
    for number in range(7):
        held_session(id=f"s_{number}", lease="", status="queued")
    held_session(id="s_done", lease="", status="completed")
    held_session(id="s_held", status="queued")
    claims = at_once(4, lambda _: lease.claim_queued(3))
    claimed = sorted(session.id for claim in claims for session in claim)
    assert len(set(claimed)) == len(claimed)
    assert all(len(claim) <= 3 for claim in claims)
    # Who lost a race may have come away with less: the rest is there to be had.
    claimed += [session.id for session in lease.claim_queued(9)]
    assert sorted(claimed) == [f"s_{number}" for number in range(7)]


def test_of_many_who_take_over_one_wins() -> None:
    def take(dead: Beat, _: int) -> AgentSession | None:
        return lease.take_over(dead)

    held_session(id="s_1", lease=ELSEWHERE)
    for _ in range(5):
        change("s_1", lease=ELSEWHERE)
        taken = [s for s in at_once(6, partial(take, beat_of("s_1"))) if s]
        assert len(taken) == 1
        assert row("s_1").lease == taken[0].lease


def test_the_queue_is_served_oldest_first() -> None:
    for number in (2, 0, 1):
        held_session(id=f"s_{number}", lease="", status="queued")
        age = Now() - timedelta(minutes=9 - number)
        change(f"s_{number}", updated_at=age)
    assert [s.id for s in lease.claim_queued(2)] == ["s_0", "s_1"]


def test_a_held_session_is_not_claimed() -> None:
    session = held_session(id="s_1")
    assert lease.claim("s_1") is None
    assert row("s_1").lease == session.lease


def test_any_free_session_can_be_claimed() -> None:
    for status in ("queued", "completed", "failed", "interrupted", "cancelled"):
        held_session(id=f"s_{status}", lease="", status=status)
        claimed = lease.claim(f"s_{status}")
        assert claimed is not None
        assert claimed.status == status


# --- death --------------------------------------------------------------------


def beat_of(session_id: str) -> Beat:
    (beat,) = lease.held(session_id)
    return beat


def test_a_silent_holder_is_dead_and_a_late_one_is_not(settings: LazySettings) -> None:
    held_session(id="s_1", lease=ELSEWHERE)
    beat = beat_of("s_1")
    assert not beat.is_dead_after(settings.LEASE_TIMEOUT_S - 0.1)
    assert beat.is_dead_after(settings.LEASE_TIMEOUT_S + 0.1)
    assert lease.claim("s_1") is None
    assert lease.take_over(beat) is not None


def test_who_deletes_a_session_may_be_silent_for_longer(settings: LazySettings) -> None:
    held_session(id="s_1", lease=str(replace(OTHER_HOST, nonce=f"{PATIENT}abc")))
    assert not beat_of("s_1").is_dead_after(settings.PRUNE_MAX_S - 1)
    assert beat_of("s_1").is_dead_after(settings.PRUNE_MAX_S + 1)


def test_a_process_that_runs_on_this_host_is_never_dead_by_age(other: Other) -> None:
    held_session(id="s_1", lease=other.lease)
    assert not beat_of("s_1").is_dead_after(10**6)
    other.stop()
    assert beat_of("s_1").is_dead_after(10**6)
    other.wake()
    assert not beat_of("s_1").is_dead_after(10**6)
    other.kill()
    assert beat_of("s_1").is_dead_after(0)


def test_a_claim_that_this_process_does_not_know_of_ends_by_silence(
    settings: LazySettings,
) -> None:
    held_session(id="s_1")
    assert not beat_of("s_1").is_dead_after(settings.LEASE_TIMEOUT_S - 0.1)
    assert beat_of("s_1").is_dead_after(settings.LEASE_TIMEOUT_S + 0.1)


def test_a_heartbeat_that_came_meanwhile_saves_the_lease() -> None:
    held_session(id="s_1", lease=ELSEWHERE)
    dead = beat_of("s_1")
    assert lease.heartbeat({"s_1": ELSEWHERE}) == {"s_1"}
    assert lease.take_over(dead) is None
    assert row("s_1").lease == ELSEWHERE


def test_who_was_taken_over_meanwhile_is_not_taken_over_again() -> None:
    held_session(id="s_1", lease=ELSEWHERE)
    dead = beat_of("s_1")
    first = lease.take_over(dead)
    assert first is not None
    assert lease.take_over(dead) is None
    assert row("s_1").lease == first.lease


def test_a_killed_processs_session_can_be_had_at_once(other: Other) -> None:
    held_session(id="s_1", lease=other.lease)
    assert lease.claim("s_1") is None
    other.kill()
    assert lease.claim("s_1") is not None


def test_free_sessions_have_no_holder_who_could_be_dead() -> None:
    held_session(id="s_1", lease="", heartbeat_at=None)
    assert lease.held() == []


# --- claims without a reaper ----------------------------------------------------


def test_a_holder_who_looks_silent_and_beats_keeps_its_session(
    settings: LazySettings,
) -> None:
    settings.LEASE_TIMEOUT_S = 30.0
    silent(held_session(id="s_1", lease=ELSEWHERE), 3600)  # the clock has stepped
    beat = closing_its_connection(lambda: lease.heartbeat({"s_1": ELSEWHERE}))
    beating = threading.Timer(0.4, beat)
    beating.start()
    assert claim_patiently("s_1") is None
    beating.join()
    assert row("s_1").lease == ELSEWHERE


def test_a_holder_who_looks_silent_and_runs_here_keeps_its_session(
    other: Other,
) -> None:
    silent(held_session(id="s_1", lease=other.lease), 3600)
    assert claim_patiently("s_1") is None


def test_a_holder_who_stays_silent_loses_its_session(settings: LazySettings) -> None:
    settings.LEASE_TIMEOUT_S = 0.5
    silent(held_session(id="s_1", lease=ELSEWHERE), 3600)
    began = time.monotonic()
    assert claim_patiently("s_1") is not None
    assert time.monotonic() - began > settings.LEASE_TIMEOUT_S


def test_who_has_just_beaten_is_not_waited_for(settings: LazySettings) -> None:
    settings.LEASE_TIMEOUT_S = 3600.0
    held_session(id="s_1", lease=ELSEWHERE)
    assert claim_patiently("s_1") is None


# --- heartbeats ---------------------------------------------------------------


def test_a_heartbeat_renews_ones_own_leases_alone() -> None:
    mine = held_session(id="s_1")
    held_session(id="s_2", lease=ELSEWHERE)
    third = held_session(id="s_3")
    for session in AgentSession.objects.all():
        silent(session, 60)
    old = row("s_2").heartbeat_at
    asked = {"s_1": mine.lease, "s_2": third.lease, "s_gone": "x"}
    assert lease.heartbeat(asked) == {"s_1"}
    assert row("s_2").heartbeat_at == old
    heartbeat = row("s_1").heartbeat_at
    assert heartbeat is not None
    assert mine.heartbeat_at is not None
    assert heartbeat >= mine.heartbeat_at


# --- letting go ---------------------------------------------------------------


def test_a_lease_is_not_let_go_while_a_command_waits() -> None:
    session = held_session(id="s_1")
    command = ask(session)
    assert lease.release("s_1", session.lease) is False
    assert row("s_1").lease == session.lease
    Command.objects.filter(pk=command.pk).update(applied_at=Now())
    assert lease.release("s_1", session.lease) is True
    assert row("s_1").lease == ""


def test_anothers_lease_is_never_let_go() -> None:
    session = held_session(id="s_1")
    assert lease.release("s_1", "old") is True
    lease.let_go("s_1", "old")
    assert row("s_1").lease == session.lease


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("prompt", "queued"),
        ("approve", "queued"),
        ("interrupt", "failed"),
        ("", "failed"),
    ],
)
def test_letting_go_in_any_case_queues_what_people_have_said(
    asked: str, status: str
) -> None:
    session = held_session(id="s_1", status="failed")
    if asked:
        ask(session, asked)
    lease.let_go("s_1", session.lease)
    after = row("s_1")
    assert (after.lease, after.status) == ("", status)


def test_a_message_is_never_lost_between_two_runners() -> None:
    alice = User.objects.create_user("alice")
    held_session(id="s_1", owner=alice)
    for number in range(12):
        mine = str(Lease.new())
        change("s_1", lease=mine, status="completed")
        Command.objects.all().delete()

        def say_or_leave(who: int, number: int = number, mine: str = mine) -> object:
            if who:
                return lease.release("s_1", mine)
            return submit_command("s_1", alice, str(number), Prompt(text="hello"))

        _, is_released = at_once(2, say_or_leave)
        after = row("s_1")
        assert Command.objects.filter(applied_at=None).count() == 1
        # Either the runner has to stay, or the queue brings the next one.
        assert after.lease == ("" if is_released else mine)
        assert after.status == "queued"


def test_what_is_put_after_the_release_finds_no_runner() -> None:
    alice = User.objects.create_user("alice")
    session = held_session(id="s_1", status="completed", owner=alice)
    assert lease.release("s_1", session.lease)
    with pytest.raises(Refused):
        submit_command("s_1", alice, "1", Cancel())
    submit_command("s_1", alice, "2", Prompt(text="hello"))
    assert row("s_1").status == "queued"
    assert [s.id for s in lease.claim_queued(1)] == ["s_1"]
