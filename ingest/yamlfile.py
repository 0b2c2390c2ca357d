"""Reading a definition that a person wrote in YAML: every scalar as the text it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from ingest.limits import MOST_DEFINITION_BYTES
from warehouse.errors import DataError

_DEEPEST: Final = 50


class _TextLoader(yaml.BaseLoader):
    """Every scalar as it is written: a level ``no``, ``1.0`` or ``08`` is that text."""

    # The scanner's time grows with the square of the depth.
    def fetch_flow_collection_start(self, token: type[yaml.Token]) -> None:
        if self.flow_level >= _DEEPEST:
            raise yaml.scanner.ScannerError(None, None, "it is nested too deeply", self.get_mark())
        super().fetch_flow_collection_start(token)

    def add_indent(self, column: int) -> bool:
        if len(self.indents) >= _DEEPEST:
            raise yaml.scanner.ScannerError(None, None, "it is nested too deeply", self.get_mark())
        return bool(super().add_indent(column))


def _mapping_of_distinct_keys(loader: _TextLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if isinstance(key, str) and key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key} stands twice", key_node.start_mark
            )
        if isinstance(key, str):
            seen.add(key)
    return loader.construct_mapping(node, deep=True)


_TextLoader.add_constructor("tag:yaml.org,2002:map", _mapping_of_distinct_keys)


def read_yaml_mapping(
    path: Path, file_name: str, keys: str, *, may_be_empty: bool = False
) -> dict[str, Any]:
    """Return the mapping that a YAML file holds.

    Parameters
    ----------
    file_name
        What such a file is called, such as ``study.yaml``.
    keys
        The keys that are expected, as the complaint about another content names them.
    may_be_empty
        Whether a file that says nothing is an empty mapping.

    Raises
    ------
    DataError
        If the file is missing, a folder, not UTF-8, no YAML, no mapping, or says a key twice.
    """
    if path.exists() and not path.is_dir() and not path.is_file():
        raise DataError("this is no regular file.", path)
    try:
        if path.stat().st_size > MOST_DEFINITION_BYTES:
            raise DataError(
                f"this is larger than {MOST_DEFINITION_BYTES >> 20} MiB, which no {file_name} is.",
                path,
            )
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError("there is no such file.", path) from None
    except IsADirectoryError:
        raise DataError(f"this is a folder; name its {file_name}.", path) from None
    except UnicodeDecodeError as error:
        raise DataError("this is not UTF-8 text.", path) from error
    except OSError as error:
        raise DataError(f"this file may not be read ({error.strerror}).", path) from error
    try:
        content: Any = yaml.load(text, Loader=_TextLoader)  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        line = mark.line + 1 if mark else None
        raise DataError(f"this is not YAML: {problem}.", path, line) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError("this is not YAML that can be used.", path) from error
    if content is None and may_be_empty:
        return {}
    if not isinstance(content, dict):
        raise DataError(f"a mapping with {keys} ... was expected.", path)
    return content
