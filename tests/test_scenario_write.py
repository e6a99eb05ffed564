"""Writes whose answer leaves open what happened: what the remote holds in the end."""

from collections import deque

import httpx
import pytest
from remote import Remote, Waits, answer

from sync.errors import (
    AbortRunError,
    NotStoredError,
    RefusedTextError,
    RequestError,
    StaleTextError,
    TextGoneError,
)
from sync.model.document import ReferenceTarget
from sync.model.text import Text
from sync.scenario import WriteResult
from sync.scenario.connections import MAX_BODY_SIZE

pytestmark = pytest.mark.anyio

OLD, NEW, THEIRS = "old", "new\n", "theirs"


def methods(remote):
    return [request.split()[0] for request in remote.requests]


async def update(remote, text=NEW, *, replacing=OLD, read_back="no", **settings):
    async with remote.client(**settings) as scenario:
        return await scenario.update("m", text, replacing=Text(replacing), read_back=read_back)


@pytest.fixture
def remote():
    return Remote({"m": OLD}, script=deque([None]))  # the read before the write, as usual


async def test_a_write_is_a_read_and_a_request_whose_answer_is_what_stands(remote):
    assert await update(remote) == WriteResult(Text(NEW), 2)
    assert (remote.texts, methods(remote)) == ({"m": NEW}, ["GET", "PUT"])


async def test_what_the_server_made_of_the_text_is_told(remote):
    remote.script.append(httpx.Response(200, json=answer("NEW")))
    assert await update(remote) == WriteResult(Text("NEW"), 2)


async def test_an_edit_made_just_before_the_write_is_left_alone(remote):
    remote.texts["m"] = THEIRS
    with pytest.raises(StaleTextError, match="changed since the plan was made") as caught:
        await update(remote)
    assert not caught.value.in_doubt
    assert caught.value.message == "the text in Scenario was changed since the plan was made"
    assert caught.value.attempts == 1
    assert (remote.texts, methods(remote)) == ({"m": THEIRS}, ["GET"])


class SleepyClock(Waits):
    """A clock of a machine that slept; `nights` are the hours it slept during each request."""

    def __init__(self, *nights):
        super().__init__()
        self.nights = deque(nights)
        self.slept = 0.0

    def seconds_since_boot(self):
        return self.slept

    def fall_asleep(self, _):
        self.slept += 3600 * (self.nights.popleft() if self.nights else 0)


async def test_an_edit_made_while_the_machine_slept_after_the_read_is_left_alone(remote):
    remote.clock = SleepyClock(8)

    def edit_at_night(request):
        reply = remote.usual(request)  # the text of the evening
        remote.clock.fall_asleep(request)
        remote.texts["m"] = THEIRS
        return reply

    remote.script = deque([edit_at_night])
    with pytest.raises(StaleTextError, match="changed since the plan was made"):
        await update(remote)
    assert (remote.texts, methods(remote)) == ({"m": THEIRS}, ["GET", "GET"])


@pytest.mark.parametrize(("nights", "reads"), [((), 1), ((8,), 2), ((1, 1, 1, 1), 3)])
async def test_a_machine_that_slept_writes_after_another_read_and_a_slow_server_after_three(
    remote, nights, reads
):
    remote.clock = SleepyClock(*nights)
    remote.script = deque([remote.clock.fall_asleep] * 5)
    assert await update(remote) == WriteResult(Text(NEW), reads + 1)
    assert methods(remote) == ["GET"] * reads + ["PUT"]


async def test_an_edit_that_only_adds_a_blank_line_is_left_alone(remote):
    remote.texts["m"] = f"{OLD}\n\n"
    with pytest.raises(StaleTextError):
        await update(remote)
    assert remote.texts == {"m": f"{OLD}\n\n"}


async def test_a_text_written_elsewhere_where_none_was_is_left_alone(remote):
    remote.texts["m"] = THEIRS
    with pytest.raises(StaleTextError) as caught:
        await update(remote, replacing="")
    assert (
        caught.value.message == "Scenario showed no text when the plan was made, and shows one now"
    )
    assert (remote.texts, methods(remote)) == ({"m": THEIRS}, ["GET"])


