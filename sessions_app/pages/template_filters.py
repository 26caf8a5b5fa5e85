from django import template
from django.template.defaultfilters import stringfilter

from sessions_app.protocol.hidden_characters import spell_out, spell_out_prose

register = template.Library()


@register.filter
@stringfilter
def reviewed(text: str) -> str:
    """Spell out hidden characters in text that a person reviews or decides on."""
    return spell_out(text)


@register.filter
@stringfilter
def prose(text: str) -> str:
    """Spell out hidden characters in titles and messages."""
    return spell_out_prose(text)
