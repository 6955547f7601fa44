"""Nodes of a real cluster on this machine, each a process of Java.

The server is that of OpenSearch, from Maven Central, with the modules that any distribution has and without
its security plugin. The jars lie outside the checkout, in XUNWEN_JARS or ~/.cache/xunwen/jars.

    python -m tests.cluster.nodes jars            download them (needs Java 21 or newer, and Maven)
    python -m tests.cluster.nodes run [NODES]     run a cluster until Enter or Ctrl-C
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from tests.support.waiting import HANG_SECONDS

__all__ = ["Cluster", "Node", "fetch_jars", "jars", "java", "missing"]

VERSION: Final = "3.6.0"
_HERE: Final = Path(__file__).resolve().parent
_LEAST: Final = 21
_HEAP: Final = os.environ.get("XUNWEN_CLUSTER_HEAP", "512m")
#: Questions to this machine never go through a proxy.
_OPEN: Final = build_opener(ProxyHandler({})).open


def jars() -> Path:
    """Return where the jars lie, or will."""
    cache = os.environ.get("XUNWEN_JARS") or Path.home() / ".cache" / "xunwen" / "jars"
    return Path(cache) / VERSION


@cache
def java() -> str | None:
    """Return a Java new enough, None where there is none."""
    homes = [os.environ.get("JAVA_HOME", ""), *map(str, sorted(Path("/usr/lib/jvm").glob("*"), reverse=True))]
    for path in [*(f"{home}/bin/java" for home in homes if home), shutil.which("java") or ""]:
        if path and Path(path).exists() and _age(path) >= _LEAST:
            return path
    return None


def _age(path: str) -> int:
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def missing() -> str:
    """Return what is missing for a cluster, in one sentence; "" where all is there."""
    if java() is None:
        return f"no Java {_LEAST} or newer: the tests of a cluster need it"
    if not (jars() / "complete").exists():
        return "no jars of OpenSearch: `make cluster-jars` downloads them"
    return ""


def fetch_jars() -> None:
    """Download the server and what it needs; raises SystemExit with a sentence."""
    if (jars() / "complete").exists():
        return
    runtime, maven = java(), shutil.which("mvn")
    if runtime is None or maven is None:
        raise SystemExit(f"A cluster needs Java {_LEAST} or newer, and Maven to download the server.")
    jars().parent.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(dir=jars().parent))
    home = str(Path(runtime).resolve().parent.parent)
    command = [maven, "-q", "-B", "-f", str(_HERE / "pom.xml"), "dependency:copy-dependencies"]
    command += [f"-DoutputDirectory={target}", f"-Dopensearch.version={VERSION}"]
    done = subprocess.run(
        command, env={**os.environ, "JAVA_HOME": home}, check=False, capture_output=True, text=True
    )
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        raise SystemExit(f"Maven could not download OpenSearch: {(done.stdout + done.stderr).strip()[:500]}")
    (target / "complete").write_text(VERSION, "utf-8")
    shutil.rmtree(jars(), ignore_errors=True)
    target.rename(jars())


class Node:
    """One node: a process with a folder and two ports of its own."""

    def __init__(self, name: str, folder: Path, http: int, transport: int, options: Sequence[str]) -> None:
        self.name, self.http, self.transport = name, http, transport
        self._folder, self._options = folder / name, list(options)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.http}"

    def start(self) -> None:
        """Start the process; `Cluster.wait` tells when it is there."""
        for part in ("modules", "plugins", "config", "data", "logs"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        runtime = java()
        assert runtime
        command = [
            runtime,
            f"-Xms{_HEAP}",
            f"-Xmx{_HEAP}",
            "-XX:+UseSerialGC",
            # The second compiler takes half of a node's processor time, and the tests end before it pays.
            "-XX:TieredStopAtLevel=1",
            "--add-modules=jdk.incubator.vector",
            "-Dopensearch.path.home=" + str(self._folder),
            "-cp",
            f"{jars()}/*",
            str(_HERE / "ClusterMain.java"),
            f"path.home={self._folder}",
            f"node.name={self.name}",
            f"http.port={self.http}",
            f"transport.port={self.transport}",
            *self._options,
        ]
        log = (self._folder / "logs" / "out.txt").open("ab")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
        log.close()

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None

    def stop(self) -> None:
        """Close its standard input, which it takes as a farewell."""
        if self._process is None:
            return
        with suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        try:
            self._process.wait(20)
            self._process = None
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        """Return the end of its log, for the message about a node that did not start."""
        log = self._folder / "logs" / "out.txt"
        return log.read_text("utf-8", "replace")[-3000:] if log.exists() else ""


class Cluster:
    """Some nodes that know each other; use it as a context."""

    def __init__(self, count: int, settings: Sequence[str] = ()) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="xunwen-cluster-"))
        self._held = _hold_ports(2 * count)
        ports = [held.getsockname()[1] for held in self._held]
        names = [f"node-{number}" for number in range(1, count + 1)]
        seeds = ",".join(f"127.0.0.1:{port}" for port in ports[count:])
        common = ["network.host=127.0.0.1", "cluster.name=xunwen-tests", *settings]
        if count == 1:
            common.append("discovery.type=single-node")
        else:
            common += [
                f"discovery.seed_hosts={seeds}",
                f"cluster.initial_cluster_manager_nodes={','.join(names)}",
            ]
        self.nodes = [
            Node(name, self._folder, http, transport, common)
            for name, http, transport in zip(names, ports[:count], ports[count:], strict=True)
        ]

    def __enter__(self) -> Cluster:
        for node in self.nodes:
            node.start()
        try:
            self.wait(len(self.nodes))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.kill()
        for held in self._held:
            held.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The hosts, in the form of an engine's address."""
        return ",".join(node.url for node in self.nodes)

    def wait(self, count: int, status: str = "") -> None:
        """Wait until the cluster has this number of nodes and this colour; raises TimeoutError."""
        deadline = monotonic() + HANG_SECONDS
        while monotonic() < deadline:
            for node in self.nodes:
                health = _health(node) if node.running else None
                if (
                    health
                    and health["number_of_nodes"] == count
                    and health["status"] in (status or health["status"])
                ):
                    return
            if not any(node.running for node in self.nodes):
                break
            sleep(0.3)
        raise TimeoutError("\n".join(f"{node.name}: {node.said()}" for node in self.nodes))


def _health(node: Node) -> dict[str, str | int] | None:
    try:
        with _OPEN(f"{node.url}/_cluster/health?timeout=1s", timeout=5) as answer:
            found: dict[str, str | int] = json.load(answer)
            return found
    except (URLError, OSError, ValueError):
        return None


def _hold_ports(count: int) -> list[socket.socket]:
    """Bind free ports, so that no other program gets them; nodes reuse addresses and may listen there."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return held


def _main(verb: str = "", count: str = "1") -> None:
    if verb == "jars":
        fetch_jars()
        print(jars())
    elif verb == "run":
        fetch_jars()
        with Cluster(int(count)) as cluster:
            print(f"XUNWEN_ENGINE={cluster.url}", flush=True)
            with suppress(KeyboardInterrupt):
                sys.stdin.readline()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    _main(*sys.argv[1:])
