"""What the measurements share: processes as the kernel shows them, the server, requests, figures, and the frame of a run."""

import contextlib
import http.client
import io
import json
import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
HOST = "127.0.0.1"
DOMAIN = "bench.localhost"
ADMINISTRATOR = "admin@example.com"
BEGAN = time.monotonic()


class Failed(Exception):
    """What was to be measured did not happen."""


def say(text):
    print(f"bench: {time.monotonic() - BEGAN:5.1f} s: {text}", file=sys.stderr, flush=True)


def wait_for(what, seconds, condition, pause=0.005):
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failed(f"{what} did not happen within {seconds} s")
        time.sleep(pause)


class Process:
    """A process as /proc shows it at one moment."""

    def __init__(self, pid):
        text = Path(f"/proc/{pid}/stat").read_text()
        fields = text[text.rindex(")") + 2 :].split()
        self.pid = pid
        self.name = text[text.index("(") + 1 : text.rindex(")")]
        self.parent = int(fields[1])
        self.own = (int(fields[11]) + int(fields[12])) / TICKS
        self.ended_children = (int(fields[13]) + int(fields[14])) / TICKS


def processes():
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                found[int(entry)] = Process(int(entry))
    return found


def descendants(pid):
    everyone = processes()
    children = {}
    for process in everyone.values():
        children.setdefault(process.parent, []).append(process)
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += [process.pid for process in below]
    return found


def memory(pid):
    """Resident, proportional and anonymous memory in MiB; what may not be read is missing."""
    sizes = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            words = line.split()
            if words[0] in ("Rss:", "Pss:", "Anonymous:"):
                sizes[words[0][:-1]] = int(words[1]) / 1024
    if "Rss" not in sizes:
        status = Path(f"/proc/{pid}/status").read_text()
        sizes["Rss"] = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    return sizes


class Server:
    """The platform, started with its launcher as anybody would."""

    def __init__(self, data, ports, password, log, with_cache=True):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ORIZURU_")}
        environment["ORIZURU_ADMIN_PASSWORD"] = password
        if not with_cache:
            environment["JDK_JAVA_OPTIONS"] = "-XX:AOTMode=off"
        self.api, self.router = ports
        # The process that is measured is the server itself, and nothing starts it again; older revisions have no supervisor.
        alone = ["--unsupervised"] if (ROOT / "supervisor").exists() else []
        command = [ROOT / "orizuru", "serve", *alone, "--data", data, "--domain", DOMAIN, "--admin-email", ADMINISTRATOR]
        command += ["--listen", f"{HOST}:{self.api}", "--router-listen", f"{HOST}:{self.router}"]
        # One client sends here what a thousand do elsewhere.
        unlimited = Path(f"{data}.yaml")
        unlimited.write_text("limits: {requests-per-token: 0, requests-per-address: 0, logins-per-address: 0}\n")
        command += ["--config", unlimited]
        self.started = time.monotonic()
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self.pid = self.child.pid

    def await_answer(self):
        """Seconds and CPU seconds from the command to the first good answer: wall, server's, PostgreSQL's."""
        wait_for("the first answer", 180, self.healthy)
        wall = time.monotonic() - self.started
        own = Process(self.pid)
        return wall, own.own + own.ended_children, self.database_cpu()

    def healthy(self):
        if self.child.poll() is not None:
            raise Failed(f"the server ended with code {self.child.returncode}")
        try:
            return request(self.api, "GET", "/healthcheck")[0] == 200
        except OSError:
            return False

    def cpu(self):
        return Process(self.pid).own

    def database(self):
        return [process for process in descendants(self.pid) if process.name == "postgres"]

    def database_cpu(self):
        return sum(process.own + process.ended_children for process in self.database())

    def router_process(self):
        """The number of the process that the server runs its router in; None if it is the server's."""
        for process in descendants(self.pid):
            with contextlib.suppress(OSError):
                if b"\0router\0" in Path(f"/proc/{process.pid}/cmdline").read_bytes():
                    return process.pid
        return None

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(40)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]


