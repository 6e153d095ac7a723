"""Docker with Compose, or podman with podman-compose, and what they know of the stack's containers."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SERVICES = ["ingest", "pricing", "budget", "analytics", "alerts", "console"]
PROJECT = "oliver-test"
PORT = int(os.environ.get("OLIVER_TEST_PORT", "18080"))
ENVIRONMENT = dict(
    os.environ,
    OLIVER_VERSION="test",
    OLIVER_PUBLISH=f"127.0.0.1:{PORT}",
    OLIVER_PUBLISH_TLS=f"127.0.0.1:{PORT + 1}",
    OLIVER_PUBLISH_PROMETHEUS=f"127.0.0.1:{PORT + 2}",
    OLIVER_PUBLISH_ALERTMANAGER=f"127.0.0.1:{PORT + 3}",
    COMPOSE_PROJECT_NAME=PROJECT,
)


def say(text):
    print(f"compose: {text}", flush=True)


def run(*command, check=True, quiet=True, merged=True):
    """Runs a command at the root; its output."""
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, text=True, env=ENVIRONMENT, stdout=subprocess.PIPE if quiet else None,
        stderr=(subprocess.STDOUT if merged else subprocess.DEVNULL) if quiet else None,
    )
    if check and done.returncode != 0:
        raise SystemExit(f"failed: {' '.join(map(str, command))}\n{(done.stdout or '')[-6000:]}")
    return done.stdout or ""


def built_context(folder):
    """A context that holds executables which are built, and the Dockerfile without its first stage."""
    context = ROOT / ".build/compose-context"
    shutil.rmtree(context, ignore_errors=True)
    (context / "out/lib").mkdir(parents=True)
    programs = [*SERVICES, "oliver"]
    for name in programs:
        run("strip", "-o", context / "out" / name, folder / name)
    for resources in folder.glob("*.resources"):
        shutil.copytree(resources, context / "out/resources" / resources.name)
    web = ROOT / "Web/dist"
    shutil.copytree(web, context / "out/web") if web.is_dir() else (context / "out/web").mkdir()
    # A debug build finds the Swift runtime in libraries.
    for path in set(re.findall(r"=> (/\S*/swift/\S+)", run("ldd", *[folder / name for name in programs]))):
        shutil.copy(path, context / "out/lib")
    text = (ROOT / "Deploy/Dockerfile").read_text()
    later = text[text.index("FROM debian:bookworm-slim AS runtime"):]
    later = later.replace("ENV OLIVER_HOST", "COPY --from=build /out/lib /app/lib\nENV LD_LIBRARY_PATH=/app/lib OLIVER_HOST")
    (context / "Dockerfile").write_text("FROM debian:bookworm-slim AS build\nCOPY out /out\n\n" + later)
    return context


class Engine:
    def __init__(self):
        self.build_arguments, self.stands_in = [], False
        self.context, self.file = ROOT, ROOT / "Deploy/Dockerfile"
        if os.environ.get("OLIVER_COMPOSE_BIN_DIR"):
            self.context = built_context(ROOT / os.environ["OLIVER_COMPOSE_BIN_DIR"])
            self.file = self.context / "Dockerfile"
        if self.succeeds("docker", "compose", "version") and self.succeeds("docker", "info"):
            self.program, self.compose = "docker", ["docker", "compose"]
            return
        if not shutil.which("podman") and os.geteuid() != 0:
            raise SystemExit("neither Docker with Compose nor podman is here: the images were not built, nothing was run")
        self.program, self.compose = "podman", [sys.executable, "-m", "podman_compose"]
        if not self.succeeds("podman", "pull", "--quiet", "docker.io/library/debian:bookworm-slim"):
            self.use_stand_ins()

    @staticmethod
    def succeeds(*command):
        try:
            return subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        except FileNotFoundError:
            return False

    def use_stand_ins(self):
        say("no registry can be reached: stand-ins for the base images are made of Debian packages")
        self.stands_in = True
        run(ROOT / "Scripts/local-images", "make", quiet=False)
        script = f'eval "$({ROOT}/Scripts/local-images env)"; env -0'
        for pair in run("bash", "-c", script).split("\0"):
            name, _, value = pair.partition("=")
            if name in ("CONTAINERS_CONF", "DISABLE_HC_SYSTEMD", "BUILDAH_ISOLATION", "BUILDAH_FORMAT"):
                ENVIRONMENT[name] = value
            if name == "PODMAN_BUILD_ARGS":
                self.build_arguments = value.split()

    def build(self, target, tag, *arguments):
        run(
            self.program, "build", *self.build_arguments, *arguments, "-f", self.file, "--target", target,
            "-t", f"oliver/{target}:{tag}", self.context,
        )

    def rebuild(self, target):
        """A new build under the tag `next`: the same program under another image id."""
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "Dockerfile"
            file.write_text(f"FROM oliver/{target}:test\nLABEL build=next\n")
            run(self.program, "build", "-f", file, "-t", f"oliver/{target}:next", folder)

    def up(self, *arguments, profile=None):
        return run(*self.compose, *(["--profile", profile] if profile else []), "up", "-d", *arguments)

    def down(self):
        """Takes the stack away with its volumes; podman-compose forgets some of what was scaled."""
        run(*self.compose, "--profile", "monitoring", "down", "-v", check=False)
        for name in run(self.program, "ps", "-a", "--format", "{{.Names}}").split():
            if re.fullmatch(rf"{PROJECT}[-_].*", name):
                run(self.program, "rm", "-f", name, check=False)
        for name in run(self.program, "volume", "ls", "--format", "{{.Name}}").split():
            if name.startswith(f"{PROJECT}_"):
                run(self.program, "volume", "rm", "-f", name, check=False)

    def containers(self, service):
        """The running containers of a service."""
        lines = run(self.program, "ps", "--format", "{{.Names}}").split()
        return sorted(name for name in lines if re.fullmatch(rf"{PROJECT}[-_]{service}[-_]\d+", name))

    def inspect(self, container):
        return json.loads(run(self.program, "inspect", container))[0]

    def log(self, container, lines):
        return run(self.program, "logs", "--tail", lines, container, check=False)

    def ends(self, container, *command):
        """Whether a command in a container ends well."""
        return self.succeeds(self.program, "exec", container, *command)

    def oliver(self, *arguments, options=()):
        """The command line in a container of its own: what it says, and whether it ended well."""
        command = [*self.compose, "--profile", "tools", "run", "--rm", "-T", "--no-deps", *options, "oliver"]
        return subprocess.run(
            [*command, *map(str, arguments)], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )

    def answer(self, *arguments):
        """The JSON document that a command of `oliver` prints."""
        done = self.oliver(*arguments, "--json")
        if done.returncode != 0:
            raise ValueError(f"oliver {' '.join(arguments)}: {done.stdout} {done.stderr}")
        return json.loads(done.stdout.strip().splitlines()[-1])


class Usage:
    """CPU and memory of a container's processes, where they can be seen."""

    def __init__(self, engine, service):
        self.seconds, self.memory = 0.0, 0
        parents = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rsplit(")", 1)[1].split()
                parents[int(entry.parent.name)] = (int(fields[1]), fields)
            except OSError:
                continue
        for container in engine.containers(service):
            root = engine.inspect(container)["State"]["Pid"]
            family = {root}
            while more := {pid for pid, (parent, _) in parents.items() if parent in family} - family:
                family |= more
            for pid in family:
                fields = parents[pid][1]
                # Processes that have ended are in their parent's count.
                ticks = sum(map(int, fields[11:15] if pid == root else fields[11:13]))
                self.seconds += ticks / os.sysconf("SC_CLK_TCK")
                self.memory += self.own(pid)

    @staticmethod
    def own(pid):
        """Resident memory, shared pages divided by those who share them."""
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            return 0
        return int(re.search(r"^Pss:\s+(\d+) kB", text, re.M)[1]) * 1024
