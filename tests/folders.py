"""A small, valid knowledge folder on another subject than the shipped one, for tests that change or break it."""

# ruff: noqa: E501 -- claims and article as they stand in a file

from __future__ import annotations

import hashlib
from pathlib import Path

from bot.app.channels import slots as of_channels
from bot.knowledge.messages import SLOTS
from bot.knowledge.schema import CARE_SAID, CARE_WORDS
from bot.language.quantities import straighten

ARTICLE = """\
A sourdough starter is flour and water in which wild yeast lives. People have baked with it for a long time.
Feeding
A starter in a warm kitchen is usually fed every 12 hours, and one in the fridge every one to two weeks. After feeding \
it typically doubles within four to six hours; a young one may need 8 hours. Feed it daily if you bake often, or only monthly if you rest it.
Use 50 grams of flour for a small jar. A large jar takes 200 grams of flour.
Baking
“Loaves” are baked for about 35 minutes to an hour. Rolls need 20 minutes. Let bread cool for the remainder of the \
day before you slice it, and keep it for three or four days.
"""

SOURCES = """\
- id: crumb
  title: How to Keep a Starter
  publisher: The Crumb
  link: https://crumb.example/starter
  sections:
    - id: intro
      title: Introduction
      paragraphs: [{0}]
    - id: feeding
      title: Feeding
      heading: Feeding
      paragraphs:
        - {1}
        - {2}
    - id: baking
      title: Baking
      heading: Baking
      paragraphs: [{3}]
"""

CLAIMS = """\
- id: what_is
  claim: A starter is flour and water in which wild yeast lives.
  scope: every starter
  source: {document: crumb, section: intro, paragraph: 1}

- id: feeding_interval
  claim: A starter is usually fed every {warm_interval} in a warm kitchen, and every {cold_interval} in the fridge. Bakers feed it {busy}, or {resting} if it rests.
  quantities:
    warm_interval: {value: 12 hours, near: [warm kitchen, fed]}
    cold_interval: {from: 1 week, to: 2 weeks, near: [fridge]}
    busy: {words: daily, near: [feed it]}
    resting: {words: monthly, near: [only, rest it]}
  scope: starters that are kept going
  hedge: [usually]
  source: {document: crumb, section: feeding, paragraph: 1}

- id: rising
  claim: After feeding it doubles within {rise}, a young starter within {young_rise}.
  quantities:
    rise: {from: 4 hours, to: 6 hours, near: [doubles, after feeding]}
    young_rise: {value: 8 hours, near: [young]}
  scope: after feeding
  hedge: [typically, may]
  source: {document: crumb, section: feeding, paragraph: 1}

- id: flour
  claim: A small jar takes {small_flour} of flour, a large jar {large_flour}.
  quantities:
    small_flour: {value: 50 grams, near: [small jar]}
    large_flour: {value: 200 grams, near: [large jar]}
  scope: jars
  source: {document: crumb, section: feeding, paragraph: 2}

- id: baking_time
  claim: A loaf bakes for about {loaf}, rolls for {rolls}. Let bread cool for the {cooling}. It keeps for {keeps}.
  quantities:
    loaf: {from: 35 minutes, to: an hour, near: [baked for]}
    rolls: {value: 20 minutes, near: [rolls]}
    cooling: {words: remainder of the day, near: [cool]}
    keeps: {value: 3 or 4 days, near: [keep it]}
  scope: a hot oven
  hedge: [about]
  source: {document: crumb, section: baking, paragraph: 1}
"""

