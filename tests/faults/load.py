"""Steady load on routes that store JSON: what was acknowledged, how long it took, and the percentiles of that."""

import http.client
import json
import threading
import time


class Load:
    """So many clients, each of which sends so many requests in a second and no more, until the end of the `with`.

    `body` makes the JSON of a request from a number that no other request has. A client that finds nobody connects anew.
    """

    def __init__(self, service, path, body, clients=2, rate=40):
        self.service, self.path, self.body, self.pause = service, path, body, 1 / rate
        self.end = threading.Event()
        self.lock = threading.Lock()
        self.numbers = 0
        # Of each answer: when the request was sent, how long it took, the status, the body.
        self.answers = []
        # Requests that nobody answered: what became of their rows is open.
        self.unanswered = 0
        self.threads = [threading.Thread(target=self.run) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Sends no more, and waits for what was sent."""
        self.end.set()
        for thread in self.threads:
            thread.join()

    def run(self):
        connection, due = None, time.monotonic()
        while not self.end.wait(max(0, due - time.monotonic())):
            due = max(due + self.pause, time.monotonic())
            with self.lock:
                self.numbers += 1
                number = self.numbers
            try:
                connection = connection or http.client.HTTPConnection(*self.service.address, timeout=30)
                begin = time.monotonic()
                connection.request("POST", self.path, json.dumps(self.body(number)), {"Content-Type": "application/json"})
                response = connection.getresponse()
                text = response.read().decode()
                answer = (begin, time.monotonic() - begin, response.status, text)
            except (OSError, http.client.HTTPException):
                connection = None
                with self.lock:
                    self.unanswered += 1
                continue
            with self.lock:
                self.answers.append(answer)

    def since(self, begin):
        """The answers to requests that were sent after a moment."""
        with self.lock:
            return [answer for answer in self.answers if answer[0] >= begin]

    def acknowledged(self):
        """The rows that were answered by 200."""
        return [json.loads(text) for _, _, status, text in self.since(0) if status == 200]


def percentile(answers, share):
    """The time in seconds that such a share of the answers took at most."""
    times = sorted(seconds for _, seconds, _, _ in answers)
    assert times, "nothing was answered"
    return times[min(len(times) - 1, int(len(times) * share))]


def figures(answers):
    """How many there are and their percentiles, for whoever reads along."""
    p50, p99 = (percentile(answers, share) * 1000 for share in (0.5, 0.99))
    return f"{len(answers)} answers, p50 {p50:.1f} ms, p99 {p99:.1f} ms"
