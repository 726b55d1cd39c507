/** AC'97 on the command line: three ports over the same hardware, and their comparison. */
import { describe, expect, it } from 'vitest';
import { noiseFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const FRAMES = 24_000;
const speech = workshop.noise('speech.wav', FRAMES);
const out = workshop.path('out.wav');

describe('playing and recording in exclusive mode', () => {
  it.each(['wavepci', 'wavecyclic', 'wavert'])('is bit-exact through %s', async (port) => {
    const options = ['--device', 'ac97', '--port', port, '--exclusive', '--json'];
    const played = await waveport('play', speech, '--out', out, ...options);
    expect(JSON.parse(played.stdout)).toMatchObject({
      verdict: 'clean',
      bitExact: true,
      heardFrames: FRAMES,
      leaks: [],
    });
    expect(Buffer.compare(workshop.sound('out.wav'), workshop.sound('speech.wav'))).toBe(0);
    const argv = ['record', out, '--from', speech, '--seconds', '0.4', ...options];
    const recorded = await waveport(...argv);
    expect(JSON.parse(recorded.stdout)).toMatchObject({
      verdict: 'clean',
      bitExact: true,
      recordedFrames: 19_200,
      leaks: [],
    });
    const spoken = workshop.sound('speech.wav').subarray(0, 19_200 * 4);
    expect(Buffer.compare(workshop.sound('out.wav'), spoken)).toBe(0);
    expect([played.exitCode, recorded.exitCode]).toEqual([0, 0]);
  });

  it('uses WavePci unless told otherwise, and counts packets and mappings', async () => {
    const options = ['--device', 'ac97', '--exclusive'];
    const { stdout } = await waveport('play', speech, ...options, '--json');
    const report = JSON.parse(stdout);
    const { handedOut, outstandingMax, released, revoked } = report.mappings;
    expect(report).toMatchObject({
      stream: 'irp',
      // Three silent packets go first, and the end is marked by an empty one.
      irps: { completed: 3 + FRAMES / 480 + 1, cancelled: 0 },
      starvations: 0,
      buffer: { requestedBytes: 3 * 1920 },
      bytesCopiedByDriverStack: 0,
      bouncedBytes: 0,
    });
    expect(report.buffer.pages).toBeGreaterThanOrEqual(3);
    expect(handedOut).toBe(released + revoked);
    expect(handedOut).toBeGreaterThanOrEqual(3 + FRAMES / 480);
    expect(outstandingMax).toBeLessThanOrEqual(3 * 2);
    const text = (await waveport('play', speech, ...options)).stdout;
    expect(text).toMatch(/^packets +54 completed, 0 cancelled; never starved$/m);
    expect(text).toMatch(/^mappings +\d+ handed out, \d+ released, 0 revoked; /m);
  });

  it.each(['play', 'record'])('tells what the driver bounces: %s', async (command) => {
    // With this seed the client's memory lies above 4 GiB, where the controller does not reach.
    const options = ['--device=ac97', '--exclusive', '--seed=2'];
    const argv = command === 'play' ? [speech] : [out, '--from', speech, '--seconds=0.4'];
    const { stdout } = await waveport(command, ...argv, ...options, '--json');
    const { bouncedBytes, bytesCopiedByDriverStack, verdict } = JSON.parse(stdout);
    expect(verdict).toBe('clean');
    // All but what the first packets had before RUN.
    expect(bouncedBytes).toBeGreaterThan(70_000);
    expect(bytesCopiedByDriverStack).toBe(bouncedBytes);
    const text = (await waveport(command, ...argv, ...options)).stdout;
    expect(text).toMatch(/^copied +\d+,\d{3} bytes .* to bounce what the device cannot reach$/m);
  });

  it('starves when the client comes too late, and says so', async () => {
    const options = ['--device', 'ac97', '--exclusive', '--wake-jitter-us', '60000', '--json'];
    const { exitCode, stdout } = await waveport('play', speech, ...options);
    const report = JSON.parse(stdout);
    expect(report.starvations).toBeGreaterThan(0);
    expect(report.glitches).toBeGreaterThan(0);
    expect(exitCode).toBe(1);
  });
});

describe('a file with one channel', () => {
  it.each(['wavepci', 'wavecyclic', 'wavert'])('is refused by %s, which says two', async (port) => {
    const mono = workshop.put('mono.wav', noiseFile({ frames: 4_800, channels: 1 }).toBuffer());
    const options = ['--device=ac97', '--port', port, '--exclusive'];
    const { exitCode, stderr } = await waveport('play', mono, ...options);
    expect(stderr).toMatch(
      /does not take 48 kHz, 16 bits, 1 channel; it takes 8 to 48 kHz, 16 bits, 2 channels$/m,
    );
    expect(exitCode).not.toBe(0);
  });
});

describe('--position', () => {
  it.each(['register', 'property'])(
    '%s is refused of a pin that takes stream packets, and leaves the file alone',
    async (position) => {
      const kept = workshop.put('kept.wav', 'as it was');
      for (const port of ['wavepci', 'wavecyclic']) {
        const options = ['--device=ac97', '--port', port, '--exclusive', '--position', position];
        for (const argv of [
          ['play', speech, '--out', kept],
          ['record', kept, '--from', speech, '--seconds=0.1'],
        ]) {
          const { exitCode, stderr } = await waveport(...argv, ...options);
          expect(stderr).toMatch(/takes stream packets, .* leave out --position/);
          expect(exitCode).toBe(2);
        }
      }
      expect(workshop.get('kept.wav').toString()).toBe('as it was');
    },
  );

  it.each(['register', 'property'])('%s is taken of a WaveRT pin', async (position) => {
    const options = ['--device=ac97', '--port=wavert', '--exclusive', '--position', position];
    const { exitCode } = await waveport('play', speech, ...options);
    expect(exitCode).toBe(0);
  });
});

describe('--port', () => {
  it.each([
    [['--device', 'hda', '--port', 'wavepci'], /device hda has no driver for port 'wavepci'/],
    [['--device', 'ac97', '--port', 'midi'], /Allowed choices are wavepci, wavecyclic, wavert/],
    [['--device', 'ac97', '--port', 'wavert', '--driver', 'x.mjs'], /leave out --driver/],
  ])('is refused in %j', async (options, message) => {
    const { exitCode, stderr } = await waveport('play', speech, ...options);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });
});

describe('waveport compare', () => {
  it('shows in one table what each port takes: WaveRT copies nothing, and is called least', async () => {
    const { exitCode, stdout } = await waveport('compare', speech);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ +wavepci +wavecyclic +wavert$/m);
    expect(stdout).toMatch(/^bytes copied by the stack +0 +1\d\d,\d{3} +0$/m);
    expect(stdout).toMatch(/^ {2}IPortWavePciStream\.GetMapping +\d+ +0 +0$/m);
    expect(stdout).toMatch(/^heard = sent +bit for bit +bit for bit +bit for bit$/m);
    expect(stdout).toMatch(/\nclean\n$/);
  });

  it('tells what WavePci bounces where the memory lies out of reach', async () => {
    const { stdout } = await waveport('compare', speech, '--seed=2');
    expect(stdout).toMatch(/^bytes copied by the stack +1\d\d,\d{3} +1\d\d,\d{3} +0$/m);
    expect(stdout).toMatch(/^ {2}to bounce what DMA cannot reach +1\d\d,\d{3} +0 +0$/m);
    const { ports } = JSON.parse((await waveport('compare', speech, '--seed=2', '--json')).stdout);
    const bounced = ports.map(
      ({ perSecond }: { perSecond: { bytesBounced: number } }) => perSecond.bytesBounced > 0,
    );
    expect(bounced).toEqual([true, false, false]);
  });

  it('--json has the same for programs', async () => {
    const { stdout } = await waveport('compare', speech, '--json');
    const { ports } = JSON.parse(stdout);
    expect(ports.map(({ port }: { port: string }) => port)).toEqual([
      'wavepci',
      'wavecyclic',
      'wavert',
    ]);
    const [pci, cyclic, realTime] = ports;
    for (const each of ports) expect(each).toMatchObject({ verdict: 'clean', bitExact: true });
    expect(pci.perSecond.bytesCopied).toBe(0);
    expect(cyclic.perSecond.bytesCopied).toBeGreaterThan(150_000);
    expect(realTime.perSecond).toMatchObject({ bytesCopied: 0 });
    // One call a period, and it is a question for the position.
    expect(realTime.perSecond.callsTotal).toBeLessThanOrEqual(realTime.perSecond.wakeUps);
    expect(realTime.perSecond.calls).toEqual({
      IMiniportWaveRTStream: { GetPosition: realTime.perSecond.callsTotal },
    });
    expect(realTime.perSecond.callsIntoMiniport).toBe(realTime.perSecond.callsTotal);
    expect(pci.perSecond.callsIntoMiniport).toBeLessThan(pci.perSecond.callsTotal / 2);
    expect(realTime.perSecond.callsTotal).toBeLessThan(pci.perSecond.callsTotal / 2);
    expect(realTime.perSecond.interrupts).toBeLessThan(pci.perSecond.interrupts);
    for (const { perSecond } of ports) expect(perSecond.cpuMilliseconds).toBeGreaterThan(0);
  });

  it('of a device with one port says what would work', async () => {
    const { exitCode, stderr } = await waveport('compare', '--device', 'hda');
    expect(stderr).toMatch(/device hda has a driver for one port only; try ac97/);
    expect(exitCode).toBe(2);
  });
});
