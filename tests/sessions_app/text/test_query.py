"""Which texts a query stands in, without a database."""

# ruff: noqa: RUF001  full-width signs are what some of these texts are about

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.text.folding import caseless, characters, folded
from sessions_app.text.phrase import Phrase
from sessions_app.text.query import SearchQuery
from sessions_app.text.snippet import snippet
from sessions_app.text.terms import terms_of
from tests.sessions_app.text.naive_search import stands

CHARS = st.sampled_from([*"abxyABXY019 ._-中国が🚀ก", "é", "e\u0301", "ก\u0e48", "ß"])
TEXTS = st.lists(CHARS, max_size=14).map("".join)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("登录", "修复登录页面的渲染错误，然后部署到测试环境"),
        ("页面", "修复登录页面的渲染错误"),
        ("错", "渲染错误"),
        ("画面", "ログイン画面の描画エラー"),
        ("エラー", "描画エラーを修正"),
        ("로그인", "로그인페이지를수정했습니다"),
        ("수정", "로그인페이지를수정했습니다"),
        (unicodedata.normalize("NFD", "로그인"), "로그인페이지"),
        ("로그인", unicodedata.normalize("NFD", "로그인페이지")),
        ("ไทย", "ภาษาไทยไม่มีช่องว่าง"),
        ("gen-itgc", "重跑gen-itgc后"),
        ("parseConfigFile", "见parseConfigFile."),
        ("config", "parseConfigFile"),
        ("getUser", "getUserByID"),
        ("getuser", "getUserByID"),
        ("UserByID", "getUserByID(7)"),
        ("ById", "getUserByID"),
        ("server", "HTTPServer"),
        ("userService.getUser", "myUserService.getUserByID(7)"),
        ("1.2.3", "v1.2.3"),
        ("2.3", "v1.2.3"),
        ("giraffe", "giraffe295"),
        ("295", "giraffe295"),
        ("cafe", "un café"),
        ("café", "un cafe"),
        ("CAFÉ", "cafe\u0301"),
        ("muller", "Herr Müller"),
        ("STRASSE", "straße"),
        ("strasse", "STRAẞE"),
        ("оле", "ОЛЕ"),
        ("ΟΔΟΣ", "οδός"),
        ("istanbul", "İSTANBUL"),
        ("full", "ｆｕｌｌ width"),
        ("ガ", "ｶﾞ"),
        ("C++", "in C++17, and C"),
        ("C++ code", "modern C++ code"),
        ("c#", "C# here"),
        ("C", "in C++"),
        ("हिन्दी", "यह हिन्दी है"),
        ("🚀", "done 🚀!"),
        ("soft", "so\u00adft hyphen"),
        ("9007199254740993", "id 9007199254740993"),
        ("begin*", "beginning"),
        ("getU*", "getUserByID"),
        ('"no race"', "no race here"),
        ("lodz", "Łódź"),  # strokes are no accents to Unicode
        ("oresund", "Øresund"),
        ("aether", "Æther"),
        ("file", "ﬁle"),
        ("μs", "5 µs"),  # Greek mu, and the micro sign
        ("елка", "ёлка"),
        ("東京", "東京都庁"),
        ("ﾃｽﾄ", "テスト済み"),
        ("ကုန်", "ရန်ကုန်မြို့"),
        ("ຈັນ", "ວຽງຈັນທາດ"),
        ("ភ្នំ", "រាជធានីភ្នំពេញ"),
        ("V2", "apiV2Client"),
        ("XMLHttp", "XMLHttpRequest"),
        ("config", "parse_config_file"),
        (".NET", "ASP.NET Core"),
        ("don't", "don’t"),
        ("الله", "ٱللّٰه"),  # alef wasla, and vowel signs
        ("الله", "\ufdf2"),  # one character for the whole word
        ("احمد", "أَحْمَد"),
        ("محمد", "مـحـمـد"),  # lengthened
        ("القران", "ٱلۡقُرۡآن"),
        ("على", "علي"),
        ("مدرسة", "مدرسه"),
        ("کتاب", "كتاب"),  # Persian kaf
        ("علی", "علي"),  # Persian yeh
        ("שלום", "שָׁל\u05d5\u05b9ם"),
        ("שלום", "\ufb2a\u05b8לום"),
        ("צה\u05f4ל", 'צה"ל'),
        ("ܫܠܡܐ", "ܫܠܳܡܳܐ"),
    ],
)
def test_a_query_stands_in_a_text(query: str, text: str) -> None:
    sought = SearchQuery.parse(query)
    assert sought.stands_in(text)
    shown = snippet(text, sought)
    assert len(shown) > 1
    assert "".join(shown) == text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("C++", "plain C, and C#, and C+"),
        ("c#", "C and C++"),
        ("C++", "abc++def"),
        ("race", "trace embrace races"),
        ("user", "forgetuser users"),
        ("登页", "登录页面"),
        ("か", "が"),
        ("12", "v123"),
        ("v1", "v 1"),
        ("inv", "invoice"),
        ('"race no"', "no race here"),
        ("get", "x" * 40 + "Get" + "y" * 40),
    ],
)
def test_a_query_does_not_stand_in_a_text(query: str, text: str) -> None:
    assert not SearchQuery.parse(query).stands_in(text)


@given(query=TEXTS, text=TEXTS, is_prefix=st.booleans())
def test_a_phrase_stands_where_plain_looking_finds_it(
    query: str, text: str, is_prefix: bool
) -> None:
    _compare(query, text, is_prefix)


@given(st.data())
def test_a_part_of_a_text_stands_where_plain_looking_finds_it(
    data: st.DataObject,
) -> None:
    text = data.draw(TEXTS)
    starts = [at for at in range(len(text)) if not unicodedata.combining(text[at])]
    start = data.draw(st.sampled_from([*starts, len(text)]))
    query = text[start : start + data.draw(st.integers(0, 6))]
    _compare(query.swapcase() if data.draw(st.booleans()) else query, text, False)


def _compare(query: str, text: str, is_prefix: bool) -> None:
    phrase = Phrase.of(query, is_prefix)
    read = folded(text)
    if phrase is not None:
        found = list(phrase.spans(read, read.casefold()))
        assert bool(found) == stands(query, text, is_prefix)


def test_folding_without_case_keeps_the_length_of_every_character() -> None:
    for code in range(sys.maxunicode + 1):
        read = folded(chr(code))
        assert len(read.casefold()) == len(read), hex(code)


@given(st.text(max_size=20) | TEXTS)
def test_a_text_folds_piece_by_piece_as_it_does_whole(text: str) -> None:
    pieces = list(characters(text))
    assert "".join(folded(piece) for piece, _ in pieces) == folded(text)
    assert [end for _, end in pieces[-1:]] == ([len(text)] if text else [])


@given(st.text(max_size=20) | TEXTS)
def test_two_ways_of_writing_a_text_fold_alike(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert caseless(unicodedata.normalize(form, text)) == caseless(text)


@given(TEXTS, TEXTS)
def test_a_snippet_is_a_part_of_the_text(query: str, text: str) -> None:
    sought = SearchQuery.parse(query)
    shown = snippet(text, sought)
    assert "".join(shown) == text
    if sought.phrases and sought.stands_in(text):
        assert len(shown) > 1
        for part in shown[1::2]:
            assert any(
                phrase.pattern.search(caseless(part)) for phrase in sought.phrases
            )


def test_a_long_run_of_letters_is_no_identifier() -> None:
    base64 = "aGVsbG8gd29ybGQ" * 1000
    terms = terms_of(base64)
    assert len(terms.words) + len(terms.parts) < 8 * len(base64)
