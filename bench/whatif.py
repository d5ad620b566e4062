"""What a what-if takes at 4,000 estates, from the record to the comparison: the first time, and after a change."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "bench")]

import made_up

from redproperty.actions.scenarios import edition_texts, ground, measured
from redproperty.domain.packs import Pack
from redproperty.domain.whatif import headline, sums
from redproperty.settings import bundled
from redproperty.store.engine import engine_for, opened
from redproperty.store.rules import load_edition
from redproperty.store.rules_figures import figures, written
from redproperty.store.scenarios import Scenario
from redproperty.store.schema import bind, migrate

ESTATES = 4_000
TRIES = 4


def scenario(pack: Pack, texts: dict[str, str], line: str) -> Scenario:
    """Return a what-if with another line for five stars."""
    changed = written(texts, figures(texts), {"rating.stars.cutoffs.0.at_least": line})
    tried = {"rating.yaml": changed["rating.yaml"]}
    about = ("CS", "bench", made_up.PERIOD.code, pack.edition, pack.digest, None, tried)
    return Scenario(*about, 1, 1, "", made_up.NOW, made_up.NOW, archived=False)


async def main() -> None:
    """Make a district, then time reading what a what-if stands on, and each change of it."""
    root = bundled("rules")
    pack = load_edition(root / "2026-01-01")
    assert isinstance(pack, Pack)
    texts = edition_texts(root, pack.edition)
    with tempfile.TemporaryDirectory() as folder:
        async with opened(engine_for(str(Path(folder) / "bench.sqlite3"))) as engine:
            bind(engine)
            await migrate(engine)
            await made_up.record(pack, made_up.frames(pack, ESTATES))
            began = time.perf_counter()
            stands_on = await ground(pack, made_up.PERIOD)
            read = time.perf_counter() - began
            took = []
            for line in range(89, 89 - TRIES, -1):
                began = time.perf_counter()
                found = await measured(root, stands_on, scenario(pack, texts, str(line)))
                took.append(time.perf_counter() - began)
    print(f"what-if, {ESTATES:,} estates: read and rated as it holds {read:.2f} s; each change {min(took):.2f} s")
    print(headline(sums(found.comparison), None).en)


if __name__ == "__main__":
    asyncio.run(main())
