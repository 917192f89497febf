"""What machines do: full and read-only disks, links, a second process, lost files, wrong locations, a database that is away."""

import contextlib
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import zlib

from harness import MIB, ROOT, Service, Skipped, case, eventually, together

KEY = "films.posters/" + "a" * 64 + ".png"


@contextlib.contextmanager
def small_disk(size):
    """A file system of its own, of so many bytes; a function mounts it anew with other options."""
    folder = tempfile.mkdtemp(prefix="pxt-faults-disk-")

    def mount(options):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
        if done.returncode != 0:
            raise Skipped(f"nothing can be mounted here: {done.stderr.strip()}")

    try:
        mount(f"size={size}")
        try:
            yield folder, lambda options: mount(f"remount,{options}")
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def picture(number, size=12_000):
    """A small PNG whose file has about so many bytes, another one for each number."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = b"".join(b"\0" + bytes([number % 256]) * 32 * 3 for _ in range(32))
    noise = random.Random(number).randbytes(size)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)) + chunk(b"noIs", noise)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def upload(service, number, path="/posters", size=12_000):
    """An upload of a picture of its own."""
    return service.upload(path, {"title": f"poster {number}"}, {"image": picture(number, size)})


def uploads_left(folder):
    return os.listdir(os.path.join(folder, "media", ".uploads"))


def assert_full(answer):
    assert answer.status == 507 and '"type":"storage_full"' in answer.text, answer


@case()
def machine_full_media_disk():
    """A full disk of files answers 507 `storage_full`, leaves nothing half-stored, and works again with space."""
    with small_disk(MIB // 4) as (disk, remount), Service(env={"PXT_MEDIA": os.path.join(disk, "media")}) as service:
        stored = 0
        while (answer := upload(service, stored)).status == 200:
            stored += 1
            assert stored < 200, "the disk is never full"
        assert_full(answer)
        # Longer than one part, so that it is written before its name is known.
        assert_full(upload(service, 1001, size=3 * MIB))
        assert uploads_left(disk) == []
        assert service.request("GET", "/posters/search?text=poster").status == 200
        remount(f"size={64 * MIB}")
        assert upload(service, 1000).status == 200


@case()
def machine_read_only_media_disk():
    """A disk of files that became read-only answers 503 with `Retry-After`, and works again when it may be written."""
    with small_disk(32 * MIB) as (disk, remount), Service(env={"PXT_MEDIA": os.path.join(disk, "media")}) as service:
        assert upload(service, 0).status == 200
        remount("ro")
        answer = upload(service, 1)
        assert answer.status == 503 and '"type":"media_unavailable"' in answer.text, answer
        assert answer.headers["retry-after"] == "5"
        remount("rw")
        assert upload(service, 2).status == 200


@case()
def machine_media_folder_that_may_not_be_written():
    """A folder of files that may not be changed answers 503, and works again when it may."""
    with Service() as service:
        assert upload(service, 0).status == 200
        folder = service.path("media", "films.posters")
        done = subprocess.run(["chattr", "+i", folder], capture_output=True, text=True)
        if done.returncode != 0:
            raise Skipped(f"chattr does not work here: {done.stderr.strip()}")
        try:
            answer = upload(service, 1)
            assert answer.status == 503 and '"type":"media_unavailable"' in answer.text, answer
        finally:
            subprocess.run(["chattr", "-i", folder], check=True)
        assert upload(service, 2).status == 200
        assert uploads_left(service.folder) == []


@case()
def machine_limit_of_a_files_size():
    """Under `ulimit -f` an upload that is too long is answered by 507, and the process lives."""
    with Service(limits={"fsize": 3_000_000}) as service:
        assert_full(upload(service, 0, size=5_000_000))
        assert service.alive() and upload(service, 1).status == 200
        assert uploads_left(service.folder) == []


@case()
def machine_links_and_pipes_are_no_files():
    """A link, a pipe or a folder of a file's name is 404 at once, and what is behind links is not served."""
    with Service() as service:
        answer = upload(service, 0)
        assert answer.status == 200
        media, path = service.path("media"), service.path("media", KEY)
        os.symlink("/etc/passwd", path)
        pipe = KEY.replace("a" * 64, "b" * 64)
        os.mkfifo(os.path.join(media, pipe))
        os.mkdir(os.path.join(media, KEY.replace("a" * 64, "c" * 64)))
        for letter in "abc":
            found = service.request("GET", "/media/" + KEY.replace("a" * 64, letter * 64), seconds=5)
            assert found.status == 404, (letter, found)
        # The table's folder itself becomes a link.
        os.rename(os.path.join(media, "films.posters"), service.path("elsewhere"))
        os.symlink(service.path("elsewhere"), os.path.join(media, "films.posters"))
        names = [name for name in os.listdir(service.path("elsewhere")) if name[0] not in "abc"]
        before = sorted(os.listdir(service.path("elsewhere")))
        assert service.request("GET", f"/media/films.posters/{names[0]}").status == 404
        assert upload(service, 1).status == 503
        assert sorted(os.listdir(service.path("elsewhere"))) == before