BREAD = """\
- id: starter
  question: What is a starter?
  phrases: [What is a starter?, starter meaning, whats sourdough made of]
  answer: It is flour and water in which wild yeast lives.
  claims: [what_is, rising]
  related: [feeding, storage]
  about: {aspect: meaning}
  reviewed: {by: A Tester, on: 2026-01-01}
  review_by: 2027-01-01

- id: feeding
  question: How often do I feed it?
  phrases:
    - How often do I feed it?
    - feeding schedule
    - does it need flour every day
    - how much flour goes in
  answer: >-
    Usually every {warm_interval} in a warm kitchen and every {cold_interval} in the fridge. Feed it {busy} if you bake
    often, or {resting} if it rests.
  detail: A small jar takes {small_flour} of flour, a large jar {large_flour}.
  claims: [feeding_interval, flour]
  safety: [rising]
  related: [starter]
  why: starter
  reviewed: {by: A Tester, on: 2026-01-01}
  review_by: 2027-01-01
"""

OVEN = """\
- id: baking
  question: How long do I bake it?
  phrases: [How long do I bake it?, oven time for a loaf, when is the bread done]
  answer: About {loaf} for a loaf and {rolls} for rolls. Let it cool for the {cooling}.
  detail: It keeps for {keeps}.
  claims: [baking_time]
  reviewed: {by: A Tester, on: 2026-01-01}
  review_by: 2027-01-01
"""

BOUNDARIES = """\
- id: price
  question: What does flour cost?
  phrases: [What does flour cost?, flour price, is rye expensive]
  reply: The source does not say what flour costs. Ask your baker.
  related: [feeding]
  about: {aspect: price}
  reviewed: {by: A Tester, on: 2026-01-01}
  review_by: 2027-01-01

- id: storage
  question: Can I freeze it?
  phrases: [Can I freeze it?, starter in the freezer, deep frozen sourdough]
  reply: The source says nothing about freezing. {contact}
  safety: [rising]
  helpline: false
  about: {aspect: storage}
  reviewed: {by: A Tester, on: 2026-01-01}
  review_by: 2027-01-01
"""

PLAIN = """\
groups:
  i: [i, we]
rewrite:
  weve: we have
  we've: we have
languages:
  en:
    medical:
      - <i> [have] burnt|burned myself badly
      - kitchen is on fire
    calm:
      - kitchen is on fire in my dream|dreams
  de:
    medical: [die küche brennt]
"""

REPLIES = """\
alarm:
  en:
    self_harm: Reach {crisis} now.
    someone_else: Reach {crisis} for them now.
    harm_to_others: Call {emergency} before anybody is hurt.
    violence: Call {violence}.
    child: Call {child}.
    overdose: Call {poison}.
    medical: Please call {emergency} now.
    accident: Call {emergency} if anybody is hurt.
    psychosis: Reach {crisis}, whatever you hear.
also:
  en:
    self_harm: "If it is you, reach {crisis}."
    someone_else: "If it is somebody else, reach {crisis}."
    harm_to_others: "If anybody could be hurt, call {emergency}."
    violence: "If somebody hurts you, call {violence}."
    child: "If it is a child, call {child}."
    overdose: "If something was taken, call {poison}."
    medical: "If somebody is ill, call {emergency}."
    accident: "If anybody fell, call {emergency}."
    psychosis: "If you hear voices, reach {crisis}."
check: ["Are you safe? Reach {crisis}.", "Are you safe now? Reach {crisis}."]
check_body: ["Does this happen now? Call {emergency}."]
check_choices: {safe: I am safe, unsure: I am not sure, unsafe: I am not safe}
despair: ["This sounds hard. Reach {crisis}."]
safe: ["It is good that you are safe. Else reach {crisis}."]
denial: ["Good to know, and {crisis} stays."]
not_over: ["Reach {poison} even so."]
unsafe: ["Go to somebody, and reach {crisis}."]
today: ["Call your baker today; if it burns, {emergency}."]
safe_words: [i am safe]
unsafe_words: ["no", i am not safe]
yes_words: ["yes"]
follow:
  self_harm: ["Who can be with you? Reach {crisis}.", "Please reach {crisis}."]
  someone_else: ["Stay with them, and reach {crisis}."]
  overdose: ["Please reach {poison}."]
  body: ["Please call {emergency}."]
  other: ["Call {emergency} if it goes on."]
lines: {overdose: "If something was eaten: {poison}."}
obstacles:
  - {id: cost, words: [costs too much], text: "A call to {crisis} is free."}
numbers: "In danger: {emergency}. To talk: {crisis}."
"""
# Words that answer, by their key: a list of its own name is as good as any.
REPLIES += "".join(f"{key}: [{key.replace('_', ' ')}]\n" for key in (*CARE_SAID, *CARE_WORDS) if f"\n{key}:" not in REPLIES)

