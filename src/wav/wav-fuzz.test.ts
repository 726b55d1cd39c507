import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { MemorySink, memorySource } from './byte-stream.ts';
import { WavError } from './wav-error.ts';
import { openWav } from './wav-reader.ts';
import { WavWriter } from './wav-writer.ts';

/** Opens and reads `bytes`, which may be anything. Returns the frames, or null when refused. */
function survive(bytes: Uint8Array): number | null {
  let file: ReturnType<typeof openWav>;
  try {
    file = openWav(memorySource(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(WavError);
    return null;
  }
  const bytesPerFrame = frameBytes(file.format);
  expect(file.frames).toBeGreaterThan(0);
  expect(file.frames * bytesPerFrame).toBeLessThanOrEqual(bytes.length);
  const into = new Uint8Array(bytes.length);
  expect(file.readFrames(0, into, 0, file.frames)).toBe(file.frames);
  expect(file.readFrames(file.frames, into, 0, 1)).toBe(0);
  for (const warning of file.warnings) expect(warning).toMatch(/^[A-Z].*\.$/);
  return file.frames;
}

function wavOf(format: PcmFormat, frames: number): Uint8Array {
  const sink = new MemorySink();
  const writer = new WavWriter(sink, format);
  writer.write(
    new Uint8Array(frames * frameBytes(format)).fill(0x40),
    0,
    frames * frameBytes(format),
  );
  writer.finish();
  return sink.bytes.slice();
}

const anyFile = fc
  .record({
    channels: fc.integer({ min: 1, max: 8 }),
    bits: fc.constantFrom(8, 16, 24, 32),
    float: fc.boolean(),
    frames: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ channels, bits, float, frames }) => {
    const containerBits = float ? 32 : bits;
    const format: PcmFormat = {
      rateHz: 44_100,
      channels,
      validBits: containerBits,
      containerBits,
      float,
      channelMask: defaultChannelMask(channels),
    };
    return { bytes: wavOf(format, frames), frames };
  });

describe('whatever the bytes, a reader gives frames that are there or says why not', () => {
  it('random bytes behind a plausible start', () => {
    const id = fc.constantFrom('fmt ', 'data', 'ds64', 'LIST', 'abcd');
    const part = fc.tuple(id, fc.uint8Array({ maxLength: 48 }), fc.option(fc.nat(), { nil: null }));
    fc.assert(
      fc.property(
        fc.constantFrom('RIFF', 'RF64'),
        fc.array(part, { maxLength: 5 }),
        (form, parts) => {
          const sink = new MemorySink();
          const letters = (text: string): Uint8Array =>
            Uint8Array.from(text, (c) => c.charCodeAt(0));
          sink.write(0, letters(`${form}....WAVE`));
          for (const [name, body, size] of parts) {
            const header = new DataView(new ArrayBuffer(4));
            header.setUint32(0, size ?? body.length, true);
            for (const piece of [letters(name), new Uint8Array(header.buffer), body]) {
              sink.write(sink.bytes.length, piece);
            }
          }
          survive(sink.bytes.slice());
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('a good file cut short: every frame that is left is given', () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), ({ bytes, frames }, cut) => {
        const length = cut % (bytes.length + 1);
        const left = survive(bytes.slice(0, length));
        const whole = openWav(memorySource(bytes));
        const headerBytes = bytes.length - roundUpToEven(frames * frameBytes(whole.format));
        const expected = Math.floor((length - headerBytes) / frameBytes(whole.format));
        expect(left ?? 0).toBe(Math.max(0, Math.min(frames, expected)));
      }),
      { numRuns: 500 },
    );
  });

  it('a good file with flipped bits', () => {
    const flips = fc.array(fc.nat(8 * 116 - 1), { minLength: 1, maxLength: 6 });
    let refused = 0;
    let played = 0;
    fc.assert(
      fc.property(anyFile, flips, ({ bytes }, places) => {
        for (const place of places) {
          const at = (place >> 3) % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ (1 << (place & 7));
        }
        if (survive(bytes) === null) refused++;
        else played++;
      }),
      { numRuns: 1000 },
    );
    // The bits reach both outcomes, or this test shows nothing.
    expect(Math.min(refused, played)).toBeGreaterThan(50);
  });
});

function roundUpToEven(value: number): number {
  return value + (value % 2);
}
