#!/usr/bin/env python3
"""Lets days pass: sc-mock gets other records all the time, the pipeline polls
at the guides' intervals, and somebody else looks at the same moment.  In the
end the store must hold each state that there was to see at a poll, once.

usage: days.py [--inventory N] DAYS VENDOR[.STREAM]...

Prints a JSON object for each stream.  N is how many records an inventory has
in which something moves all the time.

The current folder gets the mock's files; SC_CONFIG and SC_STATE are used.
"""
import argparse
import copy
import heapq
import json
import os
import random
import resource
import signal
import sqlite3
import struct
import subprocess
import sys

import vendors
from vendors import DAY, HOUR, MINUTE, SECOND, without

BEGIN = 1795219200000  # 2026-11-21T00:00:00Z
HISTORY = 4 * DAY
STEP = 5 * MINUTE
CLOSED = -1  # the state of a record that will not change any more


class Clock:
    """The file of SC_CLOCK=step:PATH; see libcommon/clock.c."""

    def __init__(self, path, ms):
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.pwrite(self.fd, struct.pack("<qII", ms, 1, 0x73636C6B), 0)

    def now(self):
        return struct.unpack("<q", os.pread(self.fd, 8, 0))[0]

    def reach(self, ms):
        """A program that waited may have moved it already."""
        if ms > self.now():
            os.pwrite(self.fd, struct.pack("<q", ms), 0)


class Record:
    def __init__(self, stream, base):
        self.stream, self.base = stream, base
        self.state, self.moved, self.there, self.stamped = 0, None, False, None
        self.line = None

    def text(self, now):
        stream = self.stream
        if self.line is None or stream.breathes:
            r = (dict if stream.breathes else copy.deepcopy)(self.base)
            if self.state == CLOSED:
                stream.close(r)
            elif self.state:
                stream.states(r, self.state)
            if self.moved is not None or stream.breathes:
                stream.noise(r, now if stream.breathes else self.moved)
            if self.stamped is not None:
                stream.stamp(r, self.stamped, stream.touch)
            self.line = json.dumps(r, ensure_ascii=False)
        return self.line


