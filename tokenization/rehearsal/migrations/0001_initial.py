from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ClockOffset',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('seconds', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='rehearsal_clock_one_row'), models.CheckConstraint(condition=models.Q(('seconds__gte', 0)), name='rehearsal_clock_never_back')],
            },
        ),
        migrations.CreateModel(
            name='PhaseRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=60)),
                ('done_at', models.DateTimeField()),
                ('checks', models.JSONField()),
            ],
            options={
                'ordering': ('pk',),
                'constraints': [models.UniqueConstraint(fields=('case', 'name'), name='rehearsal_phase_once')],
            },
        ),
        migrations.CreateModel(
            name='DepositoryEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('isin', models.CharField(max_length=12)),
                ('at', models.DateTimeField()),
                ('conventional', models.BigIntegerField(help_text='Units added to (or taken from) what is held as ordinary book entries')),
                ('immobilised', models.BigIntegerField(help_text='Units added to (or taken from) what may exist as tokens')),
            ],
        ),
        migrations.CreateModel(
            name='BankBookEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('day', models.DateField()),
                ('amount_minor', models.BigIntegerField(help_text='Positive: into the settlement account')),
                ('words', models.CharField(help_text='What the payer wrote on his order', max_length=140)),
                ('end_to_end_id', models.CharField(blank=True, default='', help_text="The payer's own reference", max_length=35)),
                ('statement', models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Errand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('PAY', 'The buyers pay what they owe'), ('SIGN', "The registrar's depository blocks and signs what waits"), ('BOOKS', "The depository's statement comes in, and all is reconciled"), ('CLOSE', 'Move to the next close of bidding'), ('DAY', 'Move to the next business day, 09:30')], max_length=8)),
                ('asked_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('went_well', models.BooleanField(null=True)),
                ('words', models.CharField(blank=True, help_text='What was done, or why not', max_length=400)),
            ],
            options={
                'ordering': ('-pk',),
            },
        ),
    ]
