"""What days.py has to know of each vendor: its streams, how their records
change, how to read them without the collector, and what its contract allows.

Nothing here is taken from vendors/: it is a second opinion on it.
"""
import datetime
import hashlib
import hmac
import http.client
import json
import time
import urllib.parse

SECOND, MINUTE, HOUR, DAY = 1000, 60000, 3600000, 86400000
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def iso(ms):
    return (EPOCH + datetime.timedelta(milliseconds=ms)).strftime(
        "%Y-%m-%dT%H:%M:%S.%fZ")


def instant(value):
    """Milliseconds of a vendor's time, with fractions."""
    if not isinstance(value, str):
        return value
    at = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return (at - EPOCH) / datetime.timedelta(milliseconds=1)


def inside(record, path):
    """The object that holds the last member of a path, and that member."""
    *way, last = path.split(".")
    for name in way:
        record = record.get(name)
        if not isinstance(record, dict):
            return None, last
    return record, last


def value(record, path):
    holder, last = inside(record, path)
    return None if holder is None else holder.get(last)


def put(record, path, new):
    holder, last = inside(record, path)
    if holder is not None:
        holder[last] = new


def without(record, paths):
    """A copy, as deep as it has to be."""
    record = dict(record)
    for path in paths:
        *way, last = path.split(".")
        holder = record
        for name in way:
            if not isinstance(holder.get(name), dict):
                break
            below = dict(holder[name])
            holder[name] = below
            holder = below
        else:
            holder.pop(last, None)
    return record


class Stream:
    """One kind of record.

    every     the guide's interval
    late      how late a record may be seen, by the contract
    look      how far back a reader has to look for what a poll shows
    age       how long after its time a change of a record is shown
    revision  path of the time that moves with a change, None if no record
              changes, "content" if only comparing tells
    states    states(record, n): makes it differ from state 0, for n = 1, 2
    touch     path of a time that moves with a change, beside what else does
    open      open(record): it may change at all
    close     close(record): the last change, which may be seen an hour later
    inner     they stand in the records of the stream before
    noise     noise(record, ms): what moves while nothing has changed
    volatile  the paths that noise moves
    breathes  noise moves in all records all the time, and members at the top
              are all that moves
    """

    def __init__(self, name, time_path, daily, every, late=0, look=None,
                 age=None, revision=None, states=None, noise=None,
                 volatile=(), secrets=(), key="id", ms=False, breathes=False,
                 start=DAY, touch=None, close=None, inner=False,
                 open=lambda record: True):
        self.name, self.time_path, self.daily = name, time_path, daily
        self.every, self.late, self.look, self.age = every, late, look, age
        self.revision, self.states, self.noise = revision, states, noise
        self.volatile, self.secrets, self.key = volatile, secrets, key
        self.ms, self.breathes, self.start = ms, breathes, start
        self.touch = revision if revision != "content" else None
        self.touch = touch or self.touch
        self.open, self.close, self.inner = open, close, inner

    @property
    def walked(self):
        return self.time_path is None

    @property
    def clock(self):
        """What differs between two times of the same content."""
        return (self.touch,) if self.touch else ()

    def at(self, record):
        return instant(value(record, self.time_path))

    def stamp(self, record, ms, path=None):
        put(record, path or self.time_path, int(ms) if self.ms else iso(ms))

    def key_of(self, record):
        return str(value(record, self.key))

    def shown(self, record):
        """The record as it may be stored."""
        for path in self.secrets:
            if value(record, path) is not None:
                put(record, path, "REDACTED")
        return record

    def state_of(self, record):
        """What tells one state of a record from another."""
        if self.revision is None:
            return ""
        if self.revision != "content":
            return value(record, self.revision)
        return json.dumps(without(record, self.volatile), sort_keys=True)


