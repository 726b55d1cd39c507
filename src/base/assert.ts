/** Checks of our own invariants. A failure here is a bug in Waveport, never in a driver. */

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Waveport invariant broken: ${message}`);
}

/** The value, which our own bookkeeping says is there. */
export function defined<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined)
    throw new Error(`Waveport invariant broken: no ${what}`);
  return value;
}

export function assertUnreachable(value: never): never {
  throw new Error(`Waveport invariant broken: unexpected ${String(value)}`);
}
