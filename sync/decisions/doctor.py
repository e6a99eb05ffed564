"""Judge the facts about a target: what works, what does not, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, assert_never

from sync.counts import format_count
from sync.decisions.doctor_verdict import Verdict
from sync.errors import AccessError, AddressError, ConfigError, CredentialsError, ScenarioError
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.decisions.doctor_trials import TrialResult
    from sync.decisions.doctor_verdict import VerdictLevel
    from sync.errors import GitError, SyncError
    from sync.model.remote_text import RemoteState
    from sync.model.run_record import RunRecord
    from sync.model.target_identity import TargetIdentity


OLDEST_GIT = (2, 36)
_MAX_SKEW = 60.0  # seconds: a token lives for about as long


@dataclass(frozen=True, slots=True)
class Checkup:
    """All verdicts on one target, and the result of each test text.

    `key_refused` is True if the key, the project or the address has to be corrected.
    """

    target: TargetIdentity
    verdicts: Sequence[Verdict]
    trials: Sequence[TrialResult] = ()
    interrupted: bool = False
    key_refused: bool = False

    def count(self, level: VerdictLevel) -> int:
        return sum(verdict.level == level for verdict in self.verdicts)


NOT_TRIED = Verdict(
    "scratch model",
    "warn",
    "no test text was sent",
    "Correct what failed, then run this command again.",
)


# --- git -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts:
    """The facts about the git repository.

    `incomplete` says how to complete the history, empty if it is complete. `deploy_branch` is the
    branch in config.yaml, and whether it exists. `damage` is the error of a snapshot ref that
    cannot be read. `exchange` is the remote that snapshots are shared with, and why a push to it
    failed, empty if the push arrived. `cut_off` are the interrupted runs.
    """

    version: tuple[int, ...]
    has_commit: bool = True
    incomplete: str = ""
    deploy_branch: tuple[str, bool] | None = None
    snapshot_ref: str
    damage: GitError | None = None
    runs: int = 0
    cut_off: Sequence[RunRecord] = ()
    exchange: tuple[str, str] | None = None
    hooks: Sequence[str] = ()
    locked: bool = False


def judge_git(facts: GitFacts) -> Iterator[Verdict]:
    """Judge the repository."""
    yield _judge_git_version(facts.version)
    if facts.incomplete:
        message = "a part of it is missing: a text that differs can count as drift"
        yield Verdict("history", "warn", message, facts.incomplete)
    else:
        message = "the whole history is here" if facts.has_commit else "there is no commit yet"
        yield Verdict("history", "ok", message)
    if facts.deploy_branch:
        yield _judge_deploy_branch(*facts.deploy_branch)
    yield _judge_snapshots(facts)
    yield from map(_judge_interrupted_run, facts.cut_off)
    if facts.exchange:
        yield _judge_snapshot_remote(*facts.exchange)
    if "reference-transaction" in facts.hooks:
        message = "a reference-transaction hook may refuse the snapshots that every run makes"
        yield Verdict("hooks", "warn", message, f"Let it accept {facts.snapshot_ref}.")
    if facts.locked:
        message = "another run is using this target"
        yield Verdict("lock", "warn", message, "Wait for it to end; its process holds the lock.")


def _judge_snapshots(facts: GitFacts) -> Verdict:
    if facts.damage:
        return Verdict("snapshots", "fail", facts.damage.message, facts.damage.hint)
    runs = format_count(facts.runs, "run")
    return Verdict("snapshots", "ok", f"{runs} recorded on {facts.snapshot_ref}")


def _judge_git_version(version: tuple[int, ...]) -> Verdict:
    name = f"git {'.'.join(map(str, version))}"
    if version >= OLDEST_GIT:
        return Verdict("git", "ok", name)
    oldest = ".".join(map(str, OLDEST_GIT))
    return Verdict("git", "fail", f"{name} is too old", f"Install git {oldest} or newer.")


def _judge_deploy_branch(name: str, is_there: bool) -> Verdict:  # noqa: FBT001 - a pair taken apart
    if is_there:
        return Verdict("deploy branch", "ok", f"{name} is here")
    advice = "Fetch it (in CI, check out with `fetch-depth: 0`), or correct it in config.yaml."
    return Verdict("deploy branch", "fail", f"there is no {name}", advice)


def _judge_interrupted_run(run: RunRecord) -> Verdict:
    message = f"the run {run.id} ({run.command}) was cut off: its texts may still be on the server"
    rollback = f"`description-sync rollback {run.id}`"
    if run.command == "doctor":
        rollback = f"`description-sync rollback {run.id} --on-drift overwrite`"
    return Verdict("cut off", "warn", message, f"Restore the replaced texts with {rollback}.")


def _judge_snapshot_remote(remote: str, failure: str) -> Verdict:
    if not failure:
        return Verdict("snapshots.push", "ok", f"{remote} accepted a push of the snapshots")
    return Verdict(
        "snapshots.push",
        "fail",
        failure,
        "Until this works, apply does not replace texts that git does not have. See "
        "`git remote --verbose`, and the rules that the remote has for this ref.",
    )


# --- the server ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """The facts about the server; times are in seconds, `skew` is the lead of our clock.

    `limits` are the headers about a rate limit; `rejections` counts the requests rejected as too
    many. `read` is the result of reading one description, None if there is no model.
    """

    seconds: float
    skew: float | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    rejections: int = 0
    requests_per_minute: int = 0
    needs_key: bool = True
    read: tuple[str, RemoteState] | None = None
    missing_fields: Mapping[tuple[str, str], int] = field(default_factory=dict)


def judge_server(facts: ServerFacts, target: TargetIdentity) -> Iterator[Verdict]:
    """Judge a server that answered."""
    yield Verdict("server", "ok", f"{target.base_url} answered in {facts.seconds:.2f} s")
    if facts.needs_key:
        project = f" for {target.project_id}" if target.project_id else ""
        yield Verdict("credentials", "ok", f"the key is valid{project}")
    if facts.skew is not None:
        yield _judge_clock(facts.skew)
    yield _judge_read(facts.read)
    if facts.missing_fields:
        yield _judge_missing_fields(facts.missing_fields)
    yield _judge_rate(facts)


def judge_refusal(error: SyncError, target: TargetIdentity, *, key: str) -> Verdict:
    """Judge a failed request; `key` is the name of the variable that holds the key."""
    subject, advice = "server", error.hint
    match error:
        case ConfigError() | CredentialsError():
            subject = "credentials"
        case AddressError():
            pass
        case AccessError():
            subject = "project"
            advice = f"{_advise_project_check(target)} that the key in {key} may list its models."
        case ScenarioError(status=HTTPStatus.NOT_FOUND):
            advice = f"Check base_url in config.yaml: is {target.base_url} the Scenario API?"
        case _:
            pass
    return Verdict(subject, "fail", error.message, advice)


def _advise_project_check(target: TargetIdentity) -> str:
    if target.project_id:
        return f"Check project_id in config.yaml ({target.project_id}), and"
    return "Check"


def _judge_clock(skew: float) -> Verdict:
    if abs(skew) <= _MAX_SKEW:
        return Verdict("clock", "ok", f"within {max(abs(skew), 1):.0f} s of the server's")
    which = "fast" if skew > 0 else "slow"
    message = f"this machine's clock is {abs(skew):.0f} s {which}, by the server's"
    return Verdict("clock", "warn", message, "Set it, or tokens may seem to have expired.")


def _judge_read(read: tuple[str, RemoteState] | None) -> Verdict:
    match read:
        case None:
            message = "the project has no model whose description could be read"
            return Verdict("reading", "warn", message, "Check project_id in config.yaml.")
        case (model, RemoteText()):
            return Verdict(
                "reading", "ok", f"descriptions can be read, for example that of {model}"
            )
        case (model, NoSuchModel()):
            return Verdict("reading", "warn", f"Scenario lists {model}, but does not find it")
        case (model, UnreadableModel(reason=reason)):
            return Verdict("reading", "fail", f"{model} cannot be read: {reason}")
        case _:
            assert_never(read)


def _judge_missing_fields(missing: Mapping[tuple[str, str], int]) -> Verdict:
    """Report the fields that the contract requires and the answers lack; none of them is used."""
    counts = (
        f"{format_count(count, kind)} came without {name}"
        for (kind, name), count in missing.items()
    )
    advice = "Descriptions are read and written nevertheless. You can report this to Scenario."
    return Verdict("contract", "warn", "; ".join(counts), advice)


def _judge_rate(facts: ServerFacts) -> Verdict:
    ours = facts.requests_per_minute
    own = (
        f"our own limit is {ours} requests per minute"
        if ours
        else "requests_per_minute sets no limit"
    )
    if facts.rejections:
        message = f"the server rejected requests as too many ({facts.rejections} times); {own}"
        return Verdict(
            "rate", "warn", message, "Other programs may be using up the project's limit."
        )
    told = ", ".join(f"{name}: {value}" for name, value in facts.limits.items())
    return Verdict("rate", "ok", f"{told or 'the server states no limit'}; {own}")
