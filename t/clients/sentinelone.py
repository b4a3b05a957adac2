#!/usr/bin/env python3
"""Prints every record of a SentinelOne stream as NDJSON, oldest first.

A second opinion on sc-mock: it shares no code with the collector and was
written against the vendor's API alone.

usage: S1_TOKEN=TOKEN sentinelone.py URL STREAM [CA]
       STREAM: threats, activities, agents
"""
import http.client
import json
import os
import ssl
import sys
import urllib.parse

# The vendor's API: 2.1 is the version whose records have their times below
# threatInfo; 2.0 answers otherwise.
BASE = "/web/api/v2.1/"
# The vendor's API: a threat changes, so it is listed by when it was updated.
# Activities cannot be sorted by that, they never change.  Inventory: whole.
SORT = {
    "threats": ("updatedAt", lambda r: r["threatInfo"]["updatedAt"]),
    "activities": ("createdAt", lambda r: r["createdAt"]),
    "agents": ("createdAt", lambda r: r["createdAt"]),
}
# The vendor's API: 1 to 1000 records a page; few, so that there are pages.
LIMIT = 7


def connect(url, ca):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    context = ssl.create_default_context(cafile=ca)
    return http.client.HTTPSConnection(
        parts.hostname, parts.port, timeout=30, context=context)


def get(conn, path, query):
    # The vendor's API: one header that never changes; no session, no sign-in.
    conn.request("GET", BASE + path + "?" + urllib.parse.urlencode(query),
                 headers={"Authorization": "ApiToken " + os.environ["S1_TOKEN"]})
    answer = conn.getresponse()
    body = json.loads(answer.read())
    # The vendor's API: a failure is a status and a list of errors with code,
    # title and perhaps a detail; a success has no such list.
    if answer.status != 200 or body.get("errors"):
        sys.exit("; ".join("%d %s" % (e["code"], e["title"])
                           for e in body["errors"]))
    return body


def walk(conn, stream):
    query = {"limit": LIMIT, "sortBy": SORT[stream][0], "sortOrder": "asc"}
    seen, total = 0, None
    while True:
        page = get(conn, stream, query)
        if len(page["data"]) > LIMIT:
            sys.exit("a page of %d records" % len(page["data"]))
        # The vendor's API: the number of all records is in each page.
        if total not in (None, page["pagination"]["totalItems"]):
            sys.exit("the total changes")
        total = page["pagination"]["totalItems"]
        yield from page["data"]
        seen += len(page["data"])
        # The vendor's API: null behind the last page.
        cursor = page["pagination"]["nextCursor"]
        if cursor is None:
            break
        # The vendor's API: the cursor comes with percent escapes in it.  It
        # knows where the list goes on and nothing of what was asked, so limit
        # and order are sent again.
        query["cursor"] = urllib.parse.unquote(cursor)
    if seen != total:
        sys.exit("%d records of %d" % (seen, total))


def main():
    url, stream = sys.argv[1:3]
    conn = connect(url, sys.argv[3] if len(sys.argv) > 3 else None)
    # The vendor's API: how it is can be asked without a token.
    if get(conn, "system/status", {})["data"]["health"] != "ok":
        sys.exit("not well")
    last = ""
    for record in walk(conn, stream):
        time = SORT[stream][1](record)
        if time < last:
            sys.exit("out of order: %s" % record["id"])
        last = time
        print(json.dumps(record))


if __name__ == "__main__":
    main()