class Vendor:
    streams = ()
    limits = ()  # (path, requests a second, burst), by the contract
    missing = ()  # below which there may be nothing: 404 is no refusal
    settings = ()
    serve = ""
    reader = None  # the same account, for the reader alone

    def prepare(self, r):
        """A record as the days begin with it."""
        return r

    def __init__(self, names):
        self.port = None
        self.wanted = [s for s in self.streams if self.name in names
                       or "%s.%s" % (self.name, s.name) in names]

    def runs(self, due=lambda s: True, options=""):
        """The runs for these streams; one for all of them, if all are due."""
        which = [s for s in self.wanted if due(s)]
        if len(which) == len(self.streams):
            return ["sc-fetch %s%s" % (options, self.name)]
        return ["sc-fetch %s%s.%s" % (options, self.name, s.name)
                for s in which]

    def get(self, target, headers):
        """Asks by a port of its own, so that nobody counts it."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        conn.request("GET", target, headers=headers)
        answer = conn.getresponse()
        body = answer.read()
        conn.close()
        if answer.status != 200:
            raise SystemExit("the reader: %s: %d" % (target, answer.status))
        return json.loads(body)


def threat_states(r, n):
    r["threatInfo"]["incidentStatus"] = ["in_progress", "resolved"][n - 1]
    r["threatInfo"]["analystVerdict"] = "true_positive"


def threat_noise(r, ms):
    r["agentRealtimeInfo"]["activeThreats"] = ms // MINUTE % 1000


def agent_states(r, n):
    r["networkStatus"] = ["disconnected", "disconnecting"][n - 1]


def agent_noise(r, ms):
    r["lastActiveDate"] = iso(ms - 7)
    r["updatedAt"] = iso(ms - 3)


class SentinelOne(Vendor):
    name = "sentinelone"
    settings = ("host: acme.sentinelone.net", "api_key: file:{secret}")
    secret = "s1-test-token"
    serve = "serve sentinelone token=s1-test-token"
    # Contract 2.3.
    limits = (("/web/api/v2.1/threats", 10, 50),
              ("/web/api/v2.1/activities", 10, 30),
              ("/web/api/v2.1/agents", 25, 25))
    streams = (
        Stream("threats", "threatInfo.updatedAt", 30, 5 * MINUTE,
               late=100 * SECOND, look=8 * MINUTE,
               revision="threatInfo.updatedAt", states=threat_states,
               noise=threat_noise),
        Stream("activities", "createdAt", 48, 10 * MINUTE,
               late=100 * SECOND, look=15 * MINUTE),
        Stream("agents", None, 60, HOUR, revision="content",
               states=agent_states, noise=agent_noise,
               volatile=("lastActiveDate", "updatedAt"),
               secrets=("licenseKey",), breathes=True),
    )
    SINCE = {"threats": "updatedAt__gte", "activities": "createdAt__gte"}

    def read(self, stream, since, now):
        query, cursor = {"limit": 1000, "sortBy": "id"}, True
        if stream.name in self.SINCE:
            query[self.SINCE[stream.name]] = iso(since)
        while cursor:
            page = self.get("/web/api/v2.1/%s?%s" % (
                stream.name, urllib.parse.urlencode(query)),
                {"Authorization": "ApiToken " + self.secret})
            yield from page["data"]
            cursor = page["pagination"].get("nextCursor")
            query["cursor"] = urllib.parse.unquote(cursor or "")


def breach_states(r, n):
    r["acknowledged"] = {"username": "ana", "time": n * 1000}
    r["commentCount"] = n


def breach_noise(r, ms):
    r["devicescore"] = ms // MINUTE % 1000 / 1000
    r["pbscore"] = 0.5
    put(r, "device.lastSeen", ms)


def event_states(r, n):
    r["currentGroup"] = "g%d" % n
    r["groupCategory"] = "compliance"


def event_noise(r, ms):
    r["groupScore"] = ms // MINUTE % 1000 / 10


class Darktrace(Vendor):
    name = "darktrace"
    settings = ("host: darktrace.example.com",
                "public_token: dt-public-token", "private_token: file:{secret}")
    secret = "dt-private-token"
    serve = ("serve darktrace public-token=dt-public-token"
             " private-token=dt-private-token")
    # No limit is known; others keep to 30 a minute (contract 2.5).
    limits = (("/modelbreaches", 0.5, 120), ("/aianalyst/", 0.5, 120))
    streams = (
        Stream("model-breaches", "time", 30, 5 * MINUTE, late=5 * HOUR,
               look=6 * HOUR, age=6 * HOUR - 10 * MINUTE, revision="content",
               states=breach_states, noise=breach_noise,
               volatile=("device", "devicescore", "pbscore"),
               key="pbid", ms=True),
        Stream("ai-analyst", "createdAt", 12, 5 * MINUTE, late=23 * HOUR,
               look=DAY, age=DAY - 10 * MINUTE, revision="content",
               states=event_states, noise=event_noise,
               volatile=("groupScore",), ms=True),
    )
    PATHS = {"model-breaches": "/modelbreaches",
             "ai-analyst": "/aianalyst/incidentevents"}
    ALSO = {"model-breaches": {"historicmodelonly": "true",
                               "includebreachurl": "true"},
            "ai-analyst": {"includeallpinned": "false",
                           "includeincidenteventurl": "true"}}

    def read(self, stream, since, now):
        query = dict(self.ALSO[stream.name], includeacknowledged="true",
                     starttime=int(since), endtime=int(now))
        target = "%s?%s" % (self.PATHS[stream.name],
                            urllib.parse.urlencode(sorted(query.items())))
        date = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now / 1000))
        signed = "\n".join((target, "dt-public-token", date))
        return self.get(target, {
            "DTAPI-Token": "dt-public-token", "DTAPI-Date": date,
            "DTAPI-Signature": hmac.new(self.secret.encode(), signed.encode(),
                                        hashlib.sha1).hexdigest()})


def alarm_states(r, n):
    r["status"] = "CLOSED"
    r["comment"] = "case %d" % n


def device_states(r, n):
    r["logged_in_users"] = "user %d" % n


def device_noise(r, ms):
    r["last_contact"] = iso(ms - 9)
    r["scanned_files"] = ms // MINUTE


class DeepInstinct(Vendor):
    name = "deep-instinct"
    settings = ("host: acme.customers.deepinstinctweb.com",
                "api_key: file:{secret}")
    secret = "di-test-key"
    serve = "serve deep-instinct key=di-test-key"
    # No limit is known (contract, unknowns): no more than others ask.
    limits = (("/api/v1/", 10, 200),)
    missing = ("/api/v1/devices/",)
    # Changes are seen as long as the last ids are read again.
    streams = (
        Stream("events", "insertion_timestamp", 24, 5 * MINUTE, late=HOUR,
               look=HOUR, age=2 * DAY, revision="content",
               states=alarm_states),
        Stream("suspicious-events", "insertion_timestamp", 24, 5 * MINUTE,
               late=HOUR, look=HOUR, age=2 * DAY, revision="content",
               states=alarm_states),
        Stream("devices", None, 97, HOUR, revision="content",
               states=device_states, noise=device_noise,
               volatile=("last_contact", "scanned_files"), breathes=True),
    )
    AGAIN = 200  # ids in front of the highest: as many as vendor.yaml's reread

    def prepare(self, r):
        """Changes that a search finds are another test's: here none does."""
        for name in ("close_timestamp", "last_reoccurrence"):
            if name in r:
                r[name] = None
        return r

    def read(self, stream, since, now):
        """Behind an id; at first all, of which `since` is left.  What is older
        than that is not looked at again."""
        cursor = 0
        high = self.__dict__.setdefault("high", {})
        began = self.__dict__.setdefault("began", {})
        began.setdefault(stream.name, since)
        if not stream.walked and since == now - HOUR:
            cursor = max(0, high.get(stream.name, 0) - self.AGAIN)
            since = began[stream.name]
        word = "device" if stream.walked else "event"
        while cursor is not None:
            page = self.get("/api/v1/%s/?after_%s_id=%d" % (
                stream.name, word, cursor), {"Authorization": self.secret})
            for r in page["devices" if stream.walked else "events"]:
                if stream.walked or stream.at(r) >= since:
                    yield r
                high[stream.name] = max(high.get(stream.name, 0), r["id"])
            cursor = page["last_id"]