def request(port, method, path, body=None, headers=None, timeout=60):
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Client:
    """Somebody who is logged in."""

    def __init__(self, port, password, email=ADMINISTRATOR):
        self.port = port
        self.headers = {}
        login = {"email": email, "password": password}
        self.token = json.loads(self.send("POST", "/auth/login", login))["token"]
        self.headers = {"Authorization": f"bearer {self.token}"}

    def send(self, method, path, form=None):
        headers = dict(self.headers)
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self.checked(method, path, body, headers)

    def send_json(self, method, path, value):
        return self.checked(method, path, json.dumps(value), {**self.headers, "Content-Type": "application/json"})

    def send_parts(self, path, fields, archive=None):
        boundary = secrets.token_hex(16)
        head = f"--{boundary}\r\nContent-Disposition: form-data; name="
        body = b"".join(f'{head}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items())
        if archive is not None:
            body += f'{head}"file"; filename="archive.tar.gz"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode()
            body += archive + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        headers = {**self.headers, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.checked("POST", path, body, headers)

    def checked(self, method, path, body, headers):
        status, answer = request(self.port, method, path, body, headers)
        if status >= 300 or b'"Error":' in answer:
            raise Failed(f"{method} {path} was answered with {status}: {answer[-500:].decode(errors='replace')}")
        return answer


def example(marker):
    """The static example as an archive, with a marker at the end of its first page."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for path in sorted((ROOT / "examples" / "static").iterdir()):
            content = path.read_bytes()
            if path.name == "index.html":
                content += f"<!-- {marker} -->\n".encode()
            entry = tarfile.TarInfo(path.name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


class Figures:
    """What was measured: the values of each figure, one a round."""

    def __init__(self):
        self.values = {}

    def add(self, name, value):
        self.values.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self.values[name])

    def has(self, name):
        return name in self.values

    def row(self, title, name, unit, digits, goal=""):
        values = self.values[name]
        low, middle, high = min(values), statistics.median(values), max(values)
        if goal != "":
            goal = f"{goal} {unit}: {'kept' if middle <= float(goal) else 'missed'}"
        return f"| {title} | {low:.{digits}f} | **{middle:.{digits}f}** | {high:.{digits}f} | {unit} | {goal} |"


ENDING = """
local threads = {}
function setup(thread) table.insert(threads, thread) end
function done(summary, latency, requests)
  local bad = 0
  for _, thread in ipairs(threads) do bad = bad + (thread:get("bench_bad") or 0) end
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d %d %d", summary.requests, summary.duration, bad,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


def load(server, script, connections, seconds):
    """Requests, seconds, and the middle and 99th percentile of the answer times in ms."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", script]
    ran = subprocess.run(
        [*command, f"http://{HOST}:{server.api}/"], capture_output=True, text=True, timeout=seconds + 30, check=False
    )
    result = re.search(r"^RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", ran.stdout, re.MULTILINE)
    if ran.returncode != 0 or result is None:
        raise Failed(f"wrk failed: {ran.stdout}{ran.stderr}")
    requests, micros, bad, errors, middle, high = map(int, result.groups())
    if requests == 0 or bad > 0 or errors > 0:
        raise Failed(f"of {requests} requests {bad} were answered badly and {errors} not at all: {script.name}")
    return requests, micros / 1e6, middle / 1000, high / 1000


HEAD = "| figure | min | median | max | unit | goal |\n|---|--:|--:|--:|---|---|"


def machine(java):
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    total = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024 / 1024
    release = dict(re.findall(r'^(\w+)="(.*)"$', (java.parent.parent / "release").read_text(), re.MULTILINE))
    system = os.uname()
    return (
        f"{os.cpu_count()} cores ({model[1] if model else system.machine}), {total:.1f} GiB, "
        f"{system.sysname} {system.release}, JDK {release.get('JAVA_RUNTIME_VERSION', release.get('JAVA_VERSION'))} "
        f"({release.get('IMPLEMENTOR', 'unknown')})"
    )


def revision():
    def git(*arguments):
        return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--", "src", "pom.xml", "orizuru", "bench")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" with changes not committed" if changed else "")


def install_wrk():
    if shutil.which("wrk"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failed("needs wrk (Debian's package of that name)")
    say("installing wrk")
    quiet = {"stdout": sys.stderr, "check": True, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], **quiet)
    subprocess.run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", "wrk"], **quiet)


def end_units(data):
    """Units outlive their server by design. Those of this run name its data directory in their arguments."""
    mark = f"{data}/".encode()
    for _ in range(20):
        found = False
        for pid in processes():
            with contextlib.suppress(OSError):
                if pid != os.getpid() and mark in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
                    found = True
        if not found:
            return
        time.sleep(0.1)


def load_average():
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


def run(measure, limit_seconds, output):
    """
    Runs a measurement in a directory that is gone afterwards and writes the page that it answers. Whatever it started is
    stopped, and it ends when it takes too long.

    measure(scratch, log, started, deadline): started gets all that has to be stopped
    """

    def too_long(*_):
        raise Failed(f"did not end within {limit_seconds} s; is the machine busy?")

    def told_to_end(number, _):
        raise SystemExit(128 + number)

    started = []
    scratch = Path(tempfile.mkdtemp(prefix="orizuru-bench."))
    scratch.chmod(0o711)
    try:
        install_wrk()
        subprocess.run([ROOT / "orizuru", "build"], check=True)
        signal.signal(signal.SIGALRM, too_long)
        signal.signal(signal.SIGTERM, told_to_end)
        signal.alarm(limit_seconds)
        with open(scratch / "log", "w", encoding="utf-8") as log:
            text = measure(scratch, log, started, time.monotonic() + limit_seconds - 10)
        signal.alarm(0)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
        say(f"wrote {output}")
    except (Failed, OSError, subprocess.SubprocessError) as failure:
        say(str(failure))
        with contextlib.suppress(OSError):
            print((scratch / "log").read_text()[-3000:], file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        signal.alarm(0)
        for each in reversed(started):
            each.stop()
        end_units(scratch)
        shutil.rmtree(scratch, ignore_errors=True)
