"""Clients that hold connections, bodies and answers; limits of descriptors and file sizes; signals to stop."""

import contextlib
import os
import resource
import socket
import struct
import threading
import time
import zlib

import harness
from harness import MIB, Service, answer, case, eventually, head, photo, together


def statuses(calls):
    """The statuses of requests at once; the text of what failed in place of a status."""
    return [str(getattr(result, "status", result)) for result in together(calls)]


def small_picture():
    """A PNG of 8 by 8 pixels, which costs next to nothing."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(8 * 25))) + chunk(b"IEND", b"")


def insert(service, content):
    return service.upload("/posters", {"title": "x"}, {"image": content})


def sockets(service):
    """How many sockets the process has."""
    names, folder = 0, f"/proc/{service.pid}/fd"
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            names += os.readlink(os.path.join(folder, name)).startswith("socket:")
    return names


def half_post(service, length, part):
    """A connection that sent a part of an update's body."""
    connection = service.connect()
    connection.sendall(head(service, "POST", "/posters/update", ["Content-Type: application/json"], length) + part)
    return connection


@case()
def connections_half_heads_make_room():
    """1,100 half heads under 1,024 descriptors: others are answered, long before the 30 s that a head may take"""
    with Service(limits={"nofile": 1024}) as service:
        hostile = []
        for _ in range(1100):
            hostile.append(service.connect())
            hostile[-1].sendall(b"GET /jobs HTTP/1.1\r\nHost: x\r\n")
        for _ in range(3):
            begin = time.monotonic()
            assert service.request("GET", "/jobs").status == 200
            taken = time.monotonic() - begin
            # Half a second where a core is free: whoever stands longest makes room from then on.
            assert taken < 10, f"{taken:.2f} s"
        assert service.descriptors() < 900, f"{service.descriptors()} descriptors: files keep theirs"
        for connection in hostile:
            connection.close()


@case()
def connections_few_descriptors():
    """80 clients insert at once under 64 descriptors, and under 32: each answer is 200 or 503, none 500"""
    content = small_picture()
    for descriptors in (64, 32):
        with Service(limits={"nofile": descriptors}) as service:
            for _ in range(3):
                found = statuses([lambda: insert(service, content)] * 80)
                assert set(found) <= {"200", "503"}, found
                assert "200" in found, found
            assert service.request("GET", "/posters/search?text=x").status == 200


@case()
def connections_soft_limit_is_raised():
    """The soft limit of descriptors is raised to the hard one"""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    with Service() as service:
        harness.raise_own_limits()
        with open(f"/proc/{service.pid}/limits", encoding="ascii") as limits:
            line = next(line for line in limits if line.startswith("Max open files"))
    assert line.split()[3:5] == [str(hard)] * 2, line


@case(long=True)
def connections_answers_not_taken_are_closed():
    """Clients that do not read their answers are closed after 30 s, and hold no descriptor"""
    with Service() as service:
        assert insert(service, large_picture()).status == 200
        path = "/posters/picture?slug=x"
        before = sockets(service)
        held = []
        for _ in range(50):
            held.append(service.connect())
            held[-1].sendall(head(service, "GET", path))
        eventually(lambda: sockets(service) == before + 50, what="the answers' begin")
        eventually(lambda: sockets(service) == before, seconds=45, what="their end")
        assert service.request("GET", "/jobs").status == 200


def large_picture():
    """A picture that is larger than what the system takes for a connection: a real one with 12 MiB behind its end."""
    return photo() + bytes(12 * MIB)


@case()
def connections_half_closed_are_answered():
    """A client that ended only its sending gets its answers: to a GET and to a form with a file"""
    body, content_type = harness.multipart({"title": "x"}, {"image": small_picture()})
    with Service() as service:
        requests = [
            head(service, "GET", "/posters/search?text=x"),
            head(service, "POST", "/posters", [f"Content-Type: {content_type}"], len(body)) + body,
        ]
        for request in requests * 5:
            with service.connect() as connection:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                found = answer(connection)
                assert found.status == 200, found
                assert connection.recv(1) == b"", "and then the connection is closed"


