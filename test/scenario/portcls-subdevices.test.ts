/** Subdevices that come and go, and the physical connections between their pins. */
import { expect } from 'vitest';
import type { Guid } from '../../src/base/guid.ts';
import { KsFilter } from '../../src/client/ks-filter.ts';
import {
  CLSID_PortWaveRT,
  type DeviceObject,
  IID_IUnregisterPhysicalConnection,
  IID_IUnregisterSubdevice,
  type IPort,
  type IUnregisterPhysicalConnection,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_TOPOLOGY,
  KSPROPSETID_Pin,
} from '../../src/standards/ks/guids.ts';
import {
  KSP_PIN,
  KSPIN_PHYSICALCONNECTION,
  KSPROPERTY_PIN,
} from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { type PlainDriver, PlainMiniport } from '../support/plain-driver.ts';
import { addFilter, addTopology, newPort, type Start } from '../support/plain-filters.ts';
import { bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

const WAVE_BRIDGE = 1;
const TOPOLOGY_BRIDGE = 0;
const EXTERNAL = '\\\\?\\usb#vid_0001#1#{6994ad04-93ef-11d0-a3cc-00a0c9223196}\\elsewhere';

interface Pair {
  readonly machine: PlainMachine;
  readonly device: DeviceObject;
  readonly wave: IPort;
  readonly topology: IPort;
}

/** A machine with a wave and a topology filter, whose ports the scenario owns. */
function bootPair(lab: Lab, maxObjects = 2): Pair {
  const ports: IPort[] = [];
  const machine = bootPlain(lab, {
    maxObjects,
    startDevice: (driver, device, irp, list) => {
      const start = { device, irp, list };
      const wave = addFilter(driver, start, 'Wave', new PlainMiniport(driver));
      const topology = addTopology(driver, start);
      ports.push(wave.port, topology.port);
      return STATUS_SUCCESS;
    },
  });
  const [wave, topology] = ports;
  const device = machine.driver.functionalDevice;
  if (wave === undefined || topology === undefined || device === null) throw new Error('no ports');
  return { machine, device, wave, topology };
}

function release({ topology, wave }: Pair): void {
  wave.release();
  topology.release();
}

function connect({ device, machine, topology, wave }: Pair): NtStatus {
  const { PcRegisterPhysicalConnection } = machine.driver.wdk;
  return PcRegisterPhysicalConnection(device, wave, WAVE_BRIDGE, topology, TOPOLOGY_BRIDGE);
}

function unregister(port: IPort, device: DeviceObject): NtStatus {
  const service = port.queryInterface(IID_IUnregisterSubdevice);
  if (service === null) throw new Error('no IUnregisterSubdevice');
  const status = service.unregisterSubdevice(device, port);
  service.release();
  return status;
}

function withConnections<T>(port: IPort, use: (service: IUnregisterPhysicalConnection) => T): T {
  const service = port.queryInterface(IID_IUnregisterPhysicalConnection);
  if (service === null) throw new Error('no IUnregisterPhysicalConnection');
  const result = use(service);
  service.release();
  return result;
}

/** Opens the filter of a category whose link ends in a name. */
function open({ machine }: Pair, category: Guid, name: string): KsFilter {
  const links = machine.kernel.interfaces.enumerate(category);
  const link = links.find((each) => each.endsWith(`\\${name}`));
  if (link === undefined) throw new Error(`no filter ${name}`);
  return KsFilter.open(machine.lab.client, link);
}

function connectionOf(pair: Pair, category: Guid, name: string, pin: number) {
  const filter = open(pair, category, name);
  const { connection } = filter.pin(pin);
  filter.close();
  return connection;
}

scenario('two subdevices cannot have one name [PCL-SUB-002]', (lab) => {
  let second: NtStatus = STATUS_SUCCESS;
  const machine = bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      driver.addWave('Wave', device, irp, list);
      second = driver.addWave('WAVE', device, irp, list);
      return STATUS_SUCCESS;
    },
  });
  expect(ntSuccess(second)).toBe(false);
  machine.lab.expectFinding(/the name WAVE was given to a second subdevice/);
});

