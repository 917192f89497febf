"""Rows that are exported to PostgreSQL while that is away, and while the service is killed: none is lost, none is there twice.

PXT_FAULTS_AWAY is for how many seconds the target is away; a minute is what is wanted, and takes three.
"""

import collections
import contextlib
import json
import os
import random
import sqlite3
import subprocess
import time
import uuid

from harness import Service, case, eventually, together
from load import Load, figures, percentile
from servers import Postgres

AWAY = float(os.environ.get("PXT_FAULTS_AWAY", "3"))

# Nothing but `_pxt_export_id` keeps a row from being there twice.
TARGET = """
CREATE TABLE {table} (id uuid NOT NULL, note text NOT NULL, _pxt_export_id uuid UNIQUE)
"""

SERVICE = """
[export]
timeout = "2s"

[[service]]
name = "shop"
{routes}
{tables}
"""

ROUTE = """
[[service.routes]]
type = "insert"
table = "{table}"
path = "/{table}"
outputs = ["id", "note"]
"""

TABLE = """
[[table]]
name = "{table}"
columns = {{ id = {{ type = "uuid", primary_key = true, default = "uuid7" }}, note = {{ type = "string", max_bytes = 200 }} }}
"""

EXPORT = """export_sql = {{ db_connect = "${{PXT_FAULTS_TARGET}}", table = "{table}", delivery = "{delivery}" }}"""

# By the name of the table, which the path and the target's table have as well.
DELIVERIES = {"orders": "outbox", "payments": "request", "visits": None}

# A service whose requests write to the target is not started while that is away.
QUEUED = {"orders": "outbox"}


