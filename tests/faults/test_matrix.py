"""Each fault of a server, on reading and on writing, once and for ever, through the real command.

The fault strikes one of three models. What is asserted: what becomes of it and of the others, the
exit code, the number of requests, what the server finally holds, and what a person is told.
"""

from dataclasses import dataclass

import pytest
from harbour import NEW, OLD

pytestmark = pytest.mark.usefixtures("unmeasured")

TOLD = " (the sandbox was told to answer so)"
NOT_TAKEN = "The server does not take this text as it is."
LATER = "Try again later; texts that were already written are skipped."
LATE = "no whole answer in time (TimeoutError) (after {n} requests). Try again later, or raise"
WHERE = "Is base_url that of the Scenario API?"
BROKEN = "the answer was cut short or is not HTTP (RemoteProtocolError) (after {n} requests)"


def cases(table):
    """Each row for one stroke of the fault, and for one that lasts."""
    return [
        pytest.param(f"{effect}{times}", becomes, words, id=f"{effect} {often}")
        for effect, once, always, words in table
        for times, often, becomes in ((":1", "once", once), ("", "always", always))
    ]


# --- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """What becomes of the model, and how many requests were made for it."""

    state: str
    requests: int


RIDDEN_OUT = Read("update", 2)
GIVEN_UP = Read("failed", 3)
HOPELESS = Read("failed", 1)
AS_EVER = Read("update", 1)


def serve_reef_with(studio, fault):
    """Let the server fail for one model; an answer that never comes is not waited for long."""
    if fault.partition(":")[2].startswith(("hang", "trickle")):
        studio.configure(timeout=1, retries=2)
    studio.serve(f"{fault}@reef")


READING = [
    ("400", HOPELESS, HOPELESS, f"reef: 400 Bad Request: Bad Request{TOLD}"),
    ("403", HOPELESS, HOPELESS, f"reef: 403 Forbidden: Forbidden{TOLD}. Ask for the right"),
    ("404", Read("create", 2), Read("missing", 2), ""),
    ("408", RIDDEN_OUT, GIVEN_UP, LATER),
    ("409", RIDDEN_OUT, GIVEN_UP, LATER),
    ("413", HOPELESS, HOPELESS, "reef: 413 Request Entity Too Large: Request Entity"),
    ("422", HOPELESS, HOPELESS, "reef: 422 Unprocessable Entity: Unprocessable Entity"),
    ("429", RIDDEN_OUT, GIVEN_UP, "3 requests). Try again later, or lower requests_per_minute."),
    ("plan-limit", HOPELESS, HOPELESS, "The limit of your plan is reached. Waiting does not"),
    ("quota", HOPELESS, HOPELESS, "Limit Exceeded. Waiting does not help"),
    ("410", Read("missing", 1), Read("missing", 1), ""),
    ("firewall", HOPELESS, HOPELESS, "A firewall in front of Scenario refused this request"),
    ("no-route", HOPELESS, HOPELESS, "The gateway knows no such path: check base_url"),
    ("restricted", HOPELESS, HOPELESS, "The plan of the Scenario account does not include"),
    ("bare-records", AS_EVER, AS_EVER, ""),
    ("odd-record", AS_EVER, AS_EVER, ""),
    ("odd-fields", AS_EVER, AS_EVER, ""),
    ("unresolved", AS_EVER, AS_EVER, ""),
    ("byte-order-mark", AS_EVER, AS_EVER, ""),
    ("500", RIDDEN_OUT, GIVEN_UP, LATER),
    ("html", RIDDEN_OUT, GIVEN_UP, "reef: 502 Bad Gateway: 502 Bad Gateway (after 3 requests)"),
    ("503", RIDDEN_OUT, GIVEN_UP, LATER),
    ("504", RIDDEN_OUT, GIVEN_UP, LATER),
    ("drop", RIDDEN_OUT, GIVEN_UP, BROKEN.format(n=3)),
    ("drop-after", RIDDEN_OUT, GIVEN_UP, BROKEN.format(n=3)),
    ("truncated", RIDDEN_OUT, GIVEN_UP, BROKEN.format(n=3)),
    ("garbage", RIDDEN_OUT, GIVEN_UP, f"the answer is not JSON (after 3 requests). {WHERE}"),
    ("empty", RIDDEN_OUT, GIVEN_UP, f"the answer is empty (after 3 requests). {WHERE}"),
    ("other-shape", HOPELESS, HOPELESS, f"does not have description.value. {WHERE}"),
    ("huge", HOPELESS, HOPELESS, f"the answer is longer than 8 MiB. {WHERE}"),
    ("endless", HOPELESS, HOPELESS, f"the answer is longer than 8 MiB. {WHERE}"),
    ("trickle", RIDDEN_OUT, GIVEN_UP, LATE.format(n=3)),
    ("hang", RIDDEN_OUT, GIVEN_UP, LATE.format(n=3)),
    ("redirect", HOPELESS, HOPELESS, "sends us to elsewhere.invalid. Redirects are not followed."),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "read", "words"), cases(READING))