scenario('the name a filter is registered under opens that filter [PCL-SUB-003]', (lab) => {
  const pair = bootPair(lab);
  expect(pair.machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO)).toEqual([
    expect.stringMatching(/^\\\\\?\\PCI#.*#\{6994ad04.*\}\\Wave$/),
    expect.stringMatching(/^\\\\\?\\PCI#.*#\{6994ad04.*\}\\Topology$/),
  ]);
  for (const [name, categories] of [
    ['Wave', 'KSCATEGORY_RENDER'],
    ['Topology', 'KSCATEGORY_TOPOLOGY'],
  ] as const) {
    const filter = open(pair, KSCATEGORY_AUDIO, name);
    expect(filter.categories.map((each) => each.name)).toContain(categories);
    filter.close();
  }
  release(pair);
});

scenario('a registered port lives on when its adapter lets go [PCL-SUB-006]', (lab) => {
  const pair = bootPair(lab);
  expect([pair.wave.release(), pair.topology.release()]).toEqual([1, 1]);
  expect(pair.machine.openPin().close()).toBeUndefined();
  expect(pair.machine.lab.shutDown()).toEqual([]);
});

scenario('who asked a port for IUnregisterSubdevice keeps it alive [PCL-SUB-009]', (lab) => {
  const pair = bootPair(lab);
  const { machine, wave } = pair;
  const service = wave.queryInterface(IID_IUnregisterSubdevice);
  expect(service?.unregisterSubdevice(pair.device, wave)).toBe(STATUS_SUCCESS);
  release(pair);
  expect(machine.takeCalls()).not.toContain('~miniport');
  expect(service?.release()).toBe(0);
  expect(machine.takeCalls()).toContain('~miniport');
  const leaking = bootPair(lab);
  leaking.wave.queryInterface(IID_IUnregisterSubdevice);
  release(leaking);
  leaking.machine.lab.expectLeft(/WaveRT port/);
});

scenario('an unregistered subdevice disappears, and open handles live on [PCL-SUB-010]', (lab) => {
  const pair = bootPair(lab);
  const { device, machine, wave } = pair;
  const changes: string[] = [];
  const { interfaces } = machine.kernel;
  const entry = interfaces.registerNotification(KSCATEGORY_AUDIO, false, (change) =>
    changes.push(`${change.event} ${change.symbolicLinkName.split('\\').at(-1)}`),
  );
  const filter = open(pair, KSCATEGORY_AUDIO, 'Wave');
  const pin = filter.openPin(0, STEREO_48);
  expect(unregister(wave, device)).toBe(STATUS_SUCCESS);
  wave.release();
  expect(changes).toEqual(['removal Wave']);
  expect(interfaces.enumerate(KSCATEGORY_AUDIO)).toHaveLength(1);
  expect(() => KsFilter.open(machine.lab.client, filter.symbolicLink)).toThrow(/NOT_FOUND/);
  expect(pin.readPosition()).toBe(STATUS_SUCCESS);
  filter.openPin(0, STEREO_48).close();
  pin.close();
  expect(machine.takeCalls()).not.toContain('~miniport');
  filter.close();
  expect(machine.takeCalls()).toContain('~miniport');
  interfaces.unregisterNotification(entry);
  pair.topology.release();
});

scenario('an unregistered subdevice makes room for another [PCL-SUB-012]', (lab) => {
  const statuses: NtStatus[] = [];
  bootPlain(lab, {
    maxObjects: 1,
    startDevice: (driver, device, irp, list) => {
      const start: Start = { device, irp, list };
      const first = addFilter(driver, start, 'Wave', new PlainMiniport(driver));
      const refused = addFilter(driver, start, 'Other', new PlainMiniport(driver));
      statuses.push(first.status, refused.status, unregister(first.port, device));
      const again = addFilter(driver, start, 'Wave', new PlainMiniport(driver));
      statuses.push(again.status);
      for (const { port } of [first, refused, again]) port.release();
      return STATUS_SUCCESS;
    },
  });
  expect(statuses.map(ntSuccess)).toEqual([true, false, true, true]);
});

scenario('a port that was never registered is not unregistered', (lab) => {
  const pair = bootPair(lab);
  const stray = newPort(pair.machine.driver as PlainDriver, CLSID_PortWaveRT);
  expect(unregister(stray, pair.device)).toBe(STATUS_NOT_FOUND);
  stray.release();
  release(pair);
});

scenario('a connection runs from an output to an input [PCL-PHY-004]', (lab) => {
  const pair = bootPair(lab);
  const { device, machine, topology, wave } = pair;
  expect(connect(pair)).toBe(STATUS_SUCCESS);
  expect(machine.lab.findings).toEqual([]);
  const { PcRegisterPhysicalConnection } = machine.driver.wdk;
  PcRegisterPhysicalConnection(device, topology, TOPOLOGY_BRIDGE, wave, WAVE_BRIDGE);
  machine.lab.expectFinding(/pin 0 of the topology port is no data source/);
  machine.lab.expectFinding(/pin 1 of the WaveRT port is no data sink/);
  release(pair);
});

scenario('either end of a connection tells of the other [PCL-PHY-005]', (lab) => {
  const pair = bootPair(lab);
  connect(pair);
  expect(connectionOf(pair, KSCATEGORY_AUDIO, 'Wave', WAVE_BRIDGE)).toEqual({
    pin: TOPOLOGY_BRIDGE,
    symbolicLink: expect.stringMatching(/\\Topology$/),
  });
  expect(connectionOf(pair, KSCATEGORY_TOPOLOGY, 'Topology', TOPOLOGY_BRIDGE)).toEqual({
    pin: WAVE_BRIDGE,
    symbolicLink: expect.stringMatching(/\\Wave$/),
  });
  const wave = open(pair, KSCATEGORY_AUDIO, 'Wave');
  wave.view.setUint32(wave.requestAt + KSP_PIN.offsets.PinId, 0, true);
  const { PHYSICALCONNECTION } = KSPROPERTY_PIN;
  expect(wave.get(KSPROPSETID_Pin, PHYSICALCONNECTION, 64, KSP_PIN.size)).toBe(STATUS_NOT_FOUND);
  wave.close();
  release(pair);
});

scenario('the answer is a size, a pin and the link behind them [PCL-PHY-006]', (lab) => {
  const pair = bootPair(lab);
  connect(pair);
  const wave = open(pair, KSCATEGORY_AUDIO, 'Wave');
  wave.view.setUint32(wave.requestAt + KSP_PIN.offsets.PinId, WAVE_BRIDGE, true);
  const { PHYSICALCONNECTION } = KSPROPERTY_PIN;
  const bytes = wave.getSized(KSPROPSETID_Pin, PHYSICALCONNECTION, 'CONNECTION', KSP_PIN.size);
  const { Pin, Size } = KSPIN_PHYSICALCONNECTION.read(wave.view, wave.valueAt);
  const link = connectionOf(pair, KSCATEGORY_AUDIO, 'Wave', WAVE_BRIDGE)?.symbolicLink ?? '';
  expect([Size, Pin]).toEqual([8 + 2 * (link.length + 1), TOPOLOGY_BRIDGE]);
  expect(bytes).toBe(Size);
  expect(wave.view.getUint16(wave.valueAt + 8, true)).toBe('\\'.charCodeAt(0));
  expect(wave.view.getUint16(wave.valueAt + Size - 2, true)).toBe(0);
  wave.close();
  release(pair);
});

scenario('a connection leads to a filter of another driver by its link', (lab) => {
  const pair = bootPair(lab);
  const { device, machine, topology, wave } = pair;
  const { wdk } = machine.driver;
  const toExternal = wdk.PcRegisterPhysicalConnectionToExternal;
  const fromExternal = wdk.PcRegisterPhysicalConnectionFromExternal;
  expect(toExternal(device, wave, WAVE_BRIDGE, EXTERNAL, 7)).toBe(STATUS_SUCCESS);
  expect(fromExternal(device, EXTERNAL, 8, topology, TOPOLOGY_BRIDGE)).toBe(STATUS_SUCCESS);
  const ofWave = () => connectionOf(pair, KSCATEGORY_AUDIO, 'Wave', WAVE_BRIDGE);
  const ofTopology = () => connectionOf(pair, KSCATEGORY_AUDIO, 'Topology', TOPOLOGY_BRIDGE);
  expect(ofWave()).toEqual({ pin: 7, symbolicLink: EXTERNAL });
  expect(ofTopology()).toEqual({ pin: 8, symbolicLink: EXTERNAL });
  withConnections(wave, (service) => {
    const end = service.unregisterPhysicalConnectionToExternal;
    expect(end(device, wave, WAVE_BRIDGE, EXTERNAL, 8)).toBe(STATUS_NOT_FOUND);
    expect(end(device, wave, WAVE_BRIDGE, EXTERNAL.toUpperCase(), 7)).toBe(STATUS_SUCCESS);
    const start = service.unregisterPhysicalConnectionFromExternal;
    expect(start(device, EXTERNAL, 8, topology, TOPOLOGY_BRIDGE)).toBe(STATUS_SUCCESS);
  });
  expect([ofWave(), ofTopology()]).toEqual([null, null]);
  release(pair);
});

scenario('connections go before their subdevice does [PCL-PHY-008]', (lab) => {
  const tidy = bootPair(lab);
  connect(tidy);
  const end = (service: IUnregisterPhysicalConnection): NtStatus =>
    service.unregisterPhysicalConnection(
      tidy.device,
      tidy.wave,
      WAVE_BRIDGE,
      tidy.topology,
      TOPOLOGY_BRIDGE,
    );
  expect(withConnections(tidy.wave, end)).toBe(STATUS_SUCCESS);
  expect(unregister(tidy.wave, tidy.device)).toBe(STATUS_SUCCESS);
  release(tidy);
  const untidy = bootPair(lab);
  connect(untidy);
  expect(unregister(untidy.wave, untidy.device)).toBe(STATUS_SUCCESS);
  untidy.machine.lab.expectFinding(/Wave was unregistered before its 1 physical connections/);
  release(untidy);
});

scenario('a connection ends with the five values it was made of [PCL-PHY-009]', (lab) => {
  const pair = bootPair(lab);
  const { device, topology, wave } = pair;
  connect(pair);
  withConnections(topology, (service) => {
    const end = service.unregisterPhysicalConnection;
    expect(end(device, wave, 0, topology, TOPOLOGY_BRIDGE)).toBe(STATUS_NOT_FOUND);
    expect(end(device, wave, WAVE_BRIDGE, topology, 1)).toBe(STATUS_NOT_FOUND);
    expect(end(device, topology, TOPOLOGY_BRIDGE, wave, WAVE_BRIDGE)).toBe(STATUS_NOT_FOUND);
    expect(end(device, wave, WAVE_BRIDGE, topology, TOPOLOGY_BRIDGE)).toBe(STATUS_SUCCESS);
    expect(end(device, wave, WAVE_BRIDGE, topology, TOPOLOGY_BRIDGE)).toBe(STATUS_NOT_FOUND);
  });
  expect(connectionOf(pair, KSCATEGORY_AUDIO, 'Wave', WAVE_BRIDGE)).toBeNull();
  release(pair);
});