# High: so few examples teach little.
HEARING = "alarm: 0.9\ncheck: 0.8\ndespair: 0.8\ncare: 0.7\ntoday: 0.8\n"
EXAMPLES = {
    "self_harm": "i am going to end it all in the pantry\ntonight i will not wake up again\n",
    "someone_else": "my sister says she will end it\n",
    "harm_to_others": "i will hit the baker with the peel\n",
    "violence": "he beats me when the bread is burnt\n",
    "child": "the man next door hits his little girl\n",
    "overdose": "i ate the whole jar of yeast pills\n",
    "medical": "flames on my arm and the skin comes off\nhe choked on a crust and turns blue\n",
    "accident": "the mixer caught my hand\n",
    "psychosis": "the dough whispers that i must obey\n",
    "despair": "nothing rises and nothing ever will\n",
    "today": "my wrist is swollen since i kneaded\n",
    "calm": "how do i keep a starter alive\nmy loaf is flat\\nwhat went wrong\nis rye flour better\n",
}

ASKED = "how long do i bake it\noven time for a loaf\nwhat does flour cost\nhello\n"

FLOOR = """\
tone: [hello, clarify]
never_disabled: []
permits: [you may]
asks: [ask us]
forbids: [do not]
acts:
  slicing: {words: [slice*], claim: baking_time, deny: "true", bounds: [that day]}
figures: {}
"""

SMALLTALK = """\
- id: hello
  act: reply
  phrases: [hi, hello]
  reply: Hello. What would you like to bake?

- id: person
  act: handoff
  phrases: [human, talk to a baker]
"""

LEXICON = """\
synonyms:
  bread: [loaf, loaves]
opening: [hi, hello]
closing: [thanks]
ordinary:
  - read head
foreign: [cake]
no_quantity: [first]
facets:
  aspect:
    price: [cost, price]
medical_terms: [sourdough]
"""

CLINIC = """\
id: default
emergency: "112"
crisis: "116 123"
crisis_spanish: "116 123"
"""


def paragraph_hash(text: str) -> str:
    return hashlib.sha256(" ".join(straighten(text).split()).encode()).hexdigest()


def files() -> dict[str, str]:
    """The text of each file of the folder, by its path within."""
    hashes = [paragraph_hash(line) for line in ARTICLE.splitlines() if line not in {"Feeding", "Baking"}]
    messages = "".join(f'{key}: "Words for {key.replace("_", " ")}{" {" if slots else ""}{"} {".join(sorted(slots))}{"}" if slots else ""}."\n'
                       for key, slots in {**SLOTS, **of_channels()}.items())  # fmt: skip
    return {
        "sources.yaml": SOURCES.format(*hashes),
        "claims.yaml": CLAIMS,
        "topics/bread.yaml": BREAD,
        "topics/oven.yaml": OVEN,
        "safety/boundaries.yaml": BOUNDARIES,
        "safety/plain.yaml": PLAIN,
        "safety/replies.yaml": REPLIES,
        "safety/hearing.yaml": HEARING,
        "safety/floor.yaml": FLOOR,
        **{f"safety/examples/{kind}.txt": text for kind, text in EXAMPLES.items()},
        "safety/asked.txt": ASKED,
        "smalltalk.yaml": SMALLTALK,
        "lexicon.yaml": LEXICON,
        "messages.yaml": messages,
        "clinics/default.yaml": CLINIC,
    }


def write(folder: Path, **changed: str) -> Path:
    """A valid folder in ``folder``; ``changed`` replaces files, named by their last part alone (``claims``, ``calm``)."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.stem, text), encoding="utf-8")
    return folder
