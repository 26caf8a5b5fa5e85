import time
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from sessions_app.log.leases import lease
from sessions_app.log.leases.lease import Beat
from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.leases.silence import Silences
from sessions_app.models import AgentSession

LOOK_S = 0.25  # seconds between looks at the heartbeat of a holder that seems dead


def claim_patiently(session_id: str) -> AgentSession | None:
    """Claim a session; if its holder seems dead, wait until that is certain.

    Returns None if another process holds the lease. For a process without a running
    reaper. The heartbeat's age by the database's clock only decides whether to wait:
    the clock may have been stepped, so the age proves nothing.
    """
    claimed = lease.claim(session_id)
    if claimed is not None or not _seems_dead(session_id):
        return claimed
    silences, first = Silences(), lease.held(session_id)
    while True:
        now = time.monotonic()
        beats = lease.held(session_id)
        if not beats:
            return lease.claim(session_id)  # the holder has released the lease
        silences.observe(beats, now)
        if dead := silences.dead(now):
            return lease.take_over(dead[0])
        if beats != first or _provably_lives(beats[0]):
            return None
        time.sleep(LOOK_S)


def _provably_lives(beat: Beat) -> bool:
    return Lease.parse(beat.lease).is_provably_alive


def _seems_dead(session_id: str) -> bool:
    oldest = Now() - timedelta(seconds=settings.LEASE_TIMEOUT_S)
    return AgentSession.objects.filter(id=session_id, heartbeat_at__lt=oldest).exists()
