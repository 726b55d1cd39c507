/**
 * The two ends of a terminal. Results go to stdout and everything else to stderr, so that a pipe
 * carries results only. With `--json` stdout carries one object: what a driver prints meanwhile
 * is sent to stderr, where it is still seen.
 */
import { Console } from 'node:console';

/** A line, or several, of result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A value as JSON, for another program. */
export function printJson(value: object): void {
  print(JSON.stringify(value, null, 2));
}

/** A line, or several, for the person. */
export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Runs `work` with every `console` call going to stderr. */
export async function withQuietStdout<T>(work: () => Promise<T>): Promise<T> {
  const before = globalThis.console;
  globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr });
  try {
    return await work();
  } finally {
    globalThis.console = before;
  }
}
