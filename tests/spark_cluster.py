"""A Spark standalone cluster on this machine: one master, two workers of one core each, gone afterwards."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HOST = "127.0.0.1"
WORKERS = 2
READY_S = 60
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For programs that run for seconds: they start in half the time."""


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]


def spark_home() -> Path:
    import pyspark

    return Path(pyspark.__file__).parent


@contextmanager
def running(program: Sequence[str], folder: Path) -> Iterator[None]:
    """A program of Spark with all it starts, ended whatever happens."""
    told = {
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA,
        "PYSPARK_PYTHON": sys.executable,
        "TZ": "UTC",
    }
    with (folder / f"{program[0].rsplit('.', 1)[-1]}-{program[-1].rsplit('/', 1)[-1]}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(spark_home() / "bin" / "spark-class"), *program],
            env=os.environ | told,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
            process.wait(timeout=10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _alive(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/json/", timeout=2) as answer:
            return int(json.load(answer)["aliveworkers"])
    except OSError:
        return 0


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a master whose workers are there."""
    port, page = free_ports(2)
    master = f"spark://{HOST}:{port}"
    host = ("--host", HOST)
    with ExitStack() as parts:
        named = (*host, "--port", str(port), "--webui-port", str(page))
        parts.enter_context(running(("org.apache.spark.deploy.master.Master", *named), folder))
        for place in range(WORKERS):
            own = (*host, "--webui-port", "0", "--cores", "1", "--memory", "1g", "-d", str(folder / f"worker-{place}"))
            parts.enter_context(running(("org.apache.spark.deploy.worker.Worker", *own, master), folder))
        begun = time.monotonic()
        while _alive(page) < WORKERS:
            if time.monotonic() - begun > READY_S:
                raise TimeoutError(f"the workers did not register in {READY_S} s: {folder}")
            time.sleep(0.2)
        yield master


@contextmanager
def session(master: str) -> Iterator[SparkSession]:
    """A driver in this process."""
    from pyspark.sql import SparkSession

    own = mock.patch.dict(os.environ, {"SPARK_LOCAL_IP": HOST, "PYSPARK_PYTHON": sys.executable})
    builder = (
        SparkSession.builder.master(master)
        .appName("winloss-test")
        .config("spark.driver.host", HOST)
        .config("spark.driver.bindAddress", HOST)
        .config("spark.driver.extraJavaOptions", QUICK_JAVA)
        .config("spark.executor.extraJavaOptions", QUICK_JAVA)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.executor.memory", "512m")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.log.level", "ERROR")
    )
    with own:
        spark = builder.getOrCreate()
        try:
            yield spark
        finally:
            _stop(spark)


def _stop(spark: SparkSession) -> None:
    """End the session and its Java process; sockets that pyspark leaves to the garbage are collected here."""
    context = type(spark.sparkContext)
    gateway = context._gateway
    spark.stop()
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=20)
    context._gateway = context._jvm = None  # or the next session would ask the Java process that is gone
    gc.collect()
