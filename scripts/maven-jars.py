"""Copies a Maven artifact and what it needs at run time into a folder, without Maven or Java.

Usage: python3 maven-jars.py GROUP ARTIFACT VERSION CACHE_FOLDER JARS_FOLDER
Needs jgo (its pure-Python Maven resolver), which scripts/install-kafka.mjs installs beside it.
"""

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.maven import MavenContext, Model


def main() -> None:
    group, artifact, version, cache, jars = sys.argv[1:6]
    context = MavenContext(repo_cache=Path(cache), timeout=60)
    component = context.project(group, artifact).at_version(version)
    found = Model(component.pom(), context).dependencies()
    dependencies = found[0] if isinstance(found, tuple) else found
    wanted = [component.artifact()] + [
        dependency.artifact
        for dependency in dependencies
        if dependency.scope in ("compile", "runtime")
    ]
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda one: Path(one.resolve()), wanted))
    Path(jars).mkdir(parents=True, exist_ok=True)
    for path in paths:
        shutil.copyfile(path, Path(jars) / path.name)
    print(f"{len(paths)} jars")


main()
