#!/usr/bin/env python3
"""What the daemons tell a service manager: ready once they serve, alive again and again, stopping.

    notify_test.py SLUICE_DATAPLANE SLUICE_CONTROL SLUICE_ICE_TCP WEB_ROOT
"""
import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

USER = "nobody"
PATIENCE_S = 60
WATCHDOG_US = 400_000
SILENCE_S = 3

failures = []


def expect(what, holds):
    print("ok  " if holds else "FAILED", what)
    if not holds:
        failures.append(what)


def write_config(directory):
    def free_port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    config = {
        "instance": "notify-test",
        "region": {"directory": str(directory / "region")},
        "dataplane": {
            "workers": {"cores": [min(os.sched_getaffinity(0))]},
            "idle": {"sleep_us": 1000},
            "hugepages": False,
            "memory_mib": 256,
            "ports": [{"name": "media0", "device": "net_null0", "addresses": ["192.0.2.10/24"]}],
        },
        "ice_tcp": {
            "listen": [{"address": "127.0.0.1", "port": free_port()}],
            "metrics_listen": [{"address": "127.0.0.1", "port": free_port()}],
        },
        "control": {
            "listen": [{"address": "127.0.0.1", "port": free_port()}],
            "web_root": str(WEB_ROOT),
            "state_directory": str(directory / "state"),
            "admin_socket": str(directory / "admin.sock"),
            "journal": str(directory / "run" / "control.journal"),
        },
    }
    path = directory / "sluice.yaml"
    path.write_text(json.dumps(config))  # JSON is YAML
    return path


class Manager:
    """As systemd: a datagram socket whose name the daemon is given."""

    def __init__(self, directory, program):
        self.name = directory / (program + ".notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.name))
        self.socket.settimeout(PATIENCE_S)
        os.chmod(self.name, 0o777)

    def hear(self):
        return self.socket.recv(4096).decode()

    def environment(self):
        return os.environ | {"NOTIFY_SOCKET": str(self.name), "WATCHDOG_USEC": str(WATCHDOG_US)}


def worker_thread(pid):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if "worker" in (task / "comm").read_text():
            return int(task.name)
    raise LookupError(f"process {pid} has no worker thread")


def silent_when_a_worker_hangs(pid, manager):
    """Stops that one thread, as a debugger does."""
    attach, detach, wall = 16, 17, 0x40000000  # linux/ptrace.h, __WALL of linux/wait.h
    trace = ctypes.CDLL(None, use_errno=True).ptrace
    trace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    thread = worker_thread(pid)
    expect("a worker can be stopped", trace(attach, thread, None, None) == 0)
    os.waitpid(thread, wall)
    try:
        # What was said before the worker counts as hanging, and then nothing for a while.
        deadline = time.monotonic() + PATIENCE_S
        manager.socket.settimeout(SILENCE_S)
        silent = False
        while not silent and time.monotonic() < deadline:
            try:
                manager.hear()
            except TimeoutError:
                silent = True
        expect("sluice-dataplane is not alive when a worker hangs", silent)
    finally:
        manager.socket.settimeout(PATIENCE_S)
        trace(detach, thread, None, None)
    expect("sluice-dataplane is alive when it goes on", manager.hear() == "WATCHDOG=1")


def keeps_its_code_in_memory(pid, program):
    mappings = pathlib.Path(f"/proc/{pid}/smaps").read_text().split("VmFlags:")
    # Each part: the flags of the mapping before, and the next one.
    flags = [after.split("\n", 1)[0].split() for before, after in zip(mappings, mappings[1:])
             if os.path.basename(program) in before and " r-xp " in before]
    expect("the code of sluice-dataplane is locked in memory",
           len(flags) > 0 and all("lo" in of_one for of_one in flags))


def serves_its_numbers(config):
    listener = json.loads(config.read_text())["ice_tcp"]["metrics_listen"][0]
    url = f"http://{listener['address']}:{listener['port']}/metrics"
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        text = answer.read().decode()
    expect(f"sluice-ice-tcp serves its numbers: {text[:60]!r}",
           "\nsluice_ice_tcp_connections_total 0\n" in text)


def life_of(directory, config, program, *arguments):
    name = os.path.basename(program)
    manager = Manager(directory, name)
    with open(directory / (name + ".log"), "w", encoding="utf-8") as log:
        process = subprocess.Popen([program, "--config", str(config), *arguments], stdout=log,
                                   stderr=log, env=manager.environment())
    try:
        expect(f"{name} says first that it is ready", manager.hear() == "READY=1")
        said = {manager.hear() for _ in range(3)}
        expect(f"{name} says that it is alive", said == {"WATCHDOG=1"})
        if name == "sluice-ice-tcp":
            serves_its_numbers(config)
        if name == "sluice-dataplane" and os.geteuid() == 0:
            keeps_its_code_in_memory(process.pid, program)
            silent_when_a_worker_hangs(process.pid, manager)
        process.send_signal(signal.SIGTERM)
        said = manager.hear()
        while said == "WATCHDOG=1":
            said = manager.hear()
        expect(f"{name} says that it stops", said == "STOPPING=1")
        expect(f"{name} ends well", process.wait(PATIENCE_S) == 0)
    except (OSError, subprocess.TimeoutExpired) as failure:
        expect(f"{name}: {failure}\n" + (directory / (name + ".log")).read_text(), False)
    finally:
        process.kill()
        process.wait()


def main():
    with tempfile.TemporaryDirectory(prefix="sluice_notify_", dir="/dev/shm") as name:
        os.chmod(name, 0o755)
        directory = pathlib.Path(name)
        config = write_config(directory)
        # Root must name whom to become; anybody else stays who they are.
        user = ["--user", USER] if os.geteuid() == 0 else []
        life_of(directory, config, DATAPLANE)
        life_of(directory, config, CONTROL, *user)
        life_of(directory, config, ICE_TCP, *user)
    return 1 if failures else 0


if __name__ == "__main__":
    DATAPLANE, CONTROL, ICE_TCP = sys.argv[1:4]
    WEB_ROOT = pathlib.Path(sys.argv[4]).resolve()
    sys.exit(main())