async def test_a_text_that_is_gone_before_the_write_is_not_written_again(remote):
    remote.texts["m"] = ""
    with pytest.raises(TextGoneError) as caught:
        await update(remote)
    assert (
        caught.value.message == "Scenario showed a text when the plan was made, and shows none now"
    )
    assert (caught.value.attempts, methods(remote)) == (1, ["GET"])


async def test_a_text_that_is_there_already_is_not_sent(remote):
    remote.texts["m"] = NEW
    assert await update(remote) == WriteResult(Text(NEW), 1, was_there=True)
    assert methods(remote) == ["GET"]


@pytest.mark.parametrize(
    "reply",
    [httpx.Response(429, headers={"retry-after": "150"}), httpx.ConnectError("refused")],
    ids=["rate limit", "no connection"],
)
async def test_an_edit_made_while_a_write_waits_is_left_alone(remote, reply):
    remote.script.append(remote.edited("m", THEIRS, reply))
    with pytest.raises(StaleTextError):
        await update(remote)
    assert (remote.texts, methods(remote)) == ({"m": THEIRS}, ["GET", "PUT", "GET"])


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
async def test_no_wait_comes_between_the_read_and_the_write(remote, limit):
    remote.texts = dict.fromkeys("abc", OLD)
    remote.script.clear()
    times = []

    def note(request):
        times.append((request.method, remote.clock.monotonic()))

    remote.script.extend([note] * 6)
    async with remote.client(requests_per_minute=limit) as scenario:
        for name in "abc":
            await scenario.update(name, NEW, replacing=Text(OLD))
    assert remote.texts == dict.fromkeys("abc", NEW)
    assert [method for method, _ in times] == ["GET", "PUT"] * 3
    assert [time for _, time in times[::2]] == [time for _, time in times[1::2]]


BREAKS = [
    pytest.param(httpx.ReadTimeout("slow"), id="timeout"),
    pytest.param(httpx.WriteTimeout("slow"), id="timeout while sending"),
    pytest.param(httpx.ReadError("reset"), id="reset"),
    pytest.param(httpx.RemoteProtocolError("cut"), id="truncated"),
    pytest.param(httpx.Response(500), id="500"),
    pytest.param(httpx.Response(502, html="<html>"), id="502"),
    pytest.param(httpx.Response(408), id="408"),
    pytest.param(httpx.Response(409), id="409"),
    pytest.param(httpx.Response(400, headers={"x-should-retry": "true"}), id="told to retry"),
]


@pytest.mark.parametrize("reply", BREAKS)
async def test_a_write_that_was_done_after_all_is_not_repeated(remote, reply):
    remote.script.append(remote.then(reply))
    assert await update(remote) == WriteResult(Text(NEW), 3)
    assert (remote.texts, methods(remote)) == ({"m": NEW}, ["GET", "PUT", "GET"])


@pytest.mark.parametrize("reply", BREAKS)
async def test_a_write_that_was_not_done_is_repeated(remote, reply):
    remote.script.append(reply)
    assert await update(remote) == WriteResult(Text(NEW), 4)
    assert (remote.texts, methods(remote)) == ({"m": NEW}, ["GET", "PUT", "GET", "PUT"])


@pytest.mark.parametrize("reply", BREAKS)
async def test_an_edit_made_in_between_is_left_alone(remote, reply):
    remote.script.append(remote.edited("m", THEIRS, reply))
    with pytest.raises(StaleTextError, match=r"^m: Scenario has a third text") as caught:
        await update(remote)
    assert caught.value.attempts == 3
    assert (remote.texts, methods(remote)) == ({"m": THEIRS}, ["GET", "PUT", "GET"])


@pytest.mark.parametrize("reply", [httpx.Response(429), httpx.ConnectError("refused")])
async def test_what_cannot_have_been_done_is_repeated_after_another_read(remote, reply):
    remote.script.append(reply)
    assert await update(remote) == WriteResult(Text(NEW), 4)
    assert methods(remote) == ["GET", "PUT", "GET", "PUT"]


