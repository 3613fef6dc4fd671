"""``infusion-bot clinic init``: a commented file or folder for a clinic, by asking or by flags; nothing is ever written over."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.app.channels import slots
from bot.app.config import Settings
from bot.channels.declaration import ConfigError
from bot.knowledge.load import Base, KnowledgeError, read_base

_ID = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_LEAST_HOURS = 24
# What is asked: the flag, the question, and what a wrong answer is told with.
_ASKED = (
    ("name", "Name of the clinic, as patients know it"),
    ("country", "Country, as a code such as US, GB, IE or CA"),
    ("contact", "How patients reach it, as a sentence"),
    ("timezone", "Time zone, such as America/New_York (empty: that of the system)"),
    ("hours", "Opening hours, such as mon-fri 09:00-17:00 (empty: none)"),
    ("no_driving", "No driving for how many hours after an infusion, if the clinic is stricter than the day itself (empty: no)"),
)


@dataclass(frozen=True, slots=True)
class NewClinic:
    """What was answered; empty where nothing was."""

    id: str
    name: str = ""
    country: str = ""
    contact: str = ""
    timezone: str = ""
    hours: str = ""
    no_driving: str = ""


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Adds ``clinic init``; returns where others of ``clinic`` are added."""
    clinic = commands.add_parser("clinic", help="begin a clinic's own file or folder; who may open its page", parents=[common])
    inside = clinic.add_subparsers(dest="clinic_command", metavar="COMMAND", required=True)
    about = "write a commented file (or, with --folder or a rule of its own, a folder) for a clinic into --clinics"
    init = inside.add_parser("init", help=about, description=about, parents=[common])
    init.add_argument("id", metavar="ID", help="its name among the clinics: small letters, digits, - and _")
    for name, question in _ASKED:
        init.add_argument(f"--{name.replace('_', '-')}", metavar="TEXT", default=None, help=question)
    init.add_argument("--folder", action="store_true", help="a folder, with room for documents, claims and entries of its own")
    init.add_argument("--no-questions", action="store_true", help="ask nothing; what no flag says is left out")
    init.set_defaults(run=run_init)
    return inside


def arguments(id: str, *, ask_all: bool) -> argparse.Namespace:
    """What ``clinic init ID`` gives ``run_init``. ``ask_all``: whether somebody is there to be asked."""
    return argparse.Namespace(id=id, folder=False, no_questions=not ask_all, **{name: None for name, _ in _ASKED})


def run_init(args: argparse.Namespace, settings: Settings) -> int:
    """Asks, writes beside, loads what was written, and moves it into place whole."""
    place = settings.clinics or settings.knowledge / "clinics"
    if not _ID.fullmatch(args.id):
        raise ConfigError(
            f"{args.id!r} is no name for a clinic; small letters, digits, - and _, a letter first (such as lakeside)"
        )
    for taken in (place / args.id, place / f"{args.id}.yaml"):
        if taken.exists():
            raise ConfigError(f"{taken} is there already, and nothing is written over; choose another name")
    base = read_base(settings.knowledge, slots())
    given = {name: getattr(args, name) for name, _ in _ASKED}
    if not args.no_questions:
        given |= _answers({name: question for name, question in _ASKED if given[name] is None}, input)
    new = NewClinic(args.id, **{name: (text or "").strip() for name, text in given.items()})
    target = _write(new, args.folder or bool(new.no_driving), place, base)
    print(f"{target}: written, and it loads. Read it, change what you like, and then:")
    here = "" if settings.clinics is None else f" --clinics {place}"
    print(f"  infusion-bot kb check{here}\n  infusion-bot chat --clinic {new.id}{here}")
    return 0


def _answers(questions: dict[str, str], ask: Callable[[str], str]) -> dict[str, str]:
    """What is answered to each of ``questions``; nothing more once the input has ended."""
    answers: dict[str, str] = {}
    for name, question in questions.items():
        print(f"{question}: ", end="", file=sys.stderr, flush=True)
        try:
            answers[name] = ask("")
        except EOFError:
            raise ConfigError("the answers ended; give them as flags, with --no-questions where some are left out") from None
    return answers


def _write(new: NewClinic, is_folder: bool, place: Path, base: Base) -> Path:
    """Where the clinic is now. Raises ConfigError where it would not load; then nothing is written."""
    files = _folder_files(new) if is_folder else {f"{new.id}.yaml": _clinic_text(new)}
    with tempfile.TemporaryDirectory() as beside:
        for name, text in files.items():
            path = Path(beside) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        try:
            base.with_clinic(new.id, Path(beside))
        except KnowledgeError as error:
            raise ConfigError("nothing was written, as it would not load:\n" + "\n".join(error.mistakes)) from error
        target = place / new.id if is_folder else place / f"{new.id}.yaml"
        try:
            place.mkdir(parents=True, exist_ok=True)
            if is_folder:
                shutil.copytree(Path(beside) / new.id, target)
            else:
                with target.open("x", encoding="utf-8") as file:
                    file.write(files[f"{new.id}.yaml"])
        except OSError as error:
            raise ConfigError(f"{target} cannot be written ({error.strerror})") from error
    return target


