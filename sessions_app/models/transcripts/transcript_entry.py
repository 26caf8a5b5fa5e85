from django.db import models

from sessions_app.models.transcripts.agent_transcript import AgentTranscript


class TranscriptEntry(models.Model):
    """An entry of a transcript that is in a log, by the agent's own name for it.

    Agents copy entries into the transcripts of resumed and forked sessions. The first
    transcript that claims an entry has it.
    """

    key = models.CharField(
        primary_key=True, max_length=100, help_text="the owner's number, the name"
    )
    # No index: only keys are looked up.
    transcript = models.ForeignKey(
        AgentTranscript, models.CASCADE, db_index=False, related_name="entries"
    )

    def __str__(self) -> str:
        return self.key
