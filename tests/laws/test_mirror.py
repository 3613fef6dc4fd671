"""Whoever changes a module finds its tests: in the file of its name, or where a table says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.places import ROOT, TESTS

# Modules without a test file of their name, and where they are tested instead.
TESTED_IN: Mapping[str, tuple[str, ...]] = {
    "delivery/urgent.py": ("delivery/test_inbox.py", "channels/telegram/test_urgent.py"),
    # Composition roots: that the parts fit together is seen when a process runs.
    "app/channels.py": ("app/serving/test_serve.py", "app/test_config.py"),
    "app/knowledge.py": ("app/commands/test_kb.py",),
    "app/serving/wiring.py": ("app/serving/test_serve.py",),
    # The clinic's page is tested as browsers meet it.
    "channels/clinic_page/open.py": ("channels/clinic_page/test_app.py",),
    "channels/clinic_page/views.py": ("channels/clinic_page/test_app.py",),
    "channels/clinic_page/access/records.py": ("channels/clinic_page/access/test_sessions.py",),
    "channels/web/api/access.py": ("channels/web/api/test_app.py",),
    "channels/web/files.py": ("channels/web/test_page.py",),
    "channels/helpdesk/chatwoot/open.py": ("scenarios/test_helpdesk.py",),
    "channels/helpdesk/generic/open.py": ("scenarios/test_helpdesk.py",),
    # A name: whose conversation a record is of.
    "channels/telegram/open.py": ("app/serving/test_serve.py",),
    # Tables: that the code says what they declare, and nothing of another's.
    "channels/messages.py": ("knowledge/test_messages.py",),
    "channels/helpdesk/messages.py": ("knowledge/test_messages.py",),
    "channels/telegram/messages.py": ("knowledge/test_messages.py",),
    "channels/web/messages.py": ("knowledge/test_messages.py",),
    # The API is tested as its callers see it: over HTTP.
    "channels/web/open.py": ("channels/web/test_page.py",),
    "channels/web/api/context.py": ("channels/web/api/test_app.py",),
    "channels/web/api/endpoints.py": ("channels/web/api/test_app.py", "channels/web/api/test_schemathesis.py"),
    "channels/web/api/public.py": ("channels/web/api/test_app.py",),
    "channels/web/api/fields.py": ("channels/web/api/test_bodies.py", "channels/web/api/test_app.py"),
    "channels/web/api/responses.py": ("channels/web/api/test_app.py",),
    "channels/web/api/schema.py": ("channels/web/api/test_bodies.py", "channels/web/api/test_openapi.py"),
    # What handlers can do, and the errors by which they say that they cannot: the inbox is what hears them.
    "delivery/handler.py": ("delivery/test_inbox.py",),
    # Operations are SQL: each is right when all three databases do the same with it.
    "delivery/storage/operations/grouped.py": ("delivery/storage/test_store.py", "delivery/storage/test_group_commit.py"),
    "delivery/storage/operations/single.py": ("delivery/storage/test_store.py",),
    "delivery/storage/schema/tables.py": ("delivery/storage/schema/test_upgrade.py",),
    "delivery/storage/schema/counts.py": ("delivery/storage/schema/test_upgrade.py",),
    "delivery/storage/operations/forgetting.py": ("delivery/storage/test_store.py",),
    "delivery/storage/schema/handoffs.py": ("delivery/storage/schema/test_upgrade.py",),
    "channels/telegram/staff/group.py": ("channels/telegram/staff/test_patient.py",),
    "delivery/storage/schema/clinic_page.py": ("delivery/storage/schema/test_upgrade.py",),
    "delivery/handoff/records.py": ("delivery/handoff/test_handoffs.py",),
    "delivery/storage/schema/gaps.py": ("delivery/storage/schema/test_upgrade.py",),
    # Parts of the policy: what they do is seen turn by turn.
    "dialogue/outcomes.py": ("dialogue/test_policy.py",),
    "dialogue/steps/care_texts.py": ("dialogue/steps/test_care.py", "dialogue/test_danger.py"),
    "dialogue/steps/care_words.py": ("dialogue/steps/test_care.py",),
    "dialogue/steps/questions.py": ("dialogue/test_policy.py",),
    "dialogue/steps/context.py": ("dialogue/test_policy.py", "dialogue/steps/test_followups.py"),
    "app/commands/labelled.py": ("app/commands/test_evaluate.py",),
    "app/commands/editing/diff.py": ("app/commands/test_evaluate.py",),
    "authoring/editing/skeletons.py": ("app/commands/editing/test_new.py",),
    "app/commands/editing/candidate.py": ("app/commands/editing/test_tables.py", "app/commands/editing/test_watch.py"),
    "app/commands/editing/register.py": ("app/commands/test_kb.py",),
    # Values that a channel makes and the policy reads.
    "dialogue/events.py": ("dialogue/test_policy.py",),
    # Rules of one redaction, each seen on whole messages.
    **{
        f"language/redaction/{one}.py": ("language/redaction/test_redactor.py",)
        for one in "marks names numbers places words".split()
    },
    # Values: a language is what is understood in it.
    "language/english.py": ("language/test_grammar.py", "language/test_lexicon.py", "dialogue/steps/test_followups.py"),
    "language/languages.py": ("language/test_grammar.py",),
    "timeline/end_time_english.py": ("timeline/test_end_time.py",),
    "timeline/end_time_words.py": ("timeline/test_end_time.py", "language/test_grammar.py"),
    # Values: what stands in them is what the loader made of a folder.
    "knowledge/care.py": ("knowledge/test_safety.py", "dialogue/steps/test_care.py"),
    "knowledge/model.py": ("knowledge/test_build.py", "knowledge/test_load.py", "dialogue/steps/test_slots.py"),
}
# Test files that no module has the name of.
OF_NO_MODULE: Mapping[str, str] = {
    "dialogue/test_understanding.py": "what patients wrote and was misunderstood, by kind: all packages up to the dialogue",
    "channels/helpdesk/test_fuzz.py": "both hooks, whatever is thrown at them",
    "channels/test_new_channel.py": "what a channel more touches: all packages, as a process runs them",
    "channels/telegram/test_urgent.py": "danger through the inbox: what it overtakes, and what may have come before it",
    "channels/telegram/test_hours.py": "the hours of a week, as a setting of telegram/settings.py names them",
    "channels/telegram/test_chat_replies.py": "the other half of test_chat.py: replies with their buttons",
    "channels/web/api/test_fuzz.py": "the whole API, whatever is thrown at it",
    "channels/web/api/test_manual.py": "docs/api.md against the program",
    "channels/web/api/test_schemathesis.py": "the whole API against its document",
    "dialogue/test_danger.py": "danger through the dialogue: what is heard, and what is said then and later",
    "dialogue/test_dialogues.py": "whole talks, from files of their own",
    "dialogue/test_worst.py": "the work for an answer, in all parts of the dialogue",
    "channels/clinic_page/test_injection.py": "every view, whatever somebody wrote wherever words come from",
    "safety/test_shipped_detector.py": "what the shipped knowledge hears and leaves alone",
    "safety/test_worst.py": "the work for any message, in all parts of the detector",
}
BESIDE = {"__init__.py", "__main__.py", "version.py"}


def modules(package: Path) -> set[str]:
    """All that can be tested alone, as paths within ``package``: migrations are run by whoever upgrades."""
    found = (path.relative_to(package) for path in package.rglob("*.py"))
    return {path.as_posix() for path in found if path.name not in BESIDE and "migrations" not in path.parts}


def mirrored(package: Path, tests: Path) -> set[str]:
    """The test files in all folders that a package has, too, as paths within ``tests``."""
    found = (path.relative_to(tests) for path in tests.rglob("test_*.py"))
    return {path.as_posix() for path in found if len(path.parts) > 1 and (package / path.parts[0]).is_dir()}


def file_of(module: str) -> str:
    path = Path(module)
    return path.with_name(f"test_{path.name}").as_posix()


def broken(package: Path, tests: Path, tested_in: Mapping[str, tuple[str, ...]], of_no_module: Mapping[str, str]) -> list[str]:
    """What the mirror does not show, a line each."""
    there, shown = modules(package), mirrored(package, tests)
    named = {file_of(module): module for module in there}
    wrong = [f"{module}: no {file_of(module)}, and no row" for module in there - tested_in.keys() if file_of(module) not in shown]
    for module, files in tested_in.items():
        if module not in there:
            wrong.append(f"{module}: a row, and no such module")
        elif file_of(module) in shown:
            wrong.append(f"{module}: a row, and {file_of(module)}")
        wrong += [f"{module}: a row names {file}, which is not there" for file in files if not (tests / file).is_file()]
        wrong += [f"{module}: a row that names nothing"] * (not files)
    wrong += [f"{file}: of no module, and no row" for file in shown - named.keys() - of_no_module.keys()]
    for file in of_no_module:
        if file not in shown:
            wrong.append(f"{file}: a row, and no such file")
        elif file in named:
            wrong.append(f"{file}: a row, and {named[file]}")
    return sorted(wrong)


def test_every_module_is_tested_in_a_file_of_its_name_or_says_where() -> None:
    assert broken(ROOT / "bot", TESTS, TESTED_IN, OF_NO_MODULE) == []


@pytest.mark.parametrize(
    ("tests", "tested_in", "of_no_module", "wrong"),
    [
        pytest.param(["a/test_one.py", "a/b/test_two.py"], {}, {}, [], id="mirrored"),
        pytest.param(["a/test_one.py"], {"a/b/two.py": ("a/test_one.py",)}, {}, [], id="a-row-says-where"),
        pytest.param(["a/test_one.py"], {}, {}, ["a/b/two.py: no a/b/test_two.py, and no row"], id="no-tests"),
        pytest.param(
            ["a/test_one.py", "a/test_two.py"],
            {},
            {},
            ["a/b/two.py: no a/b/test_two.py, and no row", "a/test_two.py: of no module, and no row"],
            id="in-another-folder",
        ),
        pytest.param(
            ["a/test_one.py", "a/b/test_two.py"],
            {"a/b/two.py": ("a/test_one.py",)},
            {},
            ["a/b/two.py: a row, and a/b/test_two.py"],
            id="a-row-that-is-not-needed",
        ),
        pytest.param(
            ["a/test_one.py", "a/b/test_two.py"],
            {"a/three.py": ("a/test_one.py",)},
            {},
            ["a/three.py: a row, and no such module"],
            id="a-row-of-a-module-that-is-gone",
        ),
        pytest.param(
            ["a/test_one.py"],
            {"a/b/two.py": ("a/test_none.py",)},
            {},
            ["a/b/two.py: a row names a/test_none.py, which is not there"],
            id="a-row-that-leads-nowhere",
        ),
        pytest.param(["a/test_one.py"], {"a/b/two.py": ()}, {}, ["a/b/two.py: a row that names nothing"], id="an-empty-row"),
        pytest.param(
            ["a/test_one.py", "a/b/test_two.py", "a/test_more.py"], {}, {"a/test_more.py": "more"}, [], id="of-no-module"
        ),
        pytest.param(
            ["a/test_one.py", "a/b/test_two.py"],
            {},
            {"a/test_one.py": "?", "a/test_more.py": "?"},
            ["a/test_more.py: a row, and no such file", "a/test_one.py: a row, and a/one.py"],
            id="rows-of-no-module-that-are-not-needed",
        ),
        pytest.param(["a/test_one.py", "a/b/test_two.py", "c/test_else.py", "test_all.py"], {}, {}, [], id="another-folder"),
    ],
)
def test_what_is_missing_or_left_over_is_named(
    tmp_path: Path, tests: list[str], tested_in: dict[str, tuple[str, ...]], of_no_module: dict[str, str], wrong: list[str]
) -> None:
    package = [f"bot/{path}" for path in ("version.py", "a/__init__.py", "a/one.py", "a/b/two.py", "a/b/migrations/r1.py")]
    for path in [*package, *(f"tests/{path}" for path in tests)]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert broken(tmp_path / "bot", tmp_path / "tests", tested_in, of_no_module) == wrong
