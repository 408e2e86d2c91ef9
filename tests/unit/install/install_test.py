#!/usr/bin/env python3
"""What `meson install` puts where, into a directory of its own: complete, and it fits together.

    install_test.py BUILD_DIRECTORY SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PATIENCE_S = 120
NOT_SERVED = {"package.json", "screenshot.png"}
PROGRAMS = ["sluice-control", "sluice-dataplane", "sluice-ice-tcp"]
# Plain text of one width, whoever runs the test.
MAN_ENVIRONMENT = os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "100"}
UNITS = [program + ".service" for program in PROGRAMS]

failures = []


def expect(what, holds):
    print("ok  " if holds else "FAILED", what)
    if not holds:
        failures.append(what)


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], capture_output=True, encoding="utf-8",
                          timeout=PATIENCE_S)


def install(build, destination):
    done = run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", destination)
    expect(f"meson install: {done.stderr}", done.returncode == 0)


def directories(build):
    """Of the kinds "bindir", ...: absolute, as they are without a DESTDIR."""
    options = json.loads(run("meson", "introspect", "--buildoptions", build).stdout)
    values = {o["name"]: o["value"] for o in options if o["section"] == "directory"}
    prefix = pathlib.Path(values["prefix"])
    return {name: prefix / value for name, value in values.items()}


def wanted_files(at, source):
    files = {at["bindir"] / "sluicectl", at["bindir"] / "sluice-loadgen"}
    files |= {at["sbindir"] / name for name in PROGRAMS}
    files |= {at["prefix"] / "lib/systemd/system" / unit for unit in UNITS}
    files |= {at["prefix"] / "lib/sysusers.d/sluice.conf", at["sysconfdir"] / "sluice/sluice.yaml"}
    files |= {at["mandir"] / "man1/sluicectl.1"}
    files |= {at["mandir"] / "man8" / (name + ".8") for name in PROGRAMS}
    files |= {at["datadir"] / "bash-completion/completions/sluicectl.bash"}
    web = source / "tools/webclient"
    files |= {at["datadir"] / "sluice/web" / path.relative_to(web)
              for path in web.rglob("*") if path.is_file() and path.name not in NOT_SERVED}
    return files


def test_files(destination, at, source):
    found = {pathlib.Path("/") / path.relative_to(destination)
             for path in destination.rglob("*") if path.is_file()}
    wanted = wanted_files(at, source)
    expect(f"nothing is missing: {sorted(map(str, wanted - found))}", wanted <= found)
    expect(f"nothing is too much: {sorted(map(str, found - wanted))}", found <= wanted)


def below(destination, path):
    return destination / path.relative_to("/")


def test_programs(destination, at):
    for name in PROGRAMS:
        done = run(below(destination, at["sbindir"]) / name, "--version")
        expect(f"{name} runs: {done.stdout.strip()}",
               done.returncode == 0 and done.stdout.startswith(name + " "))
    config = below(destination, at["sysconfdir"]) / "sluice/sluice.yaml"
    done = run(below(destination, at["bindir"]) / "sluicectl", "config", "check", config)
    expect(f"the configuration is accepted: {done.stdout.strip()}",
           done.returncode == 0 and ": ok: instance default" in done.stdout)


def test_units(destination, at):
    units = below(destination, at["prefix"]) / "lib/systemd/system"
    for unit in UNITS:
        text = (units / unit).read_text()
        expect(f"{unit} starts what is installed",
               f"\nExecStart={at['sbindir']}/{unit.removesuffix('.service')} --config "
               f"{at['sysconfdir']}/sluice/sluice.yaml" in text and "@" not in text.replace(
                   "@system-service", "").replace("@privileged", ""))
    # The targets that every unit depends on are the system's own.
    system = destination / "usr/lib/systemd/system"
    system.mkdir(parents=True, exist_ok=True)
    for target in pathlib.Path("/usr/lib/systemd/system").glob("*.target"):
        shutil.copy(target, system)
    done = run("systemd-analyze", "verify", "--man=no", f"--root={destination}", *UNITS)
    expect(f"systemd accepts the units: {done.stderr}", done.returncode == 0 and not done.stderr)


def test_man_pages(destination, at):
    for page in sorted(below(destination, at["mandir"]).glob("man?/*")):
        done = subprocess.run(["man", "--warnings", "-l", str(page)], capture_output=True,
                              encoding="utf-8", timeout=PATIENCE_S, env=MAN_ENVIRONMENT)
        expect(f"{page.name} is well formed: {done.stderr}",
               done.returncode == 0 and not done.stderr and "EXIT STATUS" in done.stdout)
    for name in PROGRAMS:
        usage = run(below(destination, at["sbindir"]) / name, "--help").stdout
        page = (below(destination, at["mandir"]) / "man8" / (name + ".8")).read_text()
        described = set(re.findall(r"^\.BI? (--[a-z-]+)", page.replace("\\", ""), re.MULTILINE))
        expect(f"{name}(8) describes its options",
               described == set(re.findall(r"^  (--[a-z-]+)", usage, re.MULTILINE)))


def test_an_operators_configuration_stays(build, destination, at):
    config = below(destination, at["sysconfdir"]) / "sluice/sluice.yaml"
    config.write_text("# mine\n")
    install(build, destination)
    expect("an operator's configuration stays", config.read_text() == "# mine\n")


def main(build, source):
    with tempfile.TemporaryDirectory(prefix="sluice_install_") as name:
        destination = pathlib.Path(name)
        at = directories(build)
        install(build, destination)
        test_files(destination, at, source)
        test_programs(destination, at)
        test_man_pages(destination, at)
        test_units(destination, at)
        test_an_operators_configuration_stays(build, destination, at)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