@case()
def connections_epilogue_is_read():
    """A form with 10 MB behind its end is answered, and the client can read that"""
    body, content_type = harness.multipart({"title": "x"}, {"image": small_picture()})
    with Service() as service:
        for _ in range(3):
            found = service.request("POST", "/posters", body + bytes(10_000_000), [f"Content-Type: {content_type}"])
            assert found.status == 200, found


@case(long=True)
def connections_silent_body():
    """A body that falls silent is answered by 408 after 30 s, however much of it came before"""
    with Service() as service:
        begin = time.monotonic()
        for connection in [half_post(service, 16 * MIB, b" " * size) for size in (1, MIB, 15 * MIB)]:
            connection.settimeout(60)
            found = answer(connection)
            assert found.status == 408, found
            connection.close()
        taken = time.monotonic() - begin
        assert 29 < taken < 40, f"{taken:.1f} s"


@case(long=True)
def connections_bodies_have_a_budget():
    """Bodies that stand still take no more than the budget: others get 503 with Retry-After, small ones are served"""
    # An eighth of the address space: 96 MiB.
    with Service(limits={"as": 768 * MIB}) as service:
        part = b" " * (15 * MIB)
        held = [half_post(service, 16 * MIB, part) for _ in range(12)]

        def refused(connection):
            # After a refusal, what is left of a body is waited for.
            connection.settimeout(6)
            try:
                return answer(connection)
            except TimeoutError:
                return None

        refusals = [found for found in together([lambda held=held: refused(held) for held in held]) if found]
        assert 6 <= len(refusals) <= 9, f"{len(refusals)} of 12 bodies of 15 MiB are refused: {refusals}"
        assert all(found.status == 503 and found.headers["retry-after"] == "1" for found in refusals), refusals
        assert service.memory() < 250 * MIB, f"{service.memory() / MIB:.0f} MiB"
        assert service.json("/posters/update", '{"id": "x"}').status == 422
        for connection in held:
            connection.close()
        eventually(lambda: half_post_is_taken(service, part), what="the budget's return")


def half_post_is_taken(service, part):
    with half_post(service, len(part), part) as connection:
        return answer(connection).status != 503


@case()
def connections_file_size_limit():
    """An upload beyond the limit of a file's size fails by itself: the process goes on"""
    with Service(limits={"fsize": 3_000_000}) as service:
        found = service.upload("/posters", {"title": "x"}, {"image": photo() + bytes(5_000_000)})
        assert found.status in (500, 507), found
        assert service.alive() and insert(service, small_picture()).status == 200


@case()
def connections_second_signal():
    """A second SIGTERM ends the process at once, with 143; one alone waits for what runs, and ends with 0"""
    with Service() as service:
        with half_post(service, 100, b"half"):
            eventually(lambda: service.descriptors() > 15, what="the request's begin")
            service.signal(15)
            eventually(lambda: "stopping" in service.log(), what="the stop")
            time.sleep(0.3)
            assert service.alive(), "the request goes on"
            begin = time.monotonic()
            assert service.stop(5) == 143
            assert time.monotonic() - begin < 2
    with Service() as service:
        assert service.stop() == 0


@case()
def connections_backlog_at_the_stop():
    """What was sent before the SIGTERM is answered, also where the connection was not accepted yet"""
    with Service() as service:
        clients, ready = [], threading.Barrier(2)

        def send():
            ready.wait()
            for _ in range(200):
                try:
                    client = service.connect()
                    client.sendall(head(service, "GET", "/posters/search?text=x"))
                    clients.append(client)
                except ConnectionError:
                    return

        thread = threading.Thread(target=send)
        thread.start()
        ready.wait()
        time.sleep(0.01)
        service.signal(15)
        sent = len(clients)
        thread.join()
        found = [answer(client).status for client in clients[:sent]]
        assert found.count(200) == sent, f"{found.count(200)} of {sent}"
        assert service.process.wait(40) == 0
