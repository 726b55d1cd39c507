/**
 * A conformance case as data: what it checks, the limit it applies, and where that limit comes
 * from. A case runs on a bench of its own, a machine that was booted for it, so that no case sees
 * what another left behind.
 */
import type { Bench } from './bench.ts';
import type { Outcome } from './verdict.ts';

/**
 * How a client keeps up with a stream: of a WaveRT pin by a timer, by notification events or by
 * packets of the cyclic buffer; of any other wave pin by the stream packets that come back.
 */
export type StreamClass = 'timer' | 'notification' | 'packets' | 'stream packets';
export type Direction = 'render' | 'capture';

/** Published limits that several cases share. */
export const KS_POSITION_TEST = 'Microsoft KS Position test (audio/tests/KSPosTst)';
export const WAVE_TEST = 'Microsoft Wave test (audio/tests/wavetest)';
export const ALSA_CONFORMANCE = 'ChromiumOS alsa_conformance_test';
export const ALSA_SELFTEST = 'Linux ALSA selftests';

export interface ConformanceCase {
  readonly id: string;
  readonly title: string;
  /** What is done and looked at, in a sentence. */
  readonly checks: string;
  readonly limit: string;
  /** Where the limit comes from: a public test, or entries of the contract catalogue. */
  readonly source: string;
  /** The classes of streams it runs on. */
  readonly on: readonly StreamClass[];
  /** Both if absent. */
  readonly direction?: Direction;
  readonly run: (bench: Bench) => Outcome;
}

/** Cases about any stream run on both kinds of buffer. */
export const ANY_BUFFER: readonly StreamClass[] = ['timer', 'notification'];
/** Cases that ask for no buffer run on stream packets too. */
export const ANY_STREAM: readonly StreamClass[] = [...ANY_BUFFER, 'stream packets'];
/** Of these, cases for which it makes no difference how a buffer is driven. */
export const ONE_STREAM: readonly StreamClass[] = ['timer', 'stream packets'];
