"""The words in which the sandbox is told to misbehave, one by one."""

import pytest

from sync.errors import UsageError
from sync.sandbox.faults import (
    Alter,
    Break,
    Fault,
    Faults,
    Status,
    Unset,
    parse_fault,
)
from sync.sandbox.rate import Rate, Window, parse_rate


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("PUT:503", Fault("PUT", Status(503)), id="a status"),
        pytest.param("GET:500:2", Fault("GET", Status(500), times=2), id="the first two times"),
        pytest.param(
            "ANY:drop@minimax/music-01",
            Fault("ANY", Break("drop"), model="minimax/music-01"),
            id="one model, with a slash",
        ),
        pytest.param(
            "POST:hang:1@model_a:b",
            Fault("POST", Break("hang"), times=1, model="model_a:b"),
            id="one model, with a colon",
        ),
        pytest.param("GET:unset=404", Fault("GET", Unset("404")), id="no description: 404"),
        pytest.param("PUT:cut=20", Fault("PUT", Alter("cut", 20)), id="cut"),
        pytest.param("PUT:strip-html", Fault("PUT", Alter("strip-html")), id="HTML"),
    ],
)
def test_reads_a_fault(words, expected):
    assert parse_fault(words) == expected


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param("503", "it does not read METHOD:EFFECT[:TIMES][@MODEL]", id="no method"),
        pytest.param("FETCH:503", "'FETCH' is none of GET, PUT, POST, ANY", id="method"),
        pytest.param("GET:200", "'200' is no effect", id="no error status"),
        pytest.param("GET:999", "'999' is no effect", id="no status at all"),
        pytest.param("GET:dorp", "'dorp' is no effect. Did you mean \"drop\"?", id="misspelt"),
        pytest.param("GET:drop=2", "'drop' is no effect", id="value where none is due"),
        pytest.param("GET:unset", "unset= takes one of empty, null, absent, 404", id="unset"),
        pytest.param("PUT:cut", "cut= takes a whole number above zero, not ''", id="cut"),
        pytest.param(
            "GET:500:0", "TIMES takes a whole number above zero, not '0'", id="zero times"
        ),
    ],
)
def test_says_why_a_fault_is_not_understood(words, why):
    with pytest.raises(UsageError) as caught:
        parse_fault(words)
    assert why in caught.value.message
    assert "For example PUT:503" in caught.value.hint


def test_a_fault_strikes_as_often_as_it_was_told():
    faults = Faults([parse_fault("GET:500:2"), parse_fault("ANY:drop@model_b")])
    struck = [
        faults.breaking(method, model)
        for method, model in [
            ("PUT", "model_a"),
            ("GET", "model_a"),
            ("GET", None),
            ("GET", "model_a"),
            ("GET", "model_b"),
        ]
    ]
    assert struck == [None, Status(500), Status(500), None, Break("drop")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["PUT:trim"], "# A <b>bold</b> é\n\nline", id="trim"),
        pytest.param(["PUT:crlf"], " # A <b>bold</b> é\r\n\r\nline\r\n", id="CRLF"),
        pytest.param(["PUT:strip-html"], " # A bold é\n\nline\n", id="HTML"),
        pytest.param(["PUT:cut=4"], " # A", id="cut"),
        pytest.param(["PUT:cut=4", "PUT:trim"], "# A", id="one after the other"),
        pytest.param(["GET:trim"], " # A <b>bold</b> é\n\nline\n", id="not this method"),
    ],
)
def test_alters_a_text(words, expected):
    faults = Faults([parse_fault(each) for each in words])
    assert faults.altered(" # A <b>bold</b> é\n\nline\n", method="PUT", model="m") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("100", Rate(100, 60), id="a minute, unless said otherwise"),
        pytest.param("100/min", Rate(100, 60), id="a minute"),
        pytest.param("50/s", Rate(50, 1), id="a second"),
    ],
)
def test_reads_a_rate(words, expected):
    assert parse_rate(words) == expected


@pytest.mark.parametrize("words", ["0", "-1", "5/h", "fast", "1.5"])
def test_says_how_a_rate_is_written(words):
    with pytest.raises(UsageError, match=f"The rate {words!r} is not understood") as caught:
        parse_rate(words)
    assert caught.value.hint.startswith("Write 100 or 100/min")


def test_a_window_lets_through_what_the_rate_allows_in_any_stretch():
    window = Window(Rate(2, seconds=10))
    assert [window.wait(now) for now in (0, 4, 5, 9.5, 10, 11, 14)] == [0, 0, 5, 0.5, 0, 3, 0]
