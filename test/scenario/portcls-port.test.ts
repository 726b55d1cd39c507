/** A port and its miniport: the binding, who holds what, and the filter that both are. */
import { expect } from 'vitest';
import { KsFilter } from '../../src/client/ks-filter.ts';
import { DISPATCH_LEVEL } from '../../src/kernel/irql.ts';
import {
  CLSID_PortTopology,
  CLSID_PortWaveRT,
  ComObject,
  DevicePropertyDeviceDescription,
  DevicePropertyEnumeratorName,
  DevicePropertyHardwareID,
  DevicePropertyPhysicalDeviceObjectName,
  IID_IMiniport,
  IID_IMiniportTopology,
  IID_IPortWaveRT,
  IID_IUnknown,
  IID_IUnknownCom,
  type IInterruptSync,
  InterruptSyncMode,
  type IPort,
  type IRegistryKey,
  type IResourceList,
  type IServiceGroup,
  Out,
  RegistryKeyType,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_AUDIO_DEVICE,
  KSCATEGORY_CAPTURE,
  KSCATEGORY_REALTIME,
  KSCATEGORY_RENDER,
  KSCATEGORY_TOPOLOGY,
  KSPROPSETID_Pin,
} from '../../src/standards/ks/guids.ts';
import { KSPROPERTY_PIN, KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { facts } from '../support/catalogue-facts.ts';
import { PlainMiniport, plainDescriptor } from '../support/plain-driver.ts';
import { addFilter, addTopology, newPort, PlainTopology } from '../support/plain-filters.ts';
import { bootPlain, STEREO_48 } from '../support/plain-machine.ts';

scenario('IPort::Init stops the machine at DISPATCH_LEVEL [PCL-IPRT-003]', (lab) => {
  const { driver, kernel, lab: machine } = bootPlain(lab);
  const port = newPort(driver, CLSID_PortWaveRT);
  kernel.irql.raise(DISPATCH_LEVEL);
  machine.isAbandoned = true;
  const init = port.init as unknown as () => NtStatus;
  expect(init).toThrow(/IPort::Init may be called up to IRQL 0, and was called at 2/);
});

scenario('Init is given what StartDevice was given [PCL-IPRT-004]', (lab) => {
  const machine = bootPlain(lab);
  const { driver } = machine;
  const device = driver.functionalDevice;
  const list = resourceList(machine);
  if (device === null) throw new Error('no device');
  const foreign = machine.kernel.io.IoAllocateIrp(1);
  const start = { device, irp: foreign, list };
  const { status, port } = addFilter(driver, start, 'Late', new PlainMiniport(driver));
  expect(status).toBe(STATUS_SUCCESS);
  machine.kernel.io.IoFreeIrp(foreign);
  port.release();
  list.release();
  machine.lab.expectFinding(/not given the device object and IRP of StartDevice/);
});

scenario(
  'Init asks for the miniport, initialises it, then asks what it is [PCL-IPRT-005]',
  (lab) => {
    const machine = bootPlain(lab);
    expect(machine.takeCalls()).toEqual([
      'StartDevice',
      'QueryInterface IMiniportWaveRT',
      'Init',
      'GetDescription',
    ]);
  },
);

scenario('Init refuses a miniport of another kind [PCL-IPRT-006]', (lab) => {
  const statuses: NtStatus[] = [];
  bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      const start = { device, irp, list };
      for (const [miniport, classId] of [
        [new PlainTopology(driver), CLSID_PortWaveRT],
        [new PlainMiniport(driver), CLSID_PortTopology],
      ] as const) {
        const { status, port } = addFilter(driver, start, 'Wrong', miniport, classId);
        statuses.push(status);
        port.release();
      }
      return STATUS_SUCCESS;
    },
  });
  expect(statuses.map(ntSuccess)).toEqual([false, false]);
});

scenario('a port keeps miniport, adapter and resources to itself [PCL-IPRT-007]', (lab) => {
  class Adapter extends ComObject {}
  let adapter: ComObject | null = null;
  const machine = bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      const made = new Adapter(driver.wdk, 'plain', 'adapter', [IID_IUnknown as never]);
      adapter = made;
      const port = newPort(driver, CLSID_PortWaveRT);
      const miniport = new PlainMiniport(driver);
      expect(port.init(device, irp, miniport, made, list)).toBe(STATUS_SUCCESS);
      expect([miniport.release(), made.release(), list.release()]).toEqual([1, 1, 1]);
      list.addRef();
      driver.wdk.PcRegisterSubdevice(device, 'Wave', port);
      port.release();
      return STATUS_SUCCESS;
    },
  });
  expect(machine.openPin().getState()).toBe(KSSTATE.STOP);
  expect(machine.lab.shutDown()).toEqual([]);
  expect(machine.takeCalls().at(-1)).toBe('~miniport');
  expect((adapter as ComObject | null)?.references).toBe(0);
});

