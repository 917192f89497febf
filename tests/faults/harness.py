"""What the cases share: the example as a process under limits, clients of plain sockets, and how a case is named.

Only the standard library, so that the cases run wherever Python 3.11 does.
"""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

MIB = 1 << 20
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PHOTOS = os.path.join(ROOT, "examples", "posters", "photos")

CASES = []


class Skipped(Exception):
    """Raised by a case that cannot be tried on this machine; its text says why."""


def case(*, long=False):
    """Names a case after its function; the first line of its docstring says what holds. Long ones run by `--all` only."""

    def register(function):
        CASES.append((function.__name__, function.__doc__.strip().splitlines()[0], long, function))
        return function

    return register


class Service:
    """The example, or another program with its command line, over a new folder. `limits` are prlimit's: `{"as": 768 * MIB, "nofile": 64}`
    (hard and soft)."""

    def __init__(self, limits=None, env=None, folder=None, log=None, arguments=(), program=None):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="pxt-faults-")
        self.limits = limits or {}
        self.env = env or {}
        self.log_file = log
        self.arguments = arguments
        self.program = program or os.environ["PXT_FAULTS_BINARY"]
        self.process = None
        self.address = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        """A path inside of the service's folder."""
        return os.path.join(self.folder, *names)

    def start(self):
        """Starts the process and waits until it listens; raises with the log where it does not."""
        environment = self.environment()
        command = [self.program, "serve", "--host", "127.0.0.1", "--port", "0", *self.arguments]
        if self.limits:
            command = ["prlimit", *(f"--{name}={value}:{value}" for name, value in self.limits.items()), *command]
        log = self.log_file if self.log_file is not None else open(self.path("log"), "ab")
        try:
            self.process = subprocess.Popen(
                command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        finally:
            if self.log_file is None:
                log.close()
        for line in self.process.stdout:
            if b"Listening on http://" in line:
                host, port = line.decode().split("http://")[1].strip().rsplit(":", 1)
                self.address = (host, int(port))
                return
        raise AssertionError(f"the service did not start (exit {self.process.wait()}): {self.log()[-2000:]}")

    def environment(self):
        """The variables that the process has."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PXT_")}
        return environment | {
            "PXT_DATABASE": "sqlite://" + self.path("pxt.db"),
            "PXT_MEDIA": self.path("media"),
            "PXT_LOG": "info",
        } | self.env

    def log(self):
        """What the service logged so far."""
        with open(self.path("log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        """Whether the process runs still."""
        return self.process.poll() is None

    def memory(self, field="VmRSS"):
        """Bytes of /proc/PID/status: `VmRSS` now, `VmHWM` at most so far."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("the process has gone")

    def descriptors(self):
        """How many descriptors the process has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu(self):
        """CPU seconds of the process so far, user and kernel."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=40):
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        if self.process and self.alive():
            self.process.kill()
            self.process.wait()
        if self.process:
            self.process.stdout.close()

    def connect(self, seconds=30):
        """A new connection."""
        return socket.create_connection(self.address, seconds)

    def request(self, method, path, body=b"", headers=(), seconds=30):
        """One request on a connection of its own."""
        with self.connect(seconds) as connection:
            connection.sendall(head(self, method, path, headers, len(body)) + body)
            return answer(connection)

    def json(self, path, text, headers=(), seconds=30):
        """POST of a JSON text."""
        headers = ["Content-Type: application/json", *headers]
        return self.request("POST", path, text.encode(), headers, seconds)

    def upload(self, path, fields, files, headers=(), seconds=60):
        """POST of a form with files: `files` is `{field: bytes}`."""
        body, content_type = multipart(fields, files)
        return self.request("POST", path, body, [f"Content-Type: {content_type}", *headers], seconds)


class Answer:
    """A response, read whole."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"{self.status} {self.text[:300]}"


def head(service, method, path, headers=(), length=None):
    """The head of an HTTP/1.1 request, as bytes. A `Host` is added where `headers` has none."""
    lines = [f"{method} {path} HTTP/1.1", *headers]
    if not any(line.lower().startswith("host:") for line in headers):
        lines.append(f"Host: {service.address[0]}:{service.address[1]}")
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def answer(connection):
    """Reads one response; chunked ones too."""
    file = connection.makefile("rb")
    line = file.readline()
    if not line:
        raise ConnectionError("the connection was closed without an answer")
    status, headers = int(line.split()[1]), {}
    while (line := file.readline()) not in (b"\r\n", b""):
        name, value = line.decode("latin-1").split(":", 1)
        headers[name.lower()] = value.strip()
    if status in (204, 304):
        return Answer(status, headers, b"")
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(file.readline().split(b";")[0], 16):
            body += file.read(size)
            file.readline()
        file.readline()
    else:
        body = file.read(int(headers["content-length"])) if "content-length" in headers else file.read()
    return Answer(status, headers, body)


def multipart(fields, files):
    """The body of a form with files, and its content type."""
    boundary, parts = "pxt-faults-boundary", []
    for name, value in fields.items():
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, content in files.items():
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="file"\r\n\r\n'
        parts.append(f"--{boundary}\r\n{disposition}".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def photo(name="rocket.jpg"):
    """A real photograph."""
    with open(os.path.join(PHOTOS, name), "rb") as file:
        return file.read()


def together(calls):
    """Runs calls at once, one thread each; returns their results, an exception in place of a result that failed."""
    results = [None] * len(calls)

    def run(position, call):
        try:
            results[position] = call()
        except Exception as error:  # the case judges it
            results[position] = error

    threads = [threading.Thread(target=run, args=(position, call)) for position, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def eventually(condition, seconds=30, what="it"):
    """Waits until the condition holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)


@contextlib.contextmanager
def watched(service, period=0.02):
    """The most memory that the service held meanwhile, by sampling: `with watched(service) as peak: …; peak()`."""
    most, end = [service.memory()], threading.Event()

    def watch():
        while not end.wait(period):
            with contextlib.suppress(OSError, AssertionError):
                most[0] = max(most[0], service.memory())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: most[0]
    finally:
        end.set()
        thread.join()


def raise_own_limits():
    """Cases open thousands of sockets: this process's own soft limit is raised to the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