@case()
def machine_second_process_of_a_media_folder():
    """Two processes on one folder of files: one deletes the row of a picture while the other stores the same picture, whose row keeps its file."""
    with Service() as first, Service(folder=first.folder) as second:
        row = json.loads(upload(first, 0).text)
        for _ in range(20):
            gone = json.dumps({"id": row["id"]}).encode()
            delete = lambda: first.request("POST", "/posters/delete", gone, ["Content-Type: application/json"])
            deleted, stored = together([delete, lambda: upload(second, 0)])
            assert (deleted.status, stored.status) == (200, 200), (deleted, stored)
            row = json.loads(stored.text)
            for service in (first, second):
                found = service.request("GET", row["thumbnail"])
                assert found.status == 200, found


@case()
def machine_lost_write_ahead_log():
    """Once `x.db-wal` is removed or replaced, a write answers 503 `database_gone`: none is acknowledged and lost."""
    for replaced in (False, True):
        with Service() as service:
            assert upload(service, 0).status == 200
            log = service.path("pxt.db-wal")
            os.remove(log)
            if replaced:
                open(log, "wb").close()
            for number in range(1, 4):
                answer = upload(service, number)
                assert answer.status == 503 and '"type":"database_gone"' in answer.text, answer
            eventually(lambda: "pxt.db-wal" in service.log(), what="a line in the log")


@case()
def machine_location_without_its_scheme():
    """A database or media URL without its scheme ends the start with what to write: no folder, no password."""
    url = "ada:s3cret@127.0.0.1/x"
    cases = [
        {variable: value}
        for variable in ("PXT_DATABASE", "PXT_MEDIA")
        for value in (url, "//" + url, "ada:s3cret@h://x", "localhost:5432/db", "s3:/bucket", "postgres:/x")
    ]
    cases.append({"PXT_DATABASE": "postgres://127.0.0.1:1/x", "PXT_READ_URL": url})
    for env in cases:
        service = Service(env=env)
        try:
            service.start()
            raise RuntimeError(f"it started: {env}")
        except AssertionError as error:
            text = str(error)
            assert "(exit 1)" in text and ("write `" in text or "must be a folder" in text), (env, text)
            assert "s3cret" not in text, (env, text)
            left = set(os.listdir(service.folder)) - {"log", "media", "pxt.db", "pxt.db-wal", "pxt.db-shm"}
            assert not left, (env, left)
        finally:
            service.kill()
            shutil.rmtree(service.folder, ignore_errors=True)


@case()
def machine_clock_that_was_never_set():
    """A clock before 2020 ends the start with what to do."""
    libraries = [f"/usr/lib/{triple}/faketime/libfaketime.so.1" for triple in ("x86_64-linux-gnu", "aarch64-linux-gnu")]
    library = next(filter(os.path.exists, libraries), None)
    if library is None:
        raise Skipped("faketime is not installed")
    service = Service(env={"LD_PRELOAD": library, "FAKETIME": "@1969-07-20 20:17:00"})
    try:
        service.start()
        raise RuntimeError("it started")
    except AssertionError as error:
        assert "(exit 1)" in str(error) and "the clock of this machine is before 2020: set it" in str(error), error
    finally:
        service.kill()
        shutil.rmtree(service.folder, ignore_errors=True)


class Way:
    """A port that leads to another one, and can be closed for a while."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.is_open = True
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if not self.is_open:
                    client.close()
                    continue
                server = socket.create_connection(self.target)
                self.sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self.carry, args=pair, daemon=True).start()

    @staticmethod
    def carry(source, target):
        with contextlib.suppress(OSError):
            while chunk := source.recv(1 << 16):
                target.sendall(chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.is_open = False
        for end in self.sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def open(self):
        self.is_open = True


@case(long=True)
def machine_database_that_is_away():
    """While PostgreSQL is away for 10 s the log has about a line a second in all, then says that it is back."""
    server, folder = os.path.join(ROOT, "tests", "postgres", "server"), tempfile.mkdtemp(prefix="pxt-faults-pg-")
    started = subprocess.run([server, "start", folder], capture_output=True, text=True)
    if started.returncode == 69:
        raise Skipped(started.stderr.strip())
    try:
        assert started.returncode == 0, started.stderr
        before, place = started.stdout.strip().split("@")
        address, name = place.split("/", 1)
        host, port = address.rsplit(":", 1)
        way = Way(host, int(port))
        with Service(env={"PXT_DATABASE": f"{before}@127.0.0.1:{way.port}/{name}"}) as service:
            assert upload(service, 0, "/posters/later").status == 202
            eventually(lambda: '"done"' in service.request("GET", "/jobs").text, what="the job")
            lines = len(service.log().splitlines())
            way.close()
            begin = time.monotonic()

            def ask():
                statuses = set()
                while time.monotonic() - begin < 10:
                    statuses.add(service.request("GET", "/jobs").status)
                return statuses

            assert together([ask] * 16) == [{503}] * 16
            new = service.log().splitlines()[lines:]
            # A burst of ten, then one in a second; and the few places that say once what they lost.
            assert len(new) <= 10 + 10 + 5, "\n".join(new)
            way.open()
            eventually(lambda: "the database is back" in service.log(), what="the database's return")
            eventually(lambda: "the queue of jobs works again" in service.log(), what="the queue's return")
            eventually(lambda: service.request("GET", "/jobs").status == 200, what="an answer")
    finally:
        subprocess.run([server, "stop", folder], check=True)
