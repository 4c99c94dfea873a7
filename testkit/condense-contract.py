#!/usr/bin/env python3
"""Keeps of the API contract what the tests compare with.

    condense-contract.py CONTRACT_DIRECTORY > src/test/resources/contract/operations.json

CONTRACT_DIRECTORY holds the full operations.json. The result has

  routes   what the reference serves: title, method, path, since, auth, permissions, event_kind,
           cancelable, group, batch, in (the versions that serve it) and the documented statuses;
  aliases  documented paths that no route answers, neither bare nor with the prefix of its
           'since', and that are to be served all the same.
"""
import json
import pathlib
import re
import sys

ROUTE_KEYS = ("title", "method", "path", "since", "auth", "permissions", "event_kind",
              "cancelable", "group", "batch", "in")
DEFAULTS = {"permissions": [], "event_kind": [], "cancelable": False}


def anonymous(path):
    """The path with its parameters' names left out: documents and routes name them differently."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def mend(path):
    """The documented path without its typing errors."""
    return path.replace("/1,0/", "/1.0/").replace("/roles{", "/roles/{")


def statuses(operation):
    return sorted({status for status, _ in operation.get("responses", [])})


def route(full):
    kept = {key: full.get(key, DEFAULTS.get(key)) for key in ROUTE_KEYS}
    return {**kept, "statuses": statuses(full)}


def aliases(contract):
    served = set()
    for full in contract["routes"]:
        path = anonymous(full["path"])
        served |= {(full["method"], path), (full["method"], f"/{full['since']}{path}")}
    documented = contract["spec_operations"] + contract["swagger_operations"]
    for operation in documented:
        path = mend(operation["path"])
        # An operation for all methods is asked for with one of them.
        method = operation["method"].replace("*", "GET")
        if (method, anonymous(path)) in served:
            continue
        served.add((method, anonymous(path)))
        yield {"title": operation.get("title", ""), "method": operation["method"], "path": path,
               "group": operation["group"], "batch": operation["batch"], "statuses": statuses(operation)}


def lines(rows):
    return ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)


def main():
    contract = json.loads((pathlib.Path(sys.argv[1]) / "operations.json").read_text())
    print('{\n "routes": [\n' + lines(map(route, contract["routes"])) + '\n ],\n "aliases": [\n'
          + lines(aliases(contract)) + "\n ]\n}")


if __name__ == "__main__":
    main()
