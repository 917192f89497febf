"""Texts, keys and pages: nobody's text costs much more than it has bytes, and what nobody waits for ends."""

import contextlib
import json
import os
import sqlite3
import time

from harness import MIB, Service, answer, case, eventually, head, photo, together, watched

# Posters with texts as long as they may be, and the longest text that is looked for: as dear as it can be for a search that
# compares letter by letter.
LONG = "a" * MIB
SOUGHT = "a" * 1023 + "b"


def poster(service):
    """A poster; returns its id."""
    made = service.upload("/posters", {"title": "kept"}, {"image": photo()})
    assert made.status == 200, made
    return json.loads(made.text)["id"]


def retitle(service, key, **changes):
    """Changes a poster by JSON."""
    return service.json("/posters/update", json.dumps({"id": key} | changes), seconds=60)


def shelf(service, count):
    """So many posters whose titles, notes and slugs are as long as they may be, written beside the service."""
    poster(service)
    with contextlib.closing(sqlite3.connect(service.path("pxt.db"))) as database, database:
        columns = [column[1] for column in database.execute('PRAGMA table_info("films.posters")')]
        row = dict(zip(columns, database.execute('SELECT * FROM "films.posters"').fetchone()))
        row |= {"title": LONG, "note": LONG, "slug": LONG}
        places = ", ".join("?" * len(columns))
        for _ in range(count):
            database.execute(f'INSERT INTO "films.posters" VALUES ({places})', [*(row | {"id": os.urandom(16)}).values()])


def quiet(service):
    """Whether the service does nothing for a while."""
    before = service.cpu()
    time.sleep(0.5)
    return service.cpu() - before < 0.1


def refused(made, field):
    """The request was refused at this field for its length."""
    assert made.status == 422, made
    errors = json.loads(made.text)["errors"]
    assert any(field in error.get("pointer", error.get("parameter", "")) and error["code"] == "too_long" for error in errors), made


@case()
def text_too_long():
    """A text of more than 1 MiB is refused at its field, in JSON, in forms, in updates and in the background."""
    with Service() as service:
        key, long = poster(service), LONG + "a"
        refused(retitle(service, key, title=long), "title")
        refused(retitle(service, key, note=long), "note")
        for path in ("/posters", "/posters/later"):
            refused(service.upload(path, {"title": long}, {"image": photo()}), "title")
        form = f"id={key}&title={long}".encode()
        refused(service.request("POST", "/posters/update", form, ["Content-Type: application/x-www-form-urlencoded"]), "title")
        assert json.loads(retitle(service, key, note="x").text)["title"] == "kept"


@case()
def text_search():
    """A text of more than 1 KiB is not looked for; the dearest search takes milliseconds a row, and others go on meanwhile."""
    with Service() as service:
        shelf(service, 4)
        refused(service.request("GET", "/posters/search?text=" + "a" * 1025), "text")
        refused(service.request("GET", "/posters/search?text=" + "a" * 60_000 + "b"), "text")
        key, before = poster(service), service.cpu()
        calls = [lambda: service.request("GET", f"/posters/search?text={SOUGHT}") for _ in range(12)]
        calls += [lambda: service.request("GET", "/jobs"), lambda: retitle(service, key, note="x")]
        results = together(calls)
        assert all(getattr(result, "status", result) == 200 for result in results), results
        assert service.cpu() - before < 8, f"{service.cpu() - before} s for 48 rows"


@case()
def text_search_left():
    """A search that nobody waits for ends: its client has gone."""
    with Service() as service:
        shelf(service, 40)
        request = head(service, "GET", f"/posters/search?text={SOUGHT}")
        before = service.cpu()
        for _ in range(20):
            with service.connect() as connection:
                connection.sendall(request)
                time.sleep(0.05)
        eventually(lambda: quiet(service), 15, "the end of all searches")
        # All of them together are 800 rows of 20 to 50 ms.
        assert service.cpu() - before < 8, f"{service.cpu() - before} s"
        assert service.request("GET", "/jobs").status == 200


@case()
def text_keys():
    """A million keys are not read: a body of 12 MB that is nothing but keys costs no more than to receive it."""
    with Service() as service:
        key, body = poster(service), "{" + ",".join(f'"k{n:06}":1' for n in range(1_000_000)) + "}"
        before = service.cpu()
        refused_many = service.json("/posters/update", body)
        assert refused_many.status == 422 and "more than 1000 fields" in refused_many.text, refused_many
        assert service.cpu() - before < 1, f"{service.cpu() - before} s"
        refused_long = service.json("/posters/update", json.dumps({"id": key, "k" * 2000: 1}))
        assert refused_long.status == 422 and "longer than 1 KiB" in refused_long.text, refused_long


@case()
def text_pages():
    """A page of large rows ends after 16 MiB with a `Link`, whatever its limit, and answers that nobody reads hold little."""
    with Service() as service:
        shelf(service, 12)
        rows, path = [], "/posters/search?text=a&limit=12"
        sizes = []
        while path:
            page = service.request("GET", path, seconds=60)
            assert page.status == 200, page.status
            sizes.append(len(page.body))
            rows += [row["id"] for row in json.loads(page.body)["rows"]]
            link = page.headers.get("link")
            path = "/posters/search" + link.split("<")[1].split(">")[0] if link else None
        assert len(rows) == len(set(rows)) == 12 and len(sizes) == 2, sizes
        assert max(sizes) < 22 * MIB, sizes
        before = service.memory()
        with contextlib.ExitStack() as open_ones, watched(service) as peak:
            connections = [open_ones.enter_context(service.connect()) for _ in range(8)]
            for connection in connections:
                connection.sendall(head(service, "GET", "/posters/search?text=a&limit=12"))
            time.sleep(2)
            assert service.request("GET", "/jobs").status == 200
            assert peak() - before < 512 * MIB, f"{(peak() - before) // MIB} MiB for 8 answers"
            assert answer(connections[0]).status == 200
