#!/usr/bin/env python3
"""A small collector for Darktrace's API, independent of sc-fetch.

Goes through one stream and prints its records as NDJSON, oldest first.

usage: darktrace.py [--ca FILE] [--slice HOURS] URL STREAM FROM_MS TO_MS
       STREAM: model-breaches, ai-analyst, groups, devices

Tokens: environment DT_PUBLIC_TOKEN, DT_PRIVATE_TOKEN.
"""
import argparse
import hashlib
import hmac
import http.client
import json
import os
import ssl
import sys
import time
import urllib.parse

# The vendor's API: no versions, no envelope, no pages.  A request names a
# window of time and gets everything in it.  What an analyst has acknowledged
# is left out unless asked for; pinned incident events come in every window
# unless they are kept out.
STREAMS = {
    "model-breaches": ("/modelbreaches", "pbid", "time",
                       {"includeacknowledged": "true",
                        "includebreachurl": "true"}),
    "ai-analyst": ("/aianalyst/incidentevents", "id", "createdAt",
                   {"includeacknowledged": "true",
                    "includeallpinned": "false",
                    "includeincidenteventurl": "true"}),
    "groups": ("/aianalyst/groups", "id", "start",
               {"includeacknowledged": "true",
                "includeallpinned": "false",
                "includegroupurl": "true"}),
    # All devices at once; tags only when asked for.
    "devices": ("/devices", "did", "did", {"includetags": "true"}),
}


class ApiError(Exception):
    pass


def sign(private, target, public, date):
    # The vendor's API: HMAC-SHA1 over path with query, public token and date,
    # a line each, no line end behind the last; the key is the private token
    # as text; lower-case hexadecimal digits.
    message = "\n".join((target, public, date))
    return hmac.new(private.encode(), message.encode(),
                    hashlib.sha1).hexdigest()


def why(status, headers, body):
    # The vendor's API: wrong tokens and clocks are 400 with the reason as the
    # value of some member; a path that is not there, or not for this token,
    # is a redirect to a page for people.
    if status == 302:
        return "redirected to " + (headers.get("Location") or "nowhere")
    try:
        return "%d %s" % (status, ", ".join(map(str, json.loads(body).values())))
    except (ValueError, AttributeError):
        return str(status)


class Client:
    def __init__(self, url, public, private, ca):
        at = urllib.parse.urlsplit(url)
        if at.scheme == "https":
            self.conn = http.client.HTTPSConnection(
                at.hostname, at.port,
                context=ssl.create_default_context(cafile=ca))
        else:
            self.conn = http.client.HTTPConnection(at.hostname, at.port)
        self.public = public
        self.private = private

    def get(self, path, params):
        # Only characters that need no escapes are sent: whether escapes are
        # signed as sent or as meant is not agreed on.  The date is made once,
        # in UTC, and signed byte for byte as it is sent.
        query = "&".join("%s=%s" % p for p in sorted(params.items()))
        target = path + "?" + query if query else path
        date = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        self.conn.request("GET", target, headers={
            "DTAPI-Token": self.public,
            "DTAPI-Date": date,
            "DTAPI-Signature": sign(self.private, target, self.public, date),
            "Accept": "application/json"})
        reply = self.conn.getresponse()
        body = reply.read()
        kind = reply.headers.get("Content-Type") or ""
        if reply.status != 200 or not kind.startswith("application/json"):
            raise ApiError(why(reply.status, reply.headers, body))
        data = json.loads(body)
        # One record may come alone instead of as a list of one.
        return data if isinstance(data, list) else [data]


def windows(start, end, step):
    while start <= end:
        # Both ends of a window belong to it.
        yield start, min(start + step - 1, end)
        start += step


def collect(client, stream, start, end, step):
    path, key, order, params = STREAMS[stream]
    found = {}
    if stream == "devices":
        spans = [{}]
    else:
        spans = [{"starttime": a, "endtime": b}
                 for a, b in windows(start, end, step)]
    for span in spans:
        for record in client.get(path, {**params, **span}):
            # An activity may touch several windows: the number tells.
            found[record[key]] = record
    # The order of a list is nothing to count on, and times are whole seconds,
    # so several records may have the same one.
    return sorted(found.values(), key=lambda r: (r[order], r[key]))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--ca")
    args.add_argument("--slice", type=int, default=24)
    args.add_argument("url")
    args.add_argument("stream", choices=sorted(STREAMS))
    args.add_argument("start", type=int)
    args.add_argument("end", type=int)
    o = args.parse_args()
    client = Client(o.url, os.environ["DT_PUBLIC_TOKEN"],
                    os.environ["DT_PRIVATE_TOKEN"], o.ca)
    try:
        for record in collect(client, o.stream, o.start, o.end,
                              o.slice * 3600 * 1000):
            print(json.dumps(record, ensure_ascii=False))
    except ApiError as e:
        print("darktrace: %s" % e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
