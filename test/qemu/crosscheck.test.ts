/** The crosscheck of our controllers with QEMU's, and that it would find a difference. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { chooseDrivers } from '../../src/cli/crosscheck-command.ts';
import { crosscheckText, isExplained } from '../../src/cli/crosscheck-report.ts';
import { ac97Scenarios } from '../../src/crosscheck/ac97-crosscheck.ts';
import { Crosscheck, type CrosscheckReport } from '../../src/crosscheck/crosscheck.ts';
import type { Profile } from '../../src/crosscheck/deviation.ts';
import { DeviceLog } from '../../src/crosscheck/device-log.ts';
import { wavePortOf } from '../../src/crosscheck/driver-port.ts';
import { judge } from '../../src/crosscheck/finding.ts';
import { hdaScenarios, planHdaCrosscheck } from '../../src/crosscheck/hda-crosscheck.ts';
import { qemuHdaProfile } from '../../src/crosscheck/qemu-hda-profile.ts';
import { streamSteps } from '../../src/crosscheck/stream-steps.ts';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import { DMA_PAGE_BYTES, type DmaMemory } from '../../src/hardware/device.ts';
import type { AudioDevice, DeviceKind } from '../../src/machine/devices.ts';
import { deviceKinds } from '../../src/machine/devices.ts';
import { SDCTL } from '../../src/standards/hda/index.ts';
import { waveport } from '../cli/command-line.ts';
import { describeQemu, qemuKind } from './qemu-tests.ts';

const [hda] = deviceKinds as readonly [DeviceKind];
const SD4FIFOS = 0x110;
const WALCLK = 0x30;
const SD0CTL = 0x80;
const AC97_PORTS = ['wavepci', 'wavecyclic', 'wavert'] as const;

/** Our controller with something wrong in what it reads. */
function bent(bend: (offset: number, value: number) => number): DeviceKind {
  return {
    ...hda,
    create: (slot, options) => withRegisters(hda.create(slot, options), bend, () => undefined),
  };
}

/** Our controller, whose input engine runs and puts what it records where nobody looks. */
function forgetful(): DeviceKind {
  return {
    ...hda,
    create: (slot, options) => {
      let records = false;
      const { bytes, view } = slot.memory;
      const memory: DmaMemory = {
        bytes,
        view,
        resolve: (address, access) => {
          const place = slot.memory.resolve(address, access);
          const isLost = records && access === 'write';
          return isLost ? bytes.length - DMA_PAGE_BYTES + (address % DMA_PAGE_BYTES) : place;
        },
      };
      const device = hda.create({ ...slot, memory }, options);
      return withRegisters(
        device,
        (_, value) => value,
        (offset, value) => {
          if (offset === SD0CTL) records = (value & SDCTL.RUN) !== 0;
        },
      );
    },
  };
}

function withRegisters(
  device: AudioDevice,
  bend: (offset: number, value: number) => number,
  wrote: (offset: number, value: number) => void,
): AudioDevice {
  const { registers } = device;
  return {
    identity: device.identity,
    speaker: device.speaker,
    lineIn: device.lineIn,
    settle: () => device.settle(),
    powerOff: () => device.powerOff(),
    registers: {
      sizeBytes: registers.sizeBytes,
      read: (offset, width) => bend(offset, registers.read(offset, width)),
      write: (offset, width, value) => {
        wrote(offset, value);
        registers.write(offset, width, value);
      },
    },
  };
}

/** The steps of those names, of `ours` against QEMU's. */
function check(names: readonly string[], ours: DeviceKind, profile: Profile): CrosscheckReport {
  const plan = planHdaCrosscheck({
    ours: { kind: ours, nodes: { converter: 2, pin: 4 } },
    theirs: { kind: qemuKind('qemu:hda'), nodes: { converter: 2, pin: 3 } },
    profile,
    drivers: [hdaDriver],
  });
  const steps = plan.steps.filter(({ name }) => names.includes(name));
  expect(steps).toHaveLength(names.length);
  const run = new Crosscheck({ ...plan, steps });
  while (!run.step());
  return run.report();
}

