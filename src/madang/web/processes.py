"""OGC API - Processes, Part 1: Core 1.0: every model of a city is a process, answered at once or as a job.

    /ogc/{tenant}/processes                     the models at hand
    /ogc/{tenant}/processes/{id}                one: its inputs and outputs with units and ranges
    /ogc/{tenant}/processes/{id}/execution      POST; `Prefer: respond-async` gives a job, else the answer is waited for
    /ogc/{tenant}/jobs, …/jobs/{job}, …/jobs/{job}/results;  DELETE dismisses

What goes in: the model's parameters; its words; `levers` ("<entity id>#<attribute>" -> number); `seed`; and `members`,
which asks for an ensemble of so many. Everything else a model needs it reads from the city, or the branch, that the
tenant names. A run is recorded, as one from the command line is: it takes the role `propose`.

An output is an object with value, unit, band, status and address (산출근거). `response` is "document" unless it says
"raw", which is taken for exactly one output: without it the standard would have us send multipart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from madang.city import City
from madang.clock import to_text
from madang.entities.units import is_unit, unit
from madang.errors import CallerError, Language, ModelError, NotFoundError
from madang.indicators.catalogue import catalogue
from madang.models import registry
from madang.models.base import Spec
from madang.web.access import require
from madang.web.api.door import json_body
from madang.web.exchange import Reply, Request, json_reply
from madang.web.jobs import Job, Jobs, Work
from madang.web.problems import problem, problem_reply
from madang.web.routes import Handler
from madang.web.tenants import Tenants

CORE = "http://www.opengis.net/spec/ogcapi-processes-1/1.0"
CONFORMS_TO = [f"{CORE}/conf/{name}" for name in ("core", "ogc-process-description", "json", "job-list", "dismiss")]
NO_PROCESS = f"{CORE.replace('/spec/', '/exceptions/')}/no-such-process"
NO_JOB = f"{CORE.replace('/spec/', '/exceptions/')}/no-such-job"
NOT_READY = f"{CORE.replace('/spec/', '/exceptions/')}/result-not-ready"
MOST_MEMBERS = 100_000


class Processes:
    """The processes door of all cities."""

    def __init__(self, tenants: Tenants, jobs: Jobs) -> None:
        self._tenants, self._jobs = tenants, jobs

    def table(self) -> list[tuple[str, str, Handler]]:
        """Its paths."""
        root = "/ogc/{tenant}"
        return [
            ("GET", root + "/processes", self._all),
            ("GET", root + "/processes/{process}", self._one),
            ("POST", root + "/processes/{process}/execution", self._execute),
            ("GET", root + "/jobs", self._job_list),
            ("GET", root + "/jobs/{job}", self._job),
            ("DELETE", root + "/jobs/{job}", self._dismiss),
            ("GET", root + "/jobs/{job}/results", self._results),
        ]

    async def _all(self, request: Request, tenant: str) -> Reply:
        root = _root(request, self._tenants.city(tenant))
        found = [_summary(registry.model(id).spec, root, request.language) for id in registry.models()]
        return json_reply({"processes": found, "links": [_link("self", f"{root}/processes")]})

    async def _one(self, request: Request, tenant: str, process: str) -> Reply:
        root = _root(request, self._tenants.city(tenant))
        try:
            spec = registry.model(process).spec
        except NotFoundError as unknown:
            return _exception(unknown, NO_PROCESS, request.language)
        return json_reply(_description(spec, root, request.language))

    async def _execute(self, request: Request, tenant: str, process: str) -> Reply:
        require(request.caller, "propose")
        city = self._tenants.city(tenant)
        try:
            spec = registry.model(process).spec
        except NotFoundError as unknown:
            return _exception(unknown, NO_PROCESS, request.language)
        asked = _Asked.read(spec, await json_body(request))
        work = asked.work(city, request.caller.actor)
        job = self._jobs.submit(city.tenant, process, request.caller.actor, work)
        here = f"{_root(request, city)}/jobs/{job.id}"
        if "respond-async" in request.headers.get("prefer", "").lower():
            headers = [(b"location", here.encode()), (b"preference-applied", b"respond-async")]
            return json_reply(_status(job, here, request.language), status=201, headers=headers)
        await asyncio.wrap_future(self._jobs.turn(job.id))
        reply = _answer(self._jobs.job(job.id, city.tenant), request.language)
        reply.headers.append((b"link", f'<{here}>; rel="monitor"'.encode()))
        return reply

    async def _job_list(self, request: Request, tenant: str) -> Reply:
        city = self._tenants.city(tenant)
        root = _root(request, city)
        found = [_status(job, f"{root}/jobs/{job.id}", request.language) for job in self._jobs.all(city.tenant)]
        return json_reply({"jobs": found, "links": [_link("self", f"{root}/jobs")]})

    async def _job(self, request: Request, tenant: str, job: str) -> Reply:
        city = self._tenants.city(tenant)
        try:
            found = self._jobs.job(job, city.tenant)
        except NotFoundError as unknown:
            return _exception(unknown, NO_JOB, request.language)
        return json_reply(_status(found, f"{_root(request, city)}/jobs/{job}", request.language))

    async def _dismiss(self, request: Request, tenant: str, job: str) -> Reply:
        require(request.caller, "propose")
        city = self._tenants.city(tenant)
        try:
            found = self._jobs.dismiss(job, city.tenant)
        except NotFoundError as unknown:
            return _exception(unknown, NO_JOB, request.language)
        return json_reply(_status(found, f"{_root(request, city)}/jobs/{job}", request.language))

    async def _results(self, request: Request, tenant: str, job: str) -> Reply:
        city = self._tenants.city(tenant)
        try:
            found = self._jobs.job(job, city.tenant)
        except NotFoundError as unknown:
            return _exception(unknown, NO_JOB, request.language)
        if not found.has_ended:
            return _exception(NotFoundError("web.job-not-ready", id=job), NOT_READY, request.language)
        return _answer(found, request.language)


class _Asked:
    """An execution as its body asks for it, checked."""

    def __init__(self, spec: Spec, params: dict[str, Any], seed: int, members: int, outputs: list[str], raw: bool):
        self.spec, self.params, self.seed, self.members = spec, params, seed, members
        self.outputs, self.raw = outputs, raw

    @staticmethod
    def read(spec: Spec, body: Mapping[str, Any]) -> _Asked:
        """The body of a request; unknown inputs and outputs are refused by name."""
        unknown = next((name for name in body if name not in ("inputs", "outputs", "response", "subscriber")), None)
        if unknown is not None:
            raise CallerError("web.field-unknown", field=unknown, known="inputs, outputs, response")
        given, outputs = body.get("inputs", {}), body.get("outputs", {})
        if not isinstance(given, dict) or not isinstance(outputs, dict):
            raise CallerError("web.field-missing", field="inputs", expected='{"inputs": {…}, "outputs": {…}}')
        params = {name: _plain(value) for name, value in given.items()}
        seed, members = _whole(params, "seed", 0, 2**31), _whole(params, "members", 0, MOST_MEMBERS)
        levers = params.pop("levers", {})
        if not isinstance(levers, dict) or any("#" not in str(name) for name in levers):
            raise CallerError("web.field-missing", field="levers", expected='{"<entity id>#<attribute>": number}')
        for name in params:
            if name not in {p.name for p in spec.params} | set(spec.words):
                known = ", ".join([*(p.name for p in spec.params), *spec.words, "levers", "seed", "members"])
                raise CallerError("models.parameter-unknown", model=spec.id, name=name, known=known)
        wrong = next((id for id in outputs if id not in [*spec.outputs, "run", "tables"]), None)
        if wrong is not None:
            raise CallerError("web.output-unknown", output=wrong, known=", ".join([*spec.outputs, "run", "tables"]))
        if members and "tables" in outputs:
            raise CallerError("web.output-unknown", output="tables", known=", ".join([*spec.outputs, "run"]))
        raw = body.get("response", "document") == "raw"
        if raw and len(outputs) != 1:
            raise CallerError("web.raw-needs-one-output", found=len(outputs))
        return _Asked(spec, params | levers, seed, members, list(outputs), raw)

    def work(self, city: City, actor: str) -> Work:
        """What the job does."""

        def do(progress: Any, cancelled: Any) -> Any:
            if self.members:
                told: dict[str, Any] = {"progress": progress, "cancelled": cancelled, "by": actor, "seed": self.seed}
                found = city.experiments.run(self.spec.id, n=self.members, params=self.params, **told)
                answer = {one.id: one.as_json() for one in found.indicators} | {"run": found.id}
            else:
                run = city.run(
                    self.spec.id, seed=self.seed, by=actor, progress=progress, cancelled=cancelled, **self.params
                )
                answer = {one.id: one.as_json() for one in run.indicators}
                answer |= {"run": run.id, "tables": dict(run.tables)}
            return {id: answer[id] for id in self.outputs if id in answer} if self.outputs else answer

        return do if not self.raw else lambda progress, cancelled: next(iter(do(progress, cancelled).values()))


def _plain(value: Any) -> Any:
    """An input's value; the standard lets it be qualified as {"value": …}."""
    return value["value"] if isinstance(value, dict) and set(value) <= {"value", "mediaType"} and value else value


