import { describe, expect, it } from 'vitest';
import { type ByteSource, memorySource } from './byte-stream.ts';
import { WavError } from './wav-error.ts';
import { openWav, type WavFile } from './wav-reader.ts';

/** Bytes of a little-endian number. */
function le(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => Math.floor(value / 256 ** n) % 256);
}

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

/** A chunk as it should be; `size` and `pad` say what the writer got wrong. */
function chunk(id: string, body: number[], size = body.length, pad = size % 2): number[] {
  return [...ascii(id), ...le(size, 4), ...body, ...Array(pad).fill(0)];
}

function riff(...chunks: number[][]): Uint8Array {
  const body = [...ascii('WAVE'), ...chunks.flat()];
  return Uint8Array.from([...ascii('RIFF'), ...le(body.length, 4), ...body]);
}

/** 16-bit stereo at 48 kHz. */
const fmt = chunk('fmt ', [1, 0, 2, 0, ...le(48_000, 4), ...le(192_000, 4), 4, 0, 16, 0]);
const sound = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

function contents(file: WavFile): number[] {
  const bytes = new Uint8Array(4 * file.frames + 4).fill(0xee);
  expect(file.readFrames(0, bytes, 4, file.frames)).toBe(file.frames);
  expect(bytes[3]).toBe(0xee);
  return [...bytes.subarray(4)];
}

/** Opens `bytes` through a source that gives its size, and one that does not and dawdles. */
function open(bytes: Uint8Array): WavFile {
  const whole = memorySource(bytes);
  const slow: ByteSource = {
    size: null,
    read: (at, into, offset, length) => whole.read(at, into, offset, Math.min(length, 3)),
  };
  const file = openWav(whole);
  const same = openWav(slow);
  expect(same.format).toEqual(file.format);
  expect(same.warnings).toEqual(file.warnings);
  expect(contents(same)).toEqual(contents(file));
  return file;
}

function expectSound(bytes: Uint8Array, warnings: unknown[] = []): void {
  const file = open(bytes);
  expect(contents(file)).toEqual(sound);
  expect(file.warnings).toEqual(warnings);
}

describe('a WAV file', () => {
  it('gives its format and its frames', () => {
    const file = open(riff(fmt, chunk('data', sound)));
    expect(file.format).toMatchObject({ rateHz: 48_000, channels: 2, validBits: 16 });
    expect([file.frames, file.warnings, contents(file)]).toEqual([3, [], sound]);
  });

  it('gives frames from any place, and no more than there are', () => {
    const file = openWav(memorySource(riff(fmt, chunk('data', sound), chunk('LIST', [1, 2]))));
    const into = new Uint8Array(12);
    expect(file.readFrames(1, into, 2, 1)).toBe(1);
    expect([...into]).toEqual([0, 0, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0]);
    expect(file.readFrames(2, into, 0, 1000)).toBe(1);
    expect(file.readFrames(3, into, 0, 1)).toBe(0);
    expect(file.readFrames(9, into, 0, 1)).toBe(0);
  });

  it.each([
    [0, 1, 3],
    [-1, 0, 1],
    [0, -1, 1],
    [0, 0, 1.5],
    [Number.NaN, 0, 1],
  ])('refuses frames that its caller has no room for: %d, %d, %d', (first, offset, frames) => {
    const file = openWav(memorySource(riff(fmt, chunk('data', sound))));
    expect(() => file.readFrames(first, new Uint8Array(12), offset, frames)).toThrow(RangeError);
  });

  it('may shrink while it is open: whole frames that are still there are given', () => {
    let bytes = riff(fmt, chunk('data', sound));
    const { length } = bytes;
    const file = openWav({
      size: length,
      read: (at, into, offset, count) => memorySource(bytes).read(at, into, offset, count),
    });
    bytes = bytes.subarray(0, length - 5);
    expect(file.readFrames(0, new Uint8Array(12), 0, 3)).toBe(1);
  });

  it('is read without holding its sound: two hours at no more than a few bytes', () => {
    const header = riff(fmt, chunk('data', [], 1_382_400_000));
    let most = 0;
    const file = openWav({
      size: header.length + 1_382_400_000,
      read(at, into, offset, length) {
        most = Math.max(most, length, into.length);
        return memorySource(header).read(at, into, offset, length);
      },
    });
    expect([file.frames, most]).toEqual([345_600_000, 40]);
  });
});