const unexplained = ({ rows }: CrosscheckReport): string[] =>
  rows.filter(({ verdict }) => verdict === 'unexplained').map(({ id }) => id);

describeQemu('the crosscheck', () => {
  it.each([
    ['hda', [hdaScenarios('wavert')], 75],
    ['ac97', AC97_PORTS.map(ac97Scenarios), 115],
  ])(
    "explains each difference between our %s and QEMU's, and sees all that is known",
    async (name, lists, least) => {
      const { exitCode, stdout } = await waveport('crosscheck', '--device', name, '--json');
      const report = JSON.parse(stdout);
      const left = report.rows.filter((row: { verdict: string }) => row.verdict === 'unexplained');
      expect(left).toEqual([]);
      expect(report.notSeen).toEqual([]);
      expect([exitCode, report.verdict]).toEqual([0, 'explained']);
      const rowsOf = (id: string) => report.rows.filter((row: { id: string }) => row.id === id);
      const scenarios = lists.flat();
      const recorded = scenarios.filter(({ records }) => records === true);
      expect(rowsOf('heard')).toHaveLength(scenarios.length - recorded.length);
      expect(rowsOf('recorded')).toHaveLength(recorded.length);
      expect(recorded.length).toBe(lists.length);
      const names = new Set(rowsOf('descriptors').map((row: { scenario: string }) => row.scenario));
      expect(names.size).toBe(scenarios.length);
      for (const row of rowsOf('set-up'))
        expect(row.ours).toMatch(name === 'hda' ? /FMT 0x/ : /rate 0x/);
      // As many buffers were full on both, and at least those that the sound fills.
      for (const row of rowsOf('captured-buffers')) expect(Number(row.theirs)).toBeGreaterThan(6);
      expect(report.counts.agrees).toBeGreaterThan(least);
    },
  );

  it('streams through every port that there is a driver for, or the one that is named', async () => {
    const [, , ac97] = deviceKinds as readonly [DeviceKind, DeviceKind, DeviceKind];
    const driversOf = (kind: DeviceKind, port?: string) =>
      chooseDrivers(kind, { device: kind.name, ...(port === undefined ? {} : { port }) });
    expect((await driversOf(ac97)).map((driver) => wavePortOf(ac97, driver))).toEqual(AC97_PORTS);
    expect(await driversOf(ac97, 'wavecyclic')).toEqual([ac97.ports?.get('wavecyclic')]);
    expect(await driversOf(hda)).toEqual([hda.driver]);
    for (const port of AC97_PORTS) {
      const rates = ac97Scenarios(port).map(({ rateHz }) => rateHz);
      expect(rates.filter((rateHz) => rateHz === 48_000).length).toBeGreaterThan(1);
    }
  });

  it('takes a driver whose pins take stream packets', async () => {
    const module = fileURLToPath(new URL('drivers/ac97-wavepci.ts', import.meta.url));
    const argv = ['crosscheck', '--device', 'ac97', '--driver', module, '--json'];
    const { exitCode, stderr, stdout } = await waveport(...argv);
    expect([exitCode, stderr]).toEqual([0, '']);
    const { rows } = JSON.parse(stdout);
    const streams = rows.filter((row: { id: string }) => row.id === 'descriptors');
    expect(streams).toHaveLength(ac97Scenarios('wavepci').length);
    for (const { scenario } of streams) expect(scenario).toContain('stream packets');
  });

  it.each([
    [['--device', 'hda', '--port', 'wavepci'], /device hda has no driver for port 'wavepci'/],
    [['--device', 'ac97', '--port', 'wavert', '--driver', 'x.mjs'], /leave out --driver/],
    [['--device', 'ac97', '--driver', 'none.mjs'], /none\.mjs/],
  ])('refuses %j', async (argv, message) => {
    const { exitCode, stderr } = await waveport('crosscheck', ...argv);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it('takes a kind of stream that the driver has on neither for granted', () => {
    const [, , ac97] = deviceKinds as readonly [DeviceKind, DeviceKind, DeviceKind];
    const steps = streamSteps({
      ours: ac97,
      theirs: qemuKind('qemu:ac97'),
      profile: qemuHdaProfile,
      drivers: [ac97.ports?.get('wavert') ?? ac97.driver],
      scenariosOf: () => [{ stream: 'packet', rateHz: 48_000, bufferMs: 60, soundMs: 20, seed: 1 }],
      aspects: [],
      makeTrail: () => ({ log: new DeviceLog() }),
    });
    const rows = steps.flatMap((step) => step.run());
    expect(rows).toMatchObject([{ id: 'offered', ours: 'no', theirs: 'no', verdict: 'agrees' }]);
  });

  it('tells of a recording in which the device wrote nothing, and told all the same', () => {
    const report = check(['recording event 48000 Hz 40 ms seed 9'], forgetful(), qemuHdaProfile);
    expect(unexplained(report)).toEqual(['recorded']);
    expect(report.rows.find(({ id }) => id === 'recorded')).toMatchObject({ ours: 'no' });
  });

  it('finds what is wrong with our side', () => {
    const slow = bent((offset, value) => (offset === WALCLK ? Math.floor(value / 2) : value));
    const report = check(['wall-clock', 'version'], slow, qemuHdaProfile);
    expect(unexplained(report)).toEqual(['wall-clock']);
    const row = report.rows.find(({ id }) => id === 'wall-clock');
    expect(row).toMatchObject({ ours: '12000', theirs: '24000' });
  });

  it('finds a deviation that nobody knows, and tells one that did not show', () => {
    const profile = {
      name: 'made up',
      deviations: [{ id: 'version', says: 'Its version is odd.' }],
    };
    const report = check(['ssync', 'version'], hda, profile);
    expect(unexplained(report)).toEqual(['ssync']);
    expect(report.notSeen).toEqual(['version']);
    expect(isExplained(report)).toBe(false);
    const text = crosscheckText(report);
    expect(text).toContain('version                 is known, and did not show this time');
    expect(text).toContain('1 unexplained:\n  ssync in registers: ');
    expect(text).toMatch(/expected {2}0x10\n +ours {6}0x10\n +theirs {4}0x0\n/);
    expect(text).toMatch(/\nFAULT: unexplained differences$/);
  });

  it('is of devices of which there are two', async () => {
    const { exitCode, stderr } = await waveport('crosscheck', '--device', 'simple');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('there are of hda, ac97')]);
  });

  it('finds a driver that sets the two up in different ways', () => {
    const [scenario] = hdaScenarios('wavert').filter(({ stream }) => stream === 'timer');
    const name = `timer ${scenario?.rateHz} Hz ${scenario?.bufferMs} ms seed ${scenario?.seed}`;
    // With a FIFO that is longer than the buffer asked for, the driver makes another buffer.
    const long = bent((offset, value) => (offset === SD4FIFOS ? 0x7fff : value));
    expect(unexplained(check([name], long, qemuHdaProfile))).toContain('ear-delay');
  });
});

describeQemu('a verdict', () => {
  const row = { id: 'x', scenario: 's', asks: 'a', clause: 'c', expected: '1' };
  const profile = { name: 'p', deviations: [{ id: 'x', shows: '2', says: 'It is two.' }] };
  const of = (ours: string, theirs: string) => judge({ ...row, ours, theirs }, profile).verdict;

  it('needs our side as expected, and the other as expected or as known', () => {
    expect(of('1', '1')).toBe('agrees');
    expect(of('1', '2')).toBe('known deviation');
    expect(of('1', '3')).toBe('unexplained');
    expect(of('2', '2')).toBe('unexplained');
    expect(of('2', '1')).toBe('unexplained');
  });
});