class Shop(Service):
    """The program `pxt` with one route for each delivery, over SQLite or a database that is named."""

    def __init__(self, target, database=None, deliveries=DELIVERIES):
        env = {"PXT_FAULTS_TARGET": target.url} | ({"PXT_DATABASE": database.url} if database else {})
        super().__init__(env=env, program=os.environ["PXT_FAULTS_PXT"])
        self.target, self.database = target, database
        self.arguments = ("shop", "--config", self.path("shop.toml"))
        routes = [
            ROUTE.format(table=table) + (EXPORT.format(table=table, delivery=delivery) if delivery else "")
            for table, delivery in deliveries.items()
        ]
        tables = [TABLE.format(table=table) for table in deliveries]
        with open(self.path("shop.toml"), "w", encoding="utf-8") as file:
            file.write(SERVICE.format(routes="".join(routes), tables="".join(tables)))

    def sql(self, text):
        """The first column of a statement in the service's own database, as texts."""
        if self.database:
            return self.database.sql(text)
        with contextlib.closing(sqlite3.connect(self.path("pxt.db"), timeout=30)) as database, database:
            values = [row[0] for row in database.execute(text).fetchall()]
        # SQLite has no type for keys.
        return [str(uuid.UUID(bytes=value)) if isinstance(value, bytes) else str(value) for value in values]

    @contextlib.contextmanager
    def unwritable(self):
        """The service's own database lets nobody write meanwhile."""
        if self.database:
            with self.database.session("BEGIN; LOCK TABLE _pxt_exports IN SHARE MODE"):
                yield
        else:
            with contextlib.closing(sqlite3.connect(self.path("pxt.db"), timeout=30, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                yield

    def exports(self, *arguments):
        """What `pxt exports` says, read from its JSON."""
        command = [self.program, "exports", *arguments, "--config", self.path("shop.toml"), "--json"]
        done = subprocess.run(command, env=self.environment(), cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def wait_until_nothing_waits(self, seconds=90):
        """Until the target has everything."""
        eventually(lambda: all(target["waiting"] == 0 for target in self.exports()), seconds, "the last delivery")
        assert all(target["failed"] == 0 for target in self.exports()), self.exports()

    def end_leases(self):
        """A node that is killed has its leases for 30 s, and nobody delivers meanwhile: nothing that a case would wait for ten times."""
        self.sql("UPDATE _pxt_export_targets SET owner = NULL")

    def assert_each_is_there_once(self, table, acknowledged):
        """Each acknowledged row is at the target once; and so is each that was stored while nobody was left to hear of it."""
        there = collections.Counter(self.target.sql(f"SELECT id FROM {table}"))
        twice = [key for key, count in there.items() if count > 1]
        assert not twice, f"{len(twice)} rows are there more than once"
        lost = {row["id"] for row in acknowledged} - there.keys()
        assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged rows are not there"
        assert set(self.sql(f"SELECT id FROM {table}")) == there.keys(), "what is stored is something else than what is there"


@contextlib.contextmanager
def shop(database=None, deliveries=DELIVERIES):
    """A service and its target."""
    with Postgres() as target:
        for table in deliveries:
            target.sql(TARGET.format(table=table))
        with Shop(target, database, deliveries) as service:
            yield service, target


def note(number):
    return {"note": f"note {number}"}


def assert_failed(answer):
    """The row is stored, and it says so."""
    problem = json.loads(answer.text)
    assert answer.status == 500 and problem["type"] == "export_failed" and problem["stored"] is True, answer
    return problem


def assert_as_before(what, before, meanwhile):
    """Answers take what they took. What is wanted is 1.2 times at most; machines of tests are busy with other things too, so that three
    times, and what nobody notices, is let through."""
    assert all(status == 200 for _, _, status, _ in meanwhile), [answer for answer in meanwhile if answer[2] != 200][:3]
    print(f"  {what}: {figures(before)}; meanwhile {figures(meanwhile)}", flush=True)
    before, meanwhile = percentile(before, 0.99), percentile(meanwhile, 0.99)
    assert meanwhile <= max(3 * before, 0.05), f"{what}: p99 {before:.4f} s before, {meanwhile:.4f} s meanwhile"


def pay(service, seconds):
    """For so long, eight requests at once that write to the target, in every other second: their answers."""
    begin, answers = time.monotonic(), []
    while (left := begin + seconds - time.monotonic()) > 0:
        due = time.monotonic() + min(2, left)
        answers += together([lambda: service.json("/payments", '{"note": "paid"}')] * 8)
        time.sleep(max(0, due - time.monotonic()))
    return answers


def while_away(service, queued, plain, baseline):
    """The target is away: inserts go on as before, whether their rows wait or go nowhere; and those that cannot wait are told."""
    begin = time.monotonic()
    failed = [assert_failed(answer) for answer in pay(service, AWAY)]
    assert_as_before("/orders, whose rows wait", baseline[0], queued.since(begin))
    assert_as_before("/visits, which are not exported", baseline[1], plain.since(begin))
    return failed


@case()
def export_while_the_target_is_away():
    """While the target is stopped, or hangs, inserts take what they took; each row is there once afterwards, or its request was told."""
    with shop() as (service, target), Load(service, "/orders", note) as queued, Load(service, "/visits", note) as plain:
        begin = time.monotonic()
        assert {answer.status for answer in pay(service, max(3, AWAY / 3))} == {200}
        baseline = queued.since(begin), plain.since(begin)
        failed = []
        for leave, come_back in [(target.crash, target.start_again), (target.hang, target.go_on)]:
            leave()
            failed += while_away(service, queued, plain, baseline)
            assert any(target["waiting"] > 0 and target["error"] for target in service.exports())
            come_back()
            eventually(lambda: service.json("/payments", '{"note": "paid"}').status == 200, what="an export by the request")
            # The load is still on: it is a moment without a row that waits.
            service.wait_until_nothing_waits()
        queued.stop()
        service.wait_until_nothing_waits()
        service.assert_each_is_there_once("orders", queued.acknowledged())
        print(f"  {len(queued.acknowledged())} rows queued; {len(failed)} requests failed, with their rows stored", flush=True)
        assert {problem["key"]["id"] for problem in failed} <= set(service.sql("SELECT id FROM payments"))


@case()
def export_to_a_slow_target():
    """A target that takes no whole batch within its time gets everything that has gathered nevertheless."""
    with shop(deliveries=QUEUED) as (service, target):
        # 256 rows would take 2.5 s, and a write may take 2.
        target.sql(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN new; END $$; "
            "CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION slow()"
        )
        with Load(service, "/orders", note, clients=8, rate=200) as load:
            eventually(lambda: len(load.answers) > 500, what="the load")
        service.wait_until_nothing_waits()
        service.assert_each_is_there_once("orders", load.acknowledged())


def kill_ten_times(service, target):
    """The service is killed under load, in the middle of its deliveries; the target once as well."""
    count = lambda: int(target.sql("SELECT count(*) FROM orders")[0])
    with Load(service, "/orders", note, clients=4, rate=60) as load:
        for kill in range(10):
            before = count()
            eventually(lambda: count() > before + 20, what="a delivery")
            if kill % 2:
                # Between the target's commit and the outbox's own, which is a short moment otherwise.
                with service.unwritable():
                    time.sleep(0.1)
                    service.kill()
            else:
                time.sleep(random.uniform(0, 0.05))
                service.kill()
            if kill == 5:
                target.crash()
            service.end_leases()
            service.start()
            if kill == 5:
                # Rows wait for it, of the time before and of now.
                eventually(lambda: any(target["error"] for target in service.exports()), what="the outage")
                target.start_again()
    service.wait_until_nothing_waits()
    assert load.unanswered > 0
    service.assert_each_is_there_once("orders", load.acknowledged())
    print(f"  {len(load.acknowledged())} rows acknowledged, {load.unanswered} requests without an answer", flush=True)


@case()
def export_kills_over_sqlite():
    """Killed ten times while it delivers, with the target once, the service over SQLite exports each row once."""
    with shop(deliveries=QUEUED) as (service, target):
        kill_ten_times(service, target)


@case()
def export_kills_over_postgres():
    """Killed ten times while it delivers, with the target once, the service over PostgreSQL exports each row once."""
    with Postgres("fast") as database, shop(database, QUEUED) as (service, target):
        kill_ten_times(service, target)
