"""What is to be covered, said as plainly as can be: each place tried by itself."""

from sessions_app.masking.formats import FORMATS, begins_word
from sessions_app.masking.secret_spans import key_end_spans


def naive_cover(text: str) -> str:
    shown = list(text)
    for each in FORMATS:
        for start in range(len(text)):
            prefix = each.prefix.match(text, start)
            if prefix is None or (each.is_word and not begins_word(text, start)):
                continue
            body = each.body.match(text, prefix.end())
            assert body is not None
            if len(body[0]) >= each.least and each.needed in body[0]:
                for at in range(body.start(), body.end()):
                    shown[at] = "*"
    for start, end in key_end_spans(text):
        shown[start:end] = "*" * (end - start)
    return "".join(shown)
