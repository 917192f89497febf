"""Pages of others and hosts of others, against a service on the loopback address; and requests whose host is not one."""

import harness
from harness import Service, answer, case

PAGE = ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Content-Type: application/x-www-form-urlencoded"]
JSON = "Content-Type: application/json"


def refusal(service, status, code, method, path, body=b"", headers=()):
    """Asserts that a request is refused by a problem of this status and code."""
    found = service.request(method, path, body, headers)
    assert (found.status, found.headers.get("content-type")) == (status, "application/problem+json"), found
    assert f'"type":"{code}"' in found.text, found


def count(service):
    """How many rows and jobs there are, by their ids in the lists."""
    posters = service.request("GET", "/posters/search?text=&limit=100")
    jobs = service.request("GET", "/jobs")
    assert posters.status == jobs.status == 200, (posters, jobs)
    return posters.text.count('"id":'), jobs.text.count('"id":')


def raw(service, text):
    """The status of the answer to bytes as they are."""
    with service.connect() as connection:
        connection.sendall(text.encode("latin-1"))
        return answer(connection)


@case()
def foreign_pages_write_nothing():
    """Forms, uploads and untyped bodies that a browser sends for another page are 403, and nothing is stored or begun."""
    with Service() as service:
        stored = service.upload("/posters", {"title": "Rocket"}, {"image": harness.photo()})
        assert stored.status == 200, stored
        key = stored.text.split('"id":"')[1].split('"')[0]
        before = count(service)
        form, content_type = harness.multipart({"title": "Evil"}, {"image": harness.photo()})
        upload = [*PAGE[:2], f"Content-Type: {content_type}"]
        refusal(service, 403, "cross_origin", "POST", "/posters", form, upload)
        refusal(service, 403, "cross_origin", "POST", "/posters/later", form, upload)
        refusal(service, 403, "cross_origin", "POST", "/posters/update", f"id={key}&title=Evil".encode(), PAGE)
        refusal(service, 403, "cross_origin", "POST", "/posters/delete", f"id={key}".encode(), PAGE)
        for site in ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: null", PAGE[0]):
            body = f'{{"id": "{key}"}}'.encode()
            refusal(service, 403, "cross_origin", "POST", "/posters/delete", body, [site])
            refusal(service, 403, "cross_origin", "POST", "/posters/delete", body, [site, PAGE[2]])
            refusal(service, 403, "cross_origin", "DELETE", f"/jobs/{key}", headers=[site])
        assert count(service) == before
        assert service.request("GET", "/posters/search?text=Rocket&limit=1", headers=PAGE[:2]).status == 200


@case()
def foreign_pages_are_not_those_of_the_service():
    """Pages of the service itself, and clients that are no browser, write as ever."""
    with Service() as service:
        own = f"Origin: http://{service.address[0]}:{service.address[1]}"
        for headers in ([own, "Sec-Fetch-Site: same-origin"], [own], ["Sec-Fetch-Site: none"], []):
            found = service.json("/posters/delete", '{"id": "01a1fd24-d0a6-7021-9918-88753a638c2e"}', headers)
            assert (found.status, found.text) == (200, '{"num_rows":0}'), (headers, found)


@case()
def foreign_hosts_are_misdirected():
    """On the loopback address every path is 421 for a host that is not this machine, whatever the page sends besides."""
    with Service() as service:
        for host in ("rebind.evil.example:9149", "evil.example", "192.0.2.7:8000", "localhost.evil.example"):
            same = [f"Host: {host}", f"Origin: http://{host}", "Sec-Fetch-Site: same-origin"]
            for path in ("/posters/search?text=a&limit=1", "/docs", "/openapi.json", "/jobs", "/media/x/y", "/nowhere"):
                refusal(service, 421, "misdirected", "GET", path, headers=same)
            refusal(service, 421, "misdirected", "POST", "/posters/delete", b"{}", [*same, JSON])
        for host in ("localhost", "LOCALHOST:1", "films.localhost:8000", "127.0.0.1", "127.1.2.3:9", "[::1]:8000"):
            found = service.request("GET", "/openapi.json", headers=[f"Host: {host}"])
            assert found.status == 200, (host, found)
        target = "http://evil.example/openapi.json"
        refusal(service, 421, "misdirected", "GET", target, headers=["Host: localhost"])


@case()
def foreign_host_is_named_once():
    """By HTTP/1.1 a request has one `Host`, which is one: two, none, an empty or an unreadable one are 400, and the connection ends."""
    with Service() as service:
        path = "/openapi.json"
        wrong = ["", "Host: localhost\r\nHost: localhost\r\n", "Host: localhost\r\nHost: evil.example\r\n", "Host:\r\n"]
        wrong += [f"Host: {host}\r\n" for host in ("a b", "user@localhost", "localhost:port", "localhost:99999", "a/b", "[::1")]
        for lines in wrong:
            for target in (path, f"http://localhost{path}"):
                found = raw(service, f"GET {target} HTTP/1.1\r\n{lines}\r\n")
                assert found.status == 400 and '"type":"bad_host"' in found.text, (lines, found)
                assert found.headers["connection"] == "close", found.headers
        assert raw(service, f"GET {path} HTTP/1.0\r\n\r\n").status == 200
        assert raw(service, f"GET {path} HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n").status == 400


@case()
def foreign_transfer_codings_are_not_taken_for_the_body():
    """A body under a transfer coding beside `chunked` is 501; under `chunked` alone it is read."""
    with Service() as service:
        body = '{"id": "01a1fd24-d0a6-7021-9918-88753a638c2e"}'
        chunked = f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"

        def post(coding):
            head = f"POST /posters/delete HTTP/1.1\r\nHost: localhost\r\n{JSON}\r\nTransfer-Encoding: {coding}\r\n\r\n"
            return raw(service, head + chunked)

        assert post("chunked").status == post("Chunked").status == 200
        for coding in ("gzip, chunked", "identity, chunked", "gzip\r\nTransfer-Encoding: chunked"):
            found = post(coding)
            assert found.status == 501 and '"type":"unknown_coding"' in found.text, (coding, found)
