"""The one collection of tables; every owner declares its tables beside the functions that read and write them.

Columns are Text, BigInteger, Integer or LargeBinary, so that both databases give back the same values. ``tenant_id``
and ``home_id`` lead every primary and unique key: that is what lets a database be split by home.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

metadata: Final = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_once_%(column_0_N_name)s",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_of_%(referred_table_name)s",
        "pk": "%(table_name)s_key",
    }
)
