/** The arithmetic of latencies, held against figures that were worked out by hand. */
import { describe, expect, it } from 'vitest';
import { formatOf } from '../testing/test-render.ts';
import { boundFrames, holdsAtWorst, type JitteredStream } from './latency-bound.ts';
import {
  hardwareFrames,
  latencyTerms,
  playedAheadFrames,
  storedBehindFrames,
} from './latency-terms.ts';

const stereo = formatOf({});

describe('the hardware part', () => {
  it('is the FIFO over the byte rate and the delays, such as 1.333 ms and 0.5 ms [WRT-LAT-009]', () => {
    const terms = latencyTerms(
      0,
      { fifoBytes: 256, chipsetDelay100ns: 0, codecDelay100ns: 5000 },
      stereo,
    );
    expect(terms.fifo).toEqual({ bytes: 256, frames: 64, ms: 64 / 48 });
    expect(terms.codec).toEqual({ delay100ns: 5000, frames: 24, ms: 0.5 });
    expect(terms.chipset).toEqual({ delay100ns: 0, frames: 0, ms: 0 });
    expect(hardwareFrames(terms)).toBe(88);
  });

  it('rounds chipset and codec together, not each', () => {
    // 0.3 and 0.3 frames: neither is one, both together are.
    const latency = { fifoBytes: 0, chipsetDelay100ns: 63, codecDelay100ns: 63 };
    const terms = latencyTerms(400, latency, stereo);
    expect([terms.chipset.frames, terms.codec.frames]).toEqual([0, 1]);
    expect(terms.client).toEqual({ bytes: 400, frames: 100, ms: 100 / 48 });
  });
});

describe('the client part', () => {
  const held = { fifoBytes: 64, chipsetDelay100ns: 0, codecDelay100ns: 2917 };

  it('is the buffer less what the hardware holds, by timer, and all of it by events', () => {
    const driven = { bufferFrames: 480, period100ns: 50_000 };
    expect(playedAheadFrames({ ...driven, stream: 'timer' }, held, stereo)).toBe(450);
    expect(playedAheadFrames({ ...driven, stream: 'event' }, held, stereo)).toBe(480);
  });

  it('is all of a buffer that has no room for a period beside what is held', () => {
    const small = { stream: 'timer', bufferFrames: 61, period100ns: 6354 } as const;
    expect(playedAheadFrames(small, held, stereo)).toBe(61);
    const enough = { stream: 'timer', bufferFrames: 64, period100ns: 6667 } as const;
    expect(playedAheadFrames(enough, held, stereo)).toBe(34);
  });

  it('is what a period stores, to record: a frame more now and then', () => {
    const odd = { stream: 'timer', bufferFrames: 441, period100ns: 50_000 } as const;
    const at44k = formatOf({ sampleRate: 44_100 });
    // 220.5 frames a period: wake-ups at 220, 441, 661.
    expect(storedBehindFrames(odd, at44k, 2)).toEqual({ leastFrames: 221, mostFrames: 221 });
    expect(storedBehindFrames(odd, at44k, 3)).toEqual({ leastFrames: 220, mostFrames: 221 });
    const packets = { ...odd, bufferFrames: 448, stream: 'packet' } as const;
    expect(storedBehindFrames(packets, at44k, 9)).toEqual({ leastFrames: 224, mostFrames: 224 });
  });
});

describe('the buffer that holds at worst', () => {
  const lateBy = (change: Partial<JitteredStream>): JitteredStream => ({
    direction: 'capture',
    stream: 'timer',
    format: stereo,
    latency: { fifoBytes: 64, chipsetDelay100ns: 0, codecDelay100ns: 2917 },
    lateNs: 1e6,
    ...change,
  });

  it.each([
    // Half a buffer and 48 frames, or one more where a packet that is over is lost.
    [lateBy({}), 96],
    [lateBy({ stream: 'event' }), 96],
    [lateBy({ stream: 'packet' }), 98],
    [lateBy({ direction: 'render', stream: 'event' }), 98],
    [lateBy({ direction: 'render', stream: 'packet' }), 98],
    // And the 30 frames that are held, twice.
    [lateBy({ direction: 'render' }), 156],
    [lateBy({ lateNs: 0 }), 2],
  ])('%#: is as large as half of it and the lateness', (stream, frames) => {
    expect(boundFrames(stream, 2, 48_000)).toBe(frames);
    expect(holdsAtWorst(stream, frames)).toBe(true);
    expect(boundFrames(stream, 2, frames - 1)).toBeNull();
  });
});
