"""The client of the Scenario API; no other package of the project calls that API."""

from sync.scenario.client import Scenario
from sync.scenario.clock import Clock, SkippingClock, WaitNotice
from sync.scenario.probe import ProbeResult
from sync.scenario.schema import Asset, Description, Model, ModelSummary
from sync.scenario.server import Credentials, Server, check_base_url
from sync.scenario.workers import run_concurrently
from sync.scenario.write import WriteResult

__all__ = [
    "Asset",
    "Clock",
    "Credentials",
    "Description",
    "Model",
    "ModelSummary",
    "ProbeResult",
    "Scenario",
    "Server",
    "SkippingClock",
    "WaitNotice",
    "WriteResult",
    "check_base_url",
    "run_concurrently",
]
