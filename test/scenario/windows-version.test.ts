/**
 * The Windows that a machine stands for: what is newer than it is not there, neither ports nor
 * interfaces nor functions. Source: the Requirements sections of the pages.
 */
import { describe, expect, it } from 'vitest';
import { Out } from '../../src/base/out.ts';
import { StartError } from '../../src/machine/machine.ts';
import {
  CLSID_PortTopology,
  CLSID_PortWaveCyclic,
  CLSID_PortWavePci,
  CLSID_PortWaveRT,
  IID_IMiniportAudioSignalProcessing,
  IID_IMiniportWaveRT,
  IID_IMiniportWaveRTStreamNotification,
  IID_IPortClsPnp,
  IID_IPortEvents,
  IID_IPortWaveRTStream,
  IID_IUnregisterPhysicalConnection,
  IID_IUnregisterSubdevice,
  type InterfaceId,
  type IPort,
  type Since,
} from '../../src/portcls/ddi/index.ts';
import { hasInterface } from '../../src/portcls/windows-version.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import {
  ntSuccess,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import type { PlainAnswers, PlainDriver } from '../support/plain-driver.ts';
import { addTopology } from '../support/plain-filters.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

/** A machine of that Windows with a topology filter, whose port the scenario owns. */
function bootTopology(lab: Lab, windows: Since): { machine: PlainMachine; port: IPort } {
  const ports: IPort[] = [];
  const machine = bootPlain(
    lab,
    {
      startDevice: (driver, device, irp, list) => {
        const { port, status } = addTopology(driver, { device, irp, list });
        ports.push(port);
        return status;
      },
    },
    { windows },
  );
  const [port] = ports;
  if (port === undefined) throw new Error('no port');
  return { machine, port };
}

/** Which ports PcNewPort makes on that Windows. */
function portsOf(lab: Lab, windows: Since): boolean[] {
  const { machine, port } = bootTopology(lab, windows);
  const { wdk } = machine.driver;
  const classes = [CLSID_PortTopology, CLSID_PortWaveCyclic, CLSID_PortWavePci, CLSID_PortWaveRT];
  const made = classes.map((classId) => {
    const out = new Out<IPort | null>(null);
    const status = wdk.PcNewPort(out, classId);
    expect(status).toBe(out.value === null ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS);
    out.value?.release();
    return ntSuccess(status);
  });
  port.release();
  return made;
}

function offers(port: IPort, iid: InterfaceId<unknown>): boolean {
  const found = port.queryInterface(iid as InterfaceId<IPort>);
  found?.release();
  return found !== null;
}

describe('the WaveRT port', () => {
  scenario('is there from Windows Vista on [WRT-PRT-012]', (lab) => {
    for (const windows of ['win98', 'win2000', 'xp'] as const) {
      expect(portsOf(lab, windows)).toEqual([true, true, true, false]);
    }
    for (const windows of ['vista', 'win7', 'win10'] as const) {
      expect(portsOf(lab, windows)).toEqual([true, true, true, true]);
    }
  });

  it('has its interfaces from then on [WRT-PRT-012 WRT-MDL-005]', () => {
    const all = [IID_IMiniportWaveRT, IID_IPortWaveRTStream, IID_IMiniportWaveRTStreamNotification];
    for (const iid of all as InterfaceId<unknown>[]) {
      expect([hasInterface('xp', iid), hasInterface('vista', iid)]).toEqual([false, true]);
    }
    const modes = IID_IMiniportAudioSignalProcessing as InterfaceId<unknown>;
    expect([hasInterface('win8', modes), hasInterface('win8.1', modes)]).toEqual([false, true]);
  });

  scenario(
    'gives no stream pages before Vista, as its device does not start [WRT-MDL-005]',
    (lab) => {
      let streams = 0;
      const answers: PlainAnswers = {
        newStream: () => {
          streams++;
          return STATUS_SUCCESS;
        },
      };
      expect(() => bootPlain(lab, answers, { windows: 'xp' })).toThrow(StartError);
      const machine = bootPlain(lab, answers, { windows: 'vista' });
      expect(machine.openPortStream().getPhysicalPagesCount).toBeTypeOf('function');
      expect(streams).toBe(1);
    },
  );
});

describe('a subdevice', () => {
  scenario(
    'cannot be taken back before Windows XP, and lives with its device [PCL-SUB-011]',
    (lab) => {
      const { machine, port } = bootTopology(lab, 'win2000');
      expect(offers(port, IID_IUnregisterSubdevice as InterfaceId<unknown>)).toBe(false);
      expect(offers(port, IID_IUnregisterPhysicalConnection as InterfaceId<unknown>)).toBe(false);
      expect(offers(port, IID_IPortEvents as InterfaceId<unknown>)).toBe(true);
      // The driver has let go of it; the filter is still found, until the device goes.
      port.release();
      const { interfaces, pnp } = machine.kernel;
      expect(interfaces.enumerate(KSCATEGORY_AUDIO)).toHaveLength(1);
      machine.lab.runFor(1_000_000_000);
      expect(interfaces.enumerate(KSCATEGORY_AUDIO)).toHaveLength(1);
      pnp.remove(machine.lab.machine.node);
      expect(interfaces.enumerate(KSCATEGORY_AUDIO)).toHaveLength(0);
    },
  );

  scenario('can be taken back from Windows XP on [PCL-SUB-011]', (lab) => {
    const { machine, port } = bootTopology(lab, 'xp');
    const { interfaces } = machine.kernel;
    const service = port.queryInterface(IID_IUnregisterSubdevice);
    const device = machine.driver.functionalDevice;
    if (service === null || device === null) throw new Error('no service');
    expect(service.unregisterSubdevice(device, port)).toBe(STATUS_SUCCESS);
    expect(interfaces.enumerate(KSCATEGORY_AUDIO)).toHaveLength(0);
    service.release();
    port.release();
  });
});

scenario('a driver that imports what its Windows has not is told so', (lab) => {
  const physicalOf = (driver: PlainDriver) => {
    const { functionalDevice, wdk } = driver;
    if (functionalDevice === null) throw new Error('not started');
    return wdk.PcGetPhysicalDeviceObject(functionalDevice, new Out(null));
  };
  const old = bootTopology(lab, 'win7');
  expect(() => physicalOf(old.machine.driver)).toThrow(
    'PcGetPhysicalDeviceObject is newer than win7: set windows',
  );
  expect(offers(old.port, IID_IPortClsPnp as InterfaceId<unknown>)).toBe(false);
  old.port.release();
  const { machine, port } = bootTopology(lab, 'win10');
  expect(physicalOf(machine.driver)).toBe(STATUS_SUCCESS);
  expect(offers(port, IID_IPortClsPnp as InterfaceId<unknown>)).toBe(true);
  port.release();
});
