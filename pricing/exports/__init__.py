"""The catalogue as flat rows, for people who price elsewhere: JSON, CSV, Parquet, SQL and dbt."""

from __future__ import annotations
