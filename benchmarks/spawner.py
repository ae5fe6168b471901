"""Run the commands that stdin names, one a line, and tell what each one took.

A process of its own, and a lean one: a child's peak memory is counted from its parent's, so a
parent that holds more than the child would hide it. A command's arguments are parted by NUL.
The answer is: exit status, wall and processor time in nanoseconds, peak memory in bytes.
"""

import os
import sys
from time import perf_counter_ns

NULL = os.open(os.devnull, os.O_RDWR)
QUIET = [(os.POSIX_SPAWN_DUP2, NULL, stream) for stream in (0, 1, 2)]
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024

while line := sys.stdin.readline():
    command = line.rstrip("\n").split("\0")
    start = perf_counter_ns()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=QUIET)
    _, status, used = os.wait4(child, 0)
    wall = perf_counter_ns() - start
    cpu = round((used.ru_utime + used.ru_stime) * 1e9)
    print(os.waitstatus_to_exitcode(status), wall, cpu, used.ru_maxrss * MEMORY_UNIT, flush=True)
