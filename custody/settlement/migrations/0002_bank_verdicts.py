"""The work table of matching: unlogged, filled and emptied within one transaction, and a model of nothing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE settlement_bankverdict (
                id bigint NOT NULL, reference text NOT NULL, credit boolean NOT NULL, amount_minor bigint NOT NULL,
                end_to_end_id text NOT NULL, remittance text NOT NULL, currency text NOT NULL, settlement_id bigint,
                payment_reference text, state text, due_minor bigint, due_currency text, allotment_id bigint,
                named bigint NOT NULL, cash_entry_id bigint, kind text NOT NULL, new_entry_id bigint
            )
            """,
            "DROP TABLE settlement_bankverdict",
        )
    ]
