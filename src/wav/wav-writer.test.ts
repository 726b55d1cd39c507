import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { MemorySink, memorySource } from './byte-stream.ts';
import { encodeWavHeader } from './wav-header.ts';
import { openWav, type WavFile } from './wav-reader.ts';
import { WavWriter } from './wav-writer.ts';

function pcm(validBits: number, containerBits: number, channels: number, float = false): PcmFormat {
  const channelMask = defaultChannelMask(channels);
  return { rateHz: 48_000, channels, validBits, containerBits, float, channelMask };
}

const kinds: [string, number, number, boolean][] = [
  ['8', 8, 8, false],
  ['16', 16, 16, false],
  ['12', 12, 16, false],
  ['20', 20, 24, false],
  ['24', 24, 24, false],
  ['20 in 32', 20, 32, false],
  ['24 in 32', 24, 32, false],
  ['32', 32, 32, false],
  ['32f', 32, 32, true],
];
const everyFormat = kinds.flatMap(([code, validBits, containerBits, float]) =>
  [1, 2, 3, 4, 5, 6, 7, 8].map((channels) => ({
    code,
    channels,
    format: pcm(validBits, containerBits, channels, float),
  })),
);

/** Bytes that make numbers of either sign, and no two frames alike. */
function soundOf(format: PcmFormat, frames: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(frames * frameBytes(format)));
  if (format.float) {
    for (let at = 0; at < view.byteLength; at += 4)
      view.setFloat32(at, Math.fround(at / 97 - 1), true);
  } else {
    for (let at = 0; at < view.byteLength; at++) view.setUint8(at, (at * 151 + 13) & 0xff);
  }
  return new Uint8Array(view.buffer);
}

function written(format: PcmFormat, sound: Uint8Array): Uint8Array {
  const sink = new MemorySink();
  const writer = new WavWriter(sink, format);
  writer.write(sound, 0, sound.length);
  writer.finish();
  return sink.bytes.slice();
}

function contents(file: WavFile): Uint8Array {
  const bytes = new Uint8Array(file.frames * frameBytes(file.format));
  expect(file.readFrames(0, bytes, 0, file.frames)).toBe(file.frames);
  return bytes;
}

/** What the independent package keeps of a file; its own types leave these open. */
interface Parsed {
  fmt: Record<string, number> & { subformat: number[] };
  fact: { dwSampleLength: number };
  data: { chunkSize: number; samples: Uint8Array };
}

describe('against an independent implementation', () => {
  it.each(everyFormat)('writes what it reads: $code bits, $channels ch', ({ format }) => {
    const sound = soundOf(format, 5);
    const other = new wavefile.WaveFile();
    other.fromBuffer(written(format, sound));
    const { fmt, data, fact } = other as unknown as Parsed;
    const isExtensible = fmt['audioFormat'] === 0xfffe;
    expect(fmt).toMatchObject({
      numChannels: format.channels,
      sampleRate: 48_000,
      byteRate: 48_000 * frameBytes(format),
      blockAlign: frameBytes(format),
      bitsPerSample: format.containerBits,
      ...(isExtensible && {
        cbSize: 22,
        validBitsPerSample: format.validBits,
        dwChannelMask: format.channelMask,
        subformat: [format.float ? 3 : 1, 0x0010_0000, 0xaa00_0080, 0x719b_3800],
      }),
    });
    const isPlain = format.channels <= 2 && format.validBits === format.containerBits;
    expect(isExtensible).toBe(!(isPlain && format.containerBits <= 16));
    expect(data.chunkSize).toBe(sound.length);
    // The package counts the pad byte of an odd chunk among the samples.
    expect(data.samples.subarray(0, sound.length)).toEqual(sound);
    expect(data.samples.length).toBe(sound.length + (sound.length % 2));
    if (format.float) expect(fact.dwSampleLength).toBe(5);
  });

  // The package has no name for 20 or 24 bits in 32.
  const itsFormats = everyFormat.filter(({ code }) => !code.includes(' '));
  it.each(itsFormats)(
    'reads what it writes: $code bits, $channels ch',
    ({ code, channels, format }) => {
      const samples = Array.from({ length: 5 * channels }, (_, n) =>
        format.float ? n / 64 - 0.25 : code === '8' ? n * 5 : n * 50 - 100,
      );
      const other = new wavefile.WaveFile();
      other.fromScratch(channels, 48_000, code, samples);
      const parsed = other as unknown as Parsed;
      // It calls floats of more than two channels PCM, which only the subformat can put right.
      if (format.float && channels > 2) parsed.fmt.subformat[0] = 3;
      const file = openWav(memorySource(other.toBuffer()));
      const channelMask =
        parsed.fmt['audioFormat'] === 0xfffe ? parsed.fmt['dwChannelMask'] : format.channelMask;
      expect(file.format).toEqual({ ...format, channelMask });
      expect([file.frames, file.warnings]).toEqual([5, []]);
      expect(contents(file)).toEqual(parsed.data.samples);
    },
  );
});

