"""SIGKILL of the whole pipeline at random moments, with readers on the release.

A published warehouse of a small simulated study gets new counts. `imid run` on it is killed at a
random moment of a random phase (ingest, analyze, build, publish), group and all. Then the
warehouse must open, no load and no fit be there in part, the release be whole, and after some
kills `imid run` must finish with the totals, table by table, of a run that nobody disturbed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import machine
from tests.support.crashes import (
    Moment,
    Parts,
    Running,
    complete,
    half_done,
    is_copying,
    kill_run,
    live_readers,
    parts_of,
    running,
)
from tests.support.small_home import copy_home
from tests.support.small_study import write_project, write_small_study
from tests.support.totals import Totals, differing, release_totals, working_totals
from warehouse.connections import current_release
from warehouse.home import Home
from warehouse.soundness import database_problem

PHASES = ("ingest", "analyze", "build", "publish")


@dataclass(frozen=True)
class Undisturbed:
    """What a run that nobody kills does: steps and seconds of its phases, and what it leaves."""

    steps: dict[str, int]
    seconds: dict[str, float]
    parts: Parts
    working: Totals
    marts: Totals


def watch(home: Home) -> Undisturbed:
    """Run to the end and note when each phase begins."""
    began = {"ingest": time.monotonic()}
    with running(home, "run", "--workers", "1", "--json") as run:
        last_ingest = last_analyze = began["ingest"]
        counted: Counter[str] = Counter()
        while run.process.poll() is None:
            now = time.monotonic()
            if run.steps("ingest") > counted["ingest"]:
                counted["ingest"], last_ingest = run.steps("ingest"), now
            if run.steps("analyze") > counted["analyze"]:
                counted["analyze"], last_analyze = run.steps("analyze"), now
            if "publish" not in began and is_copying(run):
                began["publish"] = now
            time.sleep(0.005)
        if run.wait() != 0:
            sys.exit(f"the undisturbed run failed: {run.said.read_text()[-2000:]}")
    ended = time.monotonic()
    began |= {"analyze": last_ingest, "build": last_analyze}
    began.setdefault("publish", ended)
    ends = [*(began[phase] for phase in PHASES[1:]), ended]
    seconds = {phase: end - began[phase] for phase, end in zip(PHASES, ends, strict=True)}
    release = current_release(home)
    return Undisturbed(
        dict(counted), seconds, parts_of(home), working_totals(home), release_totals(release)
    )


def moment(rng: random.Random, calm: Undisturbed) -> Moment:
    """Draw a phase, and a moment within the time that it took undisturbed."""
    phase = rng.choice(PHASES)
    delay = rng.uniform(0.0, calm.seconds[phase])
    # What an earlier kill left done is said again, as unchanged, so ingest has as many steps.
    reached: dict[str, Callable[[Running], bool]] = {
        "ingest": lambda run: run.process.poll() is None,
        "analyze": lambda run: run.steps("ingest") >= calm.steps["ingest"],
        "build": dbt_began,
        "publish": is_copying,
    }
    return Moment(phase, reached[phase], delay)


def dbt_began(run: Running) -> bool:
    """Return whether dbt of this run has begun; its log is taken away before each run."""
    return (run.home.logs / "dbt.log").exists()


def fresh_home(folder: Path) -> Home:
    """Publish a small study and give it other counts, so that every phase has work to do."""
    study = write_small_study(folder / "study")
    home = Home(folder / "home").create()
    write_project(home, study.definition)
    code, said = complete(home)
    if code != 0:
        sys.exit(f"the first run failed: {said[-2000:]}")
    write_small_study(folder / "study", seed=8)
    return home


def problems_after_kill(home: Home, whole: Parts, marts: list[Totals]) -> list[str]:
    """Return what is not as it must be while nothing has been mended."""
    found = [f"in part: {name}" for name in half_done(parts_of(home), whole)]
    release = current_release(home)
    damage = database_problem(release, needs_marts=True)
    if damage is not None:
        found.append(f"{release.name} is {damage}")
    elif all(differing(release_totals(release), known) for known in marts):
        found.append(f"{release.name} holds neither the old nor the new totals")
    return found


def problems_at_end(home: Home, calm: Undisturbed) -> list[str]:
    """Return what is not as it must be after a completed run."""
    code, said = complete(home)
    if code != 0:
        return [f"imid run ended with {code}: {said[-500:]}"]
    release = current_release(home)
    return [
        *(
            f"{name} differs in the working file"
            for name in differing(working_totals(home), calm.working)
        ),
        *(
            f"{name} differs in the release"
            for name in differing(release_totals(release), calm.marts)
        ),
        *(f"in part: {name}" for name in half_done(parts_of(home), calm.parts)),
    ]


def main() -> None:
    """Kill, check, complete, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--per-home", type=int, default=4, help="kills before a run is completed")
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    rng = random.Random(options.seed)  # noqa: S311
    started = time.monotonic()
    killed: Counter[str] = Counter()
    late = completed = rounds = 0
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="imid-crash-") as name:
        base = fresh_home(Path(name))
        before, old_marts = parts_of(base), release_totals(current_release(base))
        calm_home = copy_home(base, Path(name) / "calm")
        calm = watch(calm_home)
        shutil.rmtree(calm_home.root)
        whole = {**before, **calm.parts}
        print("undisturbed:", {k: round(v, 1) for k, v in calm.seconds.items()}, flush=True)
        while killed.total() < options.moments:
            home = copy_home(base, Path(name) / "victim")
            with live_readers(home, options.readers) as saw:
                for _ in range(min(options.per_home, options.moments - killed.total())):
                    (home.logs / "dbt.log").unlink(missing_ok=True)
                    when = moment(rng, calm)
                    if not kill_run(home, when):
                        late += 1
                    killed[when.name] += 1
                    after = problems_after_kill(home, whole, [old_marts, calm.marts])
                    problems += [f"kill {killed.total()} in {when.name}: {p}" for p in after]
                problems += [f"end {completed + 1}: {p}" for p in problems_at_end(home, calm)]
                completed += 1
            rounds += sum(reader["rounds"] for reader in saw)
            problems += [f"a reader: {error}" for reader in saw for error in reader["errors"]]
            print(f"{killed.total()} kills, {len(problems)} problems", flush=True)
            shutil.rmtree(home.root)
    print("\n### Crashes\n")
    print("| killed in | kills |\n|---|---|")
    print("\n".join(f"| {phase} | {killed[phase]} |" for phase in PHASES))
    print(
        f"\n{killed.total()} kills ({late} came after the run's end), {completed} completed runs, "
        f"{rounds} rounds of {options.readers} readers, {len(problems)} problems; seed "
        f"{options.seed}; {time.monotonic() - started:.0f} s. {machine()}.\n"
    )
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
