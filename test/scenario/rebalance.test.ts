/**
 * A started device that is stopped for other resources and started anew: who has to agree, what is
 * told to whom, and what becomes of streams and of clients that come meanwhile.
 */
import { describe, expect } from 'vitest';
import { KsFilter } from '../../src/client/ks-filter.ts';
import { PowerDeviceD3 } from '../../src/kernel/ddi/index.ts';
import { PcRebalanceNotSupported } from '../../src/portcls/ddi/index.ts';
import { KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import type { PlainMachine } from '../support/plain-machine.ts';
import { bootPower } from '../support/power-adapter.ts';

const MS = 1_000_000;

const told = (machine: PlainMachine): string[] =>
  machine.takeCalls().filter((call) => /^(Pnp|SetState|~|NewStream)/.test(call));

function parts(machine: PlainMachine) {
  const { pnp } = machine.kernel;
  const { node } = machine.lab.machine;
  return {
    query: () => pnp.queryStop(node),
    cancel: () => pnp.cancelStop(node),
    stop: () => pnp.stop(node),
    start: () => pnp.startDevice(node),
  };
}

scenario(
  'streams stop, miniports and then the adapter are told, and nothing restarts ' +
    '[PCL-REM-002 PCL-REM-006 PCL-REM-007 WRT-PNP-004 WRT-PNP-005]',
  (lab) => {
    const enabled: number[] = [];
    const machine: PlainMachine = bootPower(lab, {
      notifies: true,
      pnpStop: () => {
        enabled.push(machine.kernel.interfaces.enumerate(KSCATEGORY_REALTIME).length);
      },
    });
    const { pin } = machine.openBuffer();
    pin.setState(KSSTATE.RUN);
    told(machine);
    const { query, start, stop } = parts(machine);
    expect(query()).toBe(STATUS_SUCCESS);
    expect(told(machine)).toEqual(['PnpQueryStop']);
    expect(stop()).toBe(STATUS_SUCCESS);
    // The handle is open: who waited for the stream to go would wait for ever.
    expect(told(machine)).toEqual([
      'SetState PAUSE',
      'SetState ACQUIRE',
      'SetState STOP',
      'PnpStop miniport',
      'PnpStop',
      '~miniport',
    ]);
    expect(enabled).toEqual([0]);
    expect(pin.setState(KSSTATE.STOP)).toBe(STATUS_SUCCESS);
    expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
    expect(start()).toBe(STATUS_SUCCESS);
    machine.lab.runFor(10 * MS);
    expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
    expect(told(machine)).toEqual([]);
    const filter = machine.lab.openFilter();
    const fresh = filter.openPin(0, pin.format);
    expect(fresh.tryAllocateBuffer(3840).status).toBe(STATUS_SUCCESS);
    expect(fresh.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
    pin.close();
    expect(told(machine)).toContain('~stream');
    fresh.close();
    filter.close();
  },
);

describe('a stop is refused', () => {
  const refused = (lab: Lab, answers: Parameters<typeof bootPower>[1]): PlainMachine => {
    const machine = bootPower(lab, answers);
    expect(parts(machine).query()).toBe(STATUS_UNSUCCESSFUL);
    expect(machine.lab.machine.node.state).toBe('started');
    return machine;
  };

  scenario('without IAdapterPnpManagement [PCL-REM-002 WRT-PNP-003]', (lab) => {
    refused(lab, { rebalance: null });
  });

  scenario('by an adapter that does not support it [PCL-REM-002 WRT-PNP-003]', (lab) => {
    const machine = refused(lab, { rebalance: PcRebalanceNotSupported });
    // The cancel of a refused query is the first that such an adapter hears.
    expect(told(machine)).toEqual(['PnpCancelStop']);
  });

  scenario('while a client has a register mapped, and not afterwards [WRT-PNP-003]', (lab) => {
    const machine = bootPower(lab);
    const { ioSpace } = machine.kernel;
    const at = ioSpace.MmMapIoSpace(0xfeb0_0000, 4096, 0);
    if (at === null) throw new Error('no registers');
    machine.answers.positionRegister = (register) => {
      register.register = at;
      register.width = 32;
      return STATUS_SUCCESS;
    };
    const { pin } = machine.openBuffer();
    expect(pin.tryMapRegister('position').status).toBe(STATUS_SUCCESS);
    pin.setState(KSSTATE.RUN);
    const { query } = parts(machine);
    expect(query()).toBe(STATUS_UNSUCCESSFUL);
    machine.lab.expectFinding(/cannot be stopped while a client has its registers mapped/);
    expect(pin.getState()).toBe(KSSTATE.RUN);
    pin.close();
    expect(query()).toBe(STATUS_SUCCESS);
    ioSpace.MmUnmapIoSpace(at, 4096);
  });
});

scenario('a stop can be cancelled, and the stream never notices [PCL-REM-005]', (lab) => {
  const machine = bootPower(lab);
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  told(machine);
  const { cancel, query } = parts(machine);
  query();
  expect(cancel()).toBe(STATUS_SUCCESS);
  expect(told(machine)).toEqual(['PnpQueryStop', 'PnpCancelStop']);
  expect(pin.getState()).toBe(KSSTATE.RUN);
});

describe('a client that opens the filter while a stop is pending', () => {
  /** A thread that opens the filter 1 ms from now; what came of it, and when. */
  function openLater(machine: PlainMachine) {
    const result: { filter: KsFilter | null; error: unknown; atMs: number } = {
      filter: null,
      error: null,
      atMs: -1,
    };
    const { dispatcher, interfaces } = machine.kernel;
    const [link = ''] = interfaces.enumerate(KSCATEGORY_REALTIME);
    const client = machine.lab.newClient('late');
    dispatcher.createThread('late client', 8, function* late() {
      yield dispatcher.delay(10_000);
      try {
        result.filter = KsFilter.open(client, link);
      } catch (error) {
        result.error = error;
      }
      result.atMs = machine.kernel.clock.now / MS;
    });
    return { client, result };
  }

  scenario('waits, and gets it when the stop is cancelled [PCL-REM-004 WRT-PNP-004]', (lab) => {
    const machine = bootPower(lab);
    const { cancel, query } = parts(machine);
    const { result } = openLater(machine);
    query();
    const { dispatcher } = machine.kernel;
    const system = machine.driver.wdk.PsCreateSystemThread('power', 12, function* later() {
      yield dispatcher.delay(50_000);
      expect(result.atMs).toBe(-1);
      cancel();
    });
    machine.lab.runFor(20 * MS);
    expect(system.state).toBe('terminated');
    expect([result.error, result.atMs]).toEqual([null, 5]);
    expect(result.filter?.pinCount).toBe(2);
    result.filter?.close();
  });

  scenario('gets the new filter when the device was stopped and started', (lab) => {
    const machine = bootPower(lab);
    const { query, start, stop } = parts(machine);
    const { result } = openLater(machine);
    query();
    const { dispatcher } = machine.kernel;
    machine.driver.wdk.PsCreateSystemThread('power', 12, function* later() {
      yield dispatcher.delay(50_000);
      stop();
      yield dispatcher.delay(50_000);
      start();
    });
    machine.lab.runFor(20 * MS);
    expect([result.error, result.atMs]).toEqual([null, 10]);
    expect(result.filter?.pinCount).toBe(2);
    result.filter?.close();
  });
});

scenario('PnpStop may wait: the device lock is open meanwhile', (lab) => {
  const statuses: number[] = [];
  const machine: PlainMachine = bootPower(lab, {
    pnpStop: () => {
      machine.kernel.dispatcher.delaySynchronously(-30_000);
    },
  });
  const { pin } = machine.openBuffer();
  const { dispatcher } = machine.kernel;
  dispatcher.createThread('client', 8, function* client() {
    yield dispatcher.delay(10_000);
    statuses.push(pin.setState(KSSTATE.STOP), machine.kernel.clock.now / MS);
  });
  const { query, stop } = parts(machine);
  query();
  expect(stop()).toBe(STATUS_SUCCESS);
  expect(statuses).toEqual([STATUS_SUCCESS, 1]);
});

scenario('no request gets to a miniport while its adapter stops [WRT-PNP-004]', (lab) => {
  const answers: unknown[] = [];
  const machine: PlainMachine = bootPower(lab, {
    pnpStop: () => {
      machine.kernel.dispatcher.delaySynchronously(-30_000);
    },
  });
  const { pin } = machine.openBuffer();
  const { filter } = machine;
  const { dispatcher } = machine.kernel;
  dispatcher.createThread('client', 8, function* client() {
    yield dispatcher.delay(10_000);
    machine.takeCalls();
    answers.push(pin.readPosition(), pin.tryAllocateBuffer(3840).status);
    expect(() => filter.pinCount).toThrow(/INVALID_DEVICE_STATE/);
    answers.push(...machine.takeCalls());
  });
  const { query, stop } = parts(machine);
  query();
  expect(stop()).toBe(STATUS_SUCCESS);
  expect(answers).toEqual([STATUS_INVALID_DEVICE_STATE, STATUS_INVALID_DEVICE_STATE]);
});

scenario('a device that was stopped in D3 starts in D0, and its adapter hears it', (lab) => {
  const machine = bootPower(lab);
  const { kernel, node } = machine.lab.machine;
  kernel.power.setDeviceState(node, PowerDeviceD3);
  const { query, start, stop } = parts(machine);
  query();
  stop();
  machine.takeCalls();
  expect(start()).toBe(STATUS_SUCCESS);
  // The bus gave power with the start, and StartDevice may use it.
  expect(machine.takeCalls().slice(0, 2)).toEqual(['PowerChangeState3 1 1 0', 'StartDevice']);
  const filter = machine.lab.openFilter();
  expect(filter.pinCount).toBe(2);
  expect(machine.takeCalls().filter((call) => /^Power/.test(call))).toEqual([]);
  filter.close();
});

scenario('a request that waits for the device lock can be cancelled', (lab) => {
  const machine = bootPower(lab);
  const { pin } = machine.openBuffer();
  const { process } = machine.lab.client;
  const { dispatcher } = machine.kernel;
  let overlapped: ReturnType<typeof process.deviceIoControlAsync> | null = null;
  machine.answers.setState = () => {
    dispatcher.delaySynchronously(-30_000);
    return STATUS_SUCCESS;
  };
  machine.driver.wdk.PsCreateSystemThread('second', 12, function* second() {
    yield dispatcher.delay(10_000);
    const { handle, requestAt, valueAt } = pin;
    overlapped = process.deviceIoControlAsync(handle, 0x2f0003, requestAt, 24, valueAt, 16);
    overlapped.cancel();
  });
  pin.setState(KSSTATE.ACQUIRE);
  const ended = overlapped as { status: number } | null;
  expect(ended?.status).toBe(STATUS_CANCELLED);
});
