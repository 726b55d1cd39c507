/**
 * Formats that the HD Audio hardware has, through buffers of every size, to the ear: every one that
 * our model has, and those that QEMU's codec plays as they are.
 */
import { describe, expect } from 'vitest';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { formatOf, scenario, type TestRenderOptions } from '../../src/testing/index.ts';
import { describeBackends } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { bootHda, HdaStream } from '../support/hda-machine.ts';

describeBackends('a stream is heard as it was sent', 'hda', (backend) => {
  const { channels: channelCounts, ratesHz, samples } = hdaFacts(backend);
  for (const sampleRate of ratesHz) {
    scenario(
      `at ${sampleRate} Hz in every sample size and channel count, after buffer, FIFO and codec [WRT-OVR-007 WRT-LAT-004 WRT-LAT-006 WRT-LAT-009 WRT-LAT-010]`,
      (lab) => {
        const machine = backend.boot(lab);
        const bufferMs = backend.bufferMs(10, sampleRate);
        for (const sample of samples) {
          for (const channels of channelCounts) {
            const options = { ...sample, sampleRate, channels };
            const name = JSON.stringify(options);
            const format = formatOf(options);
            const sizes = { bufferMs, soundMs: 50 };
            const stream = new HdaStream(machine, format, sizes).playOut();
            const { hardwareFrames, leadFrames, ledger, promisedFrames } = stream;
            expect(ledger.glitches, name).toEqual([]);
            expect(ledger.isBitExact, name).toBe(true);
            if (!backend.tellsItsDelay) continue;
            expect(promisedFrames, name).toBe(hardwareFrames);
            expect(ledger.delayFrames, name).toBe(leadFrames + promisedFrames);
          }
        }
      },
    );
  }

  for (const [sampleRate, bufferMs] of [
    [44_100, 109],
    [48_000, 250],
    [96_000, 70.03],
    [22_050, 500],
  ] as const) {
    scenario(
      `from the first frame to the last, twice round ${bufferMs} ms and more at ${sampleRate} Hz [WRT-BUF-019]`,
      (lab) => {
        const machine = backend.boot(lab);
        const soundMs = 2 * bufferMs + 57;
        const format = formatOf({ sampleRate });
        const stream = new HdaStream(machine, format, { bufferMs, soundMs }).playOut();
        expect(stream.ledger).toMatchObject({ glitches: [], isBitExact: true });
        expect(stream.ledger.sentFrames * frameBytes(format)).toBe(stream.sound.length);
      },
    );
  }
});

describe('a stream is heard after buffer, FIFO and codec to the frame', () => {
  const buffered: readonly [string, TestRenderOptions, readonly number[]][] = [
    ['44.1 kHz 16-bit stereo', { sampleRate: 44_100 }, [2, 5, 10, 20, 100, 500]],
    ['48 kHz 24-bit 5.1', { bits: 24, channels: 6 }, [2, 5, 10, 20, 100, 500]],
    ['11.025 kHz 20-bit in three', { sampleRate: 11_025, bits: 20, channels: 3 }, [2, 5, 20, 500]],
    ['8 kHz float mono', { sampleRate: 8_000, float: true, channels: 1 }, [2, 10, 500]],
    ['192 kHz 24-bit in eight', { sampleRate: 192_000, bits: 24, channels: 8 }, [2, 5, 20, 100]],
  ];
  for (const [name, options, sizesMs] of buffered) {
    for (const bufferMs of sizesMs) {
      scenario(
        `from the first frame to the last: ${name}, ${bufferMs} ms [WRT-LAT-008 WRT-POS-012 WRT-BUF-019]`,
        (lab) => {
          const machine = bootHda(lab);
          const soundMs = Math.max(200, 2 * bufferMs + 50);
          const stream = new HdaStream(machine, formatOf(options), { bufferMs, soundMs });
          const delayFrames = stream.leadFrames + stream.hardwareFrames;
          const lastSend = Math.floor((soundMs - bufferMs) / (bufferMs / 2)) - 1;
          machine.runFor(0);
          for (let wake = 1; wake <= lastSend; wake++) {
            machine.runFor(stream.runNs + wake * stream.periodNs - machine.machine.now);
            expect(stream.client.wakes).toBe(wake);
            // Until the pipeline is full, the ear has heard nothing.
            const isFull = stream.fetchedAt(wake * stream.periodNs) >= stream.hardwareFrames;
            if (isFull) expect(stream.pendingFrames, `at wake-up ${wake}`).toBe(delayFrames);
          }
          stream.playOut();
          expect(stream.ledger).toMatchObject({ glitches: [], isBitExact: true, delayFrames });
          expect(stream.ledger.sentFrames * stream.pin.frameBytes).toBe(stream.sound.length);
        },
      );
    }
  }
});