scenario('the port leaves the resource list as it was [PCL-IPRT-008]', (lab) => {
  const entries = (list: IResourceList) => [
    list.numberOfEntries(),
    JSON.stringify([list.translatedList(), list.untranslatedList()]),
  ];
  let before: unknown;
  let after: unknown;
  bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      before = entries(list);
      const status = driver.addWave('Wave', device, irp, list);
      after = entries(list);
      return status;
    },
    init: (_port, list) => {
      expect(entries(list)).toEqual(before);
      return STATUS_SUCCESS;
    },
  });
  expect(after).toEqual(before);
});

scenario('a port is initialised once [PCL-IPRT-009]', (lab) => {
  const machine = bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      const { port } = addFilter(driver, { device, irp, list }, 'Wave', new PlainMiniport(driver));
      const again = new PlainMiniport(driver);
      expect(ntSuccess(port.init(device, irp, again, null, list))).toBe(false);
      expect(again.release()).toBe(0);
      port.release();
      return STATUS_SUCCESS;
    },
  });
  machine.lab.expectFinding(/Init on a WaveRT port that is bound already/);
});

scenario('a device property is read in two calls [PCL-IPRT-011 PCL-IPRT-013]', (lab) => {
  let port: IPort | null = null;
  const { driver } = bootPlain(lab, {
    startDevice: (made, device, irp, list) => {
      const added = addFilter(made, { device, irp, list }, 'Wave', new PlainMiniport(made));
      port = added.port;
      return added.status;
    },
  });
  const bound = port as IPort | null;
  const device = driver.functionalDevice;
  if (bound === null || device === null) throw new Error('no port');
  for (const property of [
    DevicePropertyDeviceDescription,
    DevicePropertyHardwareID,
    DevicePropertyEnumeratorName,
    DevicePropertyPhysicalDeviceObjectName,
  ]) {
    const needed = new Out(0);
    const { PcGetDeviceProperty } = driver.wdk;
    expect(PcGetDeviceProperty(device, property, 0, null, needed)).toBe(STATUS_BUFFER_TOO_SMALL);
    const bytes = needed.value;
    expect(bytes).toBeGreaterThan(0);
    const room = new Uint8Array(bytes + 2);
    for (const [length, status] of [
      [0, STATUS_BUFFER_TOO_SMALL],
      [bytes - 1, STATUS_BUFFER_TOO_SMALL],
      [bytes, STATUS_SUCCESS],
    ] as const) {
      const [ofPort, ofPc] = [new Out(0), new Out(0)];
      expect(bound.getDeviceProperty(property, length, room, ofPort)).toBe(status);
      expect(PcGetDeviceProperty(device, property, length, room, ofPc)).toBe(status);
      expect([ofPort.value, ofPc.value]).toEqual([bytes, bytes]);
    }
  }
  bound.release();
});

scenario('a descriptor that changes after Init is noticed [PCL-IMP-003]', (lab) => {
  const descriptor = { ...plainDescriptor };
  const machine = bootPlain(lab, { descriptor });
  expect(machine.filter.nodes).toHaveLength(1);
  descriptor.nodes = [];
  machine.lab.openFilter().close();
  machine.lab.expectFinding(/filter descriptor changed after Init/);
});

scenario('a miniport that keeps a reference it never releases leaks [PCL-COM-001]', (lab) => {
  const machine = bootPlain(lab, {
    init: (port) => {
      port.addRef();
      return STATUS_SUCCESS;
    },
  });
  machine.lab.expectLeft(/WaveRT port/);
});

scenario('what a call gives out carries one reference [PCL-COM-002]', (lab) => {
  const machine = bootPlain(lab);
  const { wdk } = machine.driver;
  const list = resourceList(machine);
  const sublist = new Out<IResourceList | null>(null);
  const sync = new Out<IInterruptSync | null>(null);
  const group = new Out<IServiceGroup | null>(null);
  const key = new Out<IRegistryKey | null>(null);
  wdk.PcNewResourceSublist(sublist, null, 0, list, 2);
  wdk.PcNewInterruptSync(sync, null, list, 0, InterruptSyncMode.Normal);
  wdk.PcNewServiceGroup(group, null);
  const access = 0xf003f;
  const { DriverRegistryKey } = RegistryKeyType;
  const device = machine.driver.functionalDevice;
  if (device === null) throw new Error('no device');
  wdk.PcNewRegistryKey(key, null, DriverRegistryKey, access, device, null, null, 0, new Out(0));
  const port = newPort(machine.driver, CLSID_PortWaveRT);
  const queried = port.queryInterface(IID_IPortWaveRT);
  expect(queried?.release()).toBe(1);
  for (const made of [sublist.value, sync.value, group.value, key.value, list, port]) {
    expect(made?.release()).toBe(0);
  }
});