class Dataset:
    """What the mock has of a stream, and what will happen to it."""

    def __init__(self, vendor, stream, days, seed, count=None):
        self.vendor, self.stream = vendor, stream
        self.full = "%s.%s" % (vendor.name, stream.name)
        self.path = self.full + ".ndjson"
        self.rng = random.Random("%s %d" % (self.full, seed))
        self.plan, self.order, self.dirty = [], 0, True
        self.below = None
        self.done = dict.fromkeys(
            ("appeared", "late", "tied", "changed", "moved", "vanished"), 0)
        self.end = BEGIN + days * DAY
        span = HISTORY + days * DAY
        n = count or stream.daily * span // DAY
        if stream.walked and not count:
            n = stream.daily
        lines = subprocess.run(
            ["sc-mock", "generate", self.full, "-n", str(n), "--start",
             vendors.iso(BEGIN - HISTORY), "--span", "%dm" % (span // MINUTE)],
            check=True, stdout=subprocess.PIPE).stdout.splitlines()
        self.records = [Record(stream, vendor.prepare(json.loads(line)))
                        for line in lines]
        if stream.walked:
            self.plan_walked()
        elif not stream.inner:
            self.plan_events()

    def belongs(self, owner):
        """These stand in records of another stream: one joins when the owner
        changes, the others are there from the start."""
        self.below, owner.below = {}, self
        for record in self.records:
            self.below.setdefault(record.base[owner.stream.name[:-1]],
                                  []).append(record)
        for some in self.below.values():
            # The newest ones are there: their owners tell the time of them.
            some.sort(key=lambda r: self.stream.at(r.base), reverse=True)
            for record in some[:-1] or some:
                self.appear(record)

    def join(self, key, ms):
        some = self.below.get(key)
        if some and not some[-1].there:
            self.stream.stamp(some[-1].base, ms)
            self.appear(some[-1])
            self.dirty = True

    def act(self, ms, what, record, *args):
        if ms < self.end:
            heapq.heappush(self.plan, (ms, self.order, what, record, args))
            self.order += 1

    def plan_walked(self):
        for record in self.records:
            at = BEGIN - HISTORY
            if self.rng.random() < 0.1:
                at = BEGIN + self.rng.randrange(self.end - BEGIN)
            self.act(at, self.appear, record)
            # Not so often that most of a large inventory changes.
            if self.rng.random() < min(1, 60 / len(self.records)):
                self.plan_life(record, max(at, BEGIN), self.end)

    def plan_events(self):
        stream, rng, last = self.stream, self.rng, None
        self.records.sort(key=lambda r: stream.at(r.base))
        for record in self.records:
            at = stream.at(record.base)
            if at >= BEGIN and rng.random() < 0.5:
                # They come in bursts, and share a second or an instant.
                tied = rng.random() < 0.5
                at = last + (0 if tied else rng.randrange(100) * SECOND)
                stream.stamp(record.base, at)
                self.done["tied"] += tied
            last = at
            seen = at
            if at >= BEGIN and rng.random() < 0.3:
                seen += rng.uniform(SECOND, stream.late)
                self.done["late"] += 1
            self.act(seen, self.appear, record)
            until = self.end if stream.age is None else at + stream.age
            if rng.random() < (1 if at >= BEGIN else 0.2):
                self.plan_life(record, max(seen, BEGIN), until)

    def plan_life(self, record, start, until):
        stream, rng = self.stream, self.rng
        every = stream.every
        # Not before a poll has seen it.
        a = start + rng.uniform(1.05, 6) * every
        b = a + rng.uniform(1.1, 3) * every
        if b > until:
            return
        kind = rng.choice(("change", "flip", "move", "vanish", "nothing"))
        if stream.revision is None and kind in ("change", "flip"):
            kind = "vanish"
        if not stream.open(record.base):
            return
        if kind == "nothing" and stream.close and a + 3 * HOUR < self.end:
            self.act(a, self.change, record, CLOSED, None)
            return
        if kind == "change":
            self.act(a, self.change, record, 1, a)
            if rng.random() < 0.5:
                self.act(b, self.change, record, 2, b)
        elif kind == "flip":
            self.act(a, self.change, record, 1, a)
            self.act(b, self.change, record, 0, b)
        elif kind == "move" and stream.noise:
            self.act(a, self.move, record, a)
            self.act(b, self.move, record, b)
        elif kind == "vanish":
            # Re-indexed: it is gone for some polls, and may have changed.
            self.act(a, self.vanish, record)
            self.act(b, self.appear, record)
            if stream.revision and rng.random() < 0.5:
                self.act(b, self.change, record, 1, b)

    def appear(self, record):
        record.there = True
        self.done["appeared"] += 1

    def vanish(self, record):
        record.there = False
        self.done["vanished"] += 1

    def move(self, record, ms):
        record.moved, record.line = int(ms), None
        self.done["moved"] += 1

    def change(self, record, state, ms):
        record.state, record.line = state, None
        self.done["changed"] += 1
        if self.stream.touch and ms is not None:
            record.stamped = ms
            # The time of the change; it may be seen a little later.
            if self.stream.revision == self.stream.touch:
                record.stamped -= self.rng.uniform(0, self.stream.late)
        if self.below and ms is not None:
            self.below.join(self.stream.key_of(record.base), ms)

    def happen(self, now):
        while self.plan and self.plan[0][0] <= now:
            _, _, what, record, args = heapq.heappop(self.plan)
            what(record, *args)
            self.dirty = True
        if self.stream.breathes and (now - BEGIN) % self.stream.every == 0:
            self.dirty = True
        return self.dirty

    def write(self, now):
        with open(self.path + ".new", "w") as f:
            f.writelines(r.text(now) + "\n" for r in self.records if r.there)
        os.rename(self.path + ".new", self.path)
        self.dirty = False


class Truth:
    """What there was to see of a stream: of each key the states, in order."""

    def __init__(self, stream):
        self.stream, self.keys = stream, {}
        self.polls = self.noise = 0

    def see(self, records):
        self.polls += 1
        for r in records:
            r = self.stream.shown(r)
            states = self.keys.setdefault(self.stream.key_of(r), [])
            state = self.stream.state_of(r)
            if not states or states[-1][0] != state:
                states.append((state, r))
            elif states[-1][1] != r:
                self.noise += 1

    def flips(self):
        """Records that were seen as A, B and A again."""
        def content(r):
            return without(r, self.stream.volatile + self.stream.clock)
        return sum(any(content(a) == content(c) for (_, a), (_, c)
                       in zip(states, states[2:]))
                   for states in self.keys.values())

    def differences(self, stored, more):
        """more: other records may be there as well."""
        wrong = []
        keys = self.keys.keys() if more else self.keys.keys() | stored.keys()
        for key in sorted(keys):
            want = [r for _, r in self.keys.get(key, [])]
            have = stored.get(key, [])
            if want != have:
                wrong.append("%s %s: shown %s, stored %s" % (
                    self.stream.name, key, len(want), len(have)))
        return wrong


class Days:
    def __init__(self, names, days, inventory):
        self.days = days
        self.clock = Clock("clock", BEGIN)
        os.environ["SC_CLOCK"] = "step:" + os.path.abspath("clock")
        self.vendors = [v(names) for v in vendors.ALL]
        self.vendors = [v for v in self.vendors if v.wanted]
        self.data, self.truth = [], {}
        for v in self.vendors:
            for s in v.wanted:
                count = inventory if s.breathes else None
                self.data.append(Dataset(v, s, days, 1, count))
                self.truth[v.name, s.name] = Truth(s)
                if s.inner:
                    self.data[-1].belongs(self.data[-2])
        for d in self.data:
            d.happen(BEGIN)
            d.write(BEGIN)
        self.start_mock()
        self.configure()
        self.log = open("log", "a")

    def start_mock(self):
        with open("days.scenario", "w") as f:
            print("listen reader", file=f)
            for v in self.vendors:
                words = " ".join("%s=%s" % (d.stream.name, d.path)
                                 for d in self.data if d.vendor is v)
                print(v.serve, words, file=f)
                if v.reader:
                    print(v.reader, words, file=f)
        self.mock = subprocess.Popen(
            ["sc-mock", "--journal", "journal.ndjson", "--clock",
             os.environ["SC_CLOCK"].replace("step:", "file:"), "--until-eof",
             "days.scenario"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        ports = dict(line.strip().split("=")
                     for line in iter(self.mock.stdout.readline, "seed=1\n"))
        self.port = ports["port"]
        for v in self.vendors:
            v.port = int(ports["port.reader"])

    def configure(self):
        for v in self.vendors:
            secret = os.path.abspath(v.name + ".secret")
            with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
                print(v.secret, file=f)
            path = "%s/integrations.d/%s.yaml" % (os.environ["SC_CONFIG"], v.name)
            with open(path, "w") as f:
                print("vendor: " + v.name, *v.settings, "url: http://127.0.0.1:"
                      + self.port, sep="\n", file=f)
            text = open(path).read().format(secret=secret)
            open(path, "w").write(text)

    def pipeline(self, fetches):
        """One for all: what is behind sc-fetch need not start each time."""
        self.log.flush()
        subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c",
             "{ %s; } | sc-normalize | sc-ship >shipped" % "; ".join(fetches)],
            check=True, stdin=subprocess.DEVNULL, stderr=self.log)

    def look(self, since):
        """Somebody else sees what the next run can see."""
        now = self.clock.now()
        for v in self.vendors:
            for s in v.wanted:
                at = since(s, now)
                if at is not None:
                    self.truth[v.name, s.name].see(v.read(s, at, now))

    def poll(self, now):
        def due(s):
            return (now - BEGIN) % s.every == 0
        fetches = [f for v in self.vendors for f in v.runs(due)]
        if not fetches:
            return
        self.polled += 1
        self.clock.reach(now)
        dirty = [d for d in self.data if d.happen(now)]
        for d in dirty:
            d.write(now)
        if dirty:
            self.mock.send_signal(signal.SIGHUP)
        self.look(lambda s, at: (at - s.look if s.look else 0) if due(s) else None)
        self.pipeline(fetches)

    def stored(self):
        db = sqlite3.connect(os.environ["SC_STATE"] + "/store.db")
        found = {}
        for stream, key, artifact in db.execute(
                "select stream, key, artifact from artifact order by pos"):
            of = found.setdefault(tuple(stream.split(".", 1)), {})
            of.setdefault(key, []).append(json.loads(json.loads(artifact)["message"]))
        db.close()
        return found

    def compare(self, when, more=False):
        stored, wrong = self.stored(), []
        for name, truth in self.truth.items():
            wrong += [name[0] + "." + w + " " + when
                      for w in truth.differences(stored.get(name, {}), more)]
        return wrong

    def run(self):
        self.polled = 0
        self.look(lambda s, now: now - s.start)
        self.pipeline([f for v in self.vendors for f in v.runs()])
        # It may begin earlier than it has to.
        wrong = self.compare("after the first run", more=True)
        back = [f for v in self.vendors for f in v.runs(lambda s: not s.walked, "--since 2026-11-01 ")]
        if back:
            self.look(lambda s, now: None if s.walked else 0)
            self.pipeline(back)
        wrong += self.compare("after the back-fill")
        for step in range(1, self.days * DAY // STEP):
            self.poll(BEGIN + step * STEP)
        wrong += self.compare("after %d days" % self.days)
        self.mock.stdin.close()
        self.mock.wait()
        return wrong

    def journal(self):
        with open("journal.ndjson") as f:
            for line in f:
                r = json.loads(line)
                if r["on"] != "reader":
                    yield r

    def limits(self):
        """Who has asked too often, each limit a bucket, or was refused."""
        over, count, buckets = [], {}, {}
        rules = [(v, *limit) for v in self.vendors for limit in v.limits]
        for r in self.journal():
            ms = vendors.instant(r["time"])
            for v, prefix, rate, burst in rules:
                if not r["target"].startswith(prefix):
                    continue
                count[v.name] = count.get(v.name, 0) + 1
                level, last = buckets.get(prefix, (burst, ms))
                level = min(burst, level + (ms - last) / 1000 * rate) - 1
                buckets[prefix] = level, ms
                fine = r["status"] == 200 or (
                    r["status"] == 404 and r["target"].startswith(v.missing))
                if level < 0 or not fine:
                    over.append("%s: %s %s at %s: %d" % (
                        v.name, r["method"], r["target"], r["time"],
                        r["status"]))
        return over, count

    def report(self, wrong):
        over, requests = self.limits()
        for d in self.data:
            t = self.truth[d.vendor.name, d.stream.name]
            print(json.dumps(dict(
                d.done, vendor=d.vendor.name, stream=d.stream.name,
                polls=t.polls, keys=len(t.keys), flips=t.flips(),
                states=sum(map(len, t.keys.values())), noise=t.noise,
                requests=requests.get(d.vendor.name, 0),
                wrong=[w for w in wrong if w.startswith(d.full + " ")],
                over=[o for o in over if o.startswith(d.vendor.name + ": ")])))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--inventory", type=int)
    args.add_argument("days", type=int)
    args.add_argument("vendor", nargs="+")
    o = args.parse_args()
    days = Days(o.vendor, o.days, o.inventory)
    days.report(days.run())
    used = [sum(resource.getrusage(who)[:2]) for who in
            (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    print("%d polls, %.0f s of CPU, %.0f of them here" % (
        days.polled, sum(used), used[1]), file=sys.stderr)


if __name__ == "__main__":
    main()
