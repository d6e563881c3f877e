"""What an officer may begin, by his powers: proposals for a second person, and facts that one records."""

from __future__ import annotations

from tokenization.backoffice.tasks.auction import AUCTION
from tokenization.backoffice.tasks.base import Recorded, Task
from tokenization.backoffice.tasks.cash import CASH
from tokenization.backoffice.tasks.commodities import COMMODITIES
from tokenization.backoffice.tasks.custody import CUSTODY
from tokenization.backoffice.tasks.issue import ISSUE
from tokenization.backoffice.tasks.people import PEOPLE
from tokenization.backoffice.tasks.reserves import RESERVES
from tokenization.backoffice.tasks.servicing import SERVICING

TASKS = [*ISSUE, *COMMODITIES, *AUCTION, *CUSTODY, *CASH, *SERVICING, *RESERVES, *PEOPLE]
BY_NAME = {task.name: task for task in TASKS}

__all__ = ["BY_NAME", "TASKS", "Recorded", "Task"]
