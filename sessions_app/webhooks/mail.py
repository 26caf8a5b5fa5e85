from django.conf import settings
from django.core.mail import EmailMessage

from sessions_app.webhooks.message import WebhookMessage
from sessions_app.webhooks.target import BadTarget


def send_mail(to: str, message: WebhookMessage, message_id: str) -> None:
    """Mail a message to a person's own address. Raises BadTarget, and OSError."""
    if not settings.EMAIL_HOST:
        raise BadTarget("No mail is sent: set SMTP_HOST.")
    if not to:
        raise BadTarget("This user has no e-mail address: an admin can set it.")
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    mail = EmailMessage(
        subject=message.title,
        body=message.text,
        to=[to],
        headers={"Message-ID": f"<{message_id}@{domain}>"},
    )
    mail.send()
