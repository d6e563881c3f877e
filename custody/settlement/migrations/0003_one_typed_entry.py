import pgtrigger.compiler
import pgtrigger.migrations
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0002_bank_verdicts'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='bankcorrection',
            name='bank_correction_fits',
        ),
        migrations.AlterField(
            model_name='suspenseitem',
            name='kind',
            field=models.CharField(choices=[('SHORT', 'less than is due'), ('OVER', 'more than is due'), ('LATE', 'after its deadline'), ('DUPLICATE', 'paid already'), ('UNKNOWN', 'names no purchase'), ('CURRENCY', 'another currency'), ('REVERSAL', 'taken back by the bank'), ('BOUNCED', 'our payment came back'), ('DISPUTE', 'disputed units'), ('MISSING', 'typed, and never came'), ('EXACT', 'what is due, for two persons to use')], default='DISPUTE', max_length=16),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bankcorrection',
            trigger=pgtrigger.compiler.Trigger(name='bank_correction_fits', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NOT EXISTS (\n        SELECT 1 FROM settlement_bankbooking b\n        JOIN registries_bankentry e ON e.id = b.entry_id JOIN registries_settlementaccount a ON a.id = e.account_id\n        JOIN settlement_cashentry w ON w.id = NEW.wrong_entry_id AND w.bank_reference = e.reference\n        JOIN settlement_cashentry k ON k.id = NEW.entry_id AND k.kind = 'CORRECTION'\n        WHERE b.id = NEW.booking_id AND b.verdict = 'DIFFERS' AND NEW.difference_minor <> 0\n            AND NEW.difference_minor = (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id\n            WHERE l.entry_id = k.id AND c.kind = 'BANK' AND c.currency = a.currency) AND (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id\n            WHERE l.entry_id = w.id AND c.kind = 'BANK' AND c.currency = a.currency) > 0\n            AND CASE WHEN e.credit THEN e.amount_minor ELSE -e.amount_minor END - NEW.difference_minor\n                = (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id\n            WHERE l.entry_id = w.id AND c.kind = 'BANK' AND c.currency = a.currency)\n            AND NOT EXISTS (SELECT 1 FROM settlement_bankbooking o WHERE o.cash_entry_id = w.id)\n            AND NOT EXISTS (\n                SELECT 1 FROM settlement_cashentry t\n                WHERE t.bank_reference = e.reference AND t.id <> w.id AND (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id\n            WHERE l.entry_id = t.id AND c.kind = 'BANK' AND c.currency = a.currency) > 0\n                    AND NOT EXISTS (SELECT 1 FROM settlement_bankbooking o WHERE o.cash_entry_id = t.id)\n                    AND NOT EXISTS (SELECT 1 FROM settlement_bankcorrection o WHERE o.wrong_entry_id = t.id))\n    ) THEN\n        RAISE EXCEPTION 'bank_correction_fits: wrong entry and correction together are what the bank says of the line'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='4104ac86404751c7a90f86e07a8adcd705e25f87', operation='INSERT', pgid='pgtrigger_bank_correction_fits_f986a', table='settlement_bankcorrection', when='BEFORE')),
        ),
    ]
