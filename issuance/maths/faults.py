"""The one error of the arithmetic: which field is wrong, and by which rule."""

from __future__ import annotations


class Fault(ValueError):
    """`field` is the name or path of what is wrong (`bids[3].face`), `rule` what it must be."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule

    def within(self, path: str) -> Fault:
        """The same fault seen from a document in which the field lies at `path`."""
        return Fault(f"{path}.{self.field}" if self.field else path, self.rule)
