"""What --metrics writes is what Prometheus reads, however the run ended."""

import stat
import time
from contextlib import suppress

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sync.cli.metrics import record_metrics
from sync.operations.events import Events


@pytest.fixture
def metrics(studio):
    """Two descriptions to write and one in sync; reads the file as a collector would."""
    studio.commit({"hero.md": "Hero\n", "oar.md": "Oar\n", "reef.md": "Reef\n"})
    studio.remote({"hero": None, "oar": None, "reef": "Reef\n"})
    path = studio.repo.path / "sync.prom"

    def read(name, **labels):
        """The one sample of a metric with these labels; None where there is none."""
        wanted = {"target": "production", **labels}
        families = text_string_to_metric_families(path.read_text())
        values = [
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == f"description_sync_{name}" and wanted.items() <= sample.labels.items()
        ]
        assert len(values) <= 1
        return values[0] if values else None

    return read


def test_a_plan_tells_states_requests_and_times(studio, metrics):
    before = time.time()
    assert studio.plan("--metrics", "sync.prom", "--exit-code").code == 3
    assert metrics("descriptions", state="create") == 2
    assert metrics("descriptions", state="in_sync") == 1
    assert metrics("descriptions", state="drift") == 0
    assert metrics("last_run_requests") == 3
    assert metrics("last_run_exit_code") == 3
    assert 0 < metrics("last_run_duration_seconds") < 60
    assert before <= metrics("last_success_timestamp_seconds") <= time.time()
    assert metrics("results", result="applied") is None


def test_a_run_tells_what_became_of_the_descriptions(studio, metrics):
    assert studio.apply("--metrics", "sync.prom").code == 0
    assert metrics("results", command="apply", result="applied") == 2
    assert metrics("results", command="apply", result="failed") == 0
    assert metrics("last_run_requests") == 7


def test_a_metrics_file_that_cannot_be_written_is_told_and_the_code_of_a_run_that_wrote_stands(
    studio,
):
    studio.commit({"hero.md": "Hero\n"})
    studio.remote({"hero": None})
    too_long = f"{'x' * 300}.prom"
    ran = studio.apply("--metrics", too_long)
    assert (ran.code, set(ran.results.values())) == (0, {"applied"})
    assert "cannot be written" in ran.err
    assert studio.plan("--metrics", too_long).code == 1


def test_waits_are_counted(studio, metrics):
    studio.serve("GET:429:1")
    studio.plan("--metrics", "sync.prom")
    assert metrics("last_run_wait_seconds", reason="rejected") > 0


def test_a_failure_does_not_forget_the_last_success(studio, metrics, monkeypatch):
    studio.plan("--metrics", "sync.prom")
    success = metrics("last_success_timestamp_seconds")
    monkeypatch.delenv("SCENARIO_SDK_API_KEY")
    assert studio.plan("--metrics", "sync.prom").code == 2
    assert metrics("last_success_timestamp_seconds") == success
    assert metrics("last_run_timestamp_seconds") > success
    assert metrics("last_run_exit_code") == 2
    assert metrics("descriptions", state="create") is None


def test_a_broken_config_is_told_of_the_targets_known_from_before(studio, metrics):
    studio.plan("--metrics", "sync.prom")
    studio.repo.write("config.yaml", "nonsense")
    assert studio.plan("--metrics", "sync.prom").code == 2
    assert metrics("last_run_exit_code") == 2
    assert metrics("last_success_timestamp_seconds") > 0


def test_a_run_that_refused_something_is_no_success(studio, metrics):
    studio.store.write_text("reef", "Edited elsewhere\n")
    assert studio.apply("--metrics", "sync.prom").code == 5
    assert metrics("last_success_timestamp_seconds") is None
    assert metrics("descriptions", state="drift") == 1
    assert metrics("results", result="refused") == 1


def test_a_run_that_was_cut_off_is_told(tmp_path):
    file = tmp_path / "sync.prom"
    with suppress(KeyboardInterrupt), record_metrics("plan", file, Events()) as meter:
        meter.add_track("production").add_requests(2)
        raise KeyboardInterrupt
    text = file.read_text()
    labels = '{command="plan",target="production"}'
    assert f"description_sync_last_run_exit_code{labels} 130\n" in text
    assert f"description_sync_last_run_requests{labels} 2\n" in text
    assert "last_success" not in text


def test_the_collector_may_read_the_file(studio, metrics):
    studio.plan("--metrics", "sync.prom")
    assert metrics("last_run_exit_code") == 0
    mode = (studio.repo.path / "sync.prom").stat().st_mode
    assert stat.S_IMODE(mode) == 0o644


def test_each_metric_is_described_once(studio, metrics):
    studio.apply("--metrics", "sync.prom")
    assert metrics("last_run_exit_code") == 0
    text = (studio.repo.path / "sync.prom").read_text()
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families) == text.count("# HELP")
    assert all(family.documentation and family.type == "gauge" for family in families)


def test_what_other_commands_and_targets_left_stays(studio, metrics):
    path = studio.repo.path / "sync.prom"
    studio.plan("--metrics", "sync.prom")
    path.write_text(path.read_text().replace("production", "staging"))
    assert studio.plan("--metrics", "sync.prom").code == 0
    assert studio.apply("--metrics", "sync.prom").code == 0
    assert metrics("last_run_requests", command="plan") == 3
    assert metrics("last_run_requests", command="apply") == 7
    assert metrics("last_run_requests", command="plan", target="staging") == 3
    assert metrics("last_success_timestamp_seconds", command="plan", target="staging") > 0