def _clinic_text(new: NewClinic) -> str:
    """The clinic's file. What was not answered stands in it as a comment."""

    def line(key: str, value: str, example: str) -> str:
        return f"{key}: {json.dumps(value, ensure_ascii=False)}" if value else f"# {key}: {example}"

    return f"""\
# What this clinic lays over the knowledge that comes with the program. It can add and tighten, and never weaken.
# A line that begins with # does nothing; take the # away to use it. `infusion-bot kb check` says whether all is well.

id: {new.id}
{line("name", new.name, "Lakeside Infusion Clinic")}
{line("contact", new.contact, '"Call 555 0100, or write to care@lakeside.example."')}
# The numbers to call are those of the country; each can be set here: emergency, crisis, crisis_spanish, poison, violence, child.
# Call each of them once before patients do.
country: {new.country.upper() or "US"}
{line("timezone", new.timezone, "America/New_York")}
# languages: [en, es]

{_hours_text(new.hours)}

# How it looks on the web: a colour, and the name of a picture beside this file.
# colour: "#175b66"
# logo: logo.png

# How sure the bot must be before it answers: low, normal or high.
# caution: normal
# What becomes of texts that nobody signed: answer, or ask_clinic.
# unreviewed: answer

# What the source does not cover, and this clinic answers itself: a text, or a text with where it stands and who read it.
# boundaries:
#   cost: "A session is $420. {{contact}}"
#   booking:
#     text: "To book, move or cancel an appointment, please contact us. {{contact}}"
#     reviewed: {{by: Dr A. Example, on: 2026-10-01}}
#     review_by: 2027-10-01

# Safety claims that this clinic wants to see with more topics.
# safety:
#   cost: [ride_home]

# More ways to ask what there is a topic for.
# phrases:
#   cost: [what does lakeside charge]

# The tone of small messages.
# messages:
#   hello: "Hello, and welcome. What would you like to know?"

# Topics that the clinic talks about itself: they are understood, and sent on to it. None that carries safety.
# disabled: [comparison_other_treatments]
"""


def _hours_text(hours: str) -> str:
    """``mon-fri 09:00-17:00; sat 10:00-12:00`` as it stands in the file."""
    if not hours:
        return "# hours:\n#   week: {mon-fri: 09:00-17:00}\n#   holidays:\n#     - {on: 2026-12-25, name: Christmas Day}"
    spans = (part.strip().partition(" ") for part in hours.split(";") if part.strip())
    week = ", ".join(f"{json.dumps(days.lower())}: {json.dumps(times.strip())}" for days, _, times in spans)
    return f"hours:\n  week: {{{week}}}\n#  holidays:\n#    - {{on: 2026-12-25, name: Christmas Day}}"


def _folder_files(new: NewClinic) -> dict[str, str]:
    """The files of a clinic's folder; with a rule on driving, the document and the claim that it stands in."""
    files = {f"{new.id}/clinic.yaml": _clinic_text(new)}
    if not new.no_driving:
        return files
    if not new.no_driving.isdecimal() or int(new.no_driving) < _LEAST_HOURS:
        raise ConfigError(
            f"--no-driving: {new.no_driving!r} is no number of hours from {_LEAST_HOURS} on; a clinic may be stricter only"
        )
    hours, publisher = int(new.no_driving), json.dumps(new.name or new.id, ensure_ascii=False)
    files[f"{new.id}/sources.yaml"] = f"""\
# This clinic's own documents. A paragraph stands here as its text, or as its hash.

- id: policy
  title: Patient policy
  publisher: {publisher}
  sections:
    - id: going_home
      title: Going home
      paragraphs:
        - Do not drive or use machinery for {hours} hours after your infusion.
"""
    files[f"{new.id}/claims.yaml"] = f"""\
# What this clinic's documents say. "tightens" names the claim that one of them makes stricter: it is shown before that one,
# wherever that is shown, and all clock times take the later hour.

- id: {new.id}_driving
  claim: Do not drive or use machinery for {{{new.id.replace("-", "_")}_no_driving}} after your infusion.
  quantities:
    {new.id.replace("-", "_")}_no_driving: {{value: {hours} hours, near: [drive, machinery]}}
  scope: every infusion at this clinic
  tightens: driving
  source: {{document: policy, section: going_home, paragraph: 1}}
"""
    return files