def test_a_fault_in_reading_is_ridden_out_or_told_of(studio, fault, read, words):
    serve_reef_with(studio, f"GET:{fault}")
    ran = studio.plan()
    assert ran.code == (4 if read.state in {"failed", "missing"} else 0)
    assert ran.states == {"lamp": "update", "reef": read.state, "tide": "update"}
    # Before its last retry an item may ask whether the server is well; a model that is missing is
    # looked for by its name among those of the project.
    questions = {"failed": int(read == GIVEN_UP), "missing": 2}.get(read.state, 0)
    assert 0 <= studio.requests["GET"] - 2 - read.requests <= questions
    if read.state == "failed":
        (note,) = ran.change("reef")["notes"]
        assert words in note
    assert studio.texts == OLD


# --- writing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """What becomes of the model; the PUTs and GETs made for it, with the one of the plan."""

    result: str
    puts: int
    gets: int


WRITTEN = Written("applied", 1, 1)
SETTLED = Written("applied", 2, 2)  # each write has a look first
DONE_ALREADY = Written("applied", 1, 2)  # and it was
NEVER = Written("failed", 3, 4)
REFUSED = Written("failed", 1, 1)
LOOKED_AT = Written("failed", 1, 2)

WRITING = [
    ("400", REFUSED, REFUSED, f"reef: 400 Bad Request: Bad Request{TOLD}. {NOT_TAKEN}"),
    ("403", REFUSED, REFUSED, "Ask for the right to do this, or leave the model out."),
    ("404", REFUSED, REFUSED, "Is the model's id right, and in this project?"),
    ("408", SETTLED, NEVER, LATER),
    ("409", SETTLED, NEVER, LATER),
    ("413", REFUSED, REFUSED, "Shorten the text."),
    ("422", REFUSED, REFUSED, NOT_TAKEN),
    ("429", SETTLED, Written("failed", 3, 3), "Try again later, or lower requests_per_minute."),
    ("plan-limit", REFUSED, REFUSED, "Waiting does not help"),
    ("quota", REFUSED, REFUSED, "Limit Exceeded. Waiting does not help"),
    ("410", REFUSED, REFUSED, "reef: 410 Gone: Gone"),
    ("firewall", REFUSED, REFUSED, "long texts, and texts with HTML or code"),
    ("no-route", REFUSED, REFUSED, "The gateway knows no such path: check base_url"),
    ("restricted", REFUSED, REFUSED, "The plan of the Scenario account does not include"),
    ("keep", LOOKED_AT, LOOKED_AT, "the server accepted the write, and still has the old text"),
    ("no-null", WRITTEN, WRITTEN, ""),
    ("bare-records", WRITTEN, WRITTEN, ""),
    ("odd-record", WRITTEN, WRITTEN, ""),
    ("odd-fields", WRITTEN, WRITTEN, ""),
    ("unresolved", WRITTEN, WRITTEN, ""),
    ("touch", WRITTEN, WRITTEN, ""),
    ("picky-firewall", WRITTEN, WRITTEN, ""),
    ("limit=5", REFUSED, REFUSED, f"description must have at most 5 characters. {NOT_TAKEN}"),
    ("byte-order-mark", WRITTEN, WRITTEN, ""),
    ("500", SETTLED, NEVER, LATER),
    ("html", SETTLED, NEVER, "502 Bad Gateway: 502 Bad Gateway (after 6 requests)"),
    ("503", SETTLED, NEVER, LATER),
    ("504", SETTLED, NEVER, LATER),
    ("drop", SETTLED, NEVER, BROKEN.format(n=6)),
    ("drop-after", DONE_ALREADY, DONE_ALREADY, ""),
    ("truncated", SETTLED, NEVER, BROKEN.format(n=6)),
    ("garbage", SETTLED, NEVER, f"the answer is not JSON (after 6 requests). {WHERE}"),
    ("empty", Written("applied", 2, 3), Written("failed", 3, 6), "(after 9 requests)"),
    ("other-shape", LOOKED_AT, LOOKED_AT, "the answer does not have description.value"),
    ("huge", LOOKED_AT, LOOKED_AT, "the answer is longer than 8 MiB"),
    ("endless", LOOKED_AT, LOOKED_AT, "the answer is longer than 8 MiB"),
    ("trickle", SETTLED, NEVER, LATE.format(n=6)),
    ("hang", SETTLED, NEVER, LATE.format(n=6)),
    ("redirect", REFUSED, REFUSED, "sends us to elsewhere.invalid. Redirects are not followed."),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "written", "words"), cases(WRITING))
def test_a_fault_in_writing_is_ridden_out_or_told_of(studio, fault, written, words):
    serve_reef_with(studio, f"PUT:{fault}")
    ran = studio.apply()
    failed = written.result == "failed"
    assert ran.code == (4 if failed else 0)
    assert ran.results == {"lamp": "applied", "reef": written.result, "tide": "applied"}
    # Each model is read for the plan, and once more just before its write.
    assert studio.requests == {"GET": 5 + written.gets, "PUT": 2 + written.puts}
    assert studio.texts == (NEW | {"reef": OLD["reef"]} if failed else NEW)
    assert words in ran.reasons["reef"] if failed else ran.reasons["reef"] == ""


@pytest.mark.parametrize("fault", ["500", "other-shape", "drop"])
def test_what_failed_is_written_by_the_next_run(studio, fault):
    serve_reef_with(studio, f"PUT:{fault}")
    assert studio.apply().code == 4
    studio.serve()
    again = studio.apply()
    assert (again.code, again.results["reef"]) == (0, "applied")
    assert studio.requests == {"GET": 4, "PUT": 1}
    assert studio.texts == NEW
