/** PcRegisterIoTimeout and its fellows: a routine once a second, while the device is started. */
import { expect } from 'vitest';
import { ms, seconds } from '../../src/base/brand.ts';
import { type IoTimerRoutine, portClsFunctions } from '../../src/portcls/ddi/index.ts';
import {
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { expectSignature } from '../support/catalogue-facts.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';
import { bootPower } from '../support/power-adapter.ts';

function deviceOf(machine: PlainMachine) {
  const { functionalDevice } = machine.driver;
  if (functionalDevice === null) throw new Error('no device');
  return functionalDevice;
}

const register = (machine: PlainMachine, routine: IoTimerRoutine, context: unknown = null) =>
  machine.driver.wdk.PcRegisterIoTimeout(deviceOf(machine), routine, context);
const unregister = (machine: PlainMachine, routine: IoTimerRoutine, context: unknown = null) =>
  machine.driver.wdk.PcUnregisterIoTimeout(deviceOf(machine), routine, context);

scenario(
  'the three functions are declared as the pages have them [PCL-TIM-001 PCL-TIM-006]',
  () => {
    expectSignature('PCL-TIM-001', portClsFunctions.PcRegisterIoTimeout);
    expect(portClsFunctions.PcRegisterIoTimeout.maxIrql).toBe(0);
    expect(portClsFunctions.PcUnregisterIoTimeout.maxIrql).toBe(0);
    expectSignature('PCL-TIM-006', portClsFunctions.PcGetTimeInterval);
    expect(portClsFunctions.PcGetTimeInterval.maxIrql).toBe(15);
  },
);

scenario('the routine runs once a second at DISPATCH_LEVEL [PCL-TIM-002]', (lab) => {
  const machine = bootPlain(lab);
  const calls: [number, number, unknown, boolean][] = [];
  const routine: IoTimerRoutine = (device, context) => {
    const { clock, irql } = machine.kernel;
    calls.push([clock.now, irql.current, context, device === deviceOf(machine)]);
  };
  expect(register(machine, routine, 'context')).toBe(STATUS_SUCCESS);
  const from = machine.kernel.clock.now;
  machine.lab.runFor(seconds(5.5));
  expect(calls).toEqual([1, 2, 3, 4, 5].map((second) => [from + second * 1e9, 2, 'context', true]));
  expect(unregister(machine, routine, 'context')).toBe(STATUS_SUCCESS);
  const timers = machine.kernel.clock.pending.map((alarm) => alarm.name);
  expect(timers.filter((name) => name.includes('I/O timeouts'))).toEqual([]);
  machine.lab.runFor(seconds(3));
  expect(calls.length).toBe(5);
});

scenario('no routine runs while the device is stopped [PCL-TIM-002]', (lab) => {
  const machine = bootPower(lab);
  const { kernel, node } = machine.lab.machine;
  let calls = 0;
  const routine = (): void => {
    calls++;
  };
  register(machine, routine);
  machine.lab.runFor(seconds(2));
  expect(calls).toBe(2);
  expect(kernel.pnp.queryStop(node)).toBe(STATUS_SUCCESS);
  expect(kernel.pnp.stop(node)).toBe(STATUS_SUCCESS);
  machine.lab.runFor(seconds(3));
  expect(calls).toBe(2);
  expect(kernel.pnp.startDevice(node)).toBe(STATUS_SUCCESS);
  machine.lab.runFor(seconds(2));
  expect(calls).toBe(4);
  unregister(machine, routine);
});

scenario(
  'a triple is registered once; another routine or context is another [PCL-TIM-003]',
  (lab) => {
    const machine = bootPlain(lab);
    const calls: string[] = [];
    const first = (_device: unknown, context: unknown) => calls.push(`first ${context}`);
    const second = (_device: unknown, context: unknown) => calls.push(`second ${context}`);
    expect(register(machine, first, 1)).toBe(STATUS_SUCCESS);
    expect(register(machine, first, 1)).toBe(STATUS_UNSUCCESSFUL);
    expect(register(machine, first, 2)).toBe(STATUS_SUCCESS);
    expect(register(machine, second, 1)).toBe(STATUS_SUCCESS);
    machine.lab.runFor(seconds(1));
    expect(calls).toEqual(['first 1', 'first 2', 'second 1']);
    const { pool, memory } = machine.kernel;
    // Every block of the registrations' size is taken, and no page is left for another.
    const taken = [];
    memory.frames.withhold(memory.frames.freePages);
    for (let at = pool.ExAllocatePoolWithTag(0, 40, 'Full'); at !== null; ) {
      taken.push(at);
      at = pool.ExAllocatePoolWithTag(0, 40, 'Full');
    }
    expect(register(machine, second, 2)).toBe(STATUS_INSUFFICIENT_RESOURCES);
    memory.frames.release();
    for (const at of taken) pool.ExFreePoolWithTag(at, 'Full');
    unregister(machine, first, 1);
    unregister(machine, first, 2);
    unregister(machine, second, 1);
  },
);

scenario('what is not registered is not found [PCL-TIM-004]', (lab) => {
  const machine = bootPlain(lab);
  const routine = (): void => undefined;
  expect(unregister(machine, routine)).toBe(STATUS_NOT_FOUND);
  register(machine, routine, 'one');
  expect(unregister(machine, routine, 'other')).toBe(STATUS_NOT_FOUND);
  expect(unregister(machine, routine, 'one')).toBe(STATUS_SUCCESS);
  expect(unregister(machine, routine, 'one')).toBe(STATUS_NOT_FOUND);
});

scenario('a routine that is left registered goes with its device, and is noted', (lab) => {
  const machine = bootPlain(lab);
  register(machine, () => undefined);
  machine.lab.expectFinding(/routine of PcRegisterIoTimeout was never unregistered/);
});

scenario('PcGetTimeInterval tells what has passed, in units of 100 ns [PCL-TIM-007]', (lab) => {
  // Ticks of 15.6 ms: the interval does not wait for one.
  const timing = { timerResolution100ns: 156_250 };
  const machine = bootPlain(lab, {}, { timing });
  const { PcGetTimeInterval } = machine.driver.wdk;
  const since = PcGetTimeInterval(0);
  expect(since).toBe(Math.floor(machine.kernel.clock.now / 100));
  machine.lab.runFor(ms(5));
  expect(PcGetTimeInterval(since)).toBe(50_000);
});
