/** The crosscheck of our HD Audio controller with QEMU's, and that it would find a difference. */
import { expect, it } from 'vitest';
import { crosscheckText, isExplained } from '../../src/cli/crosscheck-report.ts';
import { ac97Scenarios } from '../../src/crosscheck/ac97-crosscheck.ts';
import { Crosscheck, type CrosscheckReport } from '../../src/crosscheck/crosscheck.ts';
import type { Profile } from '../../src/crosscheck/deviation.ts';
import { judge } from '../../src/crosscheck/finding.ts';
import { hdaScenarios, planHdaCrosscheck } from '../../src/crosscheck/hda-crosscheck.ts';
import { qemuHdaProfile } from '../../src/crosscheck/qemu-hda-profile.ts';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import type { DeviceKind } from '../../src/machine/devices.ts';
import { deviceKinds } from '../../src/machine/devices.ts';
import { waveport } from '../cli/command-line.ts';
import { describeQemu, qemuKind } from './qemu-tests.ts';

const [hda] = deviceKinds as readonly [DeviceKind];
const SD4FIFOS = 0x110;
const WALCLK = 0x30;

/** Our controller with something wrong in what it reads. */
function bent(bend: (offset: number, value: number) => number): DeviceKind {
  return {
    ...hda,
    create: (slot, options) => {
      const device = hda.create(slot, options);
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
          write: (offset, width, value) => registers.write(offset, width, value),
        },
      };
    },
  };
}

/** The steps of those names, of `ours` against QEMU's. */
function check(names: readonly string[], ours: DeviceKind, profile: Profile): CrosscheckReport {
  const plan = planHdaCrosscheck({
    ours: { kind: ours, nodes: { converter: 2, pin: 4 } },
    theirs: { kind: qemuKind('qemu:hda'), nodes: { converter: 2, pin: 3 } },
    profile,
    driver: hdaDriver,
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
    ['hda', hdaScenarios.length, 75],
    ['ac97', ac97Scenarios.length, 40],
  ])(
    "explains each difference between our %s and QEMU's, and sees all that is known",
    async (name, streams, least) => {
      const { exitCode, stdout } = await waveport('crosscheck', '--device', name, '--json');
      const report = JSON.parse(stdout);
      const left = report.rows.filter((row: { verdict: string }) => row.verdict === 'unexplained');
      expect(left).toEqual([]);
      expect(report.notSeen).toEqual([]);
      expect([exitCode, report.verdict]).toEqual([0, 'explained']);
      const heard = report.rows.filter((row: { id: string }) => row.id === 'heard');
      expect(heard).toHaveLength(streams);
      expect(report.counts.agrees).toBeGreaterThan(least);
    },
  );

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
    const [scenario] = hdaScenarios.filter(({ stream }) => stream === 'timer');
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
