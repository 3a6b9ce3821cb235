"""Measures the check against the installed Manim, and writes `broken.tsv`.

    python verify.py CHECK_LINES

CHECK_LINES is the built example of that name. Every valid scene must run; every broken one that
fails is listed with its error, and with `runs` when it runs once mended. Takes minutes.
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


def run(scenes: list[Scene]) -> dict[str, Scene]:
    return {scene["name"]: scene for scene in lines([sys.executable, str(HERE / "run.py")], scenes)}


def scenes(kind: str) -> list[Scene]:
    return lines([sys.executable, str(HERE / "mutate.py"), kind])


def main(check_lines: str) -> int:
    lost = [name for name, ran in run(scenes("valid")).items() if not ran["ok"]]
    broken = lines([check_lines], scenes("broken"))
    ran = run(broken)
    failing = [scene for scene in broken if not ran[scene["name"]]["ok"]]
    caught = [scene for scene in failing if scene["findings"]]
    mended = [scene for scene in failing if scene["passed"] and any(f["fixed"] for f in scene["findings"])]
    after = run([{"name": scene["name"], "code": scene["mended"]} for scene in mended])
    runs = {name for name, scene in after.items() if scene["ok"]}
    refused = [s["name"] for s in broken if ran[s["name"]]["ok"] and not s["passed"]]
    with (HERE / "broken.tsv").open("w", encoding="utf-8") as table:
        for scene in failing:
            name, error = scene["name"], str(ran[scene["name"]]["error"]).split(":")[0]
            print(name, error, "runs" if name in runs else "-", sep="\t", file=table)
    print(f"{len(failing)} broken, {len(caught) / len(failing):.1%} caught, {len(runs) / len(failing):.1%} run once mended")
    for title, names in {
        "valid scenes that do not run": lost,
        "refused although they run": refused,
        "not caught": [scene["name"] for scene in failing if scene not in caught],
        "mended in vain": sorted(set(after) - runs),
    }.items():
        print(f"{title}: {len(names)}", *names, sep="\n  ")
    return int(bool(lost or refused))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
