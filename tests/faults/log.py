"""The log is never in the way: a reader that stands still, lines that clients cause, the last lines."""

import contextlib
import os
import time

from harness import Service, case, eventually, together

BROKEN = b"\x89PNG\r\n\x1a\n" + b"no picture" * 100


@contextlib.contextmanager
def stuck_pipe():
    """A pipe that is full already and that nobody reads: the end to write to."""
    reader, writer = os.pipe()
    try:
        # The flag is the pipe's and not the descriptor's, so it must be gone when the service has it.
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"-" * 4095 + b"\n")
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"-")
        os.set_blocking(writer, True)
        yield writer
    finally:
        os.close(reader)
        os.close(writer)


def upload_broken(service, count):
    """Uploads that fail, over eight threads; their statuses."""

    def some():
        return [service.upload("/posters", {"title": "x"}, {"image": BROKEN}).status for _ in range(count // 8)]

    statuses = []
    for result in together([some] * 8):
        if isinstance(result, Exception):
            raise result
        statuses += result
    return statuses


@case()
def log_reader_that_stands_still():
    """With a log that nobody reads 1,000 bad uploads are answered by 422, others are served, and SIGTERM ends the process."""
    with stuck_pipe() as writer, Service(log=writer) as service:
        statuses = upload_broken(service, 1000)
        assert statuses == [422] * 1000, statuses
        answer = service.request("GET", "/jobs", seconds=5)
        assert answer.status == 200, answer
        begin = time.monotonic()
        assert service.stop(20) == 0
        assert time.monotonic() - begin < 15


@case()
def log_lines_of_clients_are_limited():
    """400 failing uploads in a few seconds are a dozen lines, which count the rest; the last lines are in the log."""
    with Service() as service:
        begin = time.monotonic()
        assert set(upload_broken(service, 400)) == {422}

        def lines(words):
            return [line for line in service.log().splitlines() if words in line]

        def told():
            counts = lines("more in the last 2 s of: a function failed")
            return sum(int(line.split("… and ")[1].split()[0]) for line in counts)

        passed = "compute::run: a function failed"
        eventually(lambda: told() + len(lines(passed)) == 400, what="a count of all lines")
        periods = (time.monotonic() - begin) / 2 + 1
        assert len(lines(passed)) <= 10 + periods and len(lines("more in the last")) <= periods
        assert service.stop() == 0
        assert lines("stopping: running requests"), service.log()[-2000:]
