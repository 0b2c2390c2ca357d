"""One file that holds a whole warehouse, with checksums, and the way back from it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warehouse.connections import open_working, write_lock
from warehouse.errors import BusyError, DataError
from warehouse.home import Home
from warehouse.releases import list_releases, serve
from warehouse.soundness import database_problem

MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1
_BLOCK: Final = 1 << 20
_MANIFEST_BYTES: Final = 16 << 20
# What a backup may hold; nothing else is ever written.
_NAME: Final = re.compile(
    r"imid\.yaml|working\.duckdb|releases/wh_\w+\.duckdb|"
    r"(landed|downloads|studies)/[^/\\]+(/[^/\\]+)*"
)


class BackedUpFile(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What a backup holds, and which release served when it was made."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: int
    made_at: datetime
    imid_version: str
    serving: str | None
    files: tuple[BackedUpFile, ...]


def backup(home: Home, target: Path, version: str) -> Manifest:
    """Write a warehouse to one file: imid.yaml, working file, serving release and its folders.

    The folders are those of landed and fetched files and of study folders begun in the home. The
    warehouse is locked meanwhile; a kill leaves no file under the target's name.

    Raises
    ------
    DataError
        If the target exists, the warehouse is not sound enough to be opened, or a file's name
        could not be restored.
    BusyError
        If another process is writing to the warehouse, or to this target.
    """
    if target.exists():
        raise DataError("this file exists; name a new one.", target)
    if not home.working.exists():
        raise DataError(f"there is no warehouse in {home.root} to back up.")
    part = target.with_name(f".{target.name}.part")
    with write_lock(home, "backup", wait_s=60):
        with open_working(home) as con:
            con.execute("checkpoint")
        with _new_part(part, target) as out:
            return _write(home, out, version)


@contextmanager
def _new_part(part: Path, target: Path) -> Iterator[IO[bytes]]:
    """Open the file of a backup in the making: the target, if the ``with`` ends well, else gone."""
    try:
        with part.open("rb") as left:
            # A killed backup's lock went with its process: what it left is nobody's.
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
    except FileNotFoundError:
        pass
    except BlockingIOError:
        raise BusyError(
            f"{target} is being written by another backup. Name another file, or try again when "
            "it is done."
        ) from None
    with part.open("xb") as out:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield out
            out.flush()
            part.rename(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _write(home: Home, out: IO[bytes], version: str) -> Manifest:
    serving = home.current.resolve() if home.current.exists() else None
    paths = [path for path in (home.project_file, home.working, serving) if path and path.exists()]
    for folder in _folders(home):
        paths += sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    named = [(_name(home, path), path) for path in paths]
    files = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in named:
            digest, size = hashlib.sha256(), 0
            with (
                path.open("rb") as source,
                archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member,
            ):
                while block := source.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
                    member.write(block)
            files.append(BackedUpFile(path=name, bytes=size, sha256=digest.hexdigest()))
        manifest = Manifest(
            format=_FORMAT,
            made_at=datetime.now(UTC),
            imid_version=version,
            serving=serving.stem if serving else None,
            files=tuple(files),
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
    return manifest


def _folders(home: Home) -> list[Path]:
    return [home.landed, home.downloads, home.studies]


def _name(home: Home, path: Path) -> str:
    """Return what a file is called in a backup.

    Raises
    ------
    DataError
        If :func:`restore` would not take that name.
    """
    name = path.relative_to(home.root.resolve()).as_posix()
    # Bytes of a name that are no UTF-8 come as lone surrogates.
    if not _NAME.fullmatch(name) or re.search("[\ud800-\udfff]", name):
        raise DataError(
            "a file of this name cannot be kept in a backup, where a name is UTF-8 text without "
            "a backslash. Rename it, then back up again.",
            Path(str(path).encode(errors="backslashreplace").decode()),
        )
    return name


def restore(home: Home, source: Path, *, force: bool = False) -> tuple[Manifest, Path | None]:
    """Bring a backup back into a home, after every file of it has proved whole.

    Parameters
    ----------
    force
        Restore into a home that holds a warehouse; what it holds is set aside, not deleted.

    Returns
    -------
    tuple
        The backup's manifest, and the folder that holds what was there before, if anything was.

    Raises
    ------
    DataError
        If the home holds a warehouse already, or the backup is damaged, or holds what no backup
        holds; the home is then as it was.
    """
    held = [path for path in _contents(home) if path.exists() or path.is_symlink()]
    if held and not force:
        raise DataError(
            f"{home.root} holds a warehouse already ({held[0].name}). Name an empty folder with "
            "--home, or add --force to set aside what is there."
        )
    with _opened(source) as archive:
        manifest = _manifest(archive, source)
        with write_lock(home, "restore"):
            staging = home.root / ".restore.part"
            shutil.rmtree(staging, ignore_errors=True)
            try:
                for file in manifest.files:
                    _extract(archive, file, staging, source)
                problem = database_problem(staging / home.working.name, needs_marts=False)
                if problem is not None:
                    raise DataError(f"the working file in this backup is {problem}.", source)
                aside = _set_aside(home, held)
                for entry in sorted(staging.iterdir()):
                    _move(entry, home.root / entry.name)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
            home.create()
            for release in list_releases(home):
                release.chmod(0o444)
                serve(home, release)
    return manifest, aside


def _contents(home: Home) -> list[Path]:
    """Return what makes a folder the home of a warehouse."""
    folders = [folder for folder in _folders(home) if folder.is_dir() and any(folder.iterdir())]
    releases = [home.releases] if list_releases(home) else []
    log = home.working.with_name(f"{home.working.name}.wal")
    return [home.working, log, home.project_file, home.current, *releases, *folders]


def _set_aside(home: Home, held: list[Path]) -> Path | None:
    if not held:
        return None
    aside = home.root / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    aside.mkdir()
    for path in held:
        path.rename(aside / path.name)
    return aside


def _move(entry: Path, target: Path) -> None:
    # A fresh home has its empty folders already.
    if target.is_dir():
        target.rmdir()
    entry.rename(target)


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except FileNotFoundError:
        raise DataError("there is no such file.", source) from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"this is no whole backup ({error}).", source) from error


def _manifest(archive: zipfile.ZipFile, source: Path) -> Manifest:
    try:
        entry = archive.getinfo(MANIFEST)
        if entry.file_size > _MANIFEST_BYTES:
            raise DataError(f"its {MANIFEST} is larger than any backup's.", source)
        manifest = Manifest.model_validate(json.loads(archive.read(entry)))
    except KeyError:
        raise DataError(f"this is no backup: it has no {MANIFEST}.", source) from None
    except (ValidationError, ValueError) as error:
        raise DataError(f"its {MANIFEST} cannot be read.", source) from error
    if manifest.format != _FORMAT:
        raise DataError(
            f"this backup has format {manifest.format}; this version reads {_FORMAT}.", source
        )
    names = [file.path for file in manifest.files]
    for name in names:
        if not _NAME.fullmatch(name) or ".." in PurePosixPath(name).parts:
            raise DataError(f"{name!r} is no file of a backup; nothing was restored.", source)
    in_archive = [entry.filename for entry in archive.infolist() if entry.filename != MANIFEST]
    if sorted(in_archive) != sorted(names) or len(set(names)) != len(names):
        raise DataError("its files are not those that its manifest lists.", source)
    if "working.duckdb" not in names:
        raise DataError("this backup holds no working.duckdb.", source)
    return manifest


def _extract(archive: zipfile.ZipFile, file: BackedUpFile, staging: Path, source: Path) -> None:
    target = staging / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with archive.open(file.path) as member, target.open("xb") as out:
        for block in _blocks(member):
            size += len(block)
            # More than the manifest states: a bomb, or damage; either way not to be written.
            if size > file.bytes:
                break
            digest.update(block)
            out.write(block)
    if size != file.bytes or digest.hexdigest() != file.sha256:
        raise DataError(
            f"{file.path} in this backup does not match its checksum; nothing was restored.",
            source,
        )


def _blocks(member: IO[bytes]) -> Iterator[bytes]:
    while block := member.read(_BLOCK):
        yield block
