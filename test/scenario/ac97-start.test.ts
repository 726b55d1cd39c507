/**
 * Which port the AC'97 driver takes when its device starts: the one that the registry names, unless
 * memory lies beyond DMA's reach and the registry says what to do then.
 */
import { expect } from 'vitest';
import {
  HIGH_MEMORY_VALUE_NAME,
  makeAc97Driver,
  PORT_VALUE_NAME,
} from '../../src/drivers/ac97/index.ts';
import type { PhysicalRange } from '../../src/kernel/memory/physical-ranges.ts';
import { StartError } from '../../src/machine/machine.ts';
import type { DriverModule } from '../../src/portcls/ddi/driver.ts';
import {
  type NtStatus,
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { type Backend, describeBackends } from '../support/backends.ts';

/** All memory within DMA's reach, or some of it above 4 GiB. */
const LOW_RANGES: readonly PhysicalRange[] = [{ base: 0x100_0000, bytes: 40 << 20 }];
const HIGH_RANGES: readonly PhysicalRange[] = [
  { base: 0x100_0000, bytes: 1 << 20 },
  { base: 0x1_0000_0000, bytes: 40 << 20 },
];

/** The wave miniports that are bound when the driver's key has these strings. */
function portsBound(
  lab: Lab,
  { kind }: Backend,
  driver: DriverModule,
  values: Readonly<Record<string, string>>,
  ranges: readonly PhysicalRange[] = LOW_RANGES,
): string[] {
  const built = lab.build({ device: (slot) => kind.create(slot), driver, ranges });
  const { kernel } = built.machine;
  const services = '\\Registry\\Machine\\System\\CurrentControlSet\\Services';
  const parameters = kernel.registry.ensure(`${services}\\wpac97\\Parameters`);
  for (const [name, text] of Object.entries(values)) {
    const data = new Uint8Array(2 * (text.length + 1));
    for (let at = 0; at < text.length; at++) data[2 * at] = text.charCodeAt(at);
    parameters.setValue(name, 1, data);
  }
  built.machine.loadDriver();
  let status: NtStatus = STATUS_SUCCESS;
  try {
    built.machine.startDevice();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    ({ status } = error);
  }
  const bound = [...built.calls.keys()].filter((call) => /^IMiniportWave\w*\.Init$/.test(call));
  expect(status).toBe(bound.length === 0 ? STATUS_DEVICE_CONFIGURATION_ERROR : STATUS_SUCCESS);
  return bound.map((call) => call.slice(0, call.indexOf('.')));
}

describeBackends('the wave filter', 'ac97', (backend) => {
  for (const [name, miniport] of [
    ['wavert', 'IMiniportWaveRT'],
    ['wavecyclic', 'IMiniportWaveCyclic'],
    ['wavepci', 'IMiniportWavePci'],
    ['soundblaster', 'IMiniportWavePci'],
  ] as const) {
    scenario(`is on ${miniport} when the registry names ${name}`, (lab) => {
      const driver = makeAc97Driver({ port: 'wavepci' });
      expect(portsBound(lab, backend, driver, { [PORT_VALUE_NAME]: name })).toEqual([miniport]);
    });
  }

  for (const [choice, ranges, miniports] of [
    ['bounce', LOW_RANGES, ['IMiniportWavePci']],
    ['wavecyclic', LOW_RANGES, ['IMiniportWavePci']],
    ['refuse', LOW_RANGES, ['IMiniportWavePci']],
    ['bounce', HIGH_RANGES, ['IMiniportWavePci']],
    ['wavecyclic', HIGH_RANGES, ['IMiniportWaveCyclic']],
    ['refuse', HIGH_RANGES, []],
    ['swap', HIGH_RANGES, ['IMiniportWavePci']],
  ] as const) {
    const memory = ranges === HIGH_RANGES ? 'memory above 4 GiB' : 'all memory within reach';
    const found = miniports[0] ?? 'no port, and does not start';
    scenario(`told to ${choice}, with ${memory}, it is on ${found} [WPC-HW-009]`, (lab) => {
      const asked = { [HIGH_MEMORY_VALUE_NAME]: choice };
      expect(portsBound(lab, backend, makeAc97Driver(), asked, ranges)).toEqual(miniports);
      const otherwise = makeAc97Driver({ highMemory: choice === 'swap' ? 'bounce' : choice });
      expect(portsBound(lab, backend, otherwise, {}, ranges)).toEqual(miniports);
    });
  }

  scenario('the other ports have buffers of their own within reach: nothing is refused', (lab) => {
    for (const port of ['wavert', 'wavecyclic'] as const) {
      const driver = makeAc97Driver({ port, highMemory: 'refuse' });
      const bound = portsBound(lab, backend, driver, {}, HIGH_RANGES);
      expect(bound).toEqual([port === 'wavert' ? 'IMiniportWaveRT' : 'IMiniportWaveCyclic']);
    }
  });
});
