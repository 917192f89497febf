"""PostgreSQL servers of the cases' own, which can be killed, hung and brought back."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile

from harness import ROOT, Skipped, eventually

SERVER = os.path.join(ROOT, "tests", "postgres", "server")


class Postgres:
    """A server that has on disk what it has acknowledged, unless it is said to be `fast`."""

    def __init__(self, mode="durable"):
        self.mode = mode
        self.folder = self.url = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="pxt-faults-pg-")
        started = subprocess.run([SERVER, "start", self.folder, self.mode], capture_output=True, text=True)
        if started.returncode != 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            if started.returncode == 69:
                raise Skipped(started.stderr.strip())
            raise AssertionError(started.stderr)
        self.url = started.stdout.strip()
        return self

    def __exit__(self, *_):
        self.go_on()
        subprocess.run([SERVER, "stop", self.folder], check=True)

    def sql(self, text):
        """The lines that `psql` prints: values with `|` between them."""
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text, self.url]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    @contextlib.contextmanager
    def session(self, text):
        """A session that has run a text, and stays meanwhile."""
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            process.stdin.write(f"{text};\n\\echo done\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n", f"not done: {text}"
            yield

    def processes(self):
        """The server's processes, the one that starts the others first. None where it does not run."""
        try:
            with open(os.path.join(self.folder, "data", "postmaster.pid"), encoding="ascii") as file:
                first = int(file.readline())
            with open(f"/proc/{first}/task/{first}/children", encoding="ascii") as file:
                return [first, *map(int, file.read().split())]
        except FileNotFoundError:
            return []

    def crash(self):
        """Ends the server at once, as nothing but a crash does."""
        first = self.processes()[0]
        os.kill(first, signal.SIGQUIT)
        eventually(lambda: not os.path.exists(f"/proc/{first}"), what="the end of the server")

    def start_again(self):
        subprocess.run([SERVER, "restart", self.folder], check=True, capture_output=True)

    def hang(self):
        """It runs, takes connections, and says nothing."""
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)

    def signal(self, number):
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
