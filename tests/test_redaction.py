"""What is hidden of foreign words."""

import base64
import json
from urllib.parse import quote

import pytest
from growth import grows_with_its_input

from sync.redaction import HIDDEN, Redactor

SECRET = 'a"b/c+d\\e<f ü'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower().replace("%5c", "%5c"),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
    ],
)
def test_a_secret_is_hidden_in_each_form(form):
    assert Redactor([SECRET]).hide(f"you sent {form}, no?") == f"you sent {HIDDEN}, no?"


KEY, LONG = "api_8sJ2kLmQ7vXx", "sk/9Zq+Wm4T0nYbRr2"
PAIR = base64.b64encode(f"{KEY}:{LONG}".encode()).decode()


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(LONG.lower(), id="lower case"),
        pytest.param(PAIR.upper(), id="upper case"),
        pytest.param(quote(quote(LONG, safe=""), safe=""), id="percent twice"),
        pytest.param("".join(f"%{byte:02x}" for byte in LONG.encode()), id="percent throughout"),
        pytest.param(LONG.encode().hex().upper(), id="hexadecimal"),
        pytest.param("".join(f"\\u{ord(each):04x}" for each in LONG), id="JSON throughout"),
        pytest.param(LONG.replace("+", "\\\\u002B"), id="JSON in JSON"),
        pytest.param("".join(f"&#{ord(each)};" for each in LONG), id="HTML"),
        pytest.param(LONG.replace("/", "&amp;#x2F;"), id="HTML in HTML"),
        pytest.param(f"{LONG[:6]}\n{LONG[6:]}", id="two lines"),
        pytest.param(f"{PAIR[:20]}\\r\\n {PAIR[20:]}", id="two lines in JSON"),
        pytest.param(PAIR[:-8], id="cut off"),
        pytest.param(base64.b64encode(PAIR.encode()).decode(), id="base64 twice"),
    ],
)
def test_a_secret_is_hidden_however_it_is_written(form):
    hidden = Redactor([KEY, LONG, f"{KEY}:{LONG}"]).hide(f"ü \\d {form}, no?")
    assert hidden == f"ü \\d {HIDDEN}, no?"


@pytest.mark.parametrize("place", ["x", "xy", "xyz", "Basic "])
def test_a_secret_inside_of_base64_is_hidden(place):
    text = base64.b64encode(f"{place}{LONG}{place}".encode()).decode()
    hidden = Redactor([LONG]).hide(text)
    assert HIDDEN in hidden
    rest = hidden.replace(HIDDEN, "")
    assert (
        len(rest) <= 4 * len(place) + 4
    )  # what stands around it, and no group of three bytes more


def test_ordinary_words_are_not_hidden():
    words = "api_key: the key of this project may not write; see production-model at sk/9Zq"
    assert Redactor([KEY, LONG, "production-key-4711-and-more"]).hide(words) == words


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("see https://x.test/a?b=c&d#e now", f"see https://x.test/a?{HIDDEN} now"),
        ('{"u":"https:\\/\\/x.test\\/a?b"}', f'{{"u":"https:\\/\\/x.test\\/a?{HIDDEN}"}}'),
        ("really? https://x.test/a is right?", "really? https://x.test/a is right?"),
        ("what?no", "what?no"),
    ],
)
def test_the_query_of_a_url_is_hidden(text, hidden):
    assert Redactor().hide(text) == hidden


@pytest.mark.parametrize(
    "unit", ["http://", "https://a", "?", "a", "http://a?b ", "%25", "\\", SECRET]
)
def test_hiding_takes_time_in_proportion_to_the_text(unit):
    hide = Redactor([SECRET]).hide
    assert grows_with_its_input(hide, lambda size: unit * (size // len(unit)), 25_000)
