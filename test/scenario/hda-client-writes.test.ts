/**
 * Where a timer-driven client writes: every write is held against the exact places of DMA and ear
 * at its moment, which on our model follow from the clock alone, and on both backends against the
 * place of DMA that the engine's register tells.
 */
import { describe, expect, vi } from 'vitest';
import {
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
} from '../../src/standards/hda/index.ts';
import { formatOf, type Lab, scenario } from '../../src/testing/index.ts';
import { describeBackends } from '../support/backends.ts';
import { bootHda, HdaStream, MS, OUTPUT_STREAM } from '../support/hda-machine.ts';

/** A write, with what DMA has fetched and the ear has heard at its moment, in frames. */
interface Write {
  readonly from: number;
  readonly to: number;
  readonly fetched: number;
  readonly heard: number;
}

/** Plays, and gives every write with its place on the time line of the buffer. */
function writesOf(lab: Lab, sampleRate: number, bufferMs: number, lateMs = 0) {
  const machine = bootHda(lab);
  const wakeDelayNs = (wake: number): number => (wake === 4 ? lateMs * MS : 0);
  const options = { bufferMs, soundMs: 200, wakeDelayNs };
  const stream = new HdaStream(machine, formatOf({ sampleRate }), options);
  const writes: Write[] = [];
  let to = stream.leadFrames;
  const { ledger } = stream;
  const send = ledger.send.bind(ledger);
  const stale = ledger.stale.bind(ledger);
  vi.spyOn(ledger, 'stale').mockImplementation((frames) => {
    to += frames;
    stale(frames);
  });
  vi.spyOn(ledger, 'send').mockImplementation((bytes, offset, byteLength) => {
    const from = to;
    to += byteLength / stream.pin.frameBytes;
    expect(offset).toBe(
      stream.buffer.address + (from % stream.bufferFrames) * stream.pin.frameBytes,
    );
    const fetched = stream.fetchedAt(machine.machine.now - stream.runNs);
    writes.push({ from, to, fetched, heard: Math.max(0, fetched - stream.hardwareFrames) });
    send(bytes, offset, byteLength);
  });
  stream.playOut();
  return { stream, writes: writes.filter((write) => write.to > write.from) };
}

describe('a client that follows the position', () => {
  for (const [sampleRate, bufferMs] of [
    [48_000, 20],
    [44_100, 10],
    [192_000, 2],
    [11_025, 100],
  ] as const) {
    scenario(
      `writes ahead of what DMA fetches, and over nothing that is not heard: ${sampleRate} Hz in ${bufferMs} ms [WRT-POS-007]`,
      (lab) => {
        const { stream, writes } = writesOf(lab, sampleRate, bufferMs);
        expect(writes.length).toBeGreaterThan(3);
        for (const { fetched, from, heard, to } of writes) {
          expect(from).toBeGreaterThanOrEqual(fetched);
          expect(to).toBeLessThanOrEqual(heard + stream.bufferFrames);
        }
        expect(stream.ledger.isBitExact).toBe(true);
      },
    );
  }

  scenario('is told of the frames when DMA laps it, and goes on ahead of it', (lab) => {
    const { stream, writes } = writesOf(lab, 48_000, 20, 15);
    for (const { fetched, from } of writes) expect(from).toBeGreaterThanOrEqual(fetched);
    // 25 ms after its last write it had 930 frames to go on: the buffer less FIFO and codec.
    const [glitch, ...others] = stream.ledger.glitches;
    expect([glitch?.cause, glitch?.frames, others]).toEqual(['client late', 270, []]);
  });
});

const LPIB = HDA_STREAM_BASE + OUTPUT_STREAM * HDA_STREAM_STRIDE + HDA_STREAM_REGISTERS.LPIB.offset;

describeBackends('a client', 'hda', (backend) => {
  for (const sampleRate of [44_100, 48_000, 96_000]) {
    scenario(
      `writes before the place of DMA and at most a buffer from it: ${sampleRate} Hz [WRT-POS-007]`,
      (lab) => {
        const machine = backend.boot(lab);
        const bufferMs = backend.bufferMs(20, sampleRate);
        const options = { bufferMs, soundMs: 4 * bufferMs };
        const stream = new HdaStream(machine, formatOf({ sampleRate }), options);
        const { ledger, pin } = stream;
        let written = stream.leadFrames;
        let fetched = 0;
        let writes = 0;
        const send = ledger.send.bind(ledger);
        vi.spyOn(ledger, 'send').mockImplementation((bytes, offset, byteLength) => {
          const link = machine.device.registers.read(LPIB, 4) / pin.frameBytes;
          fetched +=
            (link - (fetched % stream.bufferFrames) + stream.bufferFrames) % stream.bufferFrames;
          expect(written).toBeGreaterThanOrEqual(fetched);
          written += byteLength / pin.frameBytes;
          expect(written).toBeLessThanOrEqual(fetched + stream.bufferFrames);
          if (byteLength > 0) writes++;
          send(bytes, offset, byteLength);
        });
        stream.playOut();
        expect(writes).toBeGreaterThan(5);
        expect(fetched).toBeGreaterThan(2 * stream.bufferFrames);
        expect(ledger).toMatchObject({ glitches: [], isBitExact: true });
      },
    );
  }
});
