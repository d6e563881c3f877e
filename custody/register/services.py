"""Posting every final log: balanced entries, positions, disputes, instructions and the cursor in one transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.indexer import selectors as chain
from contracts.indexer.models import Log
from custody.register.models import RegisterCursor
from custody.register.posting import Posted, Posting
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def post_final_logs(*, now: datetime, limit: int = 500) -> Posted:
    """Post the next final logs, at most ``limit`` of them, and move the cursor with them.

    Safe to repeat and to kill anywhere: the cursor's row is locked and commits with the entries. Raises IndexerHalted
    while the node contradicts a final block, Refused for a log of a token that no series owns: nothing is posted then.
    """
    RegisterCursor.objects.get_or_create(only=True)
    [[cursor]] = lock_rows(RegisterCursor.objects.all())
    chain.refuse_if_halted()
    final = chain.final_block()
    logs = list(chain.final_logs(after=cursor.log_id, limit=limit))
    posting = Posting(logs, now)
    for log in logs:
        posting.post(log)
    posting.write()
    if logs:
        cursor.log_id = logs[-1].pk
    open_logs = Log.objects.filter(pk__gt=cursor.log_id)
    if final and final.number > cursor.block_number and not open_logs.filter(block__number__lte=final.number).exists():
        cursor.block_number, cursor.block_hash = final.number, final.hash
    cursor.save()
    posting.done.block_number = cursor.block_number
    return posting.done
