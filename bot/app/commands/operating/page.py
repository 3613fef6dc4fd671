"""``infusion-bot clinic link``, ``sessions``, ``audit``: who may open the clinic's page, who did, and what was done there."""

from __future__ import annotations

import argparse
import time

from bot.app.commands.operating.store import shown, with_store
from bot.app.config import Settings, environment
from bot.app.knowledge import open_knowledge
from bot.app.serving.clinics import PREFIX, served_together
from bot.channels.clinic_page.access import ROLES
from bot.channels.clinic_page.access.sessions import Sessions, StaffNameError
from bot.channels.clinic_page.settings import NAME, PATH, ClinicPageSettings
from bot.channels.declaration import ConfigError
from bot.delivery.storage import Storage

_WHO = "command line"
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what listens on all addresses is opened on its own machine
_DAYS = 30
_MOST = 100_000


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], flags: argparse.ArgumentParser) -> None:
    """``commands``: those of ``clinic``; ``flags``: what commands have that read the store."""
    about = "make a link that opens the clinic's page once, within 15 minutes, and print it"
    link = commands.add_parser("link", help=about, description=about, parents=[flags])
    roles = "viewer: figures; editor: also what was not answered; staff: also patients who asked for a person, and the log"
    link.add_argument("--role", choices=ROLES, required=True, help=roles)
    link.add_argument("--name", default="", metavar="NAME", help="who it is for, as the log shows it (default: the role)")
    link.set_defaults(run=_link)

    about = "who is signed in to the clinic's page; with --revoke, end that"
    sessions = commands.add_parser("sessions", help=about, description=about, parents=[flags])
    sessions.add_argument("--revoke", metavar="ID", help="end the session of this id, as the list shows it; `all` ends every one")
    sessions.set_defaults(run=_sessions)

    about = "what was done on the clinic's page: sign-ins, refused tries, exports, changes"
    audit = commands.add_parser("audit", help=about, description=about, parents=[flags])
    audit.add_argument("--days", type=int, default=_DAYS, metavar="N", help=f"so many days up to now (default: {_DAYS})")
    audit.set_defaults(run=_audit)


def _link(args: argparse.Namespace, settings: Settings) -> int:
    open_knowledge(settings)  # a link to a clinic that is not there would open nothing, and nobody would say why
    page = _page(settings)
    url = page.url or _listening(args, settings)
    name = args.name or args.role

    async def work(storage: Storage) -> str:
        sessions = Sessions(storage, settings.clinic)
        try:
            secret = await sessions.link(args.role, name)
        except StaffNameError as error:
            raise ConfigError(f"--name {args.name!r}: {error}") from error
        await sessions.note(_WHO, "link made", f"{name}, {args.role}")
        return secret

    print(f"{url}/enter#{with_store(settings, work)}")
    return 0


def _page(settings: Settings) -> ClinicPageSettings:
    page = settings.serving.channels[NAME]
    if not isinstance(page, ClinicPageSettings) or not page.configured:
        raise ConfigError("CLINIC_PAGE: the page is not served, as HOST is not this machine alone; set CLINIC_PAGE=on")
    return page


def _listening(args: argparse.Namespace, settings: Settings) -> str:
    """Where the server listens on its own machine."""
    host, port = settings.serving.host, settings.serving.port
    if port == 0:
        raise ConfigError("PORT: the port is 0, so the server chose one; name it with --port, or set CLINIC_PAGE_URL")
    host = _ANYWHERE.get(host, host)
    others = served_together({name: value for name, value in vars(args).items() if name != "clinic"}, environment())
    prefix = f"{PREFIX}{settings.clinic}" if settings.clinic in others else ""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{prefix}{PATH}"


def _sessions(args: argparse.Namespace, settings: Settings) -> int:
    page = settings.serving.channels[NAME]
    idle = page.idle_minutes if isinstance(page, ClinicPageSettings) else 60

    async def work(storage: Storage) -> int:
        sessions = Sessions(storage, settings.clinic, idle=idle)
        there = await sessions.listed()
        if args.revoke is None:
            for one in there:
                times = f"since {shown(one.began)}, seen {shown(one.seen)}, until {shown(one.expires)}"
                print(f"{one.id}  {one.name} ({one.role})  {times}")
            if not there:
                print("nobody is signed in")
            return 0
        ids = [one.id for one in there] if args.revoke == "all" else [args.revoke]
        for id in ids:
            name = await sessions.revoke(id)
            if name is None:
                raise ConfigError(f"there is no session {id!r}; without --revoke all are listed")
            await sessions.note(_WHO, "session ended", f"{name}, {id}")
            print(f"{id}: {name} is signed out")
        return 0

    return with_store(settings, work)


def _audit(args: argparse.Namespace, settings: Settings) -> int:
    async def work(storage: Storage) -> int:
        since = time.time() - args.days * 86_400
        for line in reversed(await Sessions(storage, settings.clinic).lines(since, most=_MOST)):
            print("  ".join(part for part in (shown(line.at), line.who or "(not signed in)", line.what, line.detail) if part))
        return 0

    return with_store(settings, work)
