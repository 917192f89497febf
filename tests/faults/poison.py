"""JSON that poses as a command to serde, and cells that others spoilt: what is accepted can be read back, and what cannot be
read harms its own row alone."""

import json
import sqlite3

from harness import Service, case, eventually, photo

KEYS = ["$serde_json::private::RawValue", "$serde_json::private::Number"]


def insert(service, title, details=None):
    """Adds a poster; returns its id."""
    fields = {"title": title} | ({} if details is None else {"details": details})
    answer = service.upload("/posters", fields, {"image": photo("chelsea.png")})
    assert answer.status == 200, answer
    return json.loads(answer.text)["id"]


def found(service, text=""):
    """The titles that a search answers."""
    answer = service.request("GET", f"/posters/search?text={text}")
    assert answer.status == 200, answer
    return [row["title"] for row in json.loads(answer.text)["rows"]]


def lookup(service, key):
    return service.request("GET", f"/posters/lookup?id={key}")


def edit(service, text, *values):
    """Changes the database behind the service's back."""
    with sqlite3.connect(service.path("pxt.db")) as database:
        database.execute(text, values)
    database.close()


def blob(key):
    return bytes.fromhex(key.replace("-", ""))


@case()
def poison_is_refused_and_harms_nobody():
    """A client's JSON with a key of serde_json's own is 422 at its field, however it is spelt and how deep it stands"""
    with Service() as service:
        key = insert(service, "Good", '{"a": [1, {"$serde_json": "private"}]}')
        for name in KEYS:
            for content in ('"[1"', '"[1,2]"', "5", "null", '"1.5"'):
                plain = f'{{"{name}": {content}}}'
                for details in (plain, plain.replace("$", "\\u0024"), f'{{"x": [0, {{"y": {plain}}}]}}'):
                    answers = [
                        service.json("/posters/update", f'{{"id": "{key}", "details": {details}}}'),
                        service.upload("/posters", {"title": "Bad", "details": details}, {"image": photo("chelsea.png")}),
                        service.upload("/posters/later", {"title": "Bad", "details": details}, {"image": b""}),
                    ]
                    for answer in answers:
                        assert answer.status == 422 and "reserved_key" in answer.text, (details, answer)
        assert found(service) == ["Good"]
        row = json.loads(lookup(service, key).text)
        assert row["details"] == {"a": [1, {"$serde_json": "private"}]}, row
        assert service.stop() == 0
        service.start()
        assert json.loads(lookup(service, key).text) == row


@case()
def poison_that_is_stored_is_read_as_it_is_written():
    """A row that holds such a key already is looked up, listed, updated and there after a restart, letter by letter"""
    with Service() as service:
        keys = {name: insert(service, name[-6:]) for name in KEYS}
        for name, key in keys.items():
            edit(service, 'UPDATE "films.posters" SET details = ? WHERE id = ?', f'{{"{name}": "[1"}}', blob(key))
        for _ in range(2):
            for name, key in keys.items():
                wanted = f'"details":{{"{name}":"[1"}}'
                answer = lookup(service, key)
                assert answer.status == 200 and wanted in answer.text, answer
                assert wanted in service.request("GET", "/posters/search?text=").text
                assert service.json("/posters/update", f'{{"id": "{key}", "note": "seen"}}').status == 200
            assert service.stop() == 0
            service.start()


@case()
def poison_of_a_cell_harms_its_row_alone():
    """A cell that cannot be read: lists go on, the lookup and the log name it, updates replace it, a delete removes it"""
    spoils = [
        ("details", "[1", "json"),
        ("details", '{"a": 1e400}', "json"),
        ("exif", "no JSON", "json"),
        ("brightness", float("inf"), "float"),
    ]
    with Service() as service:
        good, bad, gone = (insert(service, title) for title in ("Good", "Bad", "Gone"))
        service.stop()
        for column, value, word in spoils:
            edit(service, f'UPDATE "films.posters" SET {column} = ? WHERE id IN (?, ?)', value, blob(bad), blob(gone))
            service.start()
            before = len(service.log())
            assert found(service) == ["Good"], column
            assert lookup(service, good).status == 200
            answer = lookup(service, bad)
            assert answer.status == 500 and "unreadable_row" in answer.text, answer
            assert column not in answer.text and "films" not in answer.text, answer
            text = f'column `films.posters.{column}` holds a value that is not of its type ({word}), in the row'

            def named(level, key):
                return any(text in line and level in line and key in line for line in service.log()[before:].splitlines())

            # The log is written by a thread of its own.
            eventually(lambda: named("WARN", bad), what="naming it in the log, for the list")
            eventually(lambda: gone in service.log()[before:], what="naming the other one")
            eventually(lambda: named("ERROR", bad), what="naming it in the log, for the lookup")
            # Replaced where it is given, computed anew where it is computed.
            answer = service.json("/posters/update", json.dumps({"id": bad, "details": {"seen": column}}))
            assert answer.status == 200, answer
            row = json.loads(lookup(service, bad).text)
            assert row["details"] == {"seen": column}, row
            assert found(service) == ["Bad", "Good"]
            service.stop()
        service.start()
        answer = service.json("/posters/delete", json.dumps({"id": gone}))
        assert answer.status == 200 and json.loads(answer.text) == {"num_rows": 1}, answer
        assert found(service) == ["Bad", "Good"]


@case()
def poison_of_a_start_is_named():
    """A start that has to compute a column of a cell that cannot be read ends with its table, column and key"""
    with Service() as service:
        key = insert(service, "Rocket")
        service.stop()
        # As if `slug` were a new column, and the title spoilt: text that is not UTF-8.
        edit(service, 'UPDATE "films.posters" SET title = CAST(? AS TEXT)', b"\xff\xfe")
        edit(service, "UPDATE _pxt_catalog SET backfill = ? WHERE \"table\" = 'films.posters'", '{"columns":["slug"],"after":null}')
        try:
            service.start()
        except AssertionError as error:
            assert "exit 1" in str(error), error
        else:
            raise AssertionError("the service started")
        text = f'column `films.posters.title` holds a value that is not of its type (text), in the row {{"id":"{key}"}}'
        last = service.log().strip().splitlines()[-1]
        assert last.startswith("error: column `slug` of table `films.posters` cannot be computed") and text in last, last
        edit(service, 'UPDATE "films.posters" SET title = ?', "Rocket")
        service.start()
        assert found(service) == ["Rocket"]
