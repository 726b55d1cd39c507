/**
 * What an adapter may wait for while its device is stopped for other resources: three of its
 * methods and the miniports' run under the device lock, where nothing is waited for; PnpStop runs
 * without it, and may wait for all but its streams. Source: "Implement PnP Rebalance for PortCls
 * Audio Drivers".
 */
import { describe, expect } from 'vitest';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../../src/kernel/bug-check.ts';
import { VIOLATION_DEADLOCK } from '../../src/kernel/dispatch/dispatcher.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import type { PlainMachine } from '../support/plain-machine.ts';
import { bootPower } from '../support/power-adapter.ts';

const MS = 1_000_000;

/** A machine whose driver does `act` within one of its methods. */
function bootActing(lab: Lab, method: string, act: (machine: PlainMachine) => void): PlainMachine {
  const machine: PlainMachine = bootPower(lab, {
    notifies: true,
    underLock: (called) => {
      if (called === method) act(machine);
    },
  });
  return machine;
}

/** All four methods, in the order of a stop that was cancelled before. */
function stopAndStart(machine: PlainMachine): void {
  const { pnp } = machine.kernel;
  const { node } = machine.lab.machine;
  for (const step of ['queryStop', 'cancelStop', 'queryStop', 'stop', 'startDevice'] as const) {
    expect(pnp[step](node)).toBe(STATUS_SUCCESS);
  }
}

const sleep = ({ kernel }: PlainMachine): unknown => kernel.dispatcher.delaySynchronously(-10_000);

describe('under the device lock', () => {
  for (const [method, name] of [
    ['GetSupportedRebalanceType', 'GetSupportedRebalanceType'],
    ['PnpQueryStop', 'PnpQueryStop'],
    ['PnpCancelStop', 'PnpCancelStop'],
    ['PnpStop miniport', 'IMiniportPnpNotify::PnpStop'],
  ] as const) {
    scenario(`${method} may not wait [PCL-REM-003]`, (lab) => {
      const machine = bootActing(lab, method, sleep);
      stopAndStart(machine);
      machine.lab.expectFinding(new RegExp(`^${name} waits under the device lock$`));
    });

    scenario(`${method} may stall the processor, and poll what is there [PCL-REM-003]`, (lab) => {
      const machine = bootActing(lab, method, ({ kernel }) => {
        kernel.dispatcher.stall(20);
        const event = kernel.createEvent('done', 'notification', true);
        kernel.dispatcher.waitSynchronously(event, null);
      });
      stopAndStart(machine);
      expect(machine.lab.findings).toEqual([]);
    });
  }

  scenario('the wait of another thread is not that of a method which waits', (lab) => {
    const machine = bootActing(lab, 'PnpQueryStop', sleep);
    const { dispatcher } = machine.kernel;
    machine.driver.wdk.PsCreateSystemThread('other', 12, function* other() {
      sleep(machine);
      yield dispatcher.delay(0);
    });
    stopAndStart(machine);
    machine.lab.runFor(10 * MS);
    // Each of the two queries waits once.
    expect(machine.lab.findings).toHaveLength(2);
    machine.lab.expectFinding(/waits under the device lock/);
  });
});

describe('without the device lock', () => {
  scenario('PnpStop may wait for a thread of the driver [PCL-REM-003]', (lab) => {
    let stoppedMs = -1;
    const machine: PlainMachine = bootPower(lab, {
      pnpStop: () => {
        const { dispatcher } = machine.kernel;
        const done = machine.kernel.createEvent('drained', 'notification');
        machine.driver.wdk.PsCreateSystemThread('drain', 12, function* drain() {
          yield dispatcher.delay(30_000);
          done.set();
        });
        dispatcher.waitSynchronously(done, null);
        stoppedMs = machine.kernel.clock.now / MS;
      },
    });
    stopAndStart(machine);
    expect(stoppedMs).toBe(3);
    expect(machine.lab.findings).toEqual([]);
  });

  scenario('PnpStop that waits for its streams to be freed never ends [PCL-REM-003]', (lab) => {
    const machine: PlainMachine = bootPower(lab, {
      pnpStop: () => {
        const { calls } = machine.driver;
        const { dispatcher } = machine.kernel;
        const freed = machine.kernel.createEvent('stream freed', 'notification');
        if (!calls.includes('~stream')) dispatcher.waitSynchronously(freed, null);
      },
    });
    const { pin } = machine.openBuffer();
    pin.setState(KSSTATE.RUN);
    const { pnp } = machine.kernel;
    const { node } = machine.lab.machine;
    pnp.queryStop(node);
    // The client need not close a handle, and the stream's life is the handle's.
    expect(() => pnp.stop(node)).toThrow(
      expect.objectContaining({
        code: DRIVER_VERIFIER_DETECTED_VIOLATION,
        parameters: [VIOLATION_DEADLOCK, 0, 0, 0],
        message: expect.stringContaining('stream freed'),
      }),
    );
    machine.lab.isAbandoned = true;
  });
});