describe('chunks', () => {
  const data = chunk('data', sound);

  it('may stand in any order and be unknown, odd or empty', () => {
    expectSound(
      riff(chunk('abcd', [9]), chunk('LIST', []), fmt, chunk('fact', [3, 0, 0, 0]), data),
    );
    expectSound(riff(fmt, chunk('\0\x01\x02\x03', [1, 2, 3]), data, chunk('id3 ', [7])));
  });

  it('may lack the pad byte when the next id is plainly there', () => {
    expectSound(riff(chunk('LIST', [1, 2, 3], 3, 0), fmt, chunk('junk', [1], 1, 0), data));
    // A pad byte that is not zero is still one.
    expectSound(riff(chunk('LIST', [1, 2, 3, 0x66], 3, 0), fmt, data));
  });

  it('may hold a long format', () => {
    expectSound(riff(chunk('fmt ', [...fmt.slice(8), ...Array(50).fill(7)]), data));
  });
});

describe('RF64', () => {
  const ds64 = (dataBytes: number): number[] =>
    chunk('ds64', [...le(0, 8), ...le(dataBytes, 8), ...le(3, 8), ...le(0, 4)]);
  const unsized = chunk('data', sound, 0xffff_ffff, 0);

  function rf64(...chunks: number[][]): Uint8Array {
    const bytes = riff(...chunks);
    bytes.set(ascii('RF64'));
    bytes.fill(0xff, 4, 8);
    return bytes;
  }

  it('takes the length of the sound from ds64', () => {
    expectSound(rf64(ds64(12), fmt, unsized, chunk('LIST', [0, 0])));
    const bw64 = rf64(ds64(12), fmt, unsized);
    bw64.set(ascii('BW'));
    expectSound(bw64);
  });

  it('reaches frames beyond 4 GiB', () => {
    const header = rf64(ds64(6e9), fmt, chunk('data', [], 0xffff_ffff, 0));
    const file = openWav({
      size: header.length + 6e9,
      read(at, into, offset, length) {
        if (at < header.length) return memorySource(header).read(at, into, offset, length);
        into.fill(Math.floor((at - header.length) / 1e9), offset, offset + length);
        return length;
      },
    });
    const frame = new Uint8Array(4);
    expect([file.frames, file.readFrames(1_499_999_999, frame, 0, 9)]).toEqual([1.5e9, 1]);
    expect([...frame]).toEqual([5, 5, 5, 5]);
  });

  it('plays to the end of the file when ds64 is missing, cut short or unfinished', () => {
    const warning = expect.stringMatching(/does not say how long.* all 3 frames/);
    expectSound(rf64(fmt, unsized), [warning]);
    expectSound(rf64(chunk('ds64', [0, 0, 0, 0, 0, 0, 0, 0, 1]), fmt, unsized), [warning]);
    expectSound(rf64(ds64(0), fmt, unsized), [warning]);
  });

  it('takes a size that fits 32 bits from the data chunk itself', () => {
    expectSound(rf64(ds64(4), fmt, chunk('data', sound)));
  });
});

