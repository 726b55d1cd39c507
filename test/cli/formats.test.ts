/** Every kind of WAV file that `play` takes arrives at the ear bit for bit. */
import { describe, expect, it } from 'vitest';
import { noiseFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const FRAMES = 700;

/** The parts of the package's file that its own types leave out. */
interface Chunks {
  readonly fmt: Record<string, number> & { subformat: number[] };
}

interface Kind {
  readonly code: string;
  readonly float: boolean;
  readonly validBits: number;
  readonly containerBits: number;
  /** What the device carries them in. */
  readonly streamBits: [valid: number, container: number];
}

const kinds: Kind[] = [
  { code: '8', float: false, validBits: 8, containerBits: 8, streamBits: [16, 16] },
  { code: '16', float: false, validBits: 16, containerBits: 16, streamBits: [16, 16] },
  { code: '20', float: false, validBits: 20, containerBits: 24, streamBits: [20, 32] },
  { code: '24', float: false, validBits: 24, containerBits: 24, streamBits: [24, 32] },
  { code: '32', float: false, validBits: 20, containerBits: 32, streamBits: [20, 32] },
  { code: '32', float: false, validBits: 24, containerBits: 32, streamBits: [24, 32] },
  { code: '32', float: false, validBits: 32, containerBits: 32, streamBits: [32, 32] },
  { code: '32f', float: true, validBits: 32, containerBits: 32, streamBits: [32, 32] },
];
const files = kinds.flatMap((kind) =>
  [1, 2, 3, 4, 5, 6, 7, 8].map((channels) => ({ ...kind, channels })),
);

/** A file as the package writes it, put right where it has no words for what is meant. */
function makeFile({ channels, code, containerBits, float, validBits }: (typeof files)[number]) {
  const file = noiseFile({ frames: FRAMES, channels, code });
  const { fmt } = file as unknown as Chunks;
  if (float && channels > 2) fmt.subformat[0] = 3;
  const isNamed = containerBits !== 32 || validBits === 32;
  if (isNamed) return file.toBuffer();
  // Sound lies in the top bits of its container; those below are not sound.
  const { samples } = (file as unknown as { data: { samples: Uint8Array } }).data;
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  for (let at = 0; at < view.byteLength; at += 4) {
    view.setInt32(at, (view.getInt32(at, true) >> (32 - validBits)) << (32 - validBits), true);
  }
  Object.assign(fmt, { chunkSize: 40, audioFormat: 0xfffe, cbSize: 22 });
  Object.assign(fmt, {
    validBitsPerSample: validBits,
    subformat: [1, 0x10_0000, 0xaa00_0080, 0x719b_3800],
  });
  return file.toBuffer();
}

/** Samples of the file's container moved into the stream's: sound at the top, signed. */
function repack(sound: Uint8Array, fromBits: number, toBits: number): Uint8Array {
  const [from, to] = [fromBits / 8, toBits / 8];
  const out = new Uint8Array((sound.length / from) * to);
  for (let sample = 0; sample * from < sound.length; sample++) {
    out.set(sound.subarray(sample * from, (sample + 1) * from), (sample + 1) * to - from);
    if (fromBits === 8) out[2 * sample + 1] = (out[2 * sample + 1] ?? 0) ^ 0x80;
  }
  return out;
}

describe('waveport play', () => {
  it.each(files)(
    'is bit-exact for $validBits bits in $containerBits, float $float, $channels channels',
    async (kind) => {
      const path = workshop.put('sent.wav', makeFile(kind));
      const heard = workshop.path('heard.wav');
      const { exitCode, stderr, stdout } = await waveport('play', path, '--out', heard, '--json');
      expect(stderr).toBe('');
      const report = JSON.parse(stdout);
      const { channels, containerBits, float, streamBits, validBits } = kind;
      expect(report).toMatchObject({
        format: { channels, float, validBits: streamBits[0], containerBits: streamBits[1] },
        fileFormat: { rateHz: 48_000, channels, validBits, containerBits, float },
        frames: FRAMES,
        heardFrames: FRAMES,
        bitExact: true,
        delayFrames: report.latency.totalFrames,
      });
      expect(exitCode).toBe(0);
      const expected =
        containerBits === streamBits[1]
          ? workshop.sound('sent.wav')
          : repack(workshop.sound('sent.wav'), containerBits, streamBits[1]);
      expect(Buffer.compare(workshop.sound('heard.wav'), expected)).toBe(0);
      const { channelMask: sentMask } = workshop.wav('sent.wav').format;
      expect(workshop.wav('heard.wav').format).toMatchObject({
        channels,
        float,
        validBits: streamBits[0],
        containerBits: streamBits[1],
        channelMask: sentMask,
      });
      expect(workshop.wav('heard.wav').warnings).toEqual([]);
    },
  );

  it.each([8000, 11_025, 22_050, 44_100, 88_200, 96_000, 176_400, 192_000])(
    'is bit-exact at %i Hz',
    async (rateHz) => {
      const path = workshop.put('rate.wav', noiseFile({ frames: FRAMES, rateHz }).toBuffer());
      const { exitCode, stdout } = await waveport('play', path, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ format: { rateHz }, bitExact: true });
      expect(exitCode).toBe(0);
    },
  );

  it('keeps a channel mask that is not the usual one', async () => {
    const bytes = Buffer.from(noiseFile({ frames: FRAMES, channels: 4, code: '24' }).toBuffer());
    // The package lays out WAVEFORMATEXTENSIBLE, and calls it plain PCM.
    const format = bytes.indexOf('fmt ') + 8;
    bytes.writeUInt16LE(0xfffe, format);
    bytes.writeUInt32LE(0x107, format + 20);
    const path = workshop.put('masked.wav', bytes);
    expect(workshop.wav('masked.wav').format.channelMask).toBe(0x107);
    expect((await waveport('play', path, '--out', workshop.path('heard.wav'))).exitCode).toBe(0);
    expect(workshop.wav('heard.wav').format.channelMask).toBe(0x107);
  });

  it('walks over other chunks, those of odd length too', async () => {
    const file = noiseFile({ frames: FRAMES });
    file.setTag('IART', 'odd');
    file.setTag('ICMT', 'four');
    const tagged = file.toBuffer();
    // A chunk of one byte and its pad, put between the format and the sound.
    const at = Buffer.from(tagged).indexOf('data');
    const odd = Buffer.concat([Buffer.from('oddx'), Buffer.from([1, 0, 0, 0, 7, 0])]);
    const bytes = Buffer.concat([tagged.subarray(0, at), odd, tagged.subarray(at)]);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    const path = workshop.put('chunks.wav', bytes);
    const { exitCode, stderr } = await waveport('play', path, '--out', workshop.path('heard.wav'));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(Buffer.compare(workshop.sound('heard.wav'), workshop.sound('chunks.wav'))).toBe(0);
  });

  it('pads odd sound and hears no pad byte', async () => {
    const path = workshop.put(
      'odd.wav',
      noiseFile({ frames: 701, channels: 1, code: '8' }).toBuffer(),
    );
    const { stdout } = await waveport('play', path, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ frames: 701, heardFrames: 701, bitExact: true });
  });

  it.each([1, 2, 3])('plays a file of %i frames', async (frames) => {
    const path = workshop.noise('short.wav', frames);
    const { exitCode, stdout } = await waveport('play', path, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ frames, heardFrames: frames, bitExact: true });
    expect(exitCode).toBe(0);
  });
});

