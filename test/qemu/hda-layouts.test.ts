/**
 * Our driver on QEMU's HD Audio: whatever pages, buffer sizes, periods and drives a seed gives, what
 * is heard is what was sent. QEMU's codec first fills 8 KiB of its own, some of it each 10 ms, so a
 * client that keeps too little ahead is late there: buffers are 30 ms and more, and at low rates,
 * where 8 KiB are long, as long as lets a client look on until they are full.
 */
import { expect, it } from 'vitest';
import { Random } from '../../src/sim/random.ts';
import { describeQemu, qemuKind } from './qemu-tests.ts';
import { playLayouts, StreamBench, type StreamLayout } from './stream-bench.ts';

/** What QEMU's codec says it takes; 8 kHz it plays too, past a driver: see device.test.ts. */
const RATES_HZ = [16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000];
const LAYOUTS_PER_RATE = 30;
const DRIVES = ['timer', 'event', 'packet'] as const;
const SOUND_MS = 60;
const LEAST_BUFFER_MS = 30;
const LOW_RATE_HZ = 24_000;
const LEAST_BUFFER_BYTES_AT_LOW_RATES = 2 * 8192 + 1024;
const MORE_BUFFER_MS = 60;

function drawLayout(random: Random, rateHz: number): StreamLayout {
  const least = rateHz > LOW_RATE_HZ ? 0 : LEAST_BUFFER_BYTES_AT_LOW_RATES / (4 * rateHz);
  const bufferMs = Math.max(LEAST_BUFFER_MS, 1000 * least) + random.below(MORE_BUFFER_MS);
  return {
    stream: DRIVES[random.below(DRIVES.length)] ?? 'timer',
    bufferFrames: Math.round((rateHz * bufferMs) / 1000) + random.below(64),
    soundFrames: Math.round((rateHz * SOUND_MS) / 1000) + random.below(64),
    seed: random.below(1_000_000),
  };
}

describeQemu("our driver on QEMU's HD Audio controller", () => {
  it.each(RATES_HZ)(`plays ${LAYOUTS_PER_RATE} layouts bit-exact at %i Hz`, (rateHz) => {
    const random = new Random(rateHz);
    const bench = new StreamBench(qemuKind('qemu:hda'), rateHz, rateHz);
    const draw = (): StreamLayout => drawLayout(random, rateHz);
    const { differentPages, wrong } = playLayouts(bench, LAYOUTS_PER_RATE, draw);
    expect(wrong).toEqual([]);
    expect(differentPages).toBe(LAYOUTS_PER_RATE);
    expect(bench.end()).toEqual([]);
  });
});