def _whole(params: dict[str, Any], name: str, least: int, most: int) -> int:
    value = params.pop(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise CallerError("web.parameter-value", parameter=name, value=value, expected=f"{least} … {most}")
    return value


# -- descriptions -----------------------------------------------------------------------------------------------------


def _summary(spec: Spec, root: str, language: Language) -> dict[str, Any]:
    here = f"{root}/processes/{quote(spec.id)}"
    return {
        "id": spec.id,
        "title": spec.title[language],
        "description": spec.question[language],
        "version": spec.version,
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value"],
        "links": [
            _link("self", here),
            {**_link("http://www.opengis.net/def/rel/ogc/1.0/execute", f"{here}/execution"), "title": "execution"},
        ],
    }


def _description(spec: Spec, root: str, language: Language) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for p in spec.params:
        low, high = p.limits or (p.low, p.high)
        schema = {"type": "number", "minimum": low, "maximum": high, "default": p.default}
        inputs[p.name] = _input(p.label.get(language) or p.name, f"{p.role}; {p.unit}; {p.source or '-'}", schema)
    for word in spec.words:
        inputs[word] = _input(word, "", {"type": "string", "default": ""})
    turned = [f"{port.entity}#{port.lever}" for port in spec.inputs if port.lever]
    if turned:
        schema = {"type": "object", "additionalProperties": {"type": "number"}, "default": {}}
        inputs["levers"] = _input("levers", ", ".join(turned), schema)
    inputs["seed"] = _input("seed", "", {"type": "integer", "minimum": 0, "default": 0})
    inputs["members"] = _input("members", "", {"type": "integer", "minimum": 0, "maximum": MOST_MEMBERS, "default": 0})
    return {**_summary(spec, root, language), "inputs": inputs, "outputs": _outputs(spec, language)}


def _input(title: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "description": description, "schema": schema, "minOccurs": 0, "maxOccurs": 1}


def _outputs(spec: Spec, language: Language) -> dict[str, Any]:
    known, found = catalogue(), {}
    for id in spec.outputs:
        entry = known.get(id)
        code = entry.unit if entry else ""
        said = unit(code).label[language] if is_unit(code) else code
        found[id] = {
            "title": entry.label[language] if entry else id,
            "description": entry.method[language] if entry else "",
            "schema": {
                "type": "object",
                "properties": {
                    "value": {"type": "number", "nullable": True, "description": said},
                    "p05": {"type": "number", "nullable": True},
                    "p95": {"type": "number", "nullable": True},
                    "unit": {"type": "string", "enum": [code]} if code else {"type": "string"},
                    "status": {"type": "string", "nullable": True},
                    "address": {"type": "string"},
                },
            },
        }
    found["run"] = {"title": "run", "schema": {"type": "string", "format": "uri"}}
    found["tables"] = {"title": "tables", "schema": {"type": "object"}}
    return found


# -- answers ----------------------------------------------------------------------------------------------------------


def _status(job: Job, here: str, language: Language) -> dict[str, Any]:
    links = [_link("self", here)]
    if job.state == "successful":
        links.append(_link("http://www.opengis.net/def/rel/ogc/1.0/results", f"{here}/results"))
    found: dict[str, Any] = {
        "processID": job.process,
        "type": "process",
        "jobID": job.id,
        "status": job.state,
        "message": job.message[language],
        "created": to_text(job.created),
        "progress": job.percent,
        "links": links,
    }
    moments = {"started": job.started, "finished": job.finished, "updated": job.updated}
    return found | {name: to_text(moment) for name, moment in moments.items() if moment is not None}


def _answer(job: Job, language: Language) -> Reply:
    """The results of a job that has ended; its error where it failed."""
    if job.error is not None:
        return problem_reply(job.error, language)
    if job.state == "dismissed":
        return problem_reply(ModelError("web.job-dismissed-result", id=job.id), language)
    if not job.has_ended:
        return problem_reply(NotFoundError("web.job-not-ready", id=job.id), language)
    return json_reply(job.result)


def _exception(error: NotFoundError, kind: str, language: Language) -> Reply:
    """A 404 with the exception type that the standard names."""
    reply = problem_reply(error, language)
    return json_reply({**problem(error, language), "type": kind}, status=reply.status, headers=reply.headers)


def _root(request: Request, city: City) -> str:
    return f"{request.base_url()}/ogc/{quote(city.tenant)}"


def _link(relation: str, address: str) -> dict[str, str]:
    return {"rel": relation, "href": address, "type": "application/json"}
