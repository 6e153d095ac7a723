"""Oliver's Python SDK: records what AI calls cost, and asks before they are made.

Start with `CostTracker` or `AsyncCostTracker`; `wrap` records the calls of providers' clients by itself.
"""

from ._version import __version__
from .answers import BudgetState, Estimate, Preflight
from .client import AsyncCostTracker, CostTracker
from .config import OutboxLimits, Settings
from .context import ContextThreadPool, carried, track
from .counters import Stats
from .errors import (
    ApiError,
    AuthenticationFailed,
    BudgetExceeded,
    ConfigurationError,
    Conflict,
    CostTrackerUnavailable,
    HoldEnded,
    InvalidRequest,
    NotFound,
    OliverError,
    OutboxError,
    Problem,
    UnpricedModel,
)
from .estimators import count_tokens, estimate_usage
from .guard import AsyncGuard, Guard
from .outbox import RejectedEvent
from .usage import extract
from .wrappers import wrap

__all__ = [
    "ApiError",
    "AsyncCostTracker",
    "AsyncGuard",
    "AuthenticationFailed",
    "BudgetExceeded",
    "BudgetState",
    "ConfigurationError",
    "Conflict",
    "ContextThreadPool",
    "CostTracker",
    "CostTrackerUnavailable",
    "Estimate",
    "Guard",
    "HoldEnded",
    "InvalidRequest",
    "NotFound",
    "OliverError",
    "OutboxError",
    "OutboxLimits",
    "Preflight",
    "Problem",
    "RejectedEvent",
    "Settings",
    "Stats",
    "UnpricedModel",
    "__version__",
    "carried",
    "count_tokens",
    "estimate_usage",
    "extract",
    "track",
    "wrap",
]
