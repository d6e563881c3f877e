"""Redemptions become one kind of servicing event. Their rows cannot be carried over: a payment by bank then names the
verified account it went to, which an earlier version never knew. A database that has any is finished with that version.
"""

from django.db import migrations


def refuse_if_any(apps, schema_editor):
    if apps.get_model("servicing", "RedemptionEvent").objects.exists():
        raise RuntimeError("This database has redemptions of an earlier version: finish and archive them with it first.")


class Migration(migrations.Migration):
    dependencies = [("servicing", "0003_guards")]

    operations = [
        migrations.RunPython(refuse_if_any, migrations.RunPython.noop),
        migrations.DeleteModel("Payment"),
        migrations.DeleteModel("Entitlement"),
        migrations.DeleteModel("RedemptionEvent"),
    ]
