"""Runs the cases of this folder: see `run`."""

import importlib
import os
import sys
import time
import traceback

import harness

HERE = os.path.dirname(os.path.abspath(__file__))


def main(arguments):
    for name in sorted(os.listdir(HERE)):
        if name.endswith(".py") and name not in ("main.py", "harness.py"):
            importlib.import_module(name[:-3])
    words = [word for word in arguments if not word.startswith("--")]
    named = [case for case in harness.CASES if not words or any(word in case[0] for word in words)]
    if "--list" in arguments:
        for name, holds, long, _ in named:
            print(f"{name}{' (long)' if long else ''}: {holds}")
        return 0
    if not named:
        print(f"no case is named by {' '.join(words)}: see --list", file=sys.stderr)
        return 2
    chosen = [case for case in named if "--all" in arguments or words or not case[2]]
    harness.raise_own_limits()
    failed = skipped = 0
    for name, holds, _, function in chosen:
        begin = time.monotonic()
        try:
            function()
            outcome = "ok"
        except harness.Skipped as reason:
            skipped += 1
            outcome = f"SKIPPED: {reason}"
        except Exception:
            failed += 1
            outcome = "FAILED\n" + traceback.format_exc()
        print(f"{name}: {holds} … {outcome} ({time.monotonic() - begin:.1f} s)", flush=True)
    passed, skipped = len(chosen) - failed - skipped, len(named) - len(chosen) + skipped
    print(f"faults: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
