"""What takes minutes is collected in `make faults` alone, which sets FAULT_ROUNDS."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("FAULT_ROUNDS") else ["test_containers.py"]
