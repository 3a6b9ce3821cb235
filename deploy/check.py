"""Compares the files for deployment with what the code needs. Started by check.sh."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLONE = {
    "CLONE_NEWNS": 0x00020000,
    "CLONE_NEWCGROUP": 0x02000000,
    "CLONE_NEWUTS": 0x04000000,
    "CLONE_NEWIPC": 0x08000000,
    "CLONE_NEWUSER": 0x10000000,
    "CLONE_NEWPID": 0x20000000,
    "CLONE_NEWNET": 0x40000000,
}
# What a supervisor never needs and an attacker would like.
NEVER = """add_key bpf clone3 delete_module finit_module init_module io_uring_setup kcmp kexec_file_load
    kexec_load keyctl open_by_handle_at perf_event_open process_vm_readv process_vm_writev ptrace reboot
    request_key setns swapon unshare userfaultfd""".split()
# Set, these take L3 away: each unit says why.
BREAKS_L3 = """MemoryDenyWriteExecute PrivateUsers ProcSubset ProtectControlGroups ProtectHostname
    ProtectKernelLogs ProtectKernelTunables ProtectProc RestrictNamespaces""".split()
HARDENED = """AmbientCapabilities= CapabilityBoundingSet= KillMode=mixed LimitCORE=0 LockPersonality=yes
    NoNewPrivileges=yes OOMPolicy=continue PrivateDevices=yes PrivateTmp=yes ProtectClock=yes
    ProtectHome=yes ProtectKernelModules=yes ProtectSystem=strict Restart=on-failure
    RestrictRealtime=yes RestrictSUIDSGID=yes SystemCallArchitectures=native
    SystemCallFilter=@system-service Type=exec""".split()
LOCKED = ("read_only: true", "cap_drop: [ALL]", "- no-new-privileges:true", "init: true")
# Of PostgreSQL's image.
POSTGRES = {"POSTGRES_DB", "POSTGRES_INITDB_ARGS", "POSTGRES_PASSWORD", "POSTGRES_USER"}

wrong: list[str] = []


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def hold(fact: bool, sentence: str) -> None:
    if not fact:
        wrong.append(sentence)


def section(source: str, start: str, end: str) -> str:
    """From `start` to `end`; a mistake of this program if the code has moved."""
    found = source[source.index(start) :]
    return found[: found.index(end)]


# ---- seccomp-l3.json ----


def seccomp() -> None:
    rules = json.loads(text("deploy/seccomp-l3.json"))["syscalls"]
    allowed = [rule for rule in rules if rule["action"] == "SCMP_ACT_ALLOW"]
    names = {name for rule in allowed for name in rule["names"]}
    of_library = lockdown_calls()
    for name in sorted(of_library - names):
        hold(False, f"seccomp-l3.json refuses {name}, which the lockdown library calls")
    for name in sorted(job_calls() - names):
        hold(False, f"seccomp-l3.json refuses {name}, which jobs may call")
    for name in NEVER:
        hold(name not in names, f"seccomp-l3.json allows {name}")

    flags = sum(CLONE[flag] for flag in namespaces())
    of_clone = [rule["args"] for rule in allowed if "clone" in rule["names"]]
    for wanted in (0, flags):
        exact = {"index": 0, "value": sum(CLONE.values()), "valueTwo": wanted, "op": "SCMP_CMP_MASKED_EQ"}
        hold([exact] in of_clone, f"seccomp-l3.json does not let clone make exactly the namespaces {wanted:#x}")
    hold(len(of_clone) == 2, "seccomp-l3.json lets clone make other namespaces than the jail's")
    detached = "UMOUNT2, [here, 2, 0" in text("manim-renderer/lockdown/system.rs")
    hold(detached, "the jail no longer unmounts with MNT_DETACH, which seccomp-l3.json asks for")


def lockdown_calls() -> set[str]:
    source = text("manim-renderer/lockdown/system.rs")
    numbered = re.findall(r"pub const ([A-Z0-9_]+): usize = \d+;", section(source, "pub mod nr", "\n}"))
    elsewhere = re.findall(r"pub const ([A-Z0-9_]+): usize", section(source, "// These have the same", "\n\n"))
    return {name.lower() for name in numbered + elsewhere}


def job_calls() -> set[str]:
    source = text("manim-renderer/src/jail/seccomp/calls.rs")
    calls: set[str] = set()
    for name in ("EVERYWHERE", "OLD", "PROGRAMS", "OLD_PROGRAMS", "STARTING"):
        calls |= set(re.findall(r"libc::SYS_(\w+)", section(source, f"const {name}:", "];")))
    return calls


def namespaces() -> list[str]:
    return re.findall(r"libc::(CLONE_\w+)", section(text("manim-renderer/src/jail/plan.rs"), "const NAMESPACES", "];"))


# ---- Variables ----


def variables() -> None:
    known = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text(".env.example"), re.M))
    known |= set(re.findall(r'env = "([A-Z_]+)"', text("examples/src/bin/render-server.rs")))
    environment = text("manim-renderer/src/environment.rs")
    known |= {name for name in ("MANIM_ENV", "XDG_CACHE_HOME") if f'"{name}"' in environment}
    known |= POSTGRES
    for path in sorted((ROOT / "deploy").rglob("*")):
        if path.suffix in (".yaml", ".service", ".sh", "") and path.is_file() and "secrets" not in path.parts:
            for name in sorted(set(named_in(path)) - known):
                hold(False, f"{path.relative_to(ROOT)} names {name}, which no program reads")


def named_in(path: Path) -> list[str]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".service":
        return re.findall(r"^Environment=([A-Z_]+)=", source, re.M)
    if path.suffix == ".yaml":
        return re.findall(r"^ +([A-Z][A-Z0-9_]+): ", source, re.M)
    if path.name == "Dockerfile":
        return re.findall(r"^(?:ENV| {4}) ?([A-Z_]+)=", source, re.M)
    # What scripts write into files of settings.
    return re.findall(r'^ +"(?:# )?([A-Z][A-Z_]+)=', source, re.M) + re.findall(r'"([A-Z_]+)=\$', source)


# ---- systemd ----


def units() -> None:
    for name in ("manim-bot", "manim-render-server"):
        path = f"deploy/systemd/{name}.service"
        lines = [line for line in text(path).splitlines() if not line.startswith("#")]
        settings = [line.split("=", 1)[0] for line in lines if "=" in line]
        for line in HARDENED:
            hold(line in lines, f"{path} lacks {line}")
        for setting in BREAKS_L3:
            hold(setting not in settings, f"{path} sets {setting}, which takes L3 away")
            hold(setting in text(path), f"{path} does not say why {setting} is not set")
        filters = [line.removeprefix("SystemCallFilter=").split() for line in lines if line.startswith("SystemCallFilter=")]
        given = {call for words in filters if not words[0].startswith("~") for call in words}
        for call in ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"):
            hold(call in given, f"{path} does not let the jail call {call}")
        for call in ("mount", "mount_setattr", "pivot_root", "umount2", "sethostname"):
            hold(call in given, f"{path} does not let the jail call {call}")
        hold(f"ExecStart=/usr/local/bin/{name}" in lines, f"{path} starts another program than vm.sh installs")
        hold("Environment=MANIM_ENV=/opt/manim-bot/env" in lines, f"{path} names another environment than vm.sh makes")
    stop = re.search(r"^TimeoutStopSec=(\d+)s$", text("deploy/systemd/manim-bot.service"), re.M)
    hold(stop is not None and int(stop[1]) > drain(), "manim-bot.service is killed before DRAIN_SECONDS are over")


def drain() -> int:
    return int(re.search(r"^DRAIN_SECONDS=(\d+)$", text(".env.example"), re.M)[1])


# ---- Containers ----


def images() -> None:
    source = text("deploy/Dockerfile")
    rust = re.search(r'^rust-version = "(.*)"$', text("Cargo.toml"), re.M)[1]
    hold(f"ARG RUST=rust:{rust}-" in source, f"Dockerfile builds with another Rust than {rust}")
    hold("cargo build --locked" in source, "Dockerfile builds without the lock file")
    hold("scripts/setup.sh --programs" in source, "Dockerfile does not install what scripts/setup.sh installs")
    packages = re.findall(r"apt-get install -y --no-install-recommends (.*?) *\\?$", source, re.M)
    hold(packages == ["ca-certificates"], f"Dockerfile installs packages of its own: {packages}")
    hold("HEALTHCHECK" in source and "STOPSIGNAL SIGTERM" in source, "Dockerfile lacks HEALTHCHECK or STOPSIGNAL")
    targets = set(re.findall(r"^FROM .* AS (\S+)$", source, re.M))
    for target in ("bot", "bot-alone", "render-server"):
        hold(target in targets, f"Dockerfile has no target {target}")
    for stage in re.split(r"^FROM ", source, flags=re.M)[1:]:
        hold("ENTRYPOINT" not in stage or "USER 10001:10001" in stage, "an image runs as root")
    sent = text(".dockerignore").splitlines()
    hold(sent[1] == "*", ".dockerignore does not begin by leaving everything out")
    for member in re.findall(r'^    "(.*)",$', section(text("Cargo.toml"), "members", "]"), re.M):
        hold(f"!{member}" in sent, f".dockerignore leaves out {member}, which is built")
    for path in ("manim-renderer/src/remote/server.rs", "manim-http/src/lib.rs"):
        served = any("/health/live" in file.read_text("utf-8") for file in (ROOT / path).parent.rglob("*.rs"))
        hold(served, f"{path}: nothing serves /health/live, which healthcheck.sh asks for")


def compose() -> None:
    source = text("deploy/compose.yaml")
    locked = section(source, "x-locked:", "\n\n")
    for line in LOCKED:
        hold(line in locked, f"compose.yaml: what all services have lacks `{line}`")
    services = re.split(r"^  (?=\w[\w-]*:$)", section(source, "\nservices:", "\nnetworks:"), flags=re.M)[1:]
    for service in services:
        name = service.split(":")[0]
        inherits = "<<: *locked" in service or "<<: *render-server" in service
        hold(inherits, f"compose.yaml: {name} is not locked")
    hold("<<: *locked" in section(source, "x-render-server:", "\n\n"), "compose.yaml: render servers are not locked")
    hold("networks: [drawing]" in source, "compose.yaml: render servers have another network than `drawing`")
    for network in ("records", "drawing"):
        hold(f"  {network}: {{internal: true}}" in source, f"compose.yaml: the network {network} leads out")
    bot = next(service for service in services if service.startswith("bot:"))
    grace = int(re.search(r"stop_grace_period: (\d+)s", bot)[1])
    hold(grace > int(re.search(r'DRAIN_SECONDS: "(\d+)"', bot)[1]), "compose.yaml: the bot is killed while it drains")
    strong = text("deploy/compose.l3.yaml")
    for option in ("seccomp=seccomp-l3.json", "apparmor=manim-container", "systempaths=unconfined"):
        hold(f"- {option}" in strong, f"compose.l3.yaml lacks {option}")
    for path in ("deploy/compose.yaml", "deploy/compose.l3.yaml"):
        whole(path)


def whole(path: str) -> None:
    """Parsed where a library is at hand; its layout is looked at everywhere."""
    for number, line in enumerate(text(path).splitlines(), 1):
        indent = len(line) - len(line.lstrip(" "))
        hold("\t" not in line and indent % 2 == 0, f"{path}:{number} is not laid out by two spaces")
    try:
        import yaml
    except ImportError:
        return
    try:
        yaml.safe_load(text(path))
    except yaml.YAMLError as error:
        hold(False, f"{path} is no YAML: {error}")


def apparmor() -> None:
    source = text("deploy/apparmor-manim")
    for rule in ("  mount,", "  umount,", "  pivot_root,", "  userns,"):
        hold(rule in section(source, "profile manim-container", "\n}").splitlines(), f"apparmor-manim lacks {rule.strip()}")


# ---- The guide ----


def guide() -> None:
    source = text("docs/deploy.md")
    # secrets.sh makes the secrets.
    for path in sorted(set(re.findall(r"\bdeploy/(?!secrets(?:/|\b(?!\.sh)))[\w./-]*\w", source))):
        hold((ROOT / path).exists(), f"docs/deploy.md names {path}, which is not there")
    helps = text("deploy/vm.sh") + text("deploy/telegram.sh")
    for flag in sorted(set(re.findall(r"deploy/(?:vm|telegram)\.sh.* (--[a-z-]+)", source))):
        hold(flag in helps, f"docs/deploy.md gives a script {flag}, which it does not know")


def main() -> None:
    for check in (seccomp, variables, units, images, compose, apparmor, guide):
        check()
    for sentence in wrong:
        print(f"check: {sentence}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


main()
