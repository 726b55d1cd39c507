/** Stream resources: the threads and interrupts that a driver tells PortCls it streams with. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import {
  IID_IPortClsStreamResourceManager,
  IID_IPortClsStreamResourceManager2,
  type IPortClsStreamResourceManager2,
  type IPortWaveRT,
  type Kevent,
  type Kinterrupt,
  type Kthread,
  Out,
  PCSTREAMRESOURCE_DESCRIPTOR,
  type PcStreamResource,
  type PcStreamResourceDescriptor,
  PcStreamResourceType,
} from '../../src/portcls/ddi/index.ts';
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

interface Booted {
  readonly machine: PlainMachine;
  readonly manager: IPortClsStreamResourceManager2;
  /** A driver's thread, which ends when `leave` is set. */
  readonly thread: Kthread;
  readonly leave: Kevent;
}

/** A plain machine with a driver's thread, and the manager that its port hands out. */
function boot(lab: Lab): Booted {
  let manager: IPortClsStreamResourceManager2 | null = null;
  const machine = bootPlain(lab, {
    init: (port: IPortWaveRT) => {
      manager = port.queryInterface(IID_IPortClsStreamResourceManager2);
      manager?.release();
      return STATUS_SUCCESS;
    },
  });
  const found = manager as IPortClsStreamResourceManager2 | null;
  if (found === null) throw new Error('no stream resource manager');
  const { kernel } = machine;
  const leave = kernel.createEvent('leave', 'notification');
  const thread = kernel.dispatcher.createThread('streaming', 24, function* (): ThreadGenerator {
    yield kernel.waitFor(leave, null);
  });
  return { machine, manager: found, thread, leave };
}

/** Lets the driver's thread end. */
function end({ leave, machine }: Booted): void {
  leave.set();
  machine.lab.runFor(ms(1));
}

const descriptorOf = (
  thread: Kthread | null,
  changes: Partial<PcStreamResourceDescriptor> = {},
): PcStreamResourceDescriptor => ({
  size: PCSTREAMRESOURCE_DESCRIPTOR.size,
  flags: 0,
  pdo: null,
  type: PcStreamResourceType.Thread,
  thread,
  ...changes,
});

const listOf = ({ machine }: Booted): readonly PcStreamResource[] =>
  machine.lab.machine.portClass.streamResources.list;

/** By identity: what is listed leads to a whole machine, which nobody wants to see compared. */
function expectListed(booted: Booted, handles: readonly (PcStreamResource | null)[]): void {
  const places = listOf(booted).map((resource) => handles.indexOf(resource));
  expect(places).toEqual([...handles.keys()]);
}

function added(booted: Booted, descriptor: PcStreamResourceDescriptor): PcStreamResource {
  const out = new Out<PcStreamResource | null>(null);
  expect(booted.manager.addStreamResource(null, descriptor, out)).toBe(STATUS_SUCCESS);
  if (out.value === null) throw new Error('no handle');
  return out.value;
}

scenario('the port lists a thread until it is removed [WRT-RSM-001]', (lab) => {
  const booted = boot(lab);
  const { machine, manager, thread } = booted;
  const spied = machine.spy();
  const handle = added(booted, descriptorOf(thread));
  expectListed(booted, [handle]);
  expect(handle.descriptor.thread === thread).toBe(true);
  expect(manager.removeStreamResource(handle)).toBe(STATUS_SUCCESS);
  expectListed(booted, []);
  expect(spied.map(({ args, irql, name }) => [name.split('.')[1], args.length, irql])).toEqual([
    ['AddStreamResource', 3, 0],
    ['RemoveStreamResource', 1, 0],
  ]);
  expect(manager.queryInterface(IID_IPortClsStreamResourceManager)?.release()).toBeGreaterThan(0);
  end(booted);
});

scenario('the second interface names the device [WRT-RSM-002]', (lab) => {
  const booted = boot(lab);
  const { machine, manager, thread } = booted;
  const pdo = machine.driver.physicalDevice;
  if (pdo === null) throw new Error('no device');
  const out = new Out<PcStreamResource | null>(null);
  expect(manager.addStreamResource2(pdo, null, descriptorOf(thread), out)).toBe(STATUS_SUCCESS);
  expectListed(booted, [out.value]);
  if (out.value === null) throw new Error('no handle');
  expect(manager.removeStreamResource(out.value)).toBe(STATUS_SUCCESS);
  end(booted);
});

