/** How an adapter driver comes up: its entry, its device, StartDevice, and the ports it creates. */
import { expect } from 'vitest';
import { guid } from '../../src/base/guid.ts';
import { writeU64 } from '../../src/base/struct.ts';
import { DISPATCH_LEVEL } from '../../src/kernel/irql.ts';
import { StartError } from '../../src/machine/machine.ts';
import {
  CLSID_PortTopology,
  CLSID_PortWaveRT,
  CmResourceTypeInterrupt,
  type DispatchRoutine,
  defineDriver,
  IID_IPort,
  IID_IPortEvents,
  IID_IPortTopology,
  IID_IPortWaveRT,
  IID_IUnknown,
  IID_IUnknownCom,
  type IPort,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_PNP,
  IRP_MJ_POWER,
  IRP_MJ_QUERY_SECURITY,
  IRP_MJ_READ,
  IRP_MJ_SET_SECURITY,
  IRP_MJ_SHUTDOWN,
  IRP_MJ_SYSTEM_CONTROL,
  IRP_MJ_WRITE,
  IRP_MN_START_DEVICE,
  Out,
  portClsFunctions,
} from '../../src/portcls/ddi/index.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { facts } from '../support/catalogue-facts.ts';
import { plainDevice } from '../support/plain-device.ts';
import { type PlainAnswers, plainDriver } from '../support/plain-driver.ts';
import { newPort } from '../support/plain-filters.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

/** Builds a machine whose device fails to start, and the status it fails with. */
function failToStart(lab: Lab, answers: PlainAnswers) {
  const { module, driver } = plainDriver(answers);
  const machine = lab.build({ device: plainDevice, driver: module });
  machine.machine.loadDriver();
  let status: NtStatus = STATUS_SUCCESS;
  try {
    machine.machine.startDevice();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    status = error.status;
  }
  return { machine, driver: driver(), status };
}

/** Sends one request to the top of the stack, as the I/O manager would. */
function send({ kernel, driver }: PlainMachine, major: number): NtStatus {
  const device = driver.functionalDevice;
  if (device === null) throw new Error('no device');
  const irp = kernel.io.IoAllocateIrp(device.stackSize);
  irp.next.majorFunction = major;
  const status = kernel.io.sendAndWait(device, irp);
  kernel.io.IoFreeIrp(irp);
  return status;
}

scenario(
  'a driver that leaves out PcInitializeAdapterDriver has no AddDevice [PCL-DRV-001]',
  (lab) => {
    const { driver } = bootPlain(lab);
    expect(driver.driverObject?.DriverExtension.AddDevice).toBeTypeOf('function');
    const module = defineDriver({
      name: 'empty',
      hardwareIds: [],
      load: () => () => STATUS_SUCCESS,
    });
    const machine = lab.build({ device: plainDevice, driver: module });
    machine.machine.loadDriver();
    expect(() => machine.machine.startDevice()).toThrow(StartError);
  },
);

scenario('eleven major functions get handlers, and AddDevice is kept [PCL-DRV-004]', (lab) => {
  const addDevice = (): NtStatus => STATUS_SUCCESS;
  const { driver } = bootPlain(lab);
  const made = driver.driverObject;
  if (made === null) throw new Error('no driver object');
  const unhandled = made.MajorFunction[IRP_MJ_SHUTDOWN] as DispatchRoutine;
  const other = { ...made, MajorFunction: made.MajorFunction.map(() => unhandled) };
  const driverObject = other as unknown as typeof made;
  driverObject.DriverExtension.AddDevice = null;
  expect(driver.wdk.PcInitializeAdapterDriver(driverObject, '', addDevice)).toBe(STATUS_SUCCESS);
  expect(driverObject.DriverExtension.AddDevice).toBe(addDevice);
  for (const major of [
    IRP_MJ_CLOSE,
    IRP_MJ_CREATE,
    IRP_MJ_DEVICE_CONTROL,
    IRP_MJ_FLUSH_BUFFERS,
    IRP_MJ_PNP,
    IRP_MJ_POWER,
    IRP_MJ_QUERY_SECURITY,
    IRP_MJ_READ,
    IRP_MJ_SET_SECURITY,
    IRP_MJ_SYSTEM_CONTROL,
    IRP_MJ_WRITE,
  ]) {
    expect(driverObject.MajorFunction[major], `major ${major}`).not.toBe(unhandled);
  }
});

