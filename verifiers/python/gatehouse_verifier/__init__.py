"""Checks Gatehouse's tokens and API keys. See README.md."""

from .gatehouse import GatehouseUnavailable
from .verifier import Verifier

__all__ = ["GatehouseUnavailable", "Verifier"]
