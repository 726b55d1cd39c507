import { describe, expect, it } from 'vitest';
import { guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_SUCH_DEVICE,
  STATUS_OBJECT_NAME_EXISTS,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { kernelDdi } from '../ddi/kernel-routines.ts';
import type { DeviceObject, DriverEntry, DriverObject } from '../io/device.ts';
import { IRP_MJ_PNP } from '../io/io-codes.ts';
import { Kernel } from '../kernel.ts';
import type { InterfaceChange } from './device-interfaces.ts';
import type { NodeDescription } from './device-node.ts';
import {
  DevicePropertyBusNumber,
  DevicePropertyDeviceDescription,
  DevicePropertyFriendlyName,
  DevicePropertyHardwareID,
  IRP_MN_REMOVE_DEVICE,
  pnpMinorNames,
} from './pnp-codes.ts';
import { CmResourceTypeMemory } from './resources.ts';

const CARD: NodeDescription = {
  hardwareId: 'PCI\\VEN_8086&DEV_2668',
  description: 'card',
  raw: [],
  translated: [
    {
      type: CmResourceTypeMemory,
      shareDisposition: 1,
      flags: 0,
      start: 0xfeb0_0000,
      length: 0x4000,
    },
  ],
};
const AUDIO = guid('{6994AD04-93EF-11D0-A3CC-00A0C9223196}', 'KSCATEGORY_AUDIO');
const RENDER = guid('{65E8773E-8F56-11D0-A3B9-00A0C9223196}', 'KSCATEGORY_RENDER');

/** A machine with one card and a function driver that logs, and refuses the minors in `vetoes`. */
function boot(vetoes: readonly string[] = []) {
  const clock = new Clock();
  const trace = new Trace(clock);
  const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  const log: string[] = [];
  const entry: DriverEntry = (driver, path) => {
    log.push(path);
    driver.DriverUnload = () => log.push('unload');
    driver.DriverExtension.AddDevice = (of, pdo) => {
      const out = new Out<DeviceObject | null>(null);
      kernel.devices.IoCreateDevice(of, null, 0, 0, out);
      if (out.value === null) return STATUS_UNSUCCESSFUL;
      out.value.deviceExtension = kernel.devices.IoAttachDeviceToDeviceStack(out.value, pdo);
      log.push('AddDevice');
      return STATUS_SUCCESS;
    };
    driver.MajorFunction[IRP_MJ_PNP] = (device, irp): NtStatus => {
      const name = pnpMinorNames[irp.minorFunction] ?? '?';
      log.push(name);
      if (vetoes.includes(name)) {
        irp.ioStatus.status = STATUS_UNSUCCESSFUL;
        kernel.io.IoCompleteRequest(irp);
        return STATUS_UNSUCCESSFUL;
      }
      const below = device.deviceExtension as DeviceObject;
      if (name === 'START_DEVICE') expect(irp.parameters).toMatchObject({ translated: [{}] });
      const isRemove = irp.minorFunction === IRP_MN_REMOVE_DEVICE;
      irp.skipCurrent();
      const status = kernel.io.IoCallDriver(below, irp);
      if (isRemove) {
        kernel.devices.IoDetachDevice(below);
        kernel.devices.IoDeleteDevice(device);
      }
      return status;
    };
    return STATUS_SUCCESS;
  };
  const node = kernel.pnp.addDevice(CARD);
  const driver = new Out<DriverObject | null>(null);
  kernel.pnp.loadDriver('wave', entry, driver);
  if (driver.value === null) throw new Error('not loaded');
  return { kernel, node, driver: driver.value, log, pnp: kernel.pnp };
}

describe('a device', () => {
  it('is started, stopped, started again, removed and its driver unloaded', () => {
    const { kernel, node, driver, log, pnp } = boot();
    expect(pnp.startDevice(node)).toBe(STATUS_NO_SUCH_DEVICE);
    pnp.bindDriver(node, driver);
    expect(pnp.startDevice(node)).toBe(STATUS_SUCCESS);
    expect([node.state, pnp.startDevice(node)]).toEqual(['started', STATUS_INVALID_DEVICE_STATE]);
    pnp.queryStop(node);
    expect([pnp.stop(node), node.state]).toEqual([STATUS_SUCCESS, 'stopped']);
    pnp.startDevice(node);
    expect(pnp.unloadDriver(driver)).toBe(STATUS_INVALID_DEVICE_STATE);
    pnp.queryRemove(node);
    expect([pnp.remove(node), node.state]).toEqual([STATUS_SUCCESS, 'present']);
    pnp.startDevice(node);
    pnp.remove(node);
    expect(pnp.unloadDriver(driver)).toBe(STATUS_SUCCESS);
    expect(log).toEqual([
      '\\Registry\\Machine\\System\\CurrentControlSet\\Services\\wave',
      'AddDevice',
      'QUERY_CAPABILITIES',
      'START_DEVICE',
      'QUERY_STOP_DEVICE',
      'STOP_DEVICE',
      'START_DEVICE',
      'QUERY_REMOVE_DEVICE',
      'REMOVE_DEVICE',
      'AddDevice',
      'QUERY_CAPABILITIES',
      'START_DEVICE',
      'REMOVE_DEVICE',
      'unload',
    ]);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('that fails to start is removed [PCL-DRV-020]', () => {
    const { node, driver, log, pnp, kernel } = boot(['START_DEVICE']);
    pnp.bindDriver(node, driver);
    expect(pnp.startDevice(node)).toBe(STATUS_UNSUCCESSFUL);
    expect(log.slice(-2)).toEqual(['START_DEVICE', 'REMOVE_DEVICE']);
    expect([node.state, driver.devices.length]).toEqual(['present', 0]);
    expect(kernel.outstanding()).toEqual(['loaded driver wave']);
  });

  it('that refuses a query is told of the cancel, and goes on', () => {
    const { node, driver, log, pnp } = boot(['QUERY_STOP_DEVICE', 'QUERY_REMOVE_DEVICE']);
    pnp.bindDriver(node, driver);
    pnp.startDevice(node);
    expect(ntSuccess(pnp.queryStop(node)) || ntSuccess(pnp.queryRemove(node))).toBe(false);
    expect(log.slice(-4)).toEqual([
      'QUERY_STOP_DEVICE',
      'CANCEL_STOP_DEVICE',
      'QUERY_REMOVE_DEVICE',
      'CANCEL_REMOVE_DEVICE',
    ]);
    expect([node.state, pnp.stop(node)]).toEqual(['started', STATUS_INVALID_DEVICE_STATE]);
  });

  it('returns to its state when a query is cancelled', () => {
    const { node, driver, pnp } = boot();
    pnp.bindDriver(node, driver);
    pnp.startDevice(node);
    pnp.queryStop(node);
    expect([node.state, pnp.cancelStop(node), node.state]).toEqual([
      'stopPending',
      STATUS_SUCCESS,
      'started',
    ]);
    pnp.queryRemove(node);
    pnp.cancelRemove(node);
    expect([node.state, pnp.cancelStop(node)]).toEqual(['started', STATUS_INVALID_DEVICE_STATE]);
  });

  it('that is torn out leaves with its interfaces and its PDO [PCL-REM-008]', () => {
    const { kernel, node, driver, pnp } = boot();
    expect(pnp.surpriseRemoval(node)).toBe(STATUS_INVALID_DEVICE_STATE);
    pnp.bindDriver(node, driver);
    pnp.startDevice(node);
    const link = new Out('');
    kernel.interfaces.IoRegisterDeviceInterface(node.pdo, AUDIO, '', link);
    kernel.interfaces.IoSetDeviceInterfaceState(link.value, true);
    expect(pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    expect(kernel.interfaces.enumerate(AUDIO)).toEqual([]);
    expect([pnp.remove(node), node.state, node.pdo.isDeleted]).toEqual([
      STATUS_SUCCESS,
      'removed',
      true,
    ]);
    expect([pnp.nodes, pnp.nodeOf(node.pdo)]).toEqual([[], null]);
    expect(pnp.remove(node)).toBe(STATUS_INVALID_DEVICE_STATE);
  });

  it('has a path of its own, and a key in the registry', () => {
    const { kernel, node, pnp } = boot();
    expect(pnp.addDevice(CARD).instancePath).toBe('PCI\\VEN_8086&DEV_2668\\1');
    const path = `${pnp.registryPathOf(node)}\\Device Parameters`;
    expect(kernel.registry.open(null, path, 1, new Out(null))).toBe(STATUS_SUCCESS);
    expect(() => pnp.addDevice({ ...CARD, instanceId: '0' })).toThrow('already has a device');
  });
});

describe('a driver', () => {
  it('whose entry fails is not loaded', () => {
    const { pnp } = boot();
    const out = new Out<DriverObject | null>(null);
    expect(pnp.loadDriver('bad', () => STATUS_UNSUCCESSFUL, out)).toBe(STATUS_UNSUCCESSFUL);
    expect([out.value, pnp.drivers.length]).toEqual([null, 1]);
  });

  it('may not leave work items in the queue when it unloads', () => {
    const { kernel, driver, pnp } = boot();
    const out = new Out<DeviceObject | null>(null);
    kernel.devices.IoCreateDevice(driver, null, 0, 0, out);
    const device = out.value;
    if (device === null) throw new Error('no device');
    kernel.works.queue(kernel.works.allocate(device), () => {}, 1, null);
    kernel.devices.IoDeleteDevice(device);
    expect(() => pnp.unloadDriver(driver)).toThrow(
      'DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS (0xCE)',
    );
  });
});

describe('a device interface', () => {
  it('is named by device, category and reference string, and opens when enabled', () => {
    const { kernel, node } = boot();
    const { interfaces } = kernel;
    const link = new Out('');
    expect(interfaces.IoRegisterDeviceInterface(node.pdo, AUDIO, 'Wave', link)).toBe(
      STATUS_SUCCESS,
    );
    const name = '\\\\?\\PCI#VEN_8086&DEV_2668#0#{6994ad04-93ef-11d0-a3cc-00a0c9223196}\\Wave';
    expect(link.value).toBe(name);
    expect([interfaces.lookup(name), interfaces.find(name)?.isEnabled]).toEqual([null, false]);
    interfaces.IoSetDeviceInterfaceState(name, true);
    interfaces.IoRegisterDeviceInterface(node.pdo, AUDIO, 'Wave', link);
    expect(interfaces.lookup(name.toLowerCase())).toMatchObject({
      device: node.pdo,
      referenceString: 'Wave',
    });
    expect([interfaces.enumerate(AUDIO), interfaces.enumerate(RENDER)]).toEqual([[name], []]);
    const found = interfaces.find(name);
    if (found === null) throw new Error('no interface');
    expect(interfaces.registryPath(found)).toMatch(
      /\\DeviceClasses\\\{6994ad04-.*\}\\##\?#PCI#VEN_8086.*#0#.*\\#Wave\\Device Parameters$/,
    );
  });

  it('tells when it is set to the state it has, or is unknown', () => {
    const { kernel, node } = boot();
    const { interfaces } = kernel;
    const link = new Out('');
    interfaces.IoRegisterDeviceInterface(node.pdo, AUDIO, '', link);
    const set = (enable: boolean, name = link.value) =>
      interfaces.IoSetDeviceInterfaceState(name, enable);
    expect(set(false)).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    expect([set(true), set(true)]).toEqual([STATUS_SUCCESS, STATUS_OBJECT_NAME_EXISTS]);
    expect(set(true, 'x')).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    expect(interfaces.IoRegisterDeviceInterface(node.pdo, AUDIO, 'a\\b', link)).toBe(
      STATUS_INVALID_PARAMETER,
    );
    const other = { ...node.pdo } as DeviceObject;
    expect(interfaces.IoRegisterDeviceInterface(other, AUDIO, '', link)).toBe(
      STATUS_INVALID_DEVICE_REQUEST,
    );
  });

  it('reports arrival and removal to those who asked for its category', () => {
    const { kernel, node } = boot();
    const { interfaces } = kernel;
    const seen: string[] = [];
    const note = (change: InterfaceChange) => seen.push(`${change.event} ${change.category.name}`);
    const links = [AUDIO, RENDER].map((category) => {
      const link = new Out('');
      interfaces.IoRegisterDeviceInterface(node.pdo, category, '', link);
      return link.value;
    });
    const [audio = '', render = ''] = links;
    interfaces.IoSetDeviceInterfaceState(audio, true);
    const late = interfaces.registerNotification(AUDIO, true, note);
    const never = interfaces.registerNotification(AUDIO, false, () => seen.push('never'));
    interfaces.unregisterNotification(never);
    interfaces.IoSetDeviceInterfaceState(render, true);
    interfaces.IoSetDeviceInterfaceState(audio, false);
    expect(seen).toEqual(['arrival KSCATEGORY_AUDIO', 'removal KSCATEGORY_AUDIO']);
    expect(interfaces.outstanding()).toEqual([
      `enabled interface ${render}`,
      'interface notification for KSCATEGORY_AUDIO',
    ]);
    interfaces.unregisterNotification(late);
    interfaces.unregisterNotification(late);
  });
});

describe('a device property', () => {
  it('comes as terminated UTF-16, with its size when the buffer is short', () => {
    const { kernel, node } = boot();
    const ddi = kernelDdi(kernel);
    const length = new Out(0);
    const buffer = new Uint8Array(10);
    const get = (property: number, into = buffer, of = node.pdo) =>
      ddi.IoGetDeviceProperty(of, property, into, length);
    expect([get(DevicePropertyDeviceDescription), length.value]).toEqual([STATUS_SUCCESS, 10]);
    expect([...buffer]).toEqual([0x63, 0, 0x61, 0, 0x72, 0, 0x64, 0, 0, 0]);
    expect([get(DevicePropertyHardwareID), length.value]).toEqual([STATUS_BUFFER_TOO_SMALL, 46]);
    expect(get(DevicePropertyFriendlyName)).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    expect(get(DevicePropertyBusNumber)).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    const other = { ...node.pdo } as DeviceObject;
    expect(get(DevicePropertyDeviceDescription, buffer, other)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  });
});