scenario(
  'power and WMI requests go on to the bus, file requests end in KS [PCL-DRV-005]',
  (lab) => {
    const machine = bootPlain(lab);
    const bus = machine.driver.physicalDevice?.driver;
    if (bus === undefined) throw new Error('no bus driver');
    const seen: number[] = [];
    for (const [major, routine] of bus.MajorFunction.entries()) {
      bus.MajorFunction[major] = (device, irp) => {
        seen.push(major);
        return routine(device, irp);
      };
    }
    send(machine, IRP_MJ_POWER);
    send(machine, IRP_MJ_SYSTEM_CONTROL);
    for (const major of [
      IRP_MJ_READ,
      IRP_MJ_WRITE,
      IRP_MJ_FLUSH_BUFFERS,
      IRP_MJ_QUERY_SECURITY,
      IRP_MJ_SET_SECURITY,
      IRP_MJ_DEVICE_CONTROL,
    ]) {
      expect(send(machine, major)).toBe(STATUS_INVALID_DEVICE_REQUEST);
    }
    expect(seen).toEqual([IRP_MJ_POWER, IRP_MJ_SYSTEM_CONTROL]);
  },
);

scenario(
  'every function that belongs at PASSIVE_LEVEL stops the machine at DISPATCH_LEVEL, and says ' +
    'which level it needs [PCL-DRV-003 PCL-DRV-009 PCL-PORT-002]',
  (lab) => {
    const { kernel, driver, lab: machine } = bootPlain(lab);
    kernel.irql.raise(DISPATCH_LEVEL);
    machine.isAbandoned = true;
    for (const [name, { maxIrql }] of Object.entries(portClsFunctions)) {
      if (maxIrql > 0) continue;
      const call = driver.wdk[name as keyof typeof portClsFunctions] as unknown as () => unknown;
      expect(call).toThrow(
        new RegExp(`DRIVER_IRQL_NOT_LESS_OR_EQUAL.*${name} may be called up to IRQL 0, .* at 2$`),
      );
    }
  },
);

scenario(
  'the callbacks get what the pages say, and their status counts [PCL-DRV-007 PCL-DRV-017]',
  (lab) => {
    const seen: unknown[] = [];
    const machine = bootPlain(lab, {
      startDevice: (_driver, device, irp, list) => {
        seen.push(device.attachedTo, irp.majorFunction, irp.minorFunction);
        seen.push(list.findTranslatedEntry(CmResourceTypeInterrupt, 0)?.type);
        return STATUS_SUCCESS;
      },
    });
    const pdo = machine.lab.machine.node.pdo;
    expect(machine.driver.physicalDevice).toBe(pdo);
    expect(seen).toEqual([pdo, IRP_MJ_PNP, IRP_MN_START_DEVICE, CmResourceTypeInterrupt]);
    const given: unknown[] = [];
    const refusing = defineDriver({
      name: 'refusing',
      hardwareIds: [],
      load: (wdk) => (driver, path) =>
        wdk.PcInitializeAdapterDriver(driver, path, (...args) => {
          given.push(...args, driver);
          return STATUS_DEVICE_CONFIGURATION_ERROR;
        }),
    });
    const other = lab.build({ device: plainDevice, driver: refusing });
    other.machine.loadDriver();
    expect(other.machine.kernel.pnp.startDevice(other.machine.node)).toBe(
      STATUS_DEVICE_CONFIGURATION_ERROR,
    );
    const [driver, device, entry] = given;
    expect([driver === entry, device]).toEqual([true, other.machine.node.pdo]);
  },
);

scenario('AddDevice puts one device on the stack, with its StartDevice [PCL-DRV-010]', (lab) => {
  const { module, driver } = plainDriver();
  const machine = lab.build({ device: plainDevice, driver: module });
  const { node } = machine.machine;
  expect(node.pdo.top).toBe(node.pdo);
  machine.machine.loadDriver();
  expect(node.pdo.top).toBe(node.pdo);
  machine.machine.startDevice();
  expect(node.pdo.attachedDevice).toBe(driver().functionalDevice);
  expect(driver().functionalDevice?.attachedTo).toBe(node.pdo);
  expect(node.pdo.top).toBe(driver().functionalDevice);
  expect(driver().calls[0]).toBe('StartDevice');
});

scenario('MaxObjects caps the subdevices of a device [PCL-DRV-012]', (lab) => {
  const statuses: NtStatus[] = [];
  const { kernel } = bootPlain(lab, {
    maxObjects: 1,
    startDevice: (driver, device, irp, list) => {
      statuses.push(driver.addWave('One', device, irp, list));
      statuses.push(driver.addWave('Two', device, irp, list));
      return STATUS_SUCCESS;
    },
  });
  expect(statuses).toEqual([STATUS_SUCCESS, STATUS_INSUFFICIENT_RESOURCES]);
  expect(kernel.interfaces.enumerate(KSCATEGORY_AUDIO)).toHaveLength(1);
});

scenario('a device extension is of the default size or larger [PCL-DRV-013]', (lab) => {
  for (const deviceExtensionSize of [0, 512, 576]) {
    expect(failToStart(lab, { deviceExtensionSize }).status).toBe(STATUS_SUCCESS);
  }
  for (const deviceExtensionSize of [1, 511]) {
    const { machine, status } = failToStart(lab, { deviceExtensionSize });
    expect(status).toBe(STATUS_INVALID_PARAMETER);
    machine.expectFinding(/DeviceExtensionSize \d+ is not 0/);
  }
});

