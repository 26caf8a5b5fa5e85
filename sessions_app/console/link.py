from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def link(url: str, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text)


def rows_url(model: str, /, **query: str) -> str:
    """Return the URL of a model's filtered list in the admin."""
    return f"{reverse(f'admin:sessions_app_{model}_changelist')}?{urlencode(query)}"
