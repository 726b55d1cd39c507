import { describe, expect, it } from 'vitest';
import { type PcmFormat, WAVEFORMATEXTENSIBLE } from '../standards/pcm/format.ts';
import { FORMAT_CHUNK_BYTES, readFormatChunk } from './format-chunk.ts';
import { WavError } from './wav-error.ts';

interface ChunkFields {
  tag?: number;
  channels?: number;
  rateHz?: number;
  bits?: number;
  blockBytes?: number;
  bytesPerSecond?: number;
  validBits?: number;
  channelMask?: number;
  /** First word of the subformat. */
  subformat?: number;
  byteLength?: number;
}

/** CD sound, but for the fields given; block size and byte rate follow from the others. */
function read(fields: ChunkFields, warnings: string[] = []): PcmFormat {
  const { tag = 1, channels = 2, rateHz = 44_100, bits = 16, byteLength = 16 } = fields;
  const blockBytes = fields.blockBytes ?? channels * Math.ceil(bits / 8);
  const view = new DataView(new ArrayBuffer(FORMAT_CHUNK_BYTES));
  WAVEFORMATEXTENSIBLE.write(view, 0, {
    wFormatTag: tag,
    nChannels: channels,
    nSamplesPerSec: rateHz,
    nAvgBytesPerSec: fields.bytesPerSecond ?? rateHz * blockBytes,
    nBlockAlign: blockBytes,
    wBitsPerSample: bits,
    cbSize: 22,
    wValidBitsPerSample: fields.validBits ?? bits,
    dwChannelMask: fields.channelMask ?? 0,
  });
  const subformat = [fields.subformat ?? 1, 0x0010_0000, 0xaa00_0080, 0x719b_3800];
  subformat.forEach((word, place) => {
    view.setUint32(24 + 4 * place, word, true);
  });
  const chunk = new Uint8Array(FORMAT_CHUNK_BYTES);
  chunk.set(new Uint8Array(view.buffer, 0, byteLength));
  return readFormatChunk(new DataView(chunk.buffer), byteLength, warnings);
}

const extensible = { tag: 0xfffe, byteLength: 40 };

describe('the fmt chunk', () => {
  it.each([14, 16, 18, 40])('is read at %d bytes', (byteLength) => {
    const warnings: string[] = [];
    expect(read({ byteLength }, warnings)).toEqual({
      rateHz: 44_100,
      channels: 2,
      validBits: 16,
      containerBits: 16,
      float: false,
      channelMask: 3,
    });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['8 bits', { bits: 8 }, 8, 8],
    ['12 bits, which lie at the top of 16', { bits: 12 }, 12, 16],
    ['20 bits, which lie at the top of 24', { bits: 20 }, 20, 24],
    ['24 bits', { bits: 24 }, 24, 24],
    ['32 bits', { bits: 32 }, 32, 32],
    ['extensible 20 bits in 24', { ...extensible, bits: 24, validBits: 20 }, 20, 24],
    ['extensible 20 bits in 32', { ...extensible, bits: 32, validBits: 20 }, 20, 32],
    ['extensible 24 bits in 32', { ...extensible, bits: 32, validBits: 24 }, 24, 32],
    ['extensible with the valid bits left 0', { ...extensible, bits: 24, validBits: 0 }, 24, 24],
  ])('may say %s', (_, fields, validBits, containerBits) => {
    expect(read(fields)).toMatchObject({ validBits, containerBits, float: false });
  });

  it('may say 32-bit float, with and without the extension', () => {
    const float = { float: true, validBits: 32, containerBits: 32 };
    expect(read({ tag: 3, bits: 32 })).toMatchObject(float);
    expect(read({ ...extensible, bits: 32, subformat: 3 })).toMatchObject(float);
  });

  it('keeps the channel mask of the extension, and gives the default one without', () => {
    expect(read({ ...extensible, channels: 6, channelMask: 0x60f }).channelMask).toBe(0x60f);
    expect(read({ ...extensible, channelMask: 0 }).channelMask).toBe(0);
    expect(read({ channels: 6 }).channelMask).toBe(0x3f);
  });

  it('may be wrong about the byte rate, which is told', () => {
    const warnings: string[] = [];
    read({ bytesPerSecond: 1 }, warnings);
    expect(warnings).toEqual([
      'The fmt chunk says 1 bytes per second, which should be 176400; that is ignored.',
    ]);
  });
});

describe('the fmt chunk is refused with the reason', () => {
  it.each<[string, ChunkFields, RegExp]>([
    ['a chunk too short', { byteLength: 13 }, /13 bytes long, and 14 are the least/],
    ['ADPCM', { tag: 2, bits: 4 }, /Microsoft ADPCM \(format tag 0x0002\).*ffmpeg/],
    ['IMA ADPCM', { tag: 0x11, bits: 4 }, /IMA ADPCM/],
    ['A-law', { tag: 6, bits: 8 }, /A-law/],
    ['mu-law', { tag: 7, bits: 8 }, /mu-law/],
    ['MP3', { tag: 0x55, bits: 0 }, /MP3/],
    ['a codec without a name', { tag: 0xbeef }, /an unknown codec \(format tag 0xBEEF\)/],
    ['A-law, extensible', { ...extensible, bits: 8, subformat: 6 }, /A-law/],
    ['an unknown subformat', { ...extensible, subformat: 0x1_0001 }, /of the kind \{00010001-0000/],
    ['an extension cut short', { tag: 0xfffe, byteLength: 18 }, /has 18 of the 40 bytes/],
    ['no channels', { channels: 0, blockBytes: 4 }, /0 channels/],
    ['no channels and no bits', { channels: 0, byteLength: 14 }, /0 channels/],
    ['nine channels', { channels: 9 }, /9 channels, and 8 are the most/],
    ['0 Hz', { rateHz: 0 }, /0 Hz/],
    ['more Hz than there are', { rateHz: 0x4000_0000 }, /1073741824 Hz, which no device plays/],
    ['no bits', { bits: 0 }, /0 bits wide/],
    ['40 bits', { bits: 40 }, /40 bits wide/],
    ['64-bit floats', { tag: 3, bits: 64 }, /64-bit floats, and only 32-bit/],
    ['16-bit floats', { tag: 3, bits: 16 }, /16-bit floats/],
    ['a block that is not a frame', { blockBytes: 3 }, /takes 3 bytes, but 2 channels of 16 bits/],
    ['no block', { blockBytes: 0 }, /takes 0 bytes/],
    ['no block in 14 bytes', { blockBytes: 0, byteLength: 14 }, /0 bits wide/],
    ['too many valid bits', { ...extensible, validBits: 17 }, /17 bits of each 16-bit sample/],
  ])('%s', (_, fields, message) => {
    expect(() => read(fields)).toThrow(WavError);
    expect(() => read(fields)).toThrow(message);
  });
});