describe('a WAV writer', () => {
  it.each(everyFormat)('round-trips $code bits, $channels ch', ({ format }) => {
    const sound = soundOf(format, 7);
    const file = openWav(memorySource(written(format, sound)));
    expect(file.format).toEqual(format);
    expect(file.warnings).toEqual([]);
    expect(contents(file)).toEqual(sound);
  });

  it('keeps a layout that is not the default one', () => {
    for (const channelMask of [0, 0x60f]) {
      const format = { ...pcm(16, 16, 6), channelMask };
      expect(openWav(memorySource(written(format, soundOf(format, 1)))).format).toEqual(format);
    }
    const rear = { ...pcm(16, 16, 2), channelMask: 0x30 };
    expect(openWav(memorySource(written(rear, soundOf(rear, 1)))).format).toEqual(rear);
  });

  it('pads odd sound and counts the pad byte in the file, not in the sound', () => {
    const bytes = written(pcm(8, 8, 1), Uint8Array.of(1, 2, 3));
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(84);
    expect([view.getUint32(4, true), view.getUint32(76, true)]).toEqual([76, 3]);
    expect([...bytes.subarray(80)]).toEqual([1, 2, 3, 0]);
  });

  it('gives the same file however its frames are handed over', () => {
    const format = pcm(24, 24, 3);
    const sound = soundOf(format, 20_000);
    const whole = written(format, sound);
    expect(Buffer.compare(contents(openWav(memorySource(whole))), sound)).toBe(0);
    const anySizes = fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(anySizes, (sizes) => {
        const sink = new MemorySink();
        const writer = new WavWriter(sink, format);
        let frame = 0;
        for (const size of [...sizes, 20_000]) {
          const frames = Math.min(size, 20_000 - frame);
          writer.write(sound, 9 * frame, 9 * frames);
          frame += frames;
          expect(writer.frames).toBe(frame);
        }
        writer.finish();
        expect(Buffer.compare(sink.bytes, whole)).toBe(0);
      }),
      { numRuns: 10 },
    );
  });

  it('hands over blocks that end where blocks of the file do, the last one excepted', () => {
    const ends: number[] = [];
    const writer = new WavWriter(
      { write: (at, bytes) => ends.push(at + bytes.length) },
      pcm(24, 24, 5),
    );
    const sound = soundOf(writer.format, 500);
    for (let part = 0; part < 40; part++) writer.write(sound, 0, sound.length);
    writer.finish();
    const [headerBytes = 0, ...blocks] = ends.slice(0, -1);
    const whole = blocks.slice(0, -1);
    expect(whole).toEqual(whole.map((_, index) => (index + 1) * 65_536));
    expect(whole.length).toBe(Math.floor((headerBytes + 40 * sound.length) / 65_536));
  });

  it('leaves a file that plays when it never comes to finish', () => {
    const format = pcm(16, 16, 2);
    const sink = new MemorySink();
    const sound = soundOf(format, 40_000);
    new WavWriter(sink, format).write(sound, 0, sound.length);
    const file = openWav(memorySource(sink.bytes));
    expect(file.warnings).toEqual([expect.stringMatching(/does not say how long/)]);
    // Of the header and 160,000 bytes two blocks are full.
    const kept = 2 * 65_536 - encodeWavHeader(format, null).length;
    expect(contents(file)).toEqual(sound.subarray(0, kept));
  });

  it('refuses what are not whole frames, and frames after the end', () => {
    const sink = new MemorySink();
    const writer = new WavWriter(sink, pcm(16, 16, 2));
    const bytes = new Uint8Array(16);
    for (const [offset, length] of [
      [0, 3],
      [0, 20],
      [-4, 4],
      [16, 4],
      [0, -4],
      [0.5, 4],
      [0, Number.NaN],
    ]) {
      expect(() => writer.write(bytes, offset ?? 0, length ?? 0)).toThrow(RangeError);
    }
    writer.write(bytes, 4, 8);
    writer.finish();
    const { length } = sink.bytes;
    writer.finish();
    expect(sink.bytes.length).toBe(length);
    expect(() => writer.write(bytes, 0, 4)).toThrow(/finished/);
  });
});

describe('the header of a long file', () => {
  const format = pcm(32, 32, 2, true);
  const frames = (dataBytes: number): [number, string] => {
    const header = encodeWavHeader(format, dataBytes);
    const file = openWav({
      size: header.length + dataBytes,
      read: (at, into, offset, length) => memorySource(header).read(at, into, offset, length),
    });
    expect(file.warnings).toEqual([]);
    return [file.frames, String.fromCharCode(...header.subarray(0, 4))];
  };

  it('is RF64 exactly when its sizes do not fit 32 bits, and no longer than the other', () => {
    const { length } = encodeWavHeader(format, null);
    const most = 2 ** 32 - 1 - length;
    const longestFrames = Math.floor(most / 8);
    expect(frames(8 * longestFrames)).toEqual([longestFrames, 'RIFF']);
    expect(frames(8 * (longestFrames + 2))).toEqual([longestFrames + 2, 'RF64']);
    expect(frames(8e12)).toEqual([1e12, 'RF64']);
    expect(encodeWavHeader(format, 8e12).length).toBe(length);
  });

  it('reads as it should elsewhere too', () => {
    const other = new wavefile.WaveFile();
    other.fromBuffer(encodeWavHeader(format, 8e9), false);
    const { container, ds64, fact } = other as unknown as Parsed & {
      container: string;
      ds64: Record<string, number>;
    };
    expect(container).toBe('RF64');
    expect(ds64['dataSizeLow'] ?? 0).toBe(Math.floor(8e9 / 2 ** 32));
    expect(fact.dwSampleLength).toBe(1e9);
  });
});