scenario('a descriptor that breaks a rule is refused [WRT-RSM-003]', (lab) => {
  const booted = boot(lab);
  const { manager, thread } = booted;
  const good = descriptorOf(thread);
  const refused: PcStreamResourceDescriptor[] = [
    { ...good, size: 0 },
    { ...good, size: 39 },
    { ...good, flags: 1 },
    { ...good, type: 3 as PcStreamResourceType },
    { ...good, type: PcStreamResourceType.Interrupt },
    descriptorOf(null),
  ];
  for (const descriptor of refused) {
    const out = new Out<PcStreamResource | null>({ descriptor: good });
    const status = manager.addStreamResource(null, descriptor, out);
    expect([status, out.value === null]).toEqual([STATUS_INVALID_PARAMETER, true]);
  }
  const out = new Out<PcStreamResource | null>(null);
  const set = booted.machine.kernel.memory.pool.ExAllocatePoolWithTag(0, 8, 'Rset');
  if (set === null) throw new Error('no pool');
  expect(manager.addStreamResource(set, good, out)).toBe(STATUS_INVALID_PARAMETER);
  booted.machine.kernel.memory.pool.ExFreePoolWithTag(set, 'Rset');
  expectListed(booted, []);
  for (const size of [40, 24]) {
    expect(manager.removeStreamResource(added(booted, { ...good, size }))).toBe(STATUS_SUCCESS);
  }
  end(booted);
});

scenario('a thread that ends while it is registered is noted [WRT-RSM-004]', (lab) => {
  const booted = boot(lab);
  const handle = added(booted, descriptorOf(booted.thread));
  end(booted);
  booted.machine.lab.expectFinding(/a stream thread \(streaming\) was removed after its end/);
  expect(booted.manager.removeStreamResource(handle)).toBe(STATUS_SUCCESS);
});

scenario('so is an interrupt that is disconnected first [WRT-RSM-004]', (lab) => {
  const booted = boot(lab);
  const { wdk } = booted.machine.driver;
  const out = new Out<Kinterrupt | null>(null);
  const line = booted.machine.kernel.interrupts.line(0x71, 9, 'streaming');
  wdk.IoConnectInterrupt(out, {
    vector: 0x71,
    irql: 9,
    shareVector: false,
    levelSensitive: true,
    serviceRoutine: () => true,
    context: null,
  });
  const generic = out.value;
  if (generic === null) throw new Error('no interrupt');
  const descriptor = descriptorOf(null, {
    type: PcStreamResourceType.Interrupt,
    interrupt: { version: 1, generic },
  });
  const first = added(booted, descriptor);
  expect(booted.manager.removeStreamResource(first)).toBe(STATUS_SUCCESS);
  const second = added(booted, descriptor);
  expect(booted.machine.lab.findings).toEqual([]);
  line.deassert();
  wdk.IoDisconnectInterrupt(generic);
  booted.machine.lab.expectFinding(/a stream interrupt was removed after its end/);
  expect(booted.manager.removeStreamResource(second)).toBe(STATUS_SUCCESS);
  end(booted);
});

scenario('a device that is gone leaves no resource listed [WRT-RSM-004]', (lab) => {
  const booted = boot(lab);
  const handle = added(booted, descriptorOf(booted.thread));
  const { machine } = booted;
  const { node } = machine.lab.machine;
  machine.lab.expectFinding(/device stopped with a stream thread \(streaming\) registered/);
  expect(machine.kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
  expectListed(booted, []);
  machine.lab.expectFinding(/a stream resource was removed that is not registered/);
  const { wdk } = machine.driver;
  expect(wdk.PcRemoveStreamResource(handle)).toBe(STATUS_INVALID_PARAMETER);
  end(booted);
});

scenario('functions and interface share one list [WRT-RSM-005 PCL-REM-010]', (lab) => {
  const booted = boot(lab);
  const { machine, manager, thread } = booted;
  const { physicalDevice, wdk } = machine.driver;
  if (physicalDevice === null) throw new Error('no device');
  const out = new Out<PcStreamResource | null>(null);
  const add = () => wdk.PcAddStreamResource(physicalDevice, null, descriptorOf(thread), out);
  expect(add()).toBe(STATUS_SUCCESS);
  const first = out.value;
  machine.lab.expectFinding(/stream resource was added that is registered already/);
  const second = added(booted, descriptorOf(thread));
  expectListed(booted, [first, second]);
  if (first === null) throw new Error('no handle');
  expect(manager.removeStreamResource(first)).toBe(STATUS_SUCCESS);
  expect(wdk.PcRemoveStreamResource(second)).toBe(STATUS_SUCCESS);
  expectListed(booted, []);
  const flawed = descriptorOf(thread, { flags: 4 });
  const status = wdk.PcAddStreamResource(physicalDevice, null, flawed, out);
  expect(status).toBe(STATUS_INVALID_PARAMETER);
  end(booted);
});

scenario('the services of a port are there while the miniport’s Init runs', (lab) => {
  const statuses: number[] = [];
  bootPlain(lab, {
    init: (port: IPortWaveRT) => {
      const manager = port.queryInterface(IID_IPortClsStreamResourceManager);
      if (manager === null) return STATUS_INVALID_DEVICE_STATE;
      const out = new Out<PcStreamResource | null>(null);
      const set = descriptorOf(null, { type: PcStreamResourceType.Set, resourceSet: {} });
      statuses.push(manager.addStreamResource(null, set, out));
      if (out.value !== null) statuses.push(manager.removeStreamResource(out.value));
      manager.release();
      return STATUS_SUCCESS;
    },
  });
  expect(statuses).toEqual([STATUS_SUCCESS, STATUS_SUCCESS]);
});
