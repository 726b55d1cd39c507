/**
 * What beside its length makes a measured latency worthless: sound that was lost or changed on the
 * way, findings, and things left behind. Each is a sentence.
 */

/** Sentences; none when all is well. */
export type LeftBehind = readonly string[];

export interface CheckedReport {
  readonly bitExact: boolean;
  readonly glitches: number;
  readonly findings: readonly string[];
  readonly leaks: readonly string[];
}

export function leftBehind({ bitExact, findings, glitches, leaks }: CheckedReport): LeftBehind {
  const found: string[] = [];
  if (glitches > 0) found.push(`${glitches} ${glitches === 1 ? 'glitch' : 'glitches'}`);
  if (glitches === 0 && !bitExact) found.push('not all of the sound arrived as it was sent');
  return [...found, ...findings, ...leaks.map((leak) => `left behind: ${leak}`)];
}
