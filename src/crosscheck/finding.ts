/**
 * What a crosscheck found: one row for each thing that two pieces of hardware were compared in.
 */
import type { Profile } from './deviation.ts';

export type Verdict = 'agrees' | 'known deviation' | 'unexplained';

export interface CrosscheckRow {
  /** The probe, or what of a stream was compared. */
  readonly id: string;
  /** The scenario, or 'registers'. */
  readonly scenario: string;
  readonly asks: string;
  readonly clause: string;
  /** What the standard says, or what both have to be. */
  readonly expected: string;
  readonly ours: string;
  readonly theirs: string;
  readonly verdict: Verdict;
  /** What is known of the deviation. */
  readonly says: string;
}

/** The verdict on a row: our side has to be as expected, the other as expected or as is known. */
export function judge(
  row: Omit<CrosscheckRow, 'verdict' | 'says'>,
  profile: Profile,
): CrosscheckRow {
  const { expected, id, ours, theirs } = row;
  const isOurs = ours === expected;
  if (isOurs && theirs === expected) return { ...row, verdict: 'agrees', says: '' };
  const known = profile.deviations.find((deviation) => deviation.id === id);
  const isKnown = known !== undefined && (known.shows === undefined || known.shows === theirs);
  if (isOurs && isKnown) return { ...row, verdict: 'known deviation', says: known.says };
  const whose = isOurs ? 'The other side' : 'Our side';
  return { ...row, verdict: 'unexplained', says: `${whose} is not as expected.` };
}
