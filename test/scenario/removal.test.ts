/**
 * A device that leaves while streams run: they stop at once, buffers stay until their handles are
 * closed, nobody gets anything new, and whatever the order of leaving and closing, nothing is left.
 */
import { describe, expect } from 'vitest';
import { KsFilter } from '../../src/client/ks-filter.ts';
import {
  IRP_MJ_PNP,
  IRP_MN_SURPRISE_REMOVAL,
  PowerDeviceD3,
  PowerSystemSleeping3,
} from '../../src/kernel/ddi/index.ts';
import { KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_DEVICE_BUSY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

const told = (machine: PlainMachine): string[] =>
  machine.takeCalls().filter((call) => /^(SetState|Free|~|GetPosition|Allocate)/.test(call));

/** What a driver hears of a running stream when its device goes. */
const STOPPED = ['SetState PAUSE', 'SetState ACQUIRE', 'SetState STOP', '~miniport'];

function runningPin(machine: PlainMachine) {
  const opened = machine.openBuffer();
  opened.pin.setState(KSSTATE.RUN);
  told(machine);
  return opened;
}

scenario(
  'pulled out in RUN the stream stops at once, and its buffer stays until the pin closes ' +
    '[PCL-REM-008 WRT-PNP-001 WRT-STA-015]',
  (lab) => {
    const machine = bootPlain(lab);
    const { buffer, pin } = runningPin(machine);
    const { pnp, interfaces, ram } = machine.kernel;
    const { node } = machine.lab.machine;
    expect(pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    expect(told(machine)).toEqual(STOPPED);
    expect(interfaces.enumerate(KSCATEGORY_REALTIME)).toEqual([]);
    ram.bytes.fill(0x5a, buffer.address, buffer.address + buffer.actualBytes);
    expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
    for (const state of [KSSTATE.PAUSE, KSSTATE.ACQUIRE, KSSTATE.STOP]) {
      expect(pin.setState(state)).toBe(STATUS_SUCCESS);
      expect(pin.getState()).toBe(state);
      const above = (state + 1) as KSSTATE;
      expect(pin.setState(above)).toBe(STATUS_INVALID_DEVICE_STATE);
    }
    expect(pin.readPosition()).toBe(STATUS_INVALID_DEVICE_STATE);
    expect(pin.tryAllocateBuffer(3840).status).toBe(STATUS_INVALID_DEVICE_STATE);
    expect(() => machine.filter.openPin(0, pin.format)).toThrow(/INVALID_DEVICE_STATE/);
    expect(told(machine)).toEqual([]);
    // The bus keeps the device object until the last handle is closed.
    expect(pnp.remove(node)).toBe(STATUS_PENDING);
    expect(node.state).toBe('surpriseRemoved');
    pin.close();
    expect(told(machine)).toEqual(['FreeAudioBuffer 3840', '~stream']);
    expect(node.state).toBe('surpriseRemoved');
    machine.filter.close();
    expect(node.state).toBe('removed');
    expect(pnp.nodes).toEqual([]);
  },
);

describe('pulled out while it sleeps', () => {
  const sleeps: Readonly<Record<string, (machine: PlainMachine) => unknown>> = {
    'the device': ({ kernel, lab }) => kernel.power.setDeviceState(lab.machine.node, PowerDeviceD3),
    'the machine': ({ kernel }) => kernel.power.sleep(PowerSystemSleeping3),
  };
  for (const [who, sleep] of Object.entries(sleeps)) {
    scenario(
      `${who}: the stream steps down, and nothing wakes [PCL-REM-008 WRT-STA-015]`,
      (lab) => {
        const machine = bootPlain(lab);
        const { pin } = runningPin(machine);
        const { node } = machine.lab.machine;
        sleep(machine);
        machine.kernel.pnp.surpriseRemoval(node);
        expect(pin.setState(KSSTATE.STOP)).toBe(STATUS_SUCCESS);
        expect(pin.readPosition()).toBe(STATUS_INVALID_DEVICE_STATE);
        expect(node.powerState).toBe(PowerDeviceD3);
        machine.kernel.power.wake();
        pin.close();
      },
    );
  }
});

/** Steps that end a stream, in every order that is possible. */
const STEPS = ['unplug', 'closePin', 'closeFilter', 'remove'] as const;
type Step = (typeof STEPS)[number];

function orders(steps: readonly Step[]): Step[][] {
  if (steps.length === 0) return [[]];
  return steps.flatMap((step) =>
    orders(steps.filter((other) => other !== step)).map((rest) => [step, ...rest]),
  );
}

describe('nothing is left', () => {
  for (const order of orders(STEPS)) {
    scenario(`after ${order.join(', ')} [PCL-REM-008 PCL-REM-009]`, (lab) => {
      const machine = bootPlain(lab);
      const { pin } = runningPin(machine);
      const { filter } = machine;
      const { pnp } = machine.kernel;
      const { node } = machine.lab.machine;
      const steps: Record<Step, () => unknown> = {
        unplug: () => pnp.surpriseRemoval(node),
        closePin: () => pin.close(),
        closeFilter: () => filter.close(),
        remove: () => pnp.remove(node),
      };
      for (const step of order) steps[step]();
      const calls = told(machine);
      // Each step down once, and then the buffer goes, once.
      expect(calls.filter((call) => /SetState/.test(call))).toEqual([
        'SetState PAUSE',
        'SetState ACQUIRE',
        'SetState STOP',
      ]);
      expect(calls.filter((call) => /Free/.test(call))).toEqual(['FreeAudioBuffer 3840']);
      expect(calls.indexOf('FreeAudioBuffer 3840')).toBeGreaterThan(calls.indexOf('SetState STOP'));
    });
  }

  scenario('of a process that dies after its device [PCL-REM-009]', (lab) => {
    const machine = bootPlain(lab);
    runningPin(machine);
    const { node } = machine.lab.machine;
    machine.kernel.pnp.surpriseRemoval(node);
    machine.kernel.pnp.remove(node);
    machine.lab.client.process.terminate();
    expect(node.state).toBe('removed');
    expect(told(machine).slice(-2)).toEqual(['FreeAudioBuffer 3840', '~stream']);
  });
});

scenario('a device with open handles is not taken away in order', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = runningPin(machine);
  const { pnp } = machine.kernel;
  const { node } = machine.lab.machine;
  expect(pnp.queryRemove(node)).toBe(STATUS_DEVICE_BUSY);
  expect(pnp.remove(node)).toBe(STATUS_DEVICE_BUSY);
  expect([node.state, pin.getState()]).toEqual(['started', KSSTATE.RUN]);
  pin.close();
  machine.filter.close();
  expect(pnp.queryRemove(node)).toBe(STATUS_SUCCESS);
  expect(pnp.cancelRemove(node)).toBe(STATUS_SUCCESS);
  const [link = ''] = machine.kernel.interfaces.enumerate(KSCATEGORY_REALTIME);
  KsFilter.open(machine.lab.client, link).close();
  expect(pnp.queryRemove(node)).toBe(STATUS_SUCCESS);
  expect(pnp.remove(node)).toBe(STATUS_SUCCESS);
});

scenario('a subdevice that was unregistered in use stops with its device', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = runningPin(machine);
  const device = machine.driver.functionalDevice;
  if (device === null) throw new Error('not started');
  const { portClass, node } = machine.lab.machine;
  const adapter = portClass.adapterOf(device);
  const [port] = adapter.ports;
  if (port === undefined) throw new Error('no port');
  expect(adapter.unregisterSubdevice(port)).toBe(STATUS_SUCCESS);
  expect(pin.getState()).toBe(KSSTATE.RUN);
  machine.kernel.pnp.surpriseRemoval(node);
  expect(told(machine)).toEqual(STOPPED);
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
});

scenario(
  'a driver that handles the removal itself hears of it before the port [PCL-IRP-003]',
  (lab) => {
    const machine = bootPlain(lab);
    const { driverObject, wdk } = machine.driver;
    if (driverObject === null) throw new Error('not loaded');
    const { pin } = runningPin(machine);
    driverObject.MajorFunction[IRP_MJ_PNP] = (device, irp) => {
      if (irp.minorFunction === IRP_MN_SURPRISE_REMOVAL)
        machine.driver.calls.push('SetState by hand');
      return wdk.PcDispatchIrp(device, irp);
    };
    const { node } = machine.lab.machine;
    expect(machine.kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    expect(told(machine).slice(0, 2)).toEqual(['SetState by hand', 'SetState PAUSE']);
    pin.close();
  },
);
