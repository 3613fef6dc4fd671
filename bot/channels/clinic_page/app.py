"""The web application of the clinic's page: coming in, going out, and the views with all that is the same for each."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from bot.channels.clinic_page.access import StaffSession
from bot.channels.clinic_page.access.guard import CSRF_FIELD, CSRF_HEADER, Guard, RequestRefused, guarded
from bot.channels.clinic_page.access.sessions import Sessions
from bot.channels.clinic_page.showing.tables import as_csv
from bot.channels.clinic_page.showing.templating import filled, page_files
from bot.channels.clinic_page.views import Shown, View, Visit
from bot.channels.edition import Edition
from bot.channels.requests.bodies import TooLarge, body
from bot.delivery.storage import StorageError

_LARGEST, _FIELDS = 65_536, 200  # bytes of a form, and its fields
_FORM = "application/x-www-form-urlencoded"
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
Answer = Callable[[Request], Awaitable[Response]]


class ClinicPage:
    """The page of one clinic. ``current`` gives the edition that serves."""

    def __init__(self, sessions: Sessions, guard: Guard, current: Callable[[], Edition], views: Sequence[View]) -> None:
        self._sessions = sessions
        self._guard = guard
        self._current = current
        self._views = tuple(views)

    def routes(self, path: str) -> list[BaseRoute]:
        """All of them below ``path``."""

        async def enter(request: Request) -> Response:  # noqa: ARG001  # one signature for all endpoints
            return guarded(RedirectResponse(f"{path.removeprefix('/')}/", 308))

        inner = [
            Route("/enter", self._kept(self._enter), methods=["GET", "POST"]),
            Route("/leave", self._kept(self._leave), methods=["POST"]),
            Route("/static/{name}", self._file),
            *(self._route(view) for view in self._views),
            Route("/{rest:path}", self._kept(self._unknown)),
        ]
        return [Route(path, enter), Mount(path, Router(inner, redirect_slashes=False))]

    def _route(self, view: View) -> Route:
        async def answer(request: Request) -> Response:
            return await self._view(view, request)

        methods = ["GET", "POST"] if view.act is not None else ["GET"]
        return Route(f"/{view.path}", self._kept(answer, view.root), methods=methods)

    def _kept(self, answer: Answer, root: str = "./") -> Answer:
        """``answer`` with what every page has, and with what is told where none can be given."""

        async def kept(request: Request) -> Response:
            try:
                return guarded(await answer(request))
            except RequestRefused as error:
                await self._guard.note_refused(str(error))
                told = self._message(error.status, "Not done", str(error), root)
                if error.seconds:
                    told.headers["Retry-After"] = str(error.seconds)
                return guarded(told)
            except TooLarge:
                return guarded(self._message(413, "Not done", "That is too long.", root))
            except StorageError:
                return guarded(self._message(503, "Not now", "The bot's store is away. Try again in a moment.", root))

        return kept

    # -- coming in, going out -----------------------------------------------------------------------------------

    async def _enter(self, request: Request) -> Response:
        """A link leads to a form, and only its button uses the link up: what looks into mail opens every address in it."""
        if request.method != "POST":
            return self._page("enter.html", {}, "./")
        self._guard.check_origin(request)
        self._guard.count_try(request)
        form = await _form(request)
        entered = await self._sessions.enter(form.get("link", "").strip())
        if entered is None:
            await self._guard.note_refused("sign-in refused")
            return self._page("enter.html", {"refused": True}, "./", 403)
        token, session = entered
        await self._sessions.note(session.name, "signed in", session.role)
        answer = RedirectResponse("./", 303)
        self._guard.keep(answer, request, token, session.expires - session.began)
        return answer

    async def _leave(self, request: Request) -> Response:
        self._guard.check_origin(request)
        session = await self._guard.session(request)
        if session is not None:
            self._guard.check_csrf(request, (await _form(request)).get(CSRF_FIELD, ""))
            await self._guard.end(request)
            await self._sessions.note(session.name, "signed out")
        answer = RedirectResponse("enter", 303)
        self._guard.drop(answer, request)
        return answer

    async def _unknown(self, request: Request) -> Response:
        if await self._guard.session(request) is None:
            return self._signed_out(request, "../" * request.path_params["rest"].count("/") or "./")
        return self._message(404, "Not found", "There is no such page.", "../" * request.path_params["rest"].count("/") or "./")

    # -- views --------------------------------------------------------------------------------------------------

    async def _view(self, view: View, request: Request) -> Response:
        session = await self._guard.session(request, alive=view.alive)
        if session is None:
            return self._signed_out(request, view.root)
        if not session.may(view.role):
            await self._guard.note_refused("may not see it", session.name, view.title)
            told = f"This is for the role {view.role}; you signed in as {session.role}. Ask for a link for that role."
            return self._message(403, "Not for this role", told, view.root, session, self._guard.csrf(request))
        form: Mapping[str, str] = {}
        if request.method == "POST":
            form = await self._checked(request)

        async def note(what: str, detail: str) -> None:
            await self._sessions.note(session.name, what, detail)

        visit = Visit(request, session, self._guard.csrf(request), self._current().moment(time.time()), note, form)
        act = view.act if request.method == "POST" and view.act is not None else view.show
        shown = await act(visit)
        if isinstance(shown, Response):
            return shown
        if (wanted := request.query_params.get("csv")) is not None:
            return await self._export(view, visit, shown, wanted)
        values = {**shown.values, "tables": {one.id: one for one in shown.tables}}
        return self._page(shown.template, values, view.root, shown.status, session, visit.csrf, view)

    async def _checked(self, request: Request) -> Mapping[str, str]:
        """The form of a request that may change something. Raises RequestRefused."""
        self._guard.check_origin(request)
        form = await _form(request)
        self._guard.check_csrf(request, request.headers.get(CSRF_HEADER) or form.get(CSRF_FIELD, ""))
        return form

    async def _export(self, view: View, visit: Visit, shown: Shown, wanted: str) -> Response:
        table = next((one for one in shown.tables if one.id == wanted), None)
        if table is None:
            return self._message(404, "Not found", "There is no such table.", view.root, visit.session, visit.csrf)
        await visit.note("exported", f"{view.title}: {table.title}")
        name = re.sub(r"[^a-z0-9-]+", "-", f"{self._sessions.clinic}-{wanted}-{visit.now:%Y-%m-%d}".lower())
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return Response(as_csv(table), 200, headers, "text/csv; charset=utf-8")

    # -- pages --------------------------------------------------------------------------------------------------

    def _signed_out(self, request: Request, root: str) -> Response:
        """Whoever comes by a link from elsewhere has sent no cookie: a link of our own leads on to what was wanted."""
        again = request.url.path.rpartition("/")[2] or "./"
        return self._page("signed_out.html", {"again": f"{again}?{request.url.query}" if request.url.query else again}, root, 401)

    def _message(
        self, status: int, title: str, told: str, root: str, session: StaffSession | None = None, csrf: str = ""
    ) -> Response:
        return self._page("message.html", {"title": title, "told": told}, root, status, session, csrf)

    def _page(
        self,
        template: str,
        values: Mapping[str, object],
        root: str,
        status: int = 200,
        session: StaffSession | None = None,
        csrf: str = "",
        view: View | None = None,
    ) -> Response:
        edition = self._current()
        frame = {
            "clinic": edition.knowledge.clinic.name or self._sessions.clinic,
            "root": root,
            "session": session,
            "csrf": csrf,
            "menu": [one for one in self._views if one.menu and session is not None and session.may(one.role)],
            "view": view,
            "now": edition.moment(time.time()),
            "refused": False,
        }
        return Response(filled(template, {**frame, **values}), status, media_type="text/html")

    @staticmethod
    async def _file(request: Request) -> Response:
        found = page_files().get(request.path_params["name"])
        if found is None:
            return guarded(Response("Not Found", 404, media_type="text/plain"))
        known = request.query_params.get("v") == found.mark
        return guarded(
            Response(found.content, headers=_FOR_EVER if known else {"Cache-Control": "no-cache"}, media_type=found.kind)
        )


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, the first of each name; nothing of another kind of body. Raises TooLarge."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return {}
    text = (await body(request, _LARGEST)).decode("utf-8", "replace")
    try:
        found = parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError as error:
        raise TooLarge from error
    fields: dict[str, str] = {}
    for name, value in found:
        fields.setdefault(name, value)
    return fields
