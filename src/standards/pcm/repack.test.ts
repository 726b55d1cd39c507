import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameBytes, type PcmFormat } from './format.ts';
import { deviceFormatFor, Repacker } from './repack.ts';

function pcm(validBits: number, containerBits: number, channels = 1, float = false): PcmFormat {
  return { rateHz: 48_000, channels, validBits, containerBits, float, channelMask: 0 };
}

function repacked(from: PcmFormat, to: PcmFormat, bytes: number[]): number[] {
  const frames = bytes.length / frameBytes(from);
  const dst = new Uint8Array(frames * frameBytes(to));
  new Repacker(from, to).repack(Uint8Array.from(bytes), 0, dst, 0, frames);
  return [...dst];
}

describe('the device format of a file', () => {
  it.each([
    ['8 bits', pcm(8, 8), pcm(16, 16)],
    ['16 bits', pcm(16, 16), pcm(16, 16)],
    ['12 bits in 16', pcm(12, 16), pcm(16, 16)],
    ['20 bits in 24', pcm(20, 24), pcm(20, 32)],
    ['24 bits', pcm(24, 24), pcm(24, 32)],
    ['24 bits in 32', pcm(24, 32), pcm(24, 32)],
    ['32 bits', pcm(32, 32), pcm(32, 32)],
    ['floats', pcm(32, 32, 2, true), pcm(32, 32, 2, true)],
  ])('for %s', (_, fileFormat, deviceFormat) => {
    expect(deviceFormatFor(fileFormat)).toEqual(deviceFormat);
  });
});

describe('a repacker', () => {
  it('centres 8-bit samples and lifts them to the top of 16', () => {
    const words = repacked(pcm(8, 8), pcm(16, 16), [0, 1, 127, 128, 255]);
    expect([...new Int16Array(Uint8Array.from(words).buffer)]).toEqual([
      -32768, -32512, -256, 0, 32512,
    ]);
  });

  it('lifts 24-bit samples to the top of 32', () => {
    const words = repacked(
      pcm(24, 24),
      pcm(24, 32),
      [0, 0, 0x80, 0xff, 0xff, 0x7f, 1, 0, 0, 0xff, 0xff, 0xff, 0x56, 0x34, 0x12],
    );
    expect([...new Int32Array(Uint8Array.from(words).buffer)]).toEqual([
      -0x8000_0000, 0x7fff_ff00, 0x100, -0x100, 0x1234_5600,
    ]);
  });

  it('touches no byte outside the frames it was asked for', () => {
    const dst = new Uint8Array(24).fill(0xee);
    new Repacker(pcm(24, 24), pcm(24, 32)).repack(new Uint8Array(15), 3, dst, 4, 4);
    expect([...dst.subarray(0, 4), ...dst.subarray(20)]).toEqual(Array(8).fill(0xee));
    expect([...dst.subarray(4, 20)]).toEqual(Array(16).fill(0));
  });

  const pairs = [
    pcm(8, 8, 3),
    pcm(16, 16, 2),
    pcm(20, 24, 3),
    pcm(24, 24, 1),
    pcm(32, 32, 5, true),
  ];
  it.each(pairs)(
    'loses nothing on the way there and back, at any alignment: $containerBits',
    (file) => {
      const device = deviceFormatFor(file);
      const there = new Repacker(file, device);
      const back = new Repacker(device, file);
      const offset = fc.nat(5);
      const sound = fc.uint8Array({ maxLength: 200 });
      fc.assert(
        fc.property(sound, offset, offset, (bytes, srcOffset, dstOffset) => {
          const frames = Math.floor(bytes.length / frameBytes(file));
          const size = frames * frameBytes(file);
          const src = new Uint8Array(srcOffset + size);
          src.set(bytes.subarray(0, size), srcOffset);
          const memory = new Uint8Array(dstOffset + frames * frameBytes(device));
          there.repack(src, srcOffset, memory, dstOffset, frames);
          const again = new Uint8Array(srcOffset + size);
          back.repack(memory, dstOffset, again, srcOffset, frames);
          expect(again.subarray(srcOffset)).toEqual(src.subarray(srcOffset));
        }),
      );
    },
  );

  it('drops low bits on the way back, which no sound from a file has', () => {
    const four = [0xff, 1, 2, 3, 0xff, 4, 5, 6, 0xff, 7, 8, 9, 0xff, 10, 11, 12];
    expect(repacked(pcm(24, 32), pcm(24, 24), four)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect(repacked(pcm(16, 16), pcm(8, 8), [0xff, 0x80, 0xff, 0x7f])).toEqual([0, 0xff]);
  });

  it.each(pairs)('gives the same bytes at every alignment: $containerBits', (file) => {
    for (const [from, to] of [
      [file, deviceFormatFor(file)],
      [deviceFormatFor(file), file],
    ] as const) {
      const repacker = new Repacker(from, to);
      const bytes = Array.from({ length: 9 * frameBytes(from) }, (_, n) => (n * 37 + 11) & 0xff);
      const expected = repacked(from, to, bytes);
      for (let shift = 0; shift < 16; shift++) {
        const srcOffset = shift & 3;
        const dstOffset = shift >> 2;
        const src = Uint8Array.from([...Array(srcOffset).fill(0), ...bytes]);
        const whole = new Uint8Array(dstOffset + expected.length);
        // Half of the cases reach their place through the array's own offset.
        const isWhole = shift % 2 === 0;
        const dst = isWhole ? whole : whole.subarray(dstOffset);
        repacker.repack(src, srcOffset, dst, isWhole ? dstOffset : 0, 9);
        expect([...whole.subarray(dstOffset)]).toEqual(expected);
      }
    }
  });

  it('follows the caller from one buffer to another', () => {
    const repacker = new Repacker(pcm(8, 8), pcm(16, 16));
    for (const sample of [1, 2]) {
      const dst = new Uint8Array(2);
      repacker.repack(Uint8Array.of(128 + sample), 0, dst, 0, 1);
      expect([...dst]).toEqual([0, sample]);
    }
  });

  it.each([
    [-1, 0, 1],
    [0, 1, 4],
    [1, 0, 4],
    [0, 0, 5],
    [0, 0, 0.5],
    [0, 0, -1],
    [Number.NaN, 0, 1],
  ])('refuses frames that do not lie within both arrays: %d, %d, %d', (from, to, frames) => {
    const repacker = new Repacker(pcm(16, 16), pcm(16, 16));
    expect(() => repacker.repack(new Uint8Array(8), from, new Uint8Array(8), to, frames)).toThrow(
      RangeError,
    );
  });

  it.each([
    ['another rate', { ...pcm(16, 16), rateHz: 44_100 }],
    ['other channels', pcm(16, 16, 2)],
    ['floats', pcm(32, 32, 1, true)],
    ['a container that 16 bits are not repacked to', pcm(24, 24)],
  ])('refuses %s', (_, to) => {
    expect(() => new Repacker(pcm(16, 16), to)).toThrow(
      /cannot repack 48000 Hz, 1 channel, 16 bits as .* only the container may differ/,
    );
  });
});