describe('a file that is not as its header says', () => {
  const short = (size: number, body = sound): Uint8Array => riff(fmt, chunk('data', body, size, 0));

  it('gives the frames that are there when it ends early', () => {
    expectSound(short(4000), [
      'The file ends early: its header promises 1000 frames, 3 are there.',
    ]);
  });

  it.each([0, 0xffff_ffff])('gives all frames when its writer left the size at %d', (size) => {
    expectSound(short(size), [
      'The header does not say how long the sound is, as its writer never finished it; ' +
        'all 3 frames up to the end of the file are taken.',
    ]);
    // Sound that happens to look like the header of a chunk is sound all the same.
    expect(open(short(size, ascii('abcdefghijkl'))).frames).toBe(3);
  });

  it.each([
    ['too large', 4000],
    ['too small', 10],
    ['0', 0],
    ['all ones', 0xffff_ffff],
  ])('is told of where the size of the whole is %s, and plays', (_, size) => {
    const file = riff(fmt, chunk('data', sound));
    new DataView(file.buffer).setUint32(4, size, true);
    const rest = file.length - 8;
    expectSound(file, [
      `The RIFF header says that ${size} bytes follow it, and ${rest} do; that is ignored.`,
    ]);
    // Bytes that somebody appended are no part of the whole.
    const longer = Uint8Array.from([...riff(fmt, chunk('data', sound)), ...ascii('TAG and more')]);
    expectSound(longer, [expect.stringMatching(/^The RIFF header says that 48 bytes .* 60 do;/)]);
  });

  it('is not told of where the size only forgets a pad byte', () => {
    const file = riff(fmt, chunk('data', sound), chunk('LIST', [1]));
    for (const by of [-1, 1]) {
      new DataView(file.buffer).setUint32(4, file.length - 8 + by, true);
      expectSound(file);
    }
  });

  it('is told of where a chunk comes twice, and the first one counts', () => {
    const other = fmt.map((byte, index) => (index === 10 ? 1 : byte));
    const twice = ['The file has a second fmt chunk; the first one counts.'];
    expectSound(riff(fmt, other, chunk('data', sound)), twice);
    expectSound(riff(fmt, chunk('fmt ', [2, 0]), chunk('data', sound)), twice);
    expectSound(riff(fmt, chunk('data', sound), chunk('LIST', [1, 2]), other), twice);
    const left = ['The file has a second data chunk, which is left out; the first one is taken.'];
    expectSound(riff(fmt, chunk('data', sound), chunk('data', [...sound, ...sound])), left);
    expectSound(riff(fmt, chunk('data', sound), fmt, chunk('data', sound)), [...twice, ...left]);
  });

  it('leaves out a last frame that is not whole', () => {
    const told = ['The last 3 bytes of sound are less than a frame and are left out.'];
    expectSound(short(15, [...sound, 1, 2, 3]), told);
    expectSound(short(4000, [...sound, 1, 2, 3]), [expect.stringMatching(/ends early/), ...told]);
    expectSound(short(0, [...sound, 1, 2, 3]), [expect.stringMatching(/does not say/), ...told]);
  });
});

describe('a file that cannot be played is refused with the reason', () => {
  const data = chunk('data', sound);
  const good = riff(fmt, data);
  const renamed = (at: number, id: string): Uint8Array => {
    const bytes = good.slice();
    bytes.set(ascii(id), at);
    return bytes;
  };

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /empty \(0 bytes\)/],
    ['three bytes', good.slice(0, 3), /starts with 0x00464952 instead of "RIFF"/],
    ['a header cut short', good.slice(0, 11), /ends after 11 bytes, within its header/],
    [
      'text',
      Uint8Array.from(ascii('Hello, this is text.')),
      /not a WAV file: it starts with "Hell"/,
    ],
    ['big-endian', renamed(0, 'RIFX'), /big-endian WAV file \(RIFX\).*ffmpeg/],
    ['FLAC', renamed(0, 'fLaC'), /FLAC/],
    ['AVI', renamed(8, 'AVI '), /of type "AVI " instead of "WAVE"/],
    ['no chunks', riff(), /no data chunk: the file holds no sound, or was cut off/],
    ['no data', riff(fmt), /no data chunk/],
    ['cut before data', riff(fmt, chunk('LIST', [1], 4000, 0)), /ends within its "LIST" chunk/],
    ['no format', riff(data), /no fmt chunk/],
    ['the format last', riff(data, chunk('LIST', []), fmt), /fmt chunk comes after the data/],
    ['a format cut short', riff(chunk('fmt ', [1, 0]), data), /2 bytes long/],
    ['no sound', riff(fmt, chunk('data', [])), /data chunk is empty/],
    ['no sound but tags', riff(fmt, chunk('data', []), chunk('LIST', [1, 2])), /chunk is empty/],
    [
      'less than a frame',
      riff(fmt, chunk('data', [1, 2, 3])),
      /before the first frame is complete/,
    ],
    ['no frame left', riff(fmt, chunk('data', [], 4000, 0)), /before the first frame is complete/],
    ['endless chunks', riff(fmt, Array(50_000).fill(0)), /among the first 4096 chunks/],
  ])('%s', (_, bytes, message) => {
    expect(() => openWav(memorySource(bytes))).toThrow(WavError);
    expect(() => openWav(memorySource(bytes))).toThrow(message);
  });
});
