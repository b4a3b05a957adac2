#!/usr/bin/env python3
"""Prints every record of a Deep Instinct stream as NDJSON.

A second opinion on sc-mock: it shares no code with the collector and was
written against the vendor's API alone.

usage: DI_KEY=KEY deep-instinct.py URL STREAM [CA]
       STREAM: events, suspicious-events, devices, audit-logs
"""
import http.client
import json
import os
import ssl
import sys
import urllib.parse

# The vendor's API: the path says v1 whatever the product's version is.
BASE = "/api/v1/"
# The vendor's API: stream -> path, member that holds the records, parameter.
# Suspicious events are a stream of their own, with a cursor of their own, but
# their pages look like those of the malicious ones.
STREAMS = {
    "events": ("events/", "events", "after_event_id"),
    "suspicious-events": ("suspicious-events", "events", "after_event_id"),
    "devices": ("devices", "devices", "after_device_id"),
}
# The vendor's API: a page never has more, and nothing can be asked for that
# would change it.
PAGE = 50
AUDIT_PAGE = 20  # so that there are pages


def connect(url, ca):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    context = ssl.create_default_context(cafile=ca)
    return http.client.HTTPSConnection(
        parts.hostname, parts.port, timeout=30, context=context)


def get(conn, path):
    # The vendor's API: the key stands alone in Authorization, without a word
    # such as Bearer before it.
    conn.request("GET", BASE + path, headers={
        "Authorization": os.environ["DI_KEY"], "Accept": "application/json"})
    answer = conn.getresponse()
    body = answer.read()
    if answer.status != 200:
        # The vendor's API: errors may carry statusText; nothing promises it.
        try:
            text = json.loads(body).get("statusText", "")
        except ValueError:
            text = ""
        sys.exit("%d %s %s" % (answer.status, answer.reason, text))
    return json.loads(body)


def walk(conn, stream):
    path, member, parameter = STREAMS[stream]
    # The vendor's API: the cursor is the highest id seen, 0 at first.
    cursor = 0
    while True:
        page = get(conn, "%s?%s=%d" % (path, parameter, cursor))
        records = page.get(member) or []
        if len(records) > PAGE:
            sys.exit("a page of %d records" % len(records))
        ids = [record["id"] for record in records]
        # The vendor's API: ids ascend, and all of them lie behind the cursor.
        if ids != sorted(ids) or (ids and ids[0] <= cursor):
            sys.exit("ids out of order behind %d" % cursor)
        yield from records
        # The vendor's API: a page with records tells the highest id in it, the
        # page after the last has null.  Some versions leave the member out,
        # also beside the last records, or send {}.
        last = page.get("last_id")
        if last is None:
            return
        if last <= cursor:
            sys.exit("last_id %d does not get on" % last)
        cursor = last


def audit_logs(conn):
    # The vendor's API: the log of what people did goes by offset, a bare list
    # of a hundred at most; an empty one is the end.
    offset = 0
    while True:
        page = get(conn, "audit_logs/?size=%d&offset=%d" % (AUDIT_PAGE, offset))
        if not page:
            return
        yield from page
        offset += len(page)


def main():
    conn = connect(sys.argv[1], sys.argv[3] if len(sys.argv) > 3 else None)
    stream = sys.argv[2]
    records = audit_logs(conn) if stream == "audit-logs" else walk(conn, stream)
    for record in records:
        print(json.dumps(record))


main()
