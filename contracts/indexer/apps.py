"""The indexer: blocks and logs of the chain, finality and reorganisations, nothing else."""

from __future__ import annotations

from django.apps import AppConfig


class IndexerConfig(AppConfig):
    name = "contracts.indexer"
    label = "indexer"
