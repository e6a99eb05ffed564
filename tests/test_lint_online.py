"""Rules that need to know what the server has: what each one finds, and where."""

import pytest

from sync.config.rules import RuleLevels
from sync.lint.finding import Finding
from sync.lint.presence import (
    RemoteItems,
    check_presence,
    find_models_with_private_assets,
    list_named_assets,
    list_named_models,
)
from sync.model.document import Document, Reference
from sync.model.text import Text

LOGO, PROP, HERO = (
    Reference("asset", "logo", 1, 5),
    Reference("asset", "prop", 2, 7),
    Reference("model", "hero", 3, 9),
)
REEF = Document("reef", "worlds/reef.md", Text("x\n"), references=(LOGO, PROP, HERO))
BARE = Document("bare", "bare.md", Text("x\n"))
UNSEEN = '"production" does not have it or does not show it to this key; check the id'


def present(models=(), assets=None, public=()):
    return RemoteItems("production", set(models), assets or {}, set(public))


def findings(there, levels=None):
    return [*check_presence([REEF], there, folder="texts", levels=levels or RuleLevels())]


def finding(line, column, rule, message, severity="error"):
    return Finding("texts/worlds/reef.md", line, column, rule, severity, message)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        pytest.param(
            present({"reef", "hero"}, {"logo": "public", "prop": "private"}),
            [],
            id="all is there",
        ),
        pytest.param(
            present({"hero"}, {"logo": "public", "prop": "public"}),
            [finding(1, 1, "missing-model", f"there is no model reef: {UNSEEN}")],
            id="its own model is not",
        ),
        pytest.param(
            present({"reef", "logo", "prop"}, {"hero": "public", "prop": "public"}),
            [
                finding(1, 5, "missing-reference", f"there is no asset logo: {UNSEEN}"),
                finding(3, 9, "missing-reference", f"there is no model hero: {UNSEEN}"),
            ],
            id="a thing of the other kind is another thing",
        ),
        pytest.param(
            present({"reef", "hero"}, {"logo": "public", "prop": "private"}, {"reef"}),
            [
                finding(
                    2,
                    7,
                    "private-asset",
                    "prop is private and reef is public: others will not see the asset; "
                    "publish it, or refer to another one",
                    "warning",
                )
            ],
            id="a private asset of a public model",
        ),
    ],
)
def test_what_the_target_does_not_have(there, expected):
    assert findings(there) == expected


def test_a_rule_that_is_off_says_nothing():
    levels = RuleLevels.model_validate({"missing-reference": "off", "missing-model": "info"})
    assert findings(present(), levels) == [
        finding(1, 1, "missing-model", f"there is no model reef: {UNSEEN}", "info")
    ]


def test_what_is_to_be_asked_for():
    assert list_named_models([REEF, BARE]) == ["reef", "hero", "bare"]
    assert list_named_assets([REEF, BARE]) == ["logo", "prop"]


@pytest.mark.parametrize(
    ("assets", "expected"),
    [({"prop": "private"}, ["reef"]), ({"prop": "public", "hero": "private"}, [])],
    ids=["an asset", "a model of the same name"],
)
def test_whose_privacy_matters(assets, expected):
    assert find_models_with_private_assets([REEF, BARE], assets) == expected


UNASKED = '"production" refused too many calls for many ids; check this one alone'
LEFT_OUT = RemoteItems(
    "production",
    models=set(),
    assets={"prop": "public"},
    unknown_models={"reef", "hero"},
    unknown_assets={"logo"},
)


def test_what_nobody_was_told_of_is_a_warning_and_not_said_to_be_missing():
    not_known = [
        (1, 1, "missing-model", f"not known whether reef exists: {UNASKED}"),
        (1, 5, "missing-reference", f"not known whether logo exists: {UNASKED}"),
        (3, 9, "missing-reference", f"not known whether hero exists: {UNASKED}"),
    ]
    assert findings(LEFT_OUT) == [finding(*each, "warning") for each in not_known]


def test_what_nobody_was_told_of_is_silent_where_its_rule_is_off():
    levels = RuleLevels.model_validate({"missing-reference": "off"})
    assert [each.rule for each in findings(LEFT_OUT, levels)] == ["missing-model"]
    levels = RuleLevels.model_validate({"missing-model": "off"})
    assert [each.column for each in findings(LEFT_OUT, levels)] == [5, 9]