scenario('QueryInterface knows its interfaces, and one IUnknown [PCL-COM-004]', (lab) => {
  const { driver } = bootPlain(lab);
  const port = newPort(driver, CLSID_PortWaveRT);
  for (const _time of [1, 2]) {
    expect(port.queryInterface(IID_IMiniport)).toBeNull();
    expect(port.queryInterface(IID_IMiniportTopology)).toBeNull();
  }
  const wave = port.queryInterface(IID_IPortWaveRT);
  const identities = [port, wave].flatMap((each) => [
    each?.queryInterface(IID_IUnknown),
    each?.queryInterface(IID_IUnknownCom),
  ]);
  expect(new Set(identities).size).toBe(1);
  expect(identities[0]).not.toBeNull();
  for (const identity of identities) identity?.release();
  wave?.release();
  expect(port.release()).toBe(0);
});

scenario('filters show in the categories that fit them [PCL-CAT-001 PCL-CAT-002]', (lab) => {
  const { kernel } = bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      const { port } = addTopology(driver, { device, irp, list });
      port.release();
      return driver.addWave('Wave', device, irp, list);
    },
  });
  const namesIn = (category: typeof KSCATEGORY_AUDIO): string[] =>
    kernel.interfaces
      .enumerate(category)
      .map((link) => link.split('\\').at(-1) ?? '')
      .sort();
  expect(namesIn(KSCATEGORY_AUDIO)).toEqual(['Topology', 'Wave']);
  expect(namesIn(KSCATEGORY_RENDER)).toEqual(['Wave']);
  expect(namesIn(KSCATEGORY_CAPTURE)).toEqual([]);
  expect(namesIn(KSCATEGORY_TOPOLOGY)).toEqual(['Topology']);
  expect(namesIn(KSCATEGORY_REALTIME)).toEqual(['Wave']);
  const published = {
    KSCATEGORY_AUDIO,
    KSCATEGORY_RENDER,
    KSCATEGORY_CAPTURE,
    KSCATEGORY_TOPOLOGY,
  };
  for (const [name, category] of Object.entries(published)) {
    expect(facts('PCL-CAT-001').values?.[name]).toBe(category.text);
  }
});

scenario('a driver that claims the reserved category is reported [PCL-CAT-003]', (lab) => {
  const categories = [...plainDescriptor.categories, KSCATEGORY_AUDIO_DEVICE];
  const machine = bootPlain(lab, { descriptor: { ...plainDescriptor, categories } });
  expect(machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO_DEVICE)).toEqual([]);
  machine.lab.expectFinding(/KSCATEGORY_AUDIO_DEVICE is reserved/);
});

scenario(
  'a client finds a filter by category, opens it by its link and opens pins on it; every open ' +
    'is of the one port and the one miniport [PCL-CAT-004 PCL-CAT-005]',
  (lab) => {
    const machine = bootPlain(lab);
    const [link] = machine.kernel.interfaces.enumerate(KSCATEGORY_RENDER);
    const first = KsFilter.open(machine.lab.client, link ?? '');
    const second = KsFilter.open(machine.lab.client, link ?? '');
    expect([first.pinCount, second.pinCount]).toEqual([2, 2]);
    const pin = second.openPin(0, STEREO_48);
    expect(first.pin(0).currentInstances).toBe(0);
    expect(second.pin(0).currentInstances).toBe(1);
    expect(machine.takeCalls().filter((call) => /^Init|NewStream/.test(call))).toEqual([
      'Init',
      'NewStream 0 render',
    ]);
    pin.close();
    first.close();
    second.close();
    expect(() => KsFilter.open(machine.lab.client, `${link}x`)).toThrow(/NAME_NOT_FOUND/);
  },
);

scenario('handles outlive their device, to step down and to be closed', (lab) => {
  const machine = bootPlain(lab);
  const { filter } = machine;
  const pin = machine.openPin();
  const { pnp } = machine.kernel;
  const { node } = machine.lab.machine;
  expect(pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
  expect(() => filter.pinCount).toThrow(/INVALID_DEVICE_STATE/);
  expect(pin.get(KSPROPSETID_Pin, KSPROPERTY_PIN.CTYPES, 4)).toBe(STATUS_INVALID_DEVICE_STATE);
  expect(pin.setState(KSSTATE.STOP)).toBe(STATUS_SUCCESS);
  pin.close();
  filter.close();
  expect(machine.takeCalls().at(-1)).toBe('~stream');
  expect(pnp.remove(node)).toBe(STATUS_SUCCESS);
});

function resourceList({ driver, lab }: ReturnType<typeof bootPlain>): IResourceList {
  const { translated, raw } = lab.machine.node.resources;
  const out = new Out<IResourceList | null>(null);
  driver.wdk.PcNewResourceList(out, null, 0, translated, raw);
  if (out.value === null) throw new Error('no list');
  return out.value;
}
