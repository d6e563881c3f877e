from __future__ import annotations

from django.db import models

from tokenization.identity.models import User
from tokenization.kernel.append_only import AppendOnly
from tokenization.kernel.fields import HashField


class StoredFile(AppendOnly):
    """Bytes that were received or published, kept under their hash."""

    sha256 = HashField(unique=True)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    content = models.BinaryField()
    stored_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stored_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    size=models.Func("content", function="octet_length", output_field=models.BigIntegerField())
                ),
                name="stored_file_size",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    sha256=models.Func(
                        "content",
                        template="('0x' || encode(sha256(%(expressions)s), 'hex'))",
                        output_field=models.TextField(),
                    )
                ),
                name="stored_file_content_matches_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.name
