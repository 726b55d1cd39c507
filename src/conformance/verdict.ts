/**
 * What a conformance case says in the end. A value that was measured always stands beside the
 * verdict, so that a reader need not believe it; a reason is given wherever the verdict is no pass.
 */
export type Verdict = 'pass' | 'fail' | 'warning' | 'not applicable';

export interface Outcome {
  readonly verdict: Verdict;
  /** What was measured, with units; empty where nothing could be. */
  readonly measured: string;
  /** Why it is no pass; empty for a pass. */
  readonly reason: string;
}

export const pass = (measured: string): Outcome => ({ verdict: 'pass', measured, reason: '' });

export const fail = (measured: string, reason: string): Outcome => ({
  verdict: 'fail',
  measured,
  reason,
});

export const warning = (measured: string, reason: string): Outcome => ({
  verdict: 'warning',
  measured,
  reason,
});

/** The case asks for what this device, driver or stream does not offer. */
export const notApplicable = (reason: string): Outcome => ({
  verdict: 'not applicable',
  measured: '',
  reason,
});

/** A pass when `isWithin`, a failure for `reason` otherwise. */
export const judge = (isWithin: boolean, measured: string, reason: string): Outcome =>
  isWithin ? pass(measured) : fail(measured, reason);
