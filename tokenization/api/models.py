"""What the interface itself remembers: the tokens of machines, and the first answer to every write."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from tokenization.identity.models import User
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import HashField
from tokenization.kernel.triggers import Guard

_REVOKED_ONCE = """
    IF to_jsonb(OLD) - 'revoked_at' <> to_jsonb(NEW) - 'revoked_at' OR OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'api_token_revoked_once: a token changes nothing but its end, and that once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'api_token_revoked_once';
    END IF;
    RETURN NEW;
"""


class ApiToken(models.Model):
    """A user's key for his own programs. The secret is told once, when it is made; here is only its SHA-256."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    secret_hash = HashField(unique=True)
    may_write = models.BooleanField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(help_text="Wall time, as are the other two")
    valid_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    # The user's own count when it was made: what ends his sessions later (a lost second factor) ends his tokens too.
    sessions_ended = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gt=F("made_at")), name="api_token_ends_after_it_began"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("made_at")), name="api_token_revoked_later"
            ),
        ]
        triggers = [
            *no_delete("api_token"),
            Guard(name="api_token_revoked_once", when=pgtrigger.Before, operation=pgtrigger.Update, func=_REVOKED_ONCE),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"


class FirstAnswer(AppendOnly):
    """What the first request with a key was answered, written with its effect. A key is never used for another one:
    after `expires_at` the answer is not repeated and the key is still refused."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=100)
    request_hash = HashField()
    status = models.PositiveSmallIntegerField()
    body = models.TextField(help_text="JSON, as sent")
    made_at = models.DateTimeField(help_text="Wall time, as is the other")
    expires_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="first_answer_once"),
            models.CheckConstraint(condition=Q(key__regex=r"^[!-~]{1,100}$"), name="first_answer_key_plain"),
            models.CheckConstraint(condition=Q(status__gte=200, status__lt=300), name="first_answer_of_an_effect"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="first_answer_expires_later"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.key}"
