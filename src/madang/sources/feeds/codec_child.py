"""The process in which a device's JavaScript codec runs, apart from the server: lines of JSON in, lines of JSON out.

Started by `codec` with an empty environment. It imports nothing of madang. The script finds a JavaScript engine and
nothing else: no file, no network, no module, no clock beyond Date. Memory, stack and time are limited by the engine
and, if the engine should fail at that, by the process: it can't open files, and its parent ends it.
"""

from __future__ import annotations

import json
import sys

MEMORY_BYTES = 32 << 20
STACK_BYTES = 512 << 10
ADDRESS_SPACE = 1 << 30
LARGEST_ANSWER = 1 << 20
_RUN = """
globalThis.__run = function (text) {
  const input = JSON.parse(text);
  let made;
  if (typeof decodeUplink === "function") made = decodeUplink(input);
  else if (typeof Decode === "function") made = {data: Decode(input.fPort, input.bytes, input.variables || {})};
  else if (typeof Decoder === "function") made = {data: Decoder(input.bytes, input.fPort)};
  else throw new Error("there is no decodeUplink");
  return JSON.stringify(made === undefined ? null : made);
};
"""


def main() -> None:
    """Answer until the input ends: first the script and its limits, then one call a line."""
    import quickjs

    _confine()
    first = json.loads(sys.stdin.readline())
    context = quickjs.Context()
    context.set_memory_limit(MEMORY_BYTES)
    context.set_max_stack_size(STACK_BYTES)
    context.set_time_limit(first["seconds"])
    try:
        context.eval(first["script"])
        context.eval(_RUN)
        run = context.get("__run")
    except Exception as problem:
        _say({"error": str(problem)[:300]})
        return
    _say({"ready": True})
    for line in sys.stdin:
        try:
            made = run(line)
            _say({"made": made} if len(made) <= LARGEST_ANSWER else {"error": "the answer is too large"})
        except Exception as problem:
            _say({"error": str(problem)[:300]})


def _confine() -> None:
    try:
        import resource
    except ImportError:  # no such limits on this system; the engine's stand
        return
    for kind, most in ((resource.RLIMIT_AS, ADDRESS_SPACE), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 3)):
        resource.setrlimit(kind, (most, most))


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
