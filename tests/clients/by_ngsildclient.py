"""What an application does with ngsildclient, a client of NGSI-LD brokers that is not ours; run by its own Python.

    python by_ngsildclient.py PORT TENANT RECEIVER

Each step says one line of JSON: its name, and what the client made of the answer.
"""

import contextlib
import io
import json
import logging
import sys
from datetime import datetime, timedelta

from ngsildclient import Client, Entity, NgsiAlreadyExistsError, SubscriptionBuilder
from ngsildclient.api.exceptions import NgsiResourceNotFoundError
from ngsildclient.api.temporal import AggrMethod, TemporalQuery

logging.disable(logging.CRITICAL)
PORT, TENANT, RECEIVER = int(sys.argv[1]), sys.argv[2], sys.argv[3]
OURS = f"http://127.0.0.1:{PORT}/contexts/madang-0.1.jsonld"


def said(step, value):
    print(json.dumps({"step": step, "said": value}, default=str), flush=True)


def failure(call):
    try:
        call()
    except Exception as wrong:
        return type(wrong).__name__
    return None


def entities(client):
    air = Entity("AirQualityObserved", "pangyo", ctx=OURS)
    air.prop("pm10", 31, unitcode="GQ", observedat=datetime(2026, 1, 1)).gprop("location", (37.4, 127.1))
    air.rel("refCity", "urn:ngsi-ld:City:test:1")
    said("create", client.create(air))
    said("create again", failure(lambda: client.create(air)) == NgsiAlreadyExistsError.__name__)
    said("exists", client.exists(air))
    got = client.get(air)
    said("get", [got["pm10.value"], got["location.value.coordinates"], got["refCity.object"]])
    air["pm10.value"] = 45
    said("update", client.update(air))
    said("upsert", client.upsert(air))
    said("got again", client.get(air)["pm10.value"])
    said(
        "found", [one.id for one in client.query("AirQualityObserved", q='pm10>40;refCity=="urn:ngsi-ld:City:test:1"')]
    )
    said("delete", client.delete(air))
    said("delete again", failure(lambda: client.delete(air)) == NgsiResourceNotFoundError.__name__)


def batches(client, rooms):
    made = client.create(rooms)
    said("batch", [made.ok, made.n_ok])
    again = client.batch.create([*rooms[:2], Entity("Room", "new", ctx=OURS).prop("heat", 1)])
    said("batch in part", [again.n_ok, again.n_err])
    said("batch upsert", client.upsert(rooms).ok)
    said("count", client.count("Room", q="heat>=20"))
    said("query", len(client.query("Room", q="heat>=20")))
    said("pages", sum(1 for _ in client.query_generator("Room", limit=7)))
    said("alt", len(client.alt.query({"type": "Query", "entities": [{"type": "Room"}], "q": "heat<12"})))
    said("types", sorted(client.types.list()))
    said("batch update", client.batch.update(rooms[:3]).ok)


def subscriptions(client, rooms):
    hot = SubscriptionBuilder(RECEIVER).name("hot").select_type("Room").watch(["heat"]).query("heat>100").build()
    hot["@context"] = OURS
    made = client.subscriptions.create(hot)
    said("subscribed", [client.subscriptions.exists(made), len(client.subscriptions.list("hot"))])
    rooms[0]["heat.value"] = 200
    said("told", client.batch.update(rooms[:1]).ok)
    sys.stdin.readline()  # until the notification has come: what is due to one that is gone is not sent
    said("unsubscribed", [client.subscriptions.delete("hot"), client.subscriptions.exists(made)])


def histories(client, rooms):
    said("history of one", client.temporal.get(rooms[1], ctx=OURS)["heat"]["values"])
    until = TemporalQuery().before(datetime(2027, 1, 1))
    said("histories", len(client.temporal.query(type="Room", q="heat>30", tq=until)))
    days = client.temporal.aggregate(
        type="Room",
        attrs=["heat"],
        tq=until,
        methods=[AggrMethod.AVERAGE, AggrMethod.TOTAL_COUNT],
        period=timedelta(days=1),
    )
    said("aggregated", [one["heat"]["totalCount"][0][0] for one in days.result if one["id"].endswith("R3")])


def contexts(client):
    client.contexts.add({"@context": {"Halt": "https://example.org/Halt"}})
    address = client.contexts.list("urn")[0]
    said("hosted", client.contexts.get(address.rpartition("/")[2])["@context"]["Halt"])


def main():
    with contextlib.redirect_stdout(io.StringIO()):
        client = Client("127.0.0.1", PORT, tenant=TENANT)
    client.console.print = client.console.message = client.batch.console.message = lambda *_, **__: None
    start = datetime(2026, 1, 1)
    rooms = [
        Entity("Room", f"R{n}", ctx=OURS).prop("heat", 10 + n, observedat=start + timedelta(hours=n)) for n in range(25)
    ]
    entities(client)
    batches(client, rooms)
    subscriptions(client, rooms)
    histories(client, rooms)
    contexts(client)
    client.drop("Room")
    said("dropped", client.count("Room"))
    with contextlib.redirect_stdout(io.StringIO()):
        elsewhere = Client("127.0.0.1", PORT, tenant="newtown")  # makes the tenant by writing into it
    elsewhere.console.print = lambda *_, **__: None
    said("new tenant", elsewhere.create(Entity("Room", "first", ctx=OURS).prop("heat", 1)))


main()
