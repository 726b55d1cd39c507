/**
 * How a child process came to its end, told at once. Node tells it only when its event loop turns,
 * which it does not while a machine runs; the kernel tells it of a child that nobody has waited for
 * yet. Source: proc_pid_stat(5), state and exit_code; wait(2).
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** A process that has closed its files is about to end. */
const LOOKS = 50;
const LOOK_MS = 10;
/** Fields of the file are counted from 1; the name, which may hold anything, is the second. */
const STATE_FIELD = 3;
const EXIT_CODE_FIELD = 52;
const SIGNAL_MASK = 0x7f;
const STATUS_SHIFT = 8;

/** `was killed by SIGKILL`, `ended with exit status 1`; null when nobody knows. */
export function describeEnd(child: ChildProcess): string | null {
  const clock = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (let look = 0; look < LOOKS; look++) {
    const { exitCode, pid, signalCode } = child;
    if (signalCode !== null) return byTheSignal(signalCode);
    if (exitCode !== null) return byTheStatus(exitCode);
    // It could not be started, so that nobody has ended.
    if (pid === undefined) return null;
    const status = waitStatus(pid);
    if (status !== null) {
      const signal = status & SIGNAL_MASK;
      return signal === 0 ? byTheStatus(status >> STATUS_SHIFT) : byTheSignal(nameOf(signal));
    }
    Atomics.wait(clock, 0, 0, LOOK_MS);
  }
  return null;
}

const byTheSignal = (name: string): string => `was killed by ${name}`;
const byTheStatus = (status: number): string => `ended with exit status ${status}`;

function nameOf(signal: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === signal);
  return found?.[0] ?? `signal ${signal}`;
}

/** What wait(2) would say; null while the process runs, or where the host has no such file. */
function waitStatus(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): string => fields[number - STATE_FIELD] ?? '';
    return field(STATE_FIELD) === 'Z' ? Number.parseInt(field(EXIT_CODE_FIELD), 10) : null;
  } catch {
    return null;
  }
}