async def test_the_old_text_in_another_form_is_not_called_a_third_text(remote):
    remote.script.append(remote.edited("m", f"{OLD}\n\n", httpx.ReadTimeout("late")))
    with pytest.raises(StaleTextError, match="the old text, with other line breaks") as caught:
        await update(remote)
    assert "third text" not in caught.value.message
    assert remote.texts == {"m": f"{OLD}\n\n"}


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422])
async def test_a_text_that_is_refused_fails_at_once(remote, status):
    remote.script.append(httpx.Response(status, json={"reason": "no"}))
    with pytest.raises(RequestError, match=f"^m: {status} .*: no$") as caught:
        await update(remote)
    assert (caught.value.status, caught.value.attempts) == (status, 2)
    assert remote.texts == {"m": OLD}


async def test_a_server_that_never_does_it_is_given_up_with_the_text_untouched(remote):
    remote.script.extend([httpx.Response(503, json={"reason": "down"}), None] * 3)
    with pytest.raises(RequestError, match=r"down \(after 6 requests\)$"):
        await update(remote, retries=2)
    assert (remote.texts, methods(remote)) == ({"m": OLD}, ["GET", "PUT"] * 3 + ["GET"])


async def test_the_last_attempt_too_is_looked_after(remote):
    remote.script.append(remote.then(httpx.Response(500)))
    assert await update(remote, retries=0) == WriteResult(Text(NEW), 3)


async def test_a_final_answer_in_doubt_is_looked_after(remote):
    remote.script.append(remote.then(httpx.Response(500, headers={"x-should-retry": "false"})))
    assert await update(remote) == WriteResult(Text(NEW), 3)


async def test_not_knowing_whether_it_was_written_is_said(remote):
    down = httpx.Response(500, json={"reason": "down"})
    remote.script.extend([*[down] * 2, None, *[down] * 2])  # the server is well, says the list
    with pytest.raises(RequestError, match="whether it was written is not known: 500") as caught:
        await update(remote, retries=2)
    assert methods(remote) == ["GET", "PUT", "GET", "GET", "GET", "GET"]
    assert (caught.value.attempts, caught.value.status) == (5, 500)
    assert caught.value.in_doubt
    assert caught.value.hint == "Make a new plan to see what Scenario has."


async def test_an_outage_that_lasts_leaves_a_write_in_doubt(remote):
    down = httpx.Response(500, json={"reason": "down"})
    remote.script.extend([remote.then(down), *[down] * 40])
    with pytest.raises(AbortRunError) as caught:
        await update(remote, retries=2)
    assert caught.value.in_doubt
    assert caught.value.message.endswith("; whether it was written is not known")
    assert "." not in caught.value.message.removesuffix("; whether it was written is not known")[-1]


async def test_the_look_is_repeated_before_the_write(remote):
    remote.script.extend([httpx.Response(500), httpx.Response(500)])
    assert await update(remote) == WriteResult(Text(NEW), 5)
    assert methods(remote) == ["GET", "PUT", "GET", "GET", "PUT"]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"description": null}', b'{"ok": true}', b"<html>"]
)
async def test_a_yes_that_does_not_say_to_what_is_settled_by_one_look(remote, body):
    remote.script.append(remote.then(httpx.Response(200, content=body)))
    assert await update(remote) == WriteResult(Text(NEW), 3)
    assert methods(remote) == ["GET", "PUT", "GET"]


async def test_a_yes_stands_whatever_the_server_made_of_the_text(remote):
    remote.script.append(remote.edited("m", "<b>stripped</b>", httpx.Response(204)))
    assert await update(remote) == WriteResult(Text("<b>stripped</b>"), 3)


async def test_a_yes_stands_even_if_the_first_look_fails(remote):
    remote.script.append(remote.edited("m", "made of it", httpx.Response(204)))
    remote.script.append(httpx.Response(500))
    assert await update(remote) == WriteResult(Text("made of it"), 4)


@pytest.mark.parametrize("body", [b"<html>Log in to the guest network</html>", b"ok"])
async def test_the_yes_of_somebody_on_the_way_does_not_stand(remote, body):
    remote.script.append(remote.edited("m", THEIRS, httpx.Response(200, content=body)))
    with pytest.raises(StaleTextError, match="Scenario has a third text") as caught:
        await update(remote)
    assert caught.value.in_doubt
    assert remote.texts == {"m": THEIRS}


