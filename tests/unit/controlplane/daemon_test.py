#!/usr/bin/env python3
"""The real sluice-control as a process: starts, says why it cannot, gives up its privileges, stops.

    daemon_test.py SLUICE_CONTROL SLUICECTL WEB_ROOT
"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib

API_KEY = "daemon-test-key-0123456789"
USER = "nobody"
PATIENCE_S = 30

failures = []


def expect(what, holds):
    print("ok  " if holds else "FAILED", what)
    if not holds:
        failures.append(what)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_config(directory, port, **control):
    settings = {
        "listen": [{"address": "127.0.0.1", "port": port}],
        "web_root": str(WEB_ROOT),
        "state_directory": str(directory / "state"),
        "admin_socket": str(directory / "admin.sock"),
        "journal": str(directory / "run" / "control.journal"),
        "api_key_files": [str(directory / "api.key")],
    } | control
    config = {
        "instance": "daemon-test",
        "region": {"directory": str(directory / "region")},
        "dataplane": {
            "workers": {"cores": [0]},
            "ports": [{"name": "media0", "device": "net_null0", "addresses": ["192.0.2.10/24"]}],
        },
        "control": settings,
    }
    path = directory / "sluice.yaml"
    path.write_text(json.dumps(config))  # JSON is YAML
    (directory / "api.key").write_text(API_KEY + "\n")
    return path


def command(config, *more):
    # Root must name whom to become; anybody else stays who they are.
    user = ["--user", USER] if os.geteuid() == 0 else []
    return [CONTROL, "--config", str(config), *user, *more]


def fetch(port, path, **arguments):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", **arguments)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def run(arguments):
    return subprocess.run(arguments, capture_output=True, encoding="utf-8", timeout=PATIENCE_S)


def cannot_start(what, arguments, status, mentions):
    done = run([CONTROL, *arguments])
    # Apart from the log.
    lines = [l for l in done.stderr.splitlines() if not re.match(r"\d{4}-\d\d-\d\dT", l)]
    expect(f"{what}: exit {done.returncode}, {lines}",
           done.returncode == status and len(lines) == 1 and mentions in lines[0])


def test_refusals(directory):
    config = write_config(directory, free_port())
    user = command(config)[3:]
    cannot_start("unknown option", ["--dance"], 2, "--dance")
    cannot_start("option without value", ["--config"], 2, "--config")
    cannot_start("no such file", ["--config", "/nope.yaml", *user], 1, "/nope.yaml")
    stranger = ["--user", "no-such-user"]
    cannot_start("no such user", ["--config", str(config), *stranger], 1, "no-such-user")
    if os.geteuid() == 0:
        cannot_start("root without --user", ["--config", str(config)], 1, "--user")
        cannot_start("--user root", ["--config", str(config), "--user", "root"], 1, "root")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = write_config(directory, taken.getsockname()[1])
        cannot_start("port taken", ["--config", str(busy), *user], 1, "cannot listen on 127.0.0.1")
    none = write_config(directory, free_port(), web_root=str(directory / "none"))
    cannot_start("no web root", ["--config", str(none), *user], 1, "web_root")
    none = write_config(directory, free_port(), api_key_files=[str(directory / "none")])
    cannot_start("no API key file", ["--config", str(none), *user], 1, "API key")


def wait_until_serving(port):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            return fetch(port, "/healthz")
        except urllib.error.URLError:
            time.sleep(0.05)
    raise TimeoutError("sluice-control does not serve")


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def test_life(directory):
    port = free_port()
    config = write_config(directory, port)
    log = open(directory / "log", "w", encoding="utf-8")
    process = subprocess.Popen(command(config), stderr=log)
    try:
        status, body = wait_until_serving(port)
        expect("healthz says that the data plane is missing", status == 503 and "reason" in body)
        about = status_of(process.pid)
        expect("no capabilities", int(about["CapEff"], 16) == int(about["CapPrm"], 16) == 0)
        expect("no new privileges", about["NoNewPrivs"] == "1")
        if os.geteuid() == 0:
            import pwd
            uid = str(pwd.getpwnam(USER).pw_uid)
            expect("another user for good", about["Uid"].split() == [uid] * 4)
            owner = os.stat(f"/proc/{process.pid}/maps").st_uid
            expect("not dumpable", owner == 0)
        mode = (directory / "state" / "token.key").stat().st_mode & 0o777
        expect("token key is private", mode == 0o600)

        status, made = fetch(port, "/v1/meetings", method="POST", data=b"{}",
                             headers={"Authorization": f"Bearer {API_KEY}"})
        expect("a meeting is made", status == 201)
        meeting = json.loads(made)
        rooms = run([SLUICECTL, "--config", str(config), "rooms", "--json"])
        expect(f"sluicectl lists it: {rooms.stderr}", meeting["meeting_id"] in rooms.stdout)
        status, page = fetch(port, f"/m/{meeting['meeting_id']}")
        expect("the page is served", status == 200 and "<!doctype html>" in page.lower())
        status, metrics = fetch(port, "/metrics")
        expect("metrics count the room", status == 200 and "sluice_rooms 1" in metrics)
        expect("metrics miss the data plane", "sluice_dataplane_up 0" in metrics)

        process.send_signal(signal.SIGTERM)
        expect("SIGTERM ends it well", process.wait(PATIENCE_S) == 0)
        text = (directory / "log").read_text()
        secrets = [API_KEY, meeting["join_token"], meeting["host_token"], "127.0.0.1"]
        leaked = [secret for secret in secrets if secret in text]
        expect("the log holds no secret and no address", not leaked)

        join = lambda: fetch(port, f"/v1/meetings/{meeting['meeting_id']}/join",
                             headers={"Authorization": f"Bearer {meeting['join_token']}"})
        process = subprocess.Popen(command(config), stderr=log)
        wait_until_serving(port)
        status, body = join()
        expect("after a restart the meeting and its token still hold", status == 200)
        journal = directory / "run" / "control.journal"
        expect("journal is private", journal.stat().st_mode & 0o777 == 0o600)
        known = journal.read_bytes()
        secrets = [API_KEY, meeting["join_token"], meeting["host_token"],
                   json.loads(body)["participant_token"]]
        leaked = [secret for secret in secrets if secret.encode() in known]
        expect("the journal knows the meeting and no secret",
               meeting["meeting_id"].encode() in known and not leaked)

        process.kill()
        process.wait(PATIENCE_S)
        journal.write_bytes(journal.read_bytes()[:-1] + b"torn")
        process = subprocess.Popen(command(config), stderr=log)
        wait_until_serving(port)
        status, body = join()
        expect("a torn end costs one line and what was torn",
               (directory / "log").read_text().count("the end is torn") == 1)
        process.send_signal(signal.SIGINT)
        expect("SIGINT ends it well", process.wait(PATIENCE_S) == 0)

        other = bytearray(journal.read_bytes())
        other[11] += 1  # the version's last byte, and then the CRC
        other[12:16] = zlib.crc32(other[:12]).to_bytes(4, "big")
        journal.write_bytes(other)
        cannot_start("journal of another version", command(config)[1:], 1, "version 2")
    finally:
        process.kill()
        process.wait()
        log.close()


if __name__ == "__main__":
    CONTROL, SLUICECTL, WEB_ROOT = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    for test in (test_refusals, test_life):
        with tempfile.TemporaryDirectory(prefix="sluice_daemon_") as name:
            os.chmod(name, 0o755)
            test(pathlib.Path(name))
    sys.exit(1 if failures else 0)
