/**
 * The smallest buffer that loses nothing when the client's wake-ups come late: found by streaming,
 * minimal, and what arithmetic asks for at worst.
 */
import { describe, expect, it } from 'vitest';
import { type DeviceKind, deviceKind } from '../../src/machine/devices.ts';
import { boundFrames } from '../../src/machine/latency-bound.ts';
import { measureRenderLatency } from '../../src/machine/latency-render.ts';
import { findSmallestBuffer } from '../../src/machine/latency-search.ts';
import { latencySound } from '../../src/machine/latency-sound.ts';
import type { LatencyDirection } from '../../src/machine/latency-terms.ts';
import { PlaySession } from '../../src/machine/play-session.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { formatOf } from '../../src/testing/index.ts';

const DIRECTIONS: readonly LatencyDirection[] = ['render', 'capture'];
const US = 1000;

function known(name: string): DeviceKind {
  const kind = deviceKind(name);
  if (kind === null) throw new Error(`there is no device ${name}`);
  return kind;
}

interface Stream {
  readonly device: string;
  readonly direction: LatencyDirection;
  readonly stream: StreamKind;
  readonly format: PcmFormat;
  readonly stepFrames: number;
}

/** Wake-ups from one late one to the next: all that was due meanwhile is made up for by then. */
const WAKE_UPS_PER_LATE = 50;

/** Streams with some wake-ups exactly so late. Whether all of it arrived, over which buffer. */
function streamLate({ device, direction, format, stream }: Stream, frames: number, lateNs: number) {
  const soundFrames = 60 * frames;
  const config = {
    device: known(device),
    stream,
    bufferMs: (1000 * frames) / format.rateHz,
    wakeDelayNs: (wake: number) =>
      wake % WAKE_UPS_PER_LATE === WAKE_UPS_PER_LATE - 1 ? lateNs : 0,
  };
  const sound = latencySound(format, soundFrames + 4096);
  const session =
    direction === 'render'
      ? new PlaySession({ ...config, file: sound })
      : new RecordSession({ ...config, spoken: sound, frames: soundFrames });
  while (!session.step());
  const { bitExact, buffer, glitches, latency } = session.finish(0);
  const bufferFrames = buffer.actualBytes / frameBytes(format);
  return { bufferFrames, holds: bitExact && glitches === 0, latency };
}

/** Buffers in steps of a frame, of 128 bytes, and of 128 bytes in each packet. */
const STREAMS: readonly Stream[] = DIRECTIONS.flatMap((direction) => {
  const format = formatOf({ sampleRate: 96_000, bits: 32 });
  return [
    { device: 'simple', direction, stream: 'timer', format: formatOf({}), stepFrames: 1 },
    { device: 'hda', direction, stream: 'timer', format, stepFrames: 16 },
    { device: 'hda', direction, stream: 'event', format, stepFrames: 32 },
    { device: 'hda', direction, stream: 'packet', format, stepFrames: 32 },
  ];
});

describe.each(STREAMS)('device $device, $direction by $stream', (stream) => {
  const { device, direction, format, stepFrames } = stream;
  // Half of it has to be whole frames in whole steps of 100 ns.
  const wholeFrames = Math.max(12, stepFrames);

  // Both are whole frames; at 96 kHz the first is whole packets too.
  it.each([1500, 1750])('needs at worst exactly what arithmetic says, %i us late', (us) => {
    const { latency } = streamLate(stream, 2 * stepFrames, 0);
    const jittered = { direction, stream: stream.stream, format, latency, lateNs: us * US };
    const bound = boundFrames(jittered, 2, 9600);
    const least = Math.ceil((bound ?? Number.NaN) / wholeFrames) * wholeFrames;
    const sizes = [-2, -1, 0, 1].map((step) => least + step * wholeFrames);
    const seen = sizes.map((frames) => streamLate(stream, frames, us * US));
    expect(seen.map(({ bufferFrames }) => bufferFrames)).toEqual(sizes);
    expect(seen.map(({ holds }) => holds)).toEqual([false, false, true, true]);
  });

  it('has a smallest buffer for a jitter, and the next smaller one loses sound', () => {
    const result = findSmallestBuffer({
      ...stream,
      device: known(device),
      jitterNs: 700 * US,
    });
    const { found, seenBoundFrames, smaller } = result;
    expect(found).toMatchObject({ holds: true, lostFrames: 0 });
    expect(found?.wakeUps).toBeGreaterThan(240);
    // Almost the latest that a wake-up could be, and never later.
    expect(found?.latestNs).toBeGreaterThan(690 * US);
    expect(found?.latestNs).toBeLessThanOrEqual(700 * US);
    expect(smaller?.holds).toBe(false);
    expect(smaller?.lostFrames).toBeGreaterThan(0);
    expect(smaller?.bufferFrames).toBeLessThan(found?.bufferFrames ?? 0);
    // They are next to each other.
    expect((found?.bufferFrames ?? 0) - (smaller?.bufferFrames ?? 0)).toBe(stepFrames);
    expect(found?.bufferFrames).toBeLessThanOrEqual(seenBoundFrames ?? 0);
    expect(seenBoundFrames).toBeLessThanOrEqual(result.boundFrames ?? 0);
  });
});

describe('a client that is woken by the device', () => {
  const format = formatOf({ sampleRate: 96_000, channels: 8, bits: 32 });
  const smallestB = (stream: StreamKind): number => {
    const config = { device: known('hda'), format, stream };
    const { found } = findSmallestBuffer({ ...config, direction: 'render', jitterNs: 600 * US });
    const row = measureRenderLatency({ ...config, bufferMs: found?.bufferMs ?? Number.NaN });
    expect(row).toMatchObject({ bufferFrames: found?.bufferFrames, differences: [] });
    return row.terms.client.frames;
  };

  it('gets by with a smaller B than one with a timer, as late as both may be [WRT-LAT-011]', () => {
    const byTimer = smallestB('timer');
    // Both need the lateness twice over; by timer, what the hardware holds comes on top of it.
    expect(smallestB('event')).toBeLessThan(byTimer - 30);
    expect(smallestB('packet')).toBeLessThan(byTimer - 30);
  });
});
