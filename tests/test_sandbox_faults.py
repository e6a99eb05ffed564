"""The words in which the sandbox is told to misbehave, one by one."""

import pytest

from sync.errors import UsageError
from sync.sandbox.faults import (
    BrokenResponse,
    ErrorStatus,
    FaultInjector,
    FaultRule,
    MissingDescription,
    TextAlteration,
    parse_fault,
)
from sync.sandbox.rate import Rate, RateWindow, parse_rate


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("PUT:503", FaultRule("PUT", ErrorStatus(503)), id="a status"),
        pytest.param(
            "GET:500:2", FaultRule("GET", ErrorStatus(500), times=2), id="the first two times"
        ),
        pytest.param(
            "ANY:drop@minimax/music-01",
            FaultRule("ANY", BrokenResponse("drop"), model="minimax/music-01"),
            id="one model, with a slash",
        ),
        pytest.param(
            "POST:hang:1@model_a:b",
            FaultRule("POST", BrokenResponse("hang"), times=1, model="model_a:b"),
            id="one model, with a colon",
        ),
        pytest.param(
            "GET:unset=404", FaultRule("GET", MissingDescription("404")), id="no description: 404"
        ),
        pytest.param("PUT:cut=20", FaultRule("PUT", TextAlteration("cut", 20)), id="cut"),
        pytest.param("PUT:strip-html", FaultRule("PUT", TextAlteration("strip-html")), id="HTML"),
    ],
)
def test_reads_a_fault(words, expected):
    assert parse_fault(words) == expected


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param("503", "it does not read METHOD:EFFECT[:TIMES][@MODEL]", id="no method"),
        pytest.param("FETCH:503", "'FETCH' is none of GET, PUT, POST, ANY", id="method"),
        pytest.param("GET:200", "'200' is not an effect", id="no error status"),
        pytest.param("GET:999", "'999' is not an effect", id="no status at all"),
        pytest.param("GET:dorp", "'dorp' is not an effect. Did you mean \"drop\"?", id="misspelt"),
        pytest.param("GET:drop=2", "'drop' is not an effect", id="value where none is due"),
        pytest.param(
            "GET:unset", "unset= takes one of empty, null, absent, lists, 404", id="unset"
        ),
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
    faults = FaultInjector([parse_fault("GET:500:2"), parse_fault("ANY:drop@model_b")])
    struck = [
        faults.find_failure(method, model)
        for method, model in [
            ("PUT", "model_a"),
            ("GET", "model_a"),
            ("GET", None),
            ("GET", "model_a"),
            ("GET", "model_b"),
        ]
    ]
    assert struck == [None, ErrorStatus(500), ErrorStatus(500), None, BrokenResponse("drop")]


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
    faults = FaultInjector([parse_fault(each) for each in words])
    assert faults.alter_text(" # A <b>bold</b> é\n\nline\n", method="PUT", model="m") == expected


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
    window = RateWindow(Rate(2, seconds=10))
    assert [window.admit_request(now) for now in (0, 4, 5, 9.5, 10, 11, 14)] == [
        0,
        0,
        5,
        0.5,
        0,
        3,
        0,
    ]
