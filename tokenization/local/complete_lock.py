"""Complete a package-lock.json: `python -m tokenization.local.complete_lock FILE`.

npm leaves out the platform packages that the registry it asked does not carry, and `npm ci` then refuses the whole
file, also on platforms that are carried. Entries without integrity are added for them; npm skips what is for another
platform.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

CPUS = {"amd64": "x64", "x64": "x64", "arm64": "arm64"}


def missing(lock: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Entries for optional platform packages that are named in the lock but not locked."""
    packages = lock["packages"]
    found = {}
    for facts in packages.values():
        for name, version in facts.get("optionalDependencies", {}).items():
            path = f"node_modules/{name}"
            system, _, cpu = name.removeprefix(name.rpartition("/")[0]).partition("-")[2].partition("-")
            if path not in packages and cpu in CPUS:
                kind = {"dev": True} if facts.get("dev") else {}
                found[path] = {"version": version, "cpu": [CPUS[cpu]], **kind, "optional": True, "os": [system]}
    return found


def main() -> None:
    path = Path(sys.argv[1])
    lock = json.loads(path.read_text())
    lock["packages"] = dict(sorted({**lock["packages"], **missing(lock)}.items()))
    path.write_text(json.dumps(lock, indent=2) + "\n")


if __name__ == "__main__":
    main()
