"""Measures the check against the installed Manim, prints the figures and writes `broken.tsv`.

    python verify.py CHECK_LINES

CHECK_LINES is the built example of that name; `make check-figures` builds and runs both. A broken
scene is one that fails in Manim as it stands: each is listed with its error, and with `runs` when
it runs once mended. A false alarm is a finding in a scene that runs: of the valid scenes, of the
examples in Manim's own documentation. Takes minutes.
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
Scene = dict[str, object]


def lines(command: list[str], scenes: list[Scene] | None = None) -> list[Scene]:
    text = "\n".join(map(json.dumps, scenes)) if scenes is not None else ""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def program(name: str, *arguments: str, scenes: list[Scene] | None = None) -> list[Scene]:
    return lines([sys.executable, str(HERE / name), *arguments], scenes)


def run(scenes: list[Scene]) -> dict[str, Scene]:
    return {scene["name"]: scene for scene in program("run.py", scenes=scenes)}


def alarms(scenes: list[Scene], check_lines: str) -> list[str]:
    """Scenes with a finding that run all the same."""
    alarmed = [scene for scene in lines([check_lines], scenes) if scene["findings"]]
    return [name for name, ran in run(alarmed).items() if ran["ok"]]


def names(scenes: list[Scene]) -> list[str]:
    return [scene["name"] for scene in scenes]


def figure(what: str, count: int, of: int) -> None:
    print(f"{what:<44}{count:>4} of {of:>3}  {count / of:6.1%}")


def listed(title: str, found: list[str]) -> None:
    if found:
        print(f"{title}:", *found, sep="\n  ")


def main(check_lines: str) -> int:
    valid, documented = program("mutate.py", "valid"), program("docstrings.py")
    broken = lines([check_lines], program("mutate.py", "broken"))
    ran = run(broken)
    failing = [scene for scene in broken if not ran[scene["name"]]["ok"]]
    caught = [scene for scene in failing if scene["findings"]]
    mended = [scene for scene in failing if scene["passed"] and any(f["fixed"] for f in scene["findings"])]
    after = run([{"name": scene["name"], "code": scene["mended"]} for scene in mended])
    runs = {name for name, scene in after.items() if scene["ok"]}
    with (HERE / "broken.tsv").open("w", encoding="utf-8") as table:
        for scene in failing:
            name, error = scene["name"], str(ran[scene["name"]]["error"]).split(":")[0]
            print(name, error, "runs" if name in runs else "-", sep="\t", file=table)

    lost = [name for name, outcome in run(valid).items() if not outcome["ok"]]
    refused = [s["name"] for s in broken if ran[s["name"]]["ok"] and not s["passed"]]
    false = alarms(valid, check_lines) + alarms(documented, check_lines)
    figure("broken scenes caught by the check alone", len(caught), len(failing))
    figure("broken scenes that run once it has mended", len(runs), len(failing))
    figure("false alarms, valid scenes and Manim's own", len(false), len(valid) + len(documented))
    listed("not caught: the dry run's", [name for name in names(failing) if name not in names(caught)])
    listed("mended in vain", sorted(set(after) - runs))
    listed("valid scenes that do not run", lost)
    listed("mutants that run, refused", refused)
    listed("false alarms", false)
    return int(bool(lost or refused or false))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
