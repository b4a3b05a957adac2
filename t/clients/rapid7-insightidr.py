#!/usr/bin/env python3
"""A collector of Rapid7 InsightIDR in a few lines, written against the
vendor's API alone.  Prints what a stream holds, a record a line.

usage: R7_KEY=SECRET rapid7-insightidr.py URL STREAM [CA]

Streams: investigations, search, v1, alerts, product-alerts,
investigation-actors, at-alerts, at-hydrated, evidences, actors.
Records of an investigation or an alert are printed with a member that names
it, because the answers do not.
"""

import gzip
import http.client
import json
import os
import ssl
import sys
import urllib.parse

# The vendor's API: without a window of one's own the list ends 28 days ago,
# and it knows nothing but the time of creation.
WINDOW = {
    "start_time": "2025-10-01T00:00:00Z",
    "end_time": "2026-12-01T00:00:00.000000Z",
}
SIZE = 7  # 100 at most; small, so that there are pages


def instant(text):
    """The vendor's API: zeros at the end of a fraction are not written, so
    times cannot be compared as they stand."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return seconds, fraction.ljust(6, "0")


class Vendor:
    def __init__(self, url, key, ca):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=ca)
            self.conn = http.client.HTTPSConnection(parts.netloc, context=context)
        else:
            self.conn = http.client.HTTPConnection(parts.netloc)
        # The vendor's API: the key goes into every request, /validate
        # included; v2 and the newer API are previews that are asked for by
        # name, though they answer without.
        self.headers = {"X-Api-Key": key, "Accept-Encoding": "gzip"}

    def ask(self, method, path, query=None, body=None):
        newer = path.startswith("/idr/at/")
        version = "strong-force-preview" if newer else "investigations-preview"
        headers = dict(self.headers, **{"Accept-version": version})
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        if query:
            path += "?" + urllib.parse.urlencode(query)
        self.conn.request(method, path, body, headers)
        answer = self.conn.getresponse()
        # The vendor's API: answers come in chunks, without a length.
        data = answer.read()
        if answer.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {data.decode()}")
        return json.loads(data)

    def pages(self, method, path, query, body=None, size=SIZE):
        """The vendor's API: index counts pages from 0, not records."""
        index, pages = 0, 1
        while index < pages:
            page = self.ask(method, path, dict(query, index=index, size=size), body)
            meta = page["metadata"]
            assert (meta["index"], meta["size"]) == (index, size), meta
            pages = meta["total_pages"]
            assert pages == (meta["total_data"] + size - 1) // size, meta
            assert len(page["data"]) == min(size, meta["total_data"] - index * size), meta
            yield from page["data"]
            index += 1

    def turn(self, method, path, member, query, body=None):
        """The vendor's API: the newer one says which page is the last."""
        index, last = 0, False
        while not last:
            page = self.ask(method, path, dict(query, index=index, size=SIZE), body)
            meta = page["metadata"]
            assert meta["items_in_index"] == len(page[member]), meta
            # Answered with 200, and yet not everything.
            assert not page.get("region_failures"), page["region_failures"]
            yield from page[member]
            last = meta["is_last_index"]
            index += 1

    def in_order(self, records):
        last = ("", "")
        for record in records:
            assert last <= instant(record["created_time"]), record
            last = instant(record["created_time"])
            yield record

    def investigations(self):
        # The vendor's API: sorted by priority unless told otherwise, so that
        # pages shift whenever something happens.
        query = dict(WINDOW, sort="created_time,ASC")
        return self.in_order(self.pages("GET", "/idr/v2/investigations", query))

    def search(self):
        body = dict(WINDOW, search=[], sort=[{"field": "created_time", "order": "ASC"}])
        return self.in_order(self.pages("POST", "/idr/v2/investigations/_search", {}, body))

    def v1(self):
        # The vendor's API: the old list knows no default window, no sort, and
        # pages of up to a thousand.
        return self.pages("GET", "/idr/v1/investigations", {}, size=1000)

    def below(self, rest):
        for record in self.investigations():
            # The vendor's API: RRNs are full of colons, which a path may
            # have to escape.
            rrn = record["rrn"]
            yield rrn, "/idr/v2/investigations/" + urllib.parse.quote(rrn, safe="") + rest

    def alerts(self):
        for rrn, path in self.below("/alerts"):
            newest = None
            for alert in self.pages("GET", path, {}):
                # The vendor's API: the newest first, always with milliseconds.
                assert newest is None or alert["created_time"] <= newest
                newest = alert["created_time"]
                # A text, an object, or nothing.
                rule = alert["detection_rule_rrn"]
                assert rule is None or isinstance(rule, str) or "rule_rrn" in rule
                yield {"investigation": rrn, "alert": alert}

    def product_alerts(self):
        # The vendor's API: a bare array here, no envelope and no pages.
        for rrn, path in self.below("/rapid7-product-alerts"):
            for alert in self.ask("GET", path):
                yield {"investigation": rrn, "alert": alert}

    def investigation_actors(self):
        for rrn, path in self.below("/actors"):
            for actor in self.pages("GET", path, {}):
                yield {"investigation": rrn, "actor": actor}

    def at_search(self, member, **query):
        # The vendor's API: the window is in the body, the page in the query.
        body = {"search": WINDOW, "sorts": [{"field_id": "created_at", "order": "ASC"}]}
        return self.turn("POST", "/idr/at/alerts/ops/search", member, query, body)

    def at_alerts(self):
        return self.at_search("alerts")

    def at_hydrated(self):
        # The vendor's API: names alone first, then a hundred records at once.
        rrns = list(self.at_search("rrns", rrns_only="true"))
        for at in range(0, len(rrns), 100):
            body = {"rrns": rrns[at : at + 100]}
            yield from self.ask("POST", "/idr/at/alerts/ops/rrns", None, body)["alerts"]

    def of_alerts(self, member, name):
        for rrn in self.at_search("rrns", rrns_only="true"):
            path = f"/idr/at/alerts/{urllib.parse.quote(rrn)}/{member}"
            for record in self.turn("GET", path, member, {}):
                yield {"alert": rrn, name: record}

    def evidences(self):
        for record in self.of_alerts("evidences", "evidence"):
            # The vendor's API: JSON inside a string; at times it is none.
            assert isinstance(record["evidence"]["data"], str)
            yield record

    def actors(self):
        return self.of_alerts("actors", "actor")


def main():
    url, stream = sys.argv[1:3]
    vendor = Vendor(url, os.environ["R7_KEY"], sys.argv[3] if len(sys.argv) > 3 else None)
    assert vendor.ask("GET", "/validate")["message"] == "Authorized"
    for record in getattr(vendor, stream.replace("-", "_"))():
        print(json.dumps(record, sort_keys=True))


if __name__ == "__main__":
    main()
