import custody.tokenisation.models.tokens
import custody.tokenisation.models.wallets
import django.contrib.postgres.constraints
import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0001_initial'),
        ('outbox', '0001_initial'),
        ('programme', '0001_initial'),
        ('series', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChainContract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('ACCESS_MANAGER', 'Access Manager'), ('IDENTITY_REGISTRY', 'Identity Registry'), ('RESERVE_BOOK', 'Reserve Book'), ('ENGINE', 'Engine'), ('CONTROLLER', 'Controller'), ('TOKEN_IMPLEMENTATION', 'Token Implementation'), ('FACTORY', 'Factory'), ('CLAIM_BOOK', 'Claim Book'), ('DOCUMENTS', 'Documents'), ('ANCHOR', 'Anchor'), ('CASH_CONTROLLER', 'Cash Controller'), ('CASH_ENGINE', 'Cash Engine'), ('CASH_BOOK', 'Cash Book'), ('DELIVERY_VERSUS_PAYMENT', 'Delivery Versus Payment'), ('PAYING_AGENT', 'Paying Agent')], max_length=32, unique=True)),
                ('artifact', models.CharField(max_length=64)),
                ('artifact_hash', tokenization.kernel.fields.HashField()),
                ('address', tokenization.kernel.fields.AddressField(null=True, unique=True)),
                ('intent', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('state', models.CharField(choices=[('PLANNED', 'Planned'), ('SENT', 'Sent'), ('LIVE', 'Live')], default='PLANNED', max_length=16)),
                ('verified_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['LIVE', 'PLANNED', 'SENT'])), name='chain_contract_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'LIVE'), _negated=True), models.Q(('address__isnull', False), ('verified_at__isnull', False)), _connector='OR'), name='chain_contract_live_has_address')],
            },
        ),
        migrations.CreateModel(
            name='ChainSetting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('words', models.CharField(max_length=200)),
                ('role', models.PositiveSmallIntegerField(default=0)),
                ('intent', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('announcement', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('withdrawal', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('executable_from', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('ANNOUNCED', 'Announced'), ('FAILED', 'Failed'), ('LIVE', 'Live'), ('SENT', 'Sent'), ('WITHDRAWN', 'Withdrawn')], default='SENT', max_length=16)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['ANNOUNCED', 'FAILED', 'LIVE', 'SENT', 'WITHDRAWN'])), name='chain_setting_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ANNOUNCED'), _negated=True), models.Q(('announcement__isnull', False), ('executable_from__isnull', False)), _connector='OR'), name='chain_setting_announced_from')],
            },
        ),
        migrations.CreateModel(
            name='OutsideKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.PositiveSmallIntegerField()),
                ('address', tokenization.kernel.fields.AddressField()),
                ('in_wiring', models.BooleanField()),
                ('enrolled_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('role', 'address'), name='outside_key_once')],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='chain_code', to='programme.programme')),
                ('code', tokenization.kernel.fields.HashField(default=custody.tokenisation.models.tokens._opaque_hash, unique=True)),
                ('ceiling_micro', tokenization.kernel.fields.Uint256Field(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='CashProgramme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', tokenization.kernel.fields.CurrencyField(unique=True)),
                ('code', tokenization.kernel.fields.HashField(default=custody.tokenisation.models.tokens._opaque_hash, unique=True)),
                ('ceiling_minor', tokenization.kernel.fields.MinorField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ceiling_minor__gt', 0)), name='cash_programme_ceiling')],
            },
        ),
        migrations.CreateModel(
            name='TokenContract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('SECURITY', 'Security'), ('CASH', 'Cash')], default='SECURITY', max_length=8)),
                ('series', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='token_contract', to='series.series')),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('chain_id', models.BigIntegerField()),
                ('address', tokenization.kernel.fields.AddressField(unique=True)),
                ('salt', tokenization.kernel.fields.HashField(unique=True)),
                ('terms_hash', tokenization.kernel.fields.HashField()),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('intent', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('state', models.CharField(choices=[('PLANNED', 'Planned'), ('SENT', 'Sent'), ('LIVE', 'Live'), ('CLOSED', 'Closed')], default='PLANNED', max_length=16)),
                ('next_number', models.BigIntegerField(default=1)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['CLOSED', 'LIVE', 'PLANNED', 'SENT'])), name='token_contract_state'), models.CheckConstraint(condition=models.Q(('next_number__gte', 1)), name='token_contract_number_positive'), models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'SECURITY'), ('series__isnull', False)), models.Q(('purpose', 'CASH'), ('series__isnull', True)), _connector='OR'), name='token_contract_of_series_or_currency'), models.UniqueConstraint(condition=models.Q(('purpose', 'CASH')), fields=('currency',), name='token_contract_one_cash_per_currency')],
                'triggers': [pgtrigger.compiler.Trigger(name='token_contract_currency', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.series_id IS NOT NULL)', func="\n                    IF NOT EXISTS (SELECT 1 FROM series_series WHERE id = NEW.series_id AND currency = NEW.currency)\n                    THEN\n                        RAISE EXCEPTION 'token_contract_currency: a token has the currency of its series'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='7a461836f2dc955b8d5b0fdc9111f199d22800d9', operation='INSERT OR UPDATE', pgid='pgtrigger_token_contract_currency_f852e', table='tokenisation_tokencontract', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', tokenization.kernel.fields.AddressField(unique=True)),
                ('proof_nonce', tokenization.kernel.fields.HashField(null=True, unique=True)),
                ('proof_signature', models.CharField(blank=True, max_length=132)),
                ('proved_at', models.DateTimeField(null=True)),
                ('chain_state', models.CharField(choices=[('NONE', 'None'), ('SENT', 'Sent'), ('REGISTERED', 'Registered')], default='NONE', max_length=16)),
                ('intent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('sent_expiry', models.BigIntegerField(null=True)),
                ('recorded_expiry', models.BigIntegerField(null=True)),
                ('round', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('chain_state__in', ['NONE', 'REGISTERED', 'SENT'])), name='wallet_chain_state')],
            },
        ),
        migrations.CreateModel(
            name='PartyCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='chain_code', to='identity.party')),
                ('code', tokenization.kernel.fields.AddressField(default=custody.tokenisation.models.wallets._opaque_code, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='ChainCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('country', 'Country'), ('category', 'Category')], max_length=8)),
                ('value', models.CharField(max_length=20)),
                ('code', models.PositiveIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'value'), name='chain_code_one_per_value'), models.UniqueConstraint(fields=('kind', 'code'), name='chain_code_once'), models.CheckConstraint(condition=models.Q(models.Q(('code__range', (1, 65535)), ('kind', 'country')), models.Q(('code__range', (1, 255)), ('kind', 'category')), _connector='OR'), name='chain_code_fits')],
            },
        ),
        migrations.CreateModel(
            name='WalletChallenge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.party')),
                ('address', tokenization.kernel.fields.AddressField()),
                ('nonce', tokenization.kernel.fields.HashField(unique=True)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='WalletHolder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holders', to='tokenisation.wallet')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wallet_holdings', to='identity.party')),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='wallet_holder_period'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('wallet'), models.F('wallet'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('valid_from'), models.F('valid_until'), function='tstzrange'), '&&')], name='wallet_holder_one_at_a_time')],
            },
        ),
    ]
