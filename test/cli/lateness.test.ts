/** Lateness as options of the command line: what it does to a stream is heard, and named. */
import { describe, expect, it } from 'vitest';
import { noiseFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const speech = workshop.noise('speech.wav', 48_000);
const word = workshop.noise('word.wav', 4_800);

/** A word behind silence. */
const QUIET_FRAMES = 4_800;
const FRAME_BYTES = 4;
const WAV_HEADER_BYTES = 44;
const quietBytes = noiseFile({ frames: 48_000 }).toBuffer();
quietBytes.fill(0, WAV_HEADER_BYTES, WAV_HEADER_BYTES + QUIET_FRAMES * FRAME_BYTES);
const quietWord = workshop.put('quiet-word.wav', quietBytes);

interface Late {
  readonly atFrame: number;
  readonly frames: number;
}

/** What was heard, with what stood in for late passes taken out. */
function withoutLate(heard: Uint8Array, late: readonly Late[]): Uint8Array {
  const kept: Uint8Array[] = [];
  let from = 0;
  let before = 0;
  for (const { atFrame, frames } of late) {
    kept.push(heard.subarray(from * FRAME_BYTES, (atFrame + before) * FRAME_BYTES));
    before += frames;
    from = atFrame + before;
  }
  return Buffer.concat([...kept, heard.subarray(from * FRAME_BYTES)]);
}

const recording = ['record', workshop.path('out.wav'), '--seconds', '1', '--exclusive'];

async function reported(...argv: string[]) {
  const { exitCode, stdout } = await waveport(...argv, '--json');
  const report = JSON.parse(stdout);
  const causes = new Set(report.glitchList.map(({ cause }: { cause: string }) => cause));
  return { exitCode, report, glitchList: report.glitchList as Late[], causes: [...causes] };
}

async function played(...options: string[]) {
  const { exitCode, stdout } = await waveport('play', speech, '--exclusive', '--json', ...options);
  const report = JSON.parse(stdout);
  return { exitCode, causes: report.glitchList.map(({ cause }: { cause: string }) => cause) };
}

describe('a stream', () => {
  it.each([
    ['wake-up late', ['--wake-jitter-us', '15000']],
    ['DPC late', ['--stream', 'event', '--dpc-jitter-us', '15000']],
    ['ISR late', ['--stream', 'event', '--interrupt-jitter-us', '15000']],
    ['re-arm late', ['--device', 'simple', '--interrupt-jitter-us', '15000']],
  ])('glitches with the cause %s for %j', async (cause, options) => {
    const { causes, exitCode } = await played(...options);
    expect(causes).toContain(cause);
    expect(exitCode).toBe(1);
  });

  it.each([
    ['--wake-jitter-us', '5000'],
    ['--timer-resolution-ms', '1'],
    ['--drift-ppm', '200'],
    ['--drift-ppm', '10000'],
    ['--drift-ppm', '-10000'],
  ])('plays through %s %s', async (...options) => {
    expect(await played(...options)).toEqual({ exitCode: 0, causes: [] });
  });

  it('is late in the same places for the same seed', async () => {
    const at = async (seed: string) =>
      (await waveport('play', speech, '--exclusive', '--wake-jitter-us=15000', `--seed=${seed}`))
        .stdout;
    const places = (text: string) => /^glitches .*$/m.exec(text)?.[0];
    expect(places(await at('3'))).toBe(places(await at('3')));
    expect(places(await at('3'))).not.toBe(places(await at('4')));
  });

  it.each([
    ['timer', '--wake-jitter-us'],
    ['event', '--wake-jitter-us'],
    ['event', '--dpc-jitter-us'],
    ['packet', '--interrupt-jitter-us'],
  ])(
    'through the engine by %s has each pass that came too late by %s named where it lacked',
    async (stream, jitter) => {
      const heard = workshop.path('heard.wav');
      const argv = ['play', quietWord, '--stream', stream, jitter, '18000', '--seed=2', '--json'];
      const { exitCode, stdout } = await waveport(...argv, '--out', heard);
      const { bitExact, glitchList, mode } = JSON.parse(stdout);
      expect({ bitExact, exitCode, mode }).toEqual({
        bitExact: false,
        exitCode: 1,
        mode: 'shared',
      });
      const rest = withoutLate(workshop.sound('heard.wav'), glitchList);
      const sent = workshop.sound('quiet-word.wav');
      // The heard file ends with the session, which late passes have put off.
      expect(rest.length).toBeGreaterThan(sent.length / 2);
      expect(Buffer.compare(rest, sent.subarray(0, rest.length))).toBe(0);
      // The first one fell into the silence before the word, where no ear would have noticed.
      expect(glitchList[0].atFrame).toBeLessThan(QUIET_FRAMES);
    },
  );

  it.each([
    ['DPC late', ['--dpc-jitter-us', '30000']],
    ['DPC late', ['--stream', 'event', '--dpc-jitter-us', '12000']],
    ['ISR late', ['--stream', 'event', '--interrupt-jitter-us', '30000']],
    ['wake-up late', ['--wake-jitter-us', '30000']],
    ['wake-up late', ['--stream', 'timer', '--wake-jitter-us', '30000', '--volume', '0.5']],
    ['re-arm late', ['--device', 'simple', '--interrupt-jitter-us', '2000']],
    ['DPC late', ['--device', 'ac97', '--dpc-jitter-us', '60000']],
    ['ISR late', ['--device', 'ac97', '--volume', '0.5', '--interrupt-jitter-us', '60000']],
  ])(
    'through the engine glitches with the cause %s and no other for %j',
    async (cause, options) => {
      const { causes, exitCode, glitchList } = await reported('play', speech, ...options);
      expect(causes).toEqual([cause]);
      expect(exitCode).toBe(1);
      // Of what is missing before one frame nothing is told twice.
      const places = glitchList.map(({ atFrame }) => atFrame);
      expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
    },
  );

  it.each([
    ['DPC late', '--dpc-jitter-us'],
    ['ISR late', '--interrupt-jitter-us'],
    ['wake-up late', '--wake-jitter-us'],
  ])('of packets glitches with the cause %s and no other for %s', async (cause, option) => {
    const argv = ['play', speech, '--device', 'ac97', '--exclusive', option, '60000'];
    const { causes, exitCode } = await reported(...argv);
    expect({ causes, exitCode }).toEqual({ causes: [cause], exitCode: 1 });
  });

  it('says in one event of twelve that a pass was late, to the end', async () => {
    const long = workshop.noise('long.wav', 192_000);
    const { glitchList } = await reported('play', long, '--dpc-jitter-us', '12000');
    const quarter = (from: number) =>
      glitchList.filter(({ atFrame }) => atFrame >= from && atFrame < from + 48_000).length;
    for (const from of [0, 48_000, 96_000]) expect(quarter(from)).toBeGreaterThan(8);
  });

  it.each([['--volume', '0.9'], ['--mute'], [speech]])(
    'whose sound nobody compares has the same gaps, and they are silence: %s %s',
    async (...more) => {
      const jitter = ['--device', 'simple', '--interrupt-jitter-us', '2000'];
      const heard = workshop.path('gaps.wav');
      const compared = await reported('play', speech, ...jitter);
      const changed = await reported('play', speech, ...more, ...jitter, '--out', heard);
      expect(compared.glitchList.length).toBeGreaterThan(5);
      expect(changed.glitchList).toEqual(compared.glitchList);
      expect([changed.exitCode, changed.report.bitExact]).toEqual([1, null]);
      const sound = workshop.sound('gaps.wav');
      let before = 0;
      for (const { atFrame, frames } of changed.glitchList) {
        const from = (atFrame + before) * FRAME_BYTES;
        const gap = sound.subarray(from, from + frames * FRAME_BYTES);
        expect(gap.every((byte) => byte === 0)).toBe(true);
        before += frames;
      }
      expect(changed.report.heardFrames).toBe(48_000 + before);
      expect(sound.length / FRAME_BYTES).toBe(48_000 + before);
    },
  );

  it.each([
    ['re-arm late', ['--device', 'simple', '--interrupt-jitter-us', '2000', '--exclusive']],
    ['re-arm late', ['--device', 'simple', '--interrupt-jitter-us', '2000']],
    ['DPC late', ['--device', 'ac97', '--dpc-jitter-us', '60000', '--exclusive']],
    ['DPC late', ['--device', 'ac97', '--dpc-jitter-us', '60000']],
    ['DPC late', ['--exclusive', '--stream', 'event', '--dpc-jitter-us', '30000']],
    ['ISR late', ['--exclusive', '--stream', 'packet', '--interrupt-jitter-us', '18000']],
    ['wake-up late', ['--exclusive', '--wake-jitter-us', '30000']],
    ['DPC late', ['--dpc-jitter-us', '30000']],
    ['ISR late', ['--interrupt-jitter-us', '30000']],
    ['wake-up late', ['--wake-jitter-us', '30000']],
  ])(
    'that is recorded lacks the lost frames and no other, by %s for %j',
    async (cause, options) => {
      const argv = ['record', workshop.path('lacking.wav'), '--from', speech, '--seconds', '0.9'];
      const { causes, exitCode, glitchList, report } = await reported(...argv, ...options);
      expect({ causes, exitCode }).toEqual({ causes: [cause], exitCode: 1 });
      const lost = glitchList.reduce((sum, { frames }) => sum + frames, 0);
      expect(report.lostFrames).toBe(lost);
      const sent = workshop.sound('speech.wav');
      const kept: Uint8Array[] = [];
      let from = 0;
      for (const { atFrame, frames } of glitchList) {
        kept.push(sent.subarray(from, atFrame * FRAME_BYTES));
        from = (atFrame + frames) * FRAME_BYTES;
      }
      const whole = Buffer.concat([...kept, sent.subarray(Math.min(from, sent.length))]);
      const recorded = workshop.sound('lacking.wav');
      expect(recorded.length).toBe(report.recordedFrames * FRAME_BYTES);
      const size = Math.min(whole.length, recorded.length);
      expect(size).toBeGreaterThan(20_000);
      expect(Buffer.compare(recorded.subarray(0, size), whole.subarray(0, size))).toBe(0);
    },
  );

  it.each([
    ['a player', ['play', word, '--exclusive', '--stream=event', '--wake-jitter-us=1000000']],
    ['a player', ['play', word, '--exclusive', '--stream=event', '--interrupt-jitter-us=1000000']],
    ['the engine', ['play', word, '--wake-jitter-us=1000000']],
    ['a recorder', [...recording, '--wake-jitter-us=1000000']],
    ['a recorder', [...recording, '--stream=event', '--wake-jitter-us=1000000']],
    ['a recorder', [...recording, '--stream=packet', '--dpc-jitter-us=1000000']],
  ])('is given up when %s does not come, and nobody else is blamed: %j', async (_, argv) => {
    const { exitCode, stdout } = await waveport(...argv, '--json');
    const { bitExact, error, findings, leaks } = JSON.parse(stdout);
    expect({ error, findings, leaks }).toEqual({ error: undefined, findings: [], leaks: [] });
    expect({ bitExact, exitCode }).toEqual({ bitExact: false, exitCode: 1 });
  });

  it.each([
    ['--wake-jitter-us', '1.5', /whole microseconds/],
    ['--timer-resolution-ms', '2', /15\.625, 1 or 0\.5/],
    ['--drift-ppm', '20000', /parts per million/],
  ])('is not played with %s %s', async (option, value, message) => {
    const { exitCode, stderr } = await waveport('play', speech, option, value);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });
});
