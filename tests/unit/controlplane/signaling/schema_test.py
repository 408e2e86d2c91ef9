#!/usr/bin/env python3
"""Holds signaling.schema.json against what the server writes and what its parser takes.

Every sample of both directions must fit the schema. Then each client sample is broken in every way
this script knows, member by member, and the schema and the parser must agree on each result: what
one refuses the other refuses.

    schema_test.py SCHEMA SCHEMA_PEER
"""
import copy
import json
import subprocess
import sys

import jsonschema

FOREIGN_VALUES = [None, True, -1, 0, 1, 1.5, 2**53, 256, [], [1], ["x"], {}, {"x": 1}]
FOREIGN_VALUES += ["", "x", "x" * 33, "x" * 65, "x" * 1025, "\u00e9" * 4000, "\u00e9" * 4001]


def run(peer, mode, text=None):
    command = [peer, mode]
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return done.stdout.splitlines()


def places(value, path=()):
    """Every member and item below `value`, by path."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return
    for key, inner in items:
        yield path + (key,)
        yield from places(inner, path + (key,))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def broken_variants(message):
    for path in places(message):
        without = copy.deepcopy(message)
        del at(without, path[:-1])[path[-1]]
        yield without
        for foreign in FOREIGN_VALUES:
            other = copy.deepcopy(message)
            at(other, path[:-1])[path[-1]] = foreign
            yield other


def main(schema_path, peer):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)

    def validator(name):
        part = {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]}
        return jsonschema.Draft7Validator(part)

    failures = []
    client, server = validator("client_message"), validator("server_message")
    samples = [json.loads(line) for line in run(peer, "client")]
    for sample in samples:
        failures += [f"client sample {sample}: {e.message}" for e in client.iter_errors(sample)]
    written = [json.loads(line) for line in run(peer, "server")]
    for sample in written:
        failures += [f"server sample {sample}: {e.message}" for e in server.iter_errors(sample)]

    # No type of the schema goes without a sample.
    for direction, seen in (("client_message", samples), ("server_message", written)):
        for kind in schema["definitions"][direction]["oneOf"]:
            members = kind["properties"]
            name = (members["type"]["const"], members.get("event", {}).get("const"))
            if not any((s["type"], s.get("event")) == name for s in seen):
                failures.append(f"{direction}: no sample of {name}")

    variants = samples + [v for s in samples for v in broken_variants(s)]
    verdicts = run(peer, "parse", "".join(json.dumps(v) + "\n" for v in variants))
    refused = 0
    for variant, verdict in zip(variants, verdicts, strict=True):
        fits = client.is_valid(variant)
        refused += not fits
        if fits != verdict.startswith("ok "):
            failures.append(f"schema: {fits}, parser: '{verdict}': {variant}"[:400])
    print(f"{len(samples)} client and {len(written)} server samples fit;", end=" ")
    print(f"of {len(variants)} variants both refuse {refused}")
    for failure in failures[:20]:
        print("FAILED", failure)
    return 1 if failures or refused == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
