import pytest
from custody.instructions.models import Instruction


@pytest.mark.django_db
def test_migrates() -> None:
    assert Instruction.objects.count() == 0
