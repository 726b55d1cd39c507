/** What a start needs and does: a device on the stack, subdevices, and a PDO left alone. */
import { expect } from 'vitest';
import { StartError } from '../../src/machine/machine.ts';
import {
  CLSID_PortTopology,
  CLSID_PortWaveRT,
  CmResourceTypeInterrupt,
  CmResourceTypeMemory,
  type DeviceObject,
  defineDriver,
  type IPort,
  type IResourceList,
  Out,
} from '../../src/portcls/ddi/index.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import {
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { plainDevice } from '../support/plain-device.ts';
import { PlainMiniport } from '../support/plain-driver.ts';
import { addFilter, PlainTopology } from '../support/plain-filters.ts';
import { ANY_BYTES, bootPlain } from '../support/plain-machine.ts';

scenario(
  'a driver whose AddDevice puts no device on the stack is not started [PCL-DRV-011]',
  (lab) => {
    const idle = defineDriver({
      name: 'idle',
      hardwareIds: [],
      load: (wdk) => (driver, path) =>
        wdk.PcInitializeAdapterDriver(driver, path, () => STATUS_SUCCESS),
    });
    const machine = lab.build({ device: plainDevice, driver: idle });
    machine.machine.loadDriver();
    expect(() => machine.machine.startDevice()).toThrow(StartError);
    const { kernel, node } = machine.machine;
    expect(kernel.pnp.startDevice(node)).toBe(STATUS_NO_SUCH_DEVICE);
    expect([node.state, kernel.interfaces.enumerate(KSCATEGORY_AUDIO)]).toEqual(['present', []]);
  },
);

scenario('a driver that changes the PDO is noted [PCL-DRV-016]', (lab) => {
  const changes: readonly [string, (pdo: DeviceObject) => void][] = [
    ['deviceExtension', (pdo) => (pdo.deviceExtension = {})],
    ['flags', (pdo) => (pdo.flags |= 4)],
    ['stackSize', (pdo) => pdo.stackSize++],
  ];
  for (const [member, change] of changes) {
    const { driver, lab: machine } = bootPlain(lab);
    if (driver.physicalDevice === null) throw new Error('no PDO');
    change(driver.physicalDevice);
    machine.expectFinding(new RegExp(`a driver changed ${member} of the physical device object`));
  }
});

scenario(
  'StartDevice gives each subdevice its part of the resources, and its own pair of objects [PCL-DRV-019 PCL-RES-010]',
  (lab) => {
    const parts: number[][] = [];
    const { driver, kernel } = bootPlain(lab, {
      init: (_port, list) => {
        const count = (type: number): number => list.numberOfEntriesOfType(type);
        parts.push([count(CmResourceTypeMemory), count(CmResourceTypeInterrupt)]);
        return STATUS_SUCCESS;
      },
      startDevice: (made, device, irp, parent) => {
        const part = (...types: number[]): IResourceList => {
          const out = new Out<IResourceList | null>(null);
          made.wdk.PcNewResourceSublist(out, null, 0, parent, types.length);
          if (out.value === null) throw new Error('no list');
          for (const type of types) out.value.addEntryFromParent(parent, type, 0);
          return out.value;
        };
        const add = (name: string, list: IResourceList, isWave: boolean): void => {
          const miniport = isWave ? new PlainMiniport(made) : new PlainTopology(made);
          const classId = isWave ? CLSID_PortWaveRT : CLSID_PortTopology;
          const added = addFilter(made, { device, irp, list }, name, miniport, classId);
          expect(added.status).toBe(STATUS_SUCCESS);
          added.port.release();
          list.release();
        };
        add('Wave', part(CmResourceTypeMemory), true);
        add('Other', part(CmResourceTypeMemory, CmResourceTypeInterrupt), true);
        add('Topology', part(), false);
        return STATUS_SUCCESS;
      },
      maxObjects: 3,
    });
    expect(parts).toEqual([
      [1, 0],
      [1, 1],
    ]);
    const names = kernel.interfaces
      .enumerate(KSCATEGORY_AUDIO)
      .map((link) => link.split('\\').at(-1));
    expect(names).toEqual(['Wave', 'Other', 'Topology']);
    expect(driver.calls.filter((call) => call === 'Init')).toHaveLength(2);
  },
);

scenario('PcNewPort without a place for the port is refused, and noted [PCL-PORT-012]', (lab) => {
  const { driver, lab: machine } = bootPlain(lab);
  const nowhere = null as unknown as Out<IPort | null>;
  expect(driver.wdk.PcNewPort(nowhere, CLSID_PortWaveRT)).toBe(STATUS_INVALID_PARAMETER);
  machine.expectFinding(/PcNewPort was given NULL for OutPort/);
});

scenario(
  'a device that is not ready yet says so to the client, and can be asked again [WRT-BUF-027]',
  (lab) => {
    let isReady = false;
    const machine = bootPlain(lab, {
      allocate: (stream, requested, grant) =>
        isReady ? stream.grantPages(requested, grant) : STATUS_DEVICE_NOT_READY,
    });
    const { kernel } = machine;
    const pin = machine.openPin();
    const before = { left: kernel.outstanding(), pages: kernel.memory.frames.allocatedPages };
    expect(pin.tryAllocateBuffer(ANY_BYTES)).toEqual({
      status: STATUS_DEVICE_NOT_READY,
      buffer: null,
    });
    const after = { left: kernel.outstanding(), pages: kernel.memory.frames.allocatedPages };
    expect(after).toEqual(before);
    isReady = true;
    expect(pin.tryAllocateBuffer(ANY_BYTES).status).toBe(STATUS_SUCCESS);
  },
);
