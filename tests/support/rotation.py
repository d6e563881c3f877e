"""The keys of what is sealed, rotated as the command is run: connected as the tables' owner."""

from __future__ import annotations

import psycopg
from django.core.management import call_command
from django.db import connections

from tests.support.database import TestCluster
from tokenization.local.postgres import OWNER


def rotated_as_owner(postgres: TestCluster, name: str) -> None:
    held = connections["default"].settings_dict.copy()
    connections["default"].close()
    address = psycopg.conninfo.conninfo_to_dict(postgres.url(name, OWNER))
    connections["default"].settings_dict.update(USER=address["user"], PASSWORD=address["password"])
    try:
        call_command("field_keys_rotate", verbosity=0)
    finally:
        connections["default"].close()
        connections["default"].settings_dict.update(USER=held["USER"], PASSWORD=held["PASSWORD"])
