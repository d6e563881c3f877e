from tests.db.reconciliation.world import books, contract

__all__ = ["books", "contract"]