async def test_a_yes_that_shows_the_old_text_is_settled_by_one_look(remote):
    remote.script.append(remote.then(httpx.Response(200, json=answer(OLD))))
    assert await update(remote) == WriteResult(Text(NEW), 3)
    assert methods(remote) == ["GET", "PUT", "GET"]


async def test_a_yes_that_wrote_nothing_is_a_failure_in_doubt(remote):
    remote.script.append(httpx.Response(200, json=answer(OLD)))
    with pytest.raises(
        RequestError, match="accepted the write, and still has the old text"
    ) as caught:
        await update(remote)
    assert isinstance(caught.value, NotStoredError)
    assert caught.value.in_doubt  # a server may store late
    assert caught.value.hint == "Is the description locked there, or kept by something else?"
    assert (caught.value.attempts, caught.value.status) == (3, None)
    assert methods(remote) == ["GET", "PUT", "GET"]


async def test_an_old_text_that_looks_like_the_new_one_has_a_hint_of_its_own(remote):
    remote.script.append(httpx.Response(200, json=answer(OLD)))
    with pytest.raises(NotStoredError) as caught:
        await update(remote, f"<b>{OLD}</b>")
    assert caught.value.message == "m: the server accepted the write, and still has the old text"
    assert caught.value.hint == (
        "Scenario may make the old text of yours each time: then give the file the text that it "
        "keeps."
    )


NO_TEXT = httpx.Response(200, json={"description": None})


@pytest.mark.parametrize(
    ("read_back", "before", "reads"),
    [
        pytest.param("no", NO_TEXT, 1, id="it is not asked for"),
        pytest.param("if_denied", NO_TEXT, 2, id="no text was shown before"),
        pytest.param("if_denied", httpx.Response(200, json=answer("")), 1, id="an empty text was"),
        pytest.param("always", httpx.Response(200, json=answer("")), 2, id="always"),
    ],
)
async def test_a_write_is_read_back_if_that_is_asked_for(remote, read_back, before, reads):
    remote.texts["m"] = ""
    remote.script = deque([before])
    assert await update(remote, replacing="", read_back=read_back) == WriteResult(
        Text(NEW), reads + 1
    )
    assert methods(remote) == ["GET", "PUT", "GET"][: reads + 1]


async def test_a_text_that_a_server_stores_late_is_waited_for(remote):
    remote.texts["m"] = None
    remote.script.extend([None, NO_TEXT, NO_TEXT])
    assert await update(remote, replacing="", read_back="if_denied") == WriteResult(Text(NEW), 5)
    assert remote.clock.waited == [0.0, 1.0, 2.0]


async def test_a_text_that_no_look_after_the_write_shows_was_not_stored(remote):
    remote.texts["m"] = None
    remote.script.extend([None, *[NO_TEXT] * 3])
    with pytest.raises(NotStoredError) as caught:
        await update(remote, replacing="", read_back="if_denied")
    assert caught.value.message == (
        "m: the server accepted the write, and still says that there is no text"
    )
    assert caught.value.in_doubt
    assert methods(remote) == ["GET", "PUT", "GET", "GET", "GET"]


@pytest.mark.parametrize("text", [f"<b>{OLD}</b>", "o l d", "old\n\n\nold"])
async def test_the_old_text_that_still_stands_was_not_replaced_whatever_it_resembles(remote, text):
    remote.script.append(httpx.Response(200, json=answer(OLD)))
    with pytest.raises(RequestError, match="still has the old text"):
        await update(remote, text)
    assert methods(remote) == ["GET", "PUT", "GET"]


async def test_a_third_text_is_left_alone_and_told_by_what_it_looks_like(remote):
    remote.script.append(remote.edited("m", "new", httpx.ReadError("reset")))
    with pytest.raises(StaleTextError, match=r"probably the server's form of your text") as caught:
        await update(remote, "new <b></b>")
    assert caught.value.in_doubt
    assert caught.value.hint == "Make a new plan to see the text that Scenario has now."
    assert methods(remote) == ["GET", "PUT", "GET"]


