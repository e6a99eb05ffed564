"""What is hidden of foreign words."""

import base64
import json
import time
from urllib.parse import quote

import pytest

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


@pytest.mark.parametrize("unit", ["http://", "https://a", "?", "a", "http://a?b "])
def test_hiding_takes_time_in_proportion_to_the_text(unit):
    def measure(size):
        text = unit * (size // len(unit))
        start = time.process_time()
        Redactor([SECRET]).hide(text)
        return time.process_time() - start

    small = max(measure(200_000), 0.002)
    assert measure(1_600_000) < 40 * small
