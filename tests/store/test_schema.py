"""The migrations make exactly the declared tables, on both databases, and every key can be split by home."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, Table, Text, UniqueConstraint, create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from engine.settings import Settings
from engine.store.database import is_postgres
from engine.store.declared import all_tables
from engine.store.schema import create_schema
from tests.databases import PostgresServer

TABLES = sorted(all_tables().tables.values(), key=lambda table: table.name)


def _differences(connection: Connection) -> list[object]:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), all_tables())


async def _on_postgres(url: str) -> list[object]:
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        found = await connection.run_sync(_differences)
    await engine.dispose()
    return found


def test_migrations_make_exactly_the_declared_tables(database_url: str) -> None:
    if is_postgres(database_url):
        assert asyncio.run(_on_postgres(database_url)) == []
        return
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert _differences(connection) == []
    engine.dispose()


def test_creating_the_schema_again_changes_nothing(database_url: str) -> None:
    create_schema(Settings(database_url=database_url))
    test_migrations_make_exactly_the_declared_tables(database_url)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_table_gives_the_same_values_on_both_databases(table: Table) -> None:
    assert [c.name for c in table.columns if not isinstance(c.type, Text | BigInteger | Integer | LargeBinary)] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_keys_begin_with_tenant_and_home(table: Table) -> None:
    keys = [list(table.primary_key.columns.keys())]
    keys += [list(rule.columns.keys()) for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    keys += [list(index.columns.keys()) for index in table.indexes if index.unique]
    assert [key for key in keys if key[:2] != ["tenant_id", "home_id"]] == []
    assert not table.foreign_keys, "writes go table by table in the order of their names, and no key crosses homes"


async def _partitioned(url: str, tables: list[Table]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for table in tables:
            text = str(CreateTable(table).compile(dialect=postgresql.dialect()))
            await connection.execute(f"{text} PARTITION BY HASH (home_id)")
            await connection.execute(
                f'CREATE TABLE "{table.name}_0" PARTITION OF "{table.name}" FOR VALUES WITH (MODULUS 2, REMAINDER 0)'
            )
            for index in table.indexes:
                await connection.execute(str(CreateIndex(index).compile(dialect=postgresql.dialect())))
    finally:
        await connection.close()


@pytest.mark.postgres
def test_every_table_can_be_hash_partitioned_by_home(postgres_server: PostgresServer) -> None:
    with postgres_server.fresh("template1") as url:
        asyncio.run(_partitioned(url, TABLES))


@pytest.mark.postgres
def test_a_key_without_home_can_not_be_partitioned(postgres_server: PostgresServer) -> None:
    from sqlalchemy import Column, MetaData

    wrong = Table(
        "wrong",
        MetaData(),
        Column("tenant_id", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("home_id", Text),
    )
    with (
        postgres_server.fresh("template1") as url,
        pytest.raises(asyncpg.FeatureNotSupportedError, match="must include all partitioning columns"),
    ):
        asyncio.run(_partitioned(url, [wrong]))
