"""Our topics are those of the compiled contracts."""

from __future__ import annotations

import pytest

from contracts.gateway.abi import event_topic
from custody.register.events import SIGNATURES, TOPICS


@pytest.mark.parametrize("event", sorted(SIGNATURES))
def test_topics_are_the_artifacts(event: str) -> None:
    artifact = "Controller" if event.startswith("Cap") else "SecurityToken"
    topic = event_topic(artifact, event)
    assert TOPICS[event] == (topic if isinstance(topic, str) else "0x" + topic.hex())