scenario('a driver writes words 4 to 7 of its extension, and no other [PCL-DRV-015]', (lab) => {
  const extensionOf = ({ driver, lab: machine }: PlainMachine): number => {
    const device = driver.functionalDevice;
    if (device === null) throw new Error('no device');
    return machine.machine.portClass.adapterOf(device).extension;
  };
  const tidy = bootPlain(lab, { deviceExtensionSize: 576 });
  const allowed = [4, 5, 6, 7, 64, 71];
  for (const word of allowed) writeU64(tidy.kernel.ram.view, extensionOf(tidy) + 8 * word, 1);
  for (const word of [3, 8, 63]) {
    const untidy = bootPlain(lab);
    writeU64(untidy.kernel.ram.view, extensionOf(untidy) + 8 * word, 1);
    untidy.lab.expectFinding(new RegExp(`wrote word ${word} of PortCls' device extension`));
  }
});

scenario(
  'the start request is completed after StartDevice, with its status [PCL-DRV-018]',
  (lab) => {
    const seen: unknown[] = [];
    const { status } = failToStart(lab, {
      startDevice: (_driver, device, irp, list) => {
        seen.push(irp.isCompleted, list.numberOfEntries(), device.attachedTo?.isDeleted);
        return STATUS_DEVICE_CONFIGURATION_ERROR;
      },
    });
    expect(seen).toEqual([false, 2, false]);
    expect(status).toBe(STATUS_DEVICE_CONFIGURATION_ERROR);
  },
);

scenario('a start that fails leaves no interface of the subdevices behind [PCL-DRV-020]', (lab) => {
  const { machine, status } = failToStart(lab, {
    startDevice: (driver, device, irp, list) => {
      expect(driver.addWave('Wave', device, irp, list)).toBe(STATUS_SUCCESS);
      return STATUS_DEVICE_CONFIGURATION_ERROR;
    },
  });
  expect(status).toBe(STATUS_DEVICE_CONFIGURATION_ERROR);
  expect(machine.machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO)).toEqual([]);
});

scenario('a new port carries one reference of its creator [PCL-PORT-003]', (lab) => {
  const { driver } = bootPlain(lab);
  for (const classId of [CLSID_PortWaveRT, CLSID_PortTopology]) {
    expect(newPort(driver, classId).release()).toBe(0);
  }
  const leaking = bootPlain(lab);
  newPort(leaking.driver, CLSID_PortWaveRT);
  leaking.lab.expectLeft(/WaveRT port/);
});

scenario('the class id chooses the port and its interfaces [PCL-PORT-006 PCL-PORT-007]', (lab) => {
  const { driver } = bootPlain(lab);
  const wave = newPort(driver, CLSID_PortWaveRT);
  const topology = newPort(driver, CLSID_PortTopology);
  const answers = (port: IPort): boolean[] =>
    [IID_IPortWaveRT, IID_IPortTopology, IID_IPort, IID_IUnknown].map((iid) => {
      const found = port.queryInterface(iid as typeof IID_IPort);
      found?.release();
      return found !== null;
    });
  expect(answers(wave)).toEqual([true, false, true, true]);
  expect(answers(topology)).toEqual([false, true, true, true]);
  expect(IID_IPortWaveRT.iid.text).toBe(facts('PCL-PORT-006').iid);
  expect(IID_IPortTopology.iid.text).toBe(facts('PCL-PORT-007').iid);
  wave.release();
  topology.release();
});

scenario('an unknown class id gives a failure and no port [PCL-PORT-010]', (lab) => {
  const { driver } = bootPlain(lab);
  const stale = newPort(driver, CLSID_PortWaveRT);
  const out = new Out<IPort | null>(stale);
  const status = driver.wdk.PcNewPort(out, guid('{8F2C1A55-3B7E-4D19-9C60-52E1A7B3D204}'));
  expect(ntSuccess(status)).toBe(false);
  expect(out.value).toBeNull();
  stale.release();
});

scenario(
  'ports answer for both GUIDs of IUnknown, and for events [PCL-IID-001 PCL-EVT-012]',
  (lab) => {
    const { driver } = bootPlain(lab);
    expect([IID_IUnknown.iid.text, IID_IUnknownCom.iid.text]).toEqual(
      Object.values(facts('PCL-IID-001').values ?? {}),
    );
    for (const classId of [CLSID_PortWaveRT, CLSID_PortTopology]) {
      const port = newPort(driver, classId);
      for (const iid of [IID_IUnknown, IID_IUnknownCom, IID_IPortEvents]) {
        const found = port.queryInterface(iid as typeof IID_IUnknown);
        expect(found, iid.name).not.toBeNull();
        found?.release();
      }
      port.release();
    }
  },
);
