"""Does what is proposed for gaps bring back what is missing? Half of each entry's phrases are taken out, and patients ask them.

Each is asked by three people, with a courtesy before or behind it. What is refused, asked back, or answered with another topic
(then the patient says that it did not help) is grouped, proposed and tried as `infusion-bot gaps propose` does. An editor, who
sees what the questions ask for, takes a proposal where its topic is right or one of those named beside it, and rejects others;
with --knows, names the topic also where it is not among them. Labelled questions, none of which made a gap, say what was lost and
what is back.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app.commands.labelled import read_questions
from bot.app.config import Settings, read_settings
from bot.app.detector import open_detector
from bot.app.editions import print_progress
from bot.app.knowledge import open_knowledge
from bot.authoring.gaps.grouping import group
from bot.authoring.gaps.proposals import GapProposal, propose, with_phrases
from bot.authoring.gaps.trial import Trials
from bot.authoring.held_out import NOON, asker
from bot.authoring.score import LabelledQuestion, Scored, score
from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge
from bot.matching.training import open_matcher
from bot.safety.detector import DangerDetector
from tests.places import QUESTIONS

SETS = ("own", "first", "second", "unseen", "messy", "strangers")
_LEAST = 3  # questions of a group, each of another person
_FORMS = ("{}", "hello, {}", "{} thank you")


@dataclass(frozen=True, slots=True)
class Bench:
    """``settings`` say with which model; what is learned goes to ``cache``."""

    settings: Settings
    detector: DangerDetector
    cache: Path
    knows: bool

    def dialogue(self, knowledge: Knowledge) -> Dialogue:
        return Dialogue(knowledge, open_matcher(knowledge, self.cache, print_progress, self.settings.model), self.detector)


def halved(knowledge: Knowledge, seed: int) -> tuple[Knowledge, dict[str, str]]:
    """The knowledge with half of each entry's phrases; the others, and of which entry each is."""
    chance, removed, entries = random.Random(seed), dict[str, str](), {}
    for id, entry in knowledge.entries.items():
        gone = set(chance.sample(entry.phrases, len(entry.phrases) // 2))
        removed |= dict.fromkeys(sorted(gone), id)
        entries[id] = replace(entry, phrases=tuple(one for one in entry.phrases if one not in gone))
    return replace(knowledge, entries=entries), removed


def unhelped(asked: Mapping[str, str], dialogue: Dialogue) -> dict[str, tuple[str, ...]]:
    """What makes a gap, and the topics that were told in vain."""
    found = {}
    for text, entry in asked.items():
        reply, _ = dialogue.turn(Said(text), Conversation(greeted=True), NOON)
        told = tuple(part.entry or part.boundary or "" for part in reply.parts)
        if reply.kind in {"fallback", "clarify", "answer", "boundary"} and not reply.helpline and entry not in told:
            found[text] = told
    return found


def chosen(proposal: GapProposal, entry: str, *, knows: bool) -> GapProposal | None:
    """What an editor makes of it, who sees that ``entry`` is asked for."""
    return replace(proposal, topic=entry) if knows or entry in {proposal.topic, *proposal.others} else None


def _right(scored: Sequence[Scored]) -> set[str]:
    return {one.question.q for one in scored if one.outcome == "right"}


def _wrong(scored: Sequence[Scored]) -> int:
    return sum(one.outcome in {"wrong", "answered wrongly", "false alarm", "missed"} for one in scored)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="off", help="as infusion-bot (default: off)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep what is learned there (default: nowhere)")
    parser.add_argument("--knows", action="store_true", help="the editor names the topic where the tool does not")
    parser.add_argument("--rounds", type=int, default=3, help="how often the list is worked off (default: 3)")
    args = parser.parse_args()
    settings = read_settings({"model": args.model})
    whole = open_knowledge(settings)
    questions = [one for name in SETS for one in read_questions(QUESTIONS / f"{name}.jsonl")]
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(settings, open_detector(whole, settings.cache_dir, print_progress), args.cache or Path(place), args.knows)
        before = score(questions, asker(replace_cache(bench, settings).dialogue(whole)))
        half, removed = halved(whole, args.seed)
        dialogue = bench.dialogue(half)
        least = score(questions, asker(dialogue))
        lost = _right(before) - _right(least)
        print(
            f"{len(questions)} labelled questions: right {len(_right(before))}, wrong {_wrong(before)}; with half of the entries'"
        )
        print(f"phrases ({len(removed)} taken out): right {len(_right(least))}, wrong {_wrong(least)}, lost {len(lost)}")
        for number in range(1, args.rounds + 1):
            began = time.monotonic()
            dialogue = worked_off(bench, dialogue, removed, questions)
            now = score(questions, asker(dialogue))
            back = lost & _right(now)
            print(
                f"round {number}: right {len(_right(now))}, wrong {_wrong(now)}; of {len(lost)} lost {len(back)} are back "
                f"({100 * len(back) / max(1, len(lost)):.0f} %); {time.monotonic() - began:.0f} s"
            )


def replace_cache(bench: Bench, settings: Settings) -> Bench:
    """What is learned of the whole folder is kept, as by any command."""
    return replace(bench, cache=settings.cache_dir)


def worked_off(bench: Bench, dialogue: Dialogue, removed: Mapping[str, str], questions: Sequence[LabelledQuestion]) -> Dialogue:
    """The knowledge after one round: grouped, proposed, tried, and what is ready and right put in."""
    told = unhelped(removed, dialogue)
    asked = {form.format(text): text for text in told for form in _FORMS}
    texts = list(asked)
    groups = [one for one in group(texts, dialogue.matcher) if len(one) >= _LEAST]
    proposals: list[GapProposal] = []
    first = named = pure = 0
    for one in groups:
        entries = Counter(removed[asked[texts[at]]] for at in one)
        (entry, count), *_ = entries.most_common(1)
        vain = [topic for topic, many in Counter(t for at in one for t in told[asked[texts[at]]]).items() if 2 * many > len(one)]
        found = propose([texts[at] for at in one], dialogue.knowledge, dialogue.matcher, vain)
        first += found.topic == entry
        pure += count
        named += entry in {found.topic, *found.others}
        taken = chosen(found, entry, knows=bench.knows) if 2 * count > len(one) else None
        proposals += [taken] if taken is not None else []
    trial = Trials(dialogue, bench.dialogue, questions).run(proposals)
    ready = [proposals[at] for at in trial.ready]
    phrases, share = sum(len(one.phrases) for one in ready), pure / max(1, sum(map(len, groups)))
    right, wrong = (" to ".join(map(str, two)) for two in (trial.right, trial.wrong))
    print(f"  {len(told)} phrases did not help; {len(groups)} groups; {share:.0%} of their questions ask for the group's entry,")
    print(f"  which is proposed for {first} and named for {named}; tried {len(proposals)}, ready and put in {len(ready)}")
    print(f"  with {phrases} phrases; kb score: right {right}, wrong {wrong}")
    for why, many in Counter(re.sub(r"'.*?'", "…", why)[:90] for why in trial.held.values()).most_common(4):
        print(f"    held {many}: {why}")
    return bench.dialogue(with_phrases(dialogue.knowledge, ready))


if __name__ == "__main__":
    main()
