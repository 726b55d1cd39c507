/**
 * A question to a piece of hardware that a standard answers: what to do, what has to come out, and
 * where that is written. The same question goes to our model and to somebody else's.
 */

export interface Probe<Host> {
  /** Short and lasting: deviations name it. */
  readonly id: string;
  /** Where the standard says so. */
  readonly clause: string;
  readonly asks: string;
  /** What the standard says comes out. */
  readonly expected: string;
  /** What comes out; the hardware is fresh from reset. */
  readonly run: (host: Host) => string;
}

/** Numbers as the standards write them. */
export const hex = (value: number): string => `0x${value.toString(16)}`;

export const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
