from __future__ import annotations

from typing import Any

from django.db import migrations
from django.contrib.auth.hashers import make_password


def create(apps: Any, schema_editor: Any) -> None:
    apps.get_model("identity", "User").objects.get_or_create(
        username="system", defaults={"house": "SYSTEM", "password": make_password(None), "is_active": True}
    )


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