@pytest.mark.parametrize("text", ["", None], ids=["update", "delete"])
async def test_an_empty_text_is_sent_as_null(remote, text):
    async with remote.client() as scenario:
        if text is None:
            await scenario.delete("m", replacing=Text(OLD))
        else:
            await scenario.update("m", text, replacing=Text(OLD))
    assert (remote.texts, methods(remote)) == ({"m": None}, ["GET", "PUT"])


async def test_a_server_that_takes_no_null_is_sent_the_empty_text_once(remote):
    refusal = httpx.Response(400, json={"reason": "description must be a string"})
    remote.script.append(refusal)
    async with remote.client() as scenario:
        assert await scenario.delete("m", replacing=Text(OLD)) == WriteResult(Text(""), 3)
    assert remote.texts == {"m": ""}

    remote.texts["m"] = OLD
    remote.script.extend([None, refusal, refusal])
    async with remote.client() as scenario:
        with pytest.raises(RequestError, match="400") as caught:
            await scenario.delete("m", replacing=Text(OLD))
    assert caught.value.attempts == 3
    assert remote.texts == {"m": OLD}


@pytest.mark.parametrize("status", [403, 422])
async def test_a_deletion_that_is_refused_is_not_tried_with_an_empty_text(remote, status):
    remote.script.append(httpx.Response(status, json={"reason": "no"}))
    async with remote.client() as scenario:
        with pytest.raises(RequestError, match=f"^m: {status} "):
            await scenario.delete("m", replacing=Text(OLD))
    assert (remote.texts, methods(remote)) == ({"m": OLD}, ["GET", "PUT"])


async def test_a_reference_of_the_written_text_that_scenario_does_not_know_is_told(remote):
    text = "See {asset:asset_9}\n"
    told = WriteResult(Text(text), 2, unresolved=(ReferenceTarget("asset", "asset_9"),))
    assert await update(remote, text) == told


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        pytest.param("x" * (MAX_BODY_SIZE - 1000), True, id="below the limit"),
        pytest.param("x" * MAX_BODY_SIZE, False, id="above it"),
        pytest.param('"' * (MAX_BODY_SIZE // 2 + 1), False, id="above it once escaped"),
        pytest.param("\u00e9" * (MAX_BODY_SIZE // 2 + 1), False, id="above it in UTF-8"),
    ],
)
async def test_a_text_that_could_never_be_read_back_is_not_sent(remote, text, fits):
    if fits:
        assert (await update(remote, text)).text == Text(text)
        return
    with pytest.raises(RefusedTextError, match="could not be read back") as caught:
        await update(remote, text)
    assert (caught.value.hint, caught.value.attempts) == ("Shorten the text.", 0)
    assert remote.requests == []


async def test_a_model_that_went_meanwhile_is_said(remote):
    def vanish(_):
        remote.texts.clear()
        return httpx.Response(500)

    remote.script.append(vanish)
    with pytest.raises(RequestError, match="there is no such model any more"):
        await update(remote)


async def test_a_text_that_differs_in_form_only_counts_as_written(remote):
    remote.script.append(remote.edited("m", "\r\nnew", httpx.Response(500)))
    assert await update(remote) == WriteResult(Text("\r\nnew"), 3)


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(204),
        httpx.Response(200, content=b"null"),
        httpx.Response(200, content=b'""'),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"description": None}),
        httpx.Response(200, json=answer("")),
    ],
)
async def test_a_deletion_may_be_confirmed_in_many_ways(remote, reply):
    remote.script.append(remote.then(reply))
    async with remote.client() as scenario:
        assert await scenario.delete("m", replacing=Text(OLD)) == WriteResult(Text(""), 2)
    assert remote.texts == {"m": None}


async def test_a_deletion_in_doubt_is_settled_like_an_update(remote):
    remote.script.append(remote.then(httpx.ReadTimeout("slow")))
    async with remote.client() as scenario:
        assert await scenario.delete("m", replacing=Text(OLD)) == WriteResult(Text(""), 3)
    assert remote.texts == {"m": None}
