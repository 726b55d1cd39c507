/**
 * The device lock: one request at a time inside a device's miniports, also while a driver's routine
 * waits.
 */
import { describe, expect } from 'vitest';
import type { KsPin } from '../../src/client/ks-pin.ts';
import type { OverlappedRequest } from '../../src/kernel/io/overlapped-request.ts';
import { KSPROPSETID_Audio } from '../../src/standards/ks/guids.ts';
import {
  IOCTL_KS_PROPERTY,
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_TYPE_GET,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';
import { bootPower } from '../support/power-adapter.ts';

const MS = 1_000_000;

/** Entries and exits of the driver's slow SetState and of its GetPosition, with the time in ms. */
function watch(machine: PlainMachine): string[] {
  const log: string[] = [];
  const { clock, dispatcher } = machine.kernel;
  const at = (what: string): number => log.push(`${clock.now / MS} ${what}`);
  machine.answers.setState = (state) => {
    at(`SetState ${state} in`);
    dispatcher.delaySynchronously(-30_000);
    at(`SetState ${state} out`);
    return STATUS_SUCCESS;
  };
  machine.answers.position = () => {
    at('GetPosition');
    return STATUS_SUCCESS;
  };
  return log;
}

/** Asks for a pin's position without waiting for the answer. */
function askPosition({ lab }: PlainMachine, pin: KsPin): OverlappedRequest {
  pin.identify(KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITION, KSPROPERTY_TYPE_GET);
  const { handle, requestAt, valueAt } = pin;
  const { process } = lab.client;
  const bytes = KSPROPERTY.size;
  return process.deviceIoControlAsync(handle, IOCTL_KS_PROPERTY, requestAt, bytes, valueAt, 16);
}

/** Two pins, each with a thread: one changes state at 1 ms, the other does `second` at 2 ms. */
function race(machine: PlainMachine, second: (pin: KsPin) => unknown): string[] {
  const first = machine.openBuffer().pin;
  const other = machine.openBuffer().pin;
  const log = watch(machine);
  const { dispatcher } = machine.kernel;
  dispatcher.createThread('first', 8, function* body() {
    yield dispatcher.delay(10_000);
    first.setState(KSSTATE.ACQUIRE);
  });
  dispatcher.createThread('second', 8, function* body() {
    yield dispatcher.delay(20_000);
    second(other);
  });
  machine.lab.runFor(20 * MS);
  return log;
}

describe('by default', () => {
  scenario('a position waits for a state change of another pin [WRT-LCK-001]', (lab) => {
    const log = race(bootPlain(lab), (pin) => pin.readPosition());
    expect(log).toEqual(['1 SetState 1 in', '4 SetState 1 out', '4 GetPosition']);
  });

  scenario('two state changes of two pins do not overlap [WRT-LCK-001]', (lab) => {
    const log = race(bootPlain(lab), (pin) => pin.setState(KSSTATE.ACQUIRE));
    expect(log).toEqual([
      '1 SetState 1 in',
      '4 SetState 1 out',
      '4 SetState 1 in',
      '7 SetState 1 out',
    ]);
  });

  scenario('an overlapped request waits in a queue, and is answered [WRT-LCK-001]', (lab) => {
    const machine = bootPlain(lab);
    const { pin } = machine.openBuffer();
    const other = machine.openBuffer().pin;
    const log = watch(machine);
    const { dispatcher } = machine.kernel;
    const statuses: number[] = [];
    machine.driver.wdk.PsCreateSystemThread('second', 12, function* body() {
      yield dispatcher.delay(10_000);
      const request = askPosition(machine, other);
      statuses.push(request.isDone ? request.status : STATUS_PENDING);
      yield dispatcher.waitFor(request.event, null);
      statuses.push(request.status);
    });
    pin.setState(KSSTATE.ACQUIRE);
    machine.lab.runFor(MS);
    expect(log).toEqual(['0 SetState 1 in', '3 SetState 1 out', '3 GetPosition']);
    expect(statuses).toEqual([STATUS_PENDING, STATUS_SUCCESS]);
  });

  scenario('a handle that closes while queued requests are worked off is let go', (lab) => {
    const machine = bootPlain(lab);
    const { pin } = machine.openBuffer();
    const leaving = machine.lab.newClient('leaving');
    machine.openPinAs(leaving);
    const slow = (): NtStatus => {
      machine.kernel.dispatcher.delaySynchronously(-30_000);
      return STATUS_SUCCESS;
    };
    machine.answers.setState = slow;
    machine.answers.position = slow;
    const { dispatcher } = machine.kernel;
    machine.driver.wdk.PsCreateSystemThread('second', 12, function* body() {
      yield dispatcher.delay(10_000);
      const request = askPosition(machine, pin);
      // The request is the worker's from 3 ms to 6 ms.
      yield dispatcher.delay(30_000);
      leaving.process.terminate();
      yield dispatcher.waitFor(request.event, null);
    });
    pin.setState(KSSTATE.ACQUIRE);
    machine.lab.runFor(4 * MS);
    expect(machine.takeCalls().slice(-2)).toEqual(['GetPosition', '~stream']);
  });

  scenario('a caller that could only wait for itself is told what to do', (lab) => {
    const machine = bootPlain(lab);
    const { pin } = machine.openBuffer();
    const other = machine.openBuffer().pin;
    watch(machine);
    let refusal: unknown = null;
    const { dispatcher } = machine.kernel;
    machine.driver.wdk.PsCreateSystemThread('second', 12, function* body() {
      yield dispatcher.delay(10_000);
      try {
        other.getState();
      } catch (error) {
        refusal = error;
      }
    });
    pin.setState(KSSTATE.ACQUIRE);
    expect(String(refusal)).toMatch(/device lock .* overlapped with deviceIoControlAsync/);
    machine.lab.expectLeft(/IRP DEVICE_CONTROL/);
    machine.lab.expectLeft(/file on/);
    machine.lab.isAbandoned = true;
  });
});

describe('a request that waits for the lock', () => {
  for (const way of ['surpriseRemoval', 'stop'] as const) {
    const entries = way === 'stop' ? 'WRT-PNP-004' : 'PCL-REM-008';
    scenario(`does not get to a stream whose device went meanwhile: ${way} [${entries}]`, (lab) => {
      const machine = bootPower(lab);
      const { pin } = machine.openBuffer();
      pin.setState(KSSTATE.RUN);
      const log = watch(machine);
      const { dispatcher, pnp } = machine.kernel;
      const { node } = machine.lab.machine;
      const statuses: number[] = [];
      machine.driver.wdk.PsCreateSystemThread('second', 12, function* body() {
        yield dispatcher.delay(10_000);
        const request = askPosition(machine, pin);
        yield dispatcher.waitFor(request.event, null);
        statuses.push(request.status);
      });
      if (way === 'stop') expect(pnp.queryStop(node)).toBe(STATUS_SUCCESS);
      pnp[way](node);
      machine.lab.runFor(MS);
      expect(statuses).toEqual([STATUS_INVALID_DEVICE_STATE]);
      expect(log.filter((line) => line.includes('GetPosition'))).toEqual([]);
    });
  }
});
