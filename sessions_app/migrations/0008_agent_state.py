from django.db import migrations, models

AGENT_STATE = ("agent_info", "config_options", "available_commands", "context_usage")


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0007_hashed_session_keys")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(type__in=AGENT_STATE),
                fields=["session", "type", "seq"],
                name="event_agent_state",
            ),
        ),
    ]