describe('a sound that the device does not claim', () => {
  it.each([
    ['rate', { frames: 9, rateHz: 37_800 }, '37.8 kHz, 16 bits, 2 channels'],
    ['depth', { frames: 9, code: '18' }, '48 kHz, 18 bits, 2 channels'],
  ])('of an odd %s is refused with what would work', async (_what, options, sound) => {
    const path = workshop.put('refused.wav', noiseFile(options).toBuffer());
    const { exitCode, stderr } = await waveport('play', path, '--exclusive');
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      `waveport: ${path}: Speaker does not take ${sound}; it takes 8, 11.025, 16, 22.05, 32, ` +
        '44.1, 48, 88.2, 96, 176.4 or 192 kHz, 16, 20, 24 or 32 bits or 32-bit float, ' +
        '1 to 8 channels\n',
    );
  });

  it.each([
    ['rate', { frames: 3000, rateHz: 37_800 }, { rateHz: 37_800 }],
    ['depth', { frames: 3000, code: '18' }, { validBits: 18 }],
  ])('of an odd %s is converted by the engine', async (_what, options, sessionFormat) => {
    const path = workshop.put('converted.wav', noiseFile(options).toBuffer());
    const { exitCode, stdout } = await waveport('play', path, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      format: { rateHz: 48_000 },
      bitExact: null,
      glitches: 0,
      verdict: 'clean',
      sessions: [{ format: sessionFormat, frames: 3000, isConverted: true, starvedFrames: 0 }],
    });
    expect(exitCode).toBe(0);
  });

  it.each([
    ['64-bit samples', { frames: 9, code: '64' }],
    ['9 channels', { frames: 9, channels: 9 }],
    ['ADPCM', null],
  ])('%s are refused by name of the file', async (_what, options) => {
    const file = noiseFile(options ?? { frames: 64, channels: 1, rateHz: 8000 });
    if (options === null) file.toIMAADPCM();
    const path = workshop.put('unsupported.wav', file.toBuffer());
    const { exitCode, stderr } = await waveport('play', path, '--exclusive');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/unsupported\.wav: .*(64|9 channels|ADPCM)/);
  });
});