def investigation_states(r, n):
    r["status"] = ["INVESTIGATING", "WAITING"][n - 1]
    r["priority"] = "HIGH"


def investigation_noise(r, ms):
    r["last_accessed"] = iso(ms - 5)


def close_investigation(r):
    r["status"] = "CLOSED"
    r["disposition"] = "BENIGN"


class Rapid7(Vendor):
    name = "rapid7-insightidr"
    settings = ("region: us", "api_key: file:{secret}")
    secret = "r7-test-key"
    serve = ("serve rapid7-insightidr api-key=r7-test-key rate-limit=250/19s"
             " rate-headers=all retry-after=yes")
    reader = "serve rapid7-insightidr name=reader on=reader api-key=r7-reader"
    # As recorded (contract 0.9): 250 in 19 seconds.
    limits = (("/idr/", 250 / 19, 250),)
    missing = ("/idr/v2/investigations/",)
    streams = (
        Stream("investigations", "created_time", 20, 5 * MINUTE,
               late=4 * MINUTE, look=90 * DAY, revision="content",
               states=investigation_states, noise=investigation_noise,
               volatile=("last_accessed",), key="rrn",
               touch="latest_alert_time", close=close_investigation,
               open=lambda r: r["status"] != "CLOSED"),
        Stream("alerts", "alert.created_time", 60, 5 * MINUTE, look=90 * DAY,
               inner=True),
    )

    def pages(self, target):
        index = pages = 0
        while index == 0 or index < pages:
            page = self.get("%sindex=%d&size=100" % (target, index),
                            {"X-Api-Key": "r7-reader"})
            yield from page["data"]
            pages = page["metadata"]["total_pages"]
            index += 1

    def read(self, stream, since, now):
        if stream.name == "alerts":
            return self.alerts(since)
        # What is younger than five seconds is left for the next run (3e).
        self.listed = list(self.pages("/idr/v2/investigations?%s&" % (
            urllib.parse.urlencode({
                "start_time": iso(since or now - 90 * DAY),
                "end_time": iso(now - 5 * SECOND)}))))
        return self.listed

    def alerts(self, since):
        """Of those that got some, by their latest one."""
        seen = self.__dict__.setdefault("seen", {})
        for r in self.listed:
            if seen.get(r["rrn"], "") != r["latest_alert_time"]:
                seen[r["rrn"]] = r["latest_alert_time"]
                yield from self.pages("/idr/v2/investigations/%s/alerts?"
                                      % urllib.parse.quote(r["rrn"], safe=""))


ALL = (SentinelOne, Darktrace, DeepInstinct, Rapid7)
