/**
 * A device through its power states: who is asked and told, in which order, what happens to
 * streams, and what an adapter may say about the map from system states.
 */
import { describe, expect, it } from 'vitest';
import {
  PowerDeviceD0,
  PowerDeviceD1,
  PowerDeviceD3,
  PowerSystemSleeping1,
  PowerSystemSleeping3,
} from '../../src/kernel/ddi/index.ts';
import {
  IID_IAdapterPowerManagement,
  IID_IAdapterPowerManagement2,
  IID_IAdapterPowerManagement3,
  IID_IPortClsPower,
  IID_IPowerNotify,
  PcExitLatencyFast,
  PcExitLatencyInstant,
  PcExitLatencyResponsive,
  portClsFunctions,
} from '../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_DEVICE_BUSY,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { expectInterface, expectSignature, method } from '../support/catalogue-facts.ts';
import type { PlainMachine } from '../support/plain-machine.ts';
import { bootPower, buildPower, PowerAdapter } from '../support/power-adapter.ts';

const MS = 1_000_000;

/** Calls that are about power or state, without their arguments' noise. */
const told = (machine: PlainMachine): string[] =>
  machine.takeCalls().filter((call) => /^(Power|QueryPower|SetState|D3Exit)/.test(call));

const setState = (machine: PlainMachine, state: 1 | 2 | 3 | 4) =>
  machine.kernel.power.setDeviceState(machine.lab.machine.node, state);

const adapterOf = (machine: PlainMachine) => {
  const device = machine.driver.functionalDevice;
  if (device === null) throw new Error('not started');
  return machine.lab.machine.portClass.adapterOf(device);
};

describe('declarations', () => {
  it('of the power interfaces [PCL-PWR-001 PCL-PWR-011 PCL-PWR-015 PCL-PWR-016 PCL-PWR-021]', () => {
    expectInterface('PCL-PWR-001', IID_IAdapterPowerManagement);
    expectInterface('PCL-PWR-011', IID_IPowerNotify);
    expectInterface('PCL-PWR-015', IID_IAdapterPowerManagement2);
    expectInterface('PCL-PWR-016', IID_IAdapterPowerManagement3);
    expectInterface('PCL-PWR-021', IID_IPortClsPower);
    expectSignature('PCL-PWR-015', method(IID_IAdapterPowerManagement2, 'PowerChangeState2'));
    expectSignature('PCL-PWR-016', method(IID_IAdapterPowerManagement3, 'PowerChangeState3'));
    expect([PcExitLatencyInstant, PcExitLatencyFast, PcExitLatencyResponsive]).toEqual([0, 1, 2]);
  });

  it('of the power functions, at PASSIVE_LEVEL [PCL-PWR-002 PCL-PWR-014]', () => {
    expectSignature('PCL-PWR-002', portClsFunctions.PcRegisterAdapterPowerManagement);
    expectSignature('PCL-PWR-014', portClsFunctions.PcRequestNewPowerState);
    expectSignature('PCL-PWR-003', portClsFunctions.PcUnregisterAdapterPowerManagement);
    expect(portClsFunctions.PcRegisterAdapterPowerManagement.maxIrql).toBe(0);
    expect(portClsFunctions.PcRequestNewPowerState.maxIrql).toBe(0);
  });
});

scenario(
  'a running stream is paused, miniport and stream hear, then the adapter; and back in reverse ' +
    '[PCL-PWR-004 PCL-PWR-005 WRT-PWR-001 WRT-PWR-002]',
  (lab) => {
    const machine = bootPower(lab, { notifies: true });
    const { pin } = machine.openBuffer();
    pin.setState(KSSTATE.RUN);
    told(machine);
    expect(setState(machine, PowerDeviceD3)).toBe(STATUS_SUCCESS);
    expect(told(machine)).toEqual([
      'SetState PAUSE',
      'PowerChangeNotify miniport 4',
      'PowerChangeNotify stream 4',
      'PowerChangeState3 4 1 2',
    ]);
    expect(setState(machine, PowerDeviceD0)).toBe(STATUS_SUCCESS);
    expect(told(machine)).toEqual([
      'PowerChangeState3 1 1 0',
      'PowerChangeNotify miniport 1',
      'PowerChangeNotify stream 1',
      'SetState RUN',
    ]);
    expect(machine.stream.state).toBe(KSSTATE.RUN);
  },
);

for (const state of [KSSTATE.STOP, KSSTATE.ACQUIRE, KSSTATE.PAUSE] as const) {
  scenario(`a stream that does not run in state ${state} is left where it is`, (lab) => {
    const machine = bootPower(lab);
    const { pin } = machine.openBuffer();
    pin.setState(state);
    told(machine);
    setState(machine, PowerDeviceD3);
    setState(machine, PowerDeviceD0);
    expect(told(machine)).toEqual(['PowerChangeState3 4 1 2', 'PowerChangeState3 1 1 0']);
    expect(machine.stream.state).toBe(state);
  });
}

scenario('streams are paused before the bus takes the power, and go on after it gave it', (lab) => {
  const machine = bootPower(lab);
  const { node } = machine.lab.machine;
  const states: string[] = [];
  const seen = (who: string): number => states.push(`${who} D${node.powerState - 1}`);
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  machine.answers.setState = (state) => {
    seen(`SetState ${state}`);
    return STATUS_SUCCESS;
  };
  setState(machine, PowerDeviceD3);
  expect(node.powerState).toBe(PowerDeviceD3);
  setState(machine, PowerDeviceD0);
  expect(states).toEqual(['SetState 2 D0', 'SetState 3 D0']);
});

scenario('who touches the device while it sleeps is noted [PCL-PWR-006 PCL-PWR-007]', (lab) => {
  const machine = bootPower(lab);
  const { ioSpace } = machine.kernel;
  const at = ioSpace.MmMapIoSpace(0xfeb0_0000, 4096, 0);
  if (at === null) throw new Error('no registers');
  ioSpace.writeRegister(at, 4, 77);
  setState(machine, PowerDeviceD3);
  expect(machine.lab.findings).toEqual([]);
  ioSpace.writeRegister(at, 4, 78);
  expect(ioSpace.readRegister(at, 4)).toBe(0xffff_ffff);
  setState(machine, PowerDeviceD0);
  expect(ioSpace.readRegister(at, 4)).toBe(77);
  ioSpace.MmUnmapIoSpace(at, 4096);
  machine.lab.expectFinding(/register 0x0 was written while the device had no power/);
  machine.lab.expectFinding(/register 0x0 was read while the device had no power/);
});

for (const [version, calls] of [
  [1, ['PowerChangeState 4', 'PowerChangeState 1']],
  [2, ['PowerChangeState2 4 1', 'PowerChangeState2 1 1']],
  [3, ['PowerChangeState3 4 1 2', 'PowerChangeState3 1 1 0']],
] as const) {
  scenario(`the newest version that the adapter has is called: ${version}`, (lab) => {
    const machine = bootPower(lab, { version });
    told(machine);
    setState(machine, PowerDeviceD3);
    setState(machine, PowerDeviceD0);
    expect(told(machine)).toEqual(calls);
  });
}

scenario('an adapter that is awake is not told that it is [PCL-PWR-013]', (lab) => {
  const machine = bootPower(lab);
  told(machine);
  expect(adapterOf(machine).power.deviceState).toBe(PowerDeviceD0);
  expect(setState(machine, PowerDeviceD0)).toBe(STATUS_SUCCESS);
  expect(told(machine)).toEqual([]);
});

scenario('an adapter that registers anew takes the place of the one before', (lab) => {
  const machine = bootPower(lab);
  const { calls, functionalDevice, wdk } = machine.driver;
  if (functionalDevice === null) throw new Error('not started');
  const second = new PowerAdapter(wdk, calls, { version: 1 });
  expect(wdk.PcRegisterAdapterPowerManagement(second, functionalDevice)).toBe(STATUS_SUCCESS);
  second.release();
  told(machine);
  setState(machine, PowerDeviceD3);
  // Who is replaced is let go, which the end of the scenario sees.
  expect(told(machine)).toEqual(['PowerChangeState 4']);
  setState(machine, PowerDeviceD0);
});

scenario('an adapter is asked for a device state by that state [PCL-PWR-008]', (lab) => {
  const machine = bootPower(lab, {
    query: (state) => (state === PowerDeviceD3 ? STATUS_DEVICE_BUSY : STATUS_SUCCESS),
  });
  const { node } = machine.lab.machine;
  const { power } = machine.kernel;
  told(machine);
  expect(power.queryDeviceState(node, PowerDeviceD1)).toBe(STATUS_SUCCESS);
  expect(power.queryDeviceState(node, PowerDeviceD3)).toBe(STATUS_DEVICE_BUSY);
  expect(told(machine)).toEqual(['QueryPowerChangeState 2', 'QueryPowerChangeState 4']);
  // A change need not be asked for first.
  expect(setState(machine, PowerDeviceD3)).toBe(STATUS_SUCCESS);
});

scenario('an adapter can be unregistered, once [PCL-PWR-003]', (lab) => {
  const machine = bootPower(lab);
  const { functionalDevice, wdk } = machine.driver;
  if (functionalDevice === null) throw new Error('not started');
  expect(wdk.PcUnregisterAdapterPowerManagement(functionalDevice)).toBe(STATUS_SUCCESS);
  told(machine);
  setState(machine, PowerDeviceD3);
  setState(machine, PowerDeviceD0);
  expect(told(machine)).toEqual([]);
  const again = wdk.PcUnregisterAdapterPowerManagement(functionalDevice);
  expect(again).toBe(STATUS_INVALID_DEVICE_STATE);
});

describe('the machine sleeps', () => {
  scenario('and the device with it, whatever runs, until it wakes [WRT-PWR-001]', (lab) => {
    const machine = bootPower(lab, {}, {});
    const { pin } = machine.openBuffer();
    pin.setState(KSSTATE.RUN);
    told(machine);
    const { power } = machine.kernel;
    expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
    expect(told(machine)).toEqual([
      'QueryPowerChangeState 4',
      'SetState PAUSE',
      'PowerChangeState3 4 4 2',
    ]);
    machine.lab.runFor(100 * MS);
    expect(pin.readPosition()).toBe(STATUS_DEVICE_NOT_READY);
    expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_INVALID_DEVICE_STATE);
    expect(told(machine)).toEqual([]);
    expect(power.wake()).toBe(STATUS_SUCCESS);
    expect(told(machine)).toEqual(['PowerChangeState3 1 1 0', 'SetState RUN']);
    expect(pin.readPosition()).toBe(STATUS_SUCCESS);
    expect(power.wake()).toBe(STATUS_INVALID_DEVICE_STATE);
  });

  scenario('and no thread of a process runs before it wakes', (lab) => {
    const machine = bootPower(lab);
    const { dispatcher, power } = machine.kernel;
    const { pin } = machine.openBuffer();
    const statuses: number[] = [];
    dispatcher.createThread('client', 8, function* client() {
      yield dispatcher.delay(10_000);
      statuses.push(pin.readPosition());
    });
    machine.lab.runFor(0);
    power.sleep(PowerSystemSleeping3);
    machine.lab.runFor(10 * MS);
    expect(statuses).toEqual([]);
    power.wake();
    machine.lab.runFor(0);
    expect(statuses).toEqual([STATUS_SUCCESS]);
  });

  scenario('once: who asks again on the way there is refused', (lab) => {
    const statuses: number[] = [];
    const machine: PlainMachine = bootPower(lab, {
      changeState: () => {
        statuses.push(machine.kernel.power.sleep(PowerSystemSleeping3));
      },
    });
    const { dispatcher, power } = machine.kernel;
    expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
    expect(power.wake()).toBe(STATUS_SUCCESS);
    expect(statuses).toEqual([STATUS_INVALID_DEVICE_STATE, STATUS_INVALID_DEVICE_STATE]);
    let hasRun = false;
    dispatcher.createThread('application', 8, function* run() {
      yield dispatcher.delay(10_000);
      hasRun = true;
    });
    machine.lab.runFor(2 * MS);
    expect(hasRun).toBe(true);
  });

  scenario('and wakes once: who asks again on the way there is refused', (lab) => {
    const statuses: number[] = [];
    const machine: PlainMachine = bootPower(lab, {
      changeState: () => {
        statuses.push(machine.kernel.power.wake());
      },
    });
    const { power } = machine.kernel;
    expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
    machine.lab.runFor(10 * MS);
    expect(power.wake()).toBe(STATUS_SUCCESS);
    expect(statuses).toEqual([STATUS_INVALID_DEVICE_STATE, STATUS_INVALID_DEVICE_STATE]);
    expect(power.sleptNs).toBe(10 * MS);
  });

  scenario('unless the adapter vetoes, and then everything plays on [PCL-PWR-008]', (lab) => {
    const machine = bootPower(lab, { query: () => STATUS_UNSUCCESSFUL });
    const { pin } = machine.openBuffer();
    pin.setState(KSSTATE.RUN);
    told(machine);
    const { power } = machine.kernel;
    expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_UNSUCCESSFUL);
    expect(told(machine)).toEqual(['QueryPowerChangeState 4']);
    expect(machine.stream.state).toBe(KSSTATE.RUN);
    // A battery at its end does not ask.
    expect(power.sleep(PowerSystemSleeping3, true)).toBe(STATUS_SUCCESS);
    expect(told(machine)).toEqual(['SetState PAUSE', 'PowerChangeState3 4 4 2']);
  });
});

describe('the map of states', () => {
  const withD1 = (machine: PlainMachine['lab']): void => {
    machine.machine.node.capabilities.deviceState[PowerSystemSleeping1] = PowerDeviceD1;
  };

  scenario('can be made deeper by an adapter [PCL-PWR-009 PCL-PWR-010]', (lab) => {
    const capabilities = ({ deviceState }: { deviceState: number[] }): void => {
      expect(deviceState[PowerSystemSleeping1]).toBe(PowerDeviceD1);
      deviceState[PowerSystemSleeping1] = PowerDeviceD3;
    };
    const machine = buildPower(lab, { capabilities }, withD1);
    const calls = machine.takeCalls();
    expect(calls.indexOf('QueryDeviceCapabilities')).toBeLessThan(calls.indexOf('StartDevice'));
    expect(calls).toContain('QueryDeviceCapabilities');
    machine.kernel.power.sleep(PowerSystemSleeping1);
    expect(machine.lab.machine.node.powerState).toBe(PowerDeviceD3);
  });

  scenario('can not be made shallower [PCL-PWR-009]', (lab) => {
    const capabilities = ({ deviceState }: { deviceState: number[] }): void => {
      deviceState[PowerSystemSleeping1] = PowerDeviceD0;
    };
    const machine = buildPower(lab, { capabilities }, withD1);
    machine.lab.expectFinding(/QueryDeviceCapabilities maps S1 shallower, from D1 to D0/);
    machine.kernel.power.sleep(PowerSystemSleeping1);
    expect(machine.lab.machine.node.powerState).toBe(PowerDeviceD1);
  });

  scenario('is not asked for when an adapter registers too late [PCL-PWR-010]', (lab) => {
    const machine = bootPower(lab, { registersIn: 'StartDevice' });
    expect(machine.takeCalls()).not.toContain('QueryDeviceCapabilities');
    setState(machine, PowerDeviceD3);
    expect(told(machine)).toEqual(['PowerChangeState3 4 1 2']);
  });
});

describe('the way out of D3', () => {
  const slow = (ms: number) => (machine: () => PlainMachine) => (state: number) => {
    if (state === PowerDeviceD0) machine().kernel.dispatcher.delaySynchronously(-ms * 10_000);
  };

  function leaveD3(lab: Parameters<typeof bootPower>[0], ms: number, tolerance: 1 | 2) {
    const machine: PlainMachine = bootPower(lab, { changeState: slow(ms)(() => machine) });
    adapterOf(machine).power.setExitLatencyTolerance(tolerance);
    setState(machine, PowerDeviceD3);
    setState(machine, PowerDeviceD0);
    return machine;
  }

  scenario('is held against the stricter of the two times [PCL-PWR-017]', (lab) => {
    leaveD3(lab, 10, PcExitLatencyFast);
    leaveD3(lab, 200, PcExitLatencyResponsive);
    const fast = leaveD3(lab, 11, PcExitLatencyFast);
    fast.lab.expectFinding(/D3 was left in 11 ms, tolerated are 10 ms/);
    const responsive = leaveD3(lab, 201, PcExitLatencyResponsive);
    responsive.lab.expectFinding(/D3 was left in 201 ms, tolerated are 200 ms/);
  });

  scenario('is told of only in D3, and Instant ends it [PCL-PWR-018]', (lab) => {
    const machine = bootPower(lab);
    const { power } = adapterOf(machine);
    told(machine);
    expect(power.setExitLatencyTolerance(PcExitLatencyFast)).toBe(STATUS_SUCCESS);
    expect(told(machine)).toEqual([]);
    setState(machine, PowerDeviceD3);
    power.setExitLatencyTolerance(PcExitLatencyResponsive);
    expect(told(machine)).toEqual(['PowerChangeState3 4 1 1', 'D3ExitLatencyChanged 2']);
    power.setExitLatencyTolerance(PcExitLatencyInstant);
    expect(told(machine)).toEqual(['D3ExitLatencyChanged 0', 'PowerChangeState3 1 1 0']);
  });
});

scenario('PcRequestNewPowerState leads the device to a state [PCL-PWR-014]', (lab) => {
  const machine = bootPower(lab);
  const { functionalDevice, physicalDevice, wdk } = machine.driver;
  if (functionalDevice === null || physicalDevice === null) throw new Error('not started');
  told(machine);
  expect(wdk.PcRequestNewPowerState(functionalDevice, PowerDeviceD3)).toBe(STATUS_SUCCESS);
  expect(told(machine)).toEqual(['PowerChangeState3 4 1 2']);
  expect(machine.lab.machine.node.powerState).toBe(PowerDeviceD3);
  expect(wdk.PcRequestNewPowerState(functionalDevice, 0)).toBe(STATUS_INVALID_PARAMETER);
  expect(wdk.PcRequestNewPowerState(physicalDevice, PowerDeviceD0)).toBe(STATUS_INVALID_PARAMETER);
  // A client that comes wakes it.
  expect(machine.filter.pinCount).toBe(2);
  expect(told(machine)).toEqual(['PowerChangeState3 1 1 0']);
});

scenario('a client that leaves while its device sleeps wakes it, and nothing is left', (lab) => {
  const machine = bootPower(lab);
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  setState(machine, PowerDeviceD3);
  told(machine);
  const busy = machine.kernel.pnp.queryRemove(machine.lab.machine.node);
  expect(busy).toBe(STATUS_DEVICE_BUSY);
  machine.lab.client.process.terminate();
  expect(told(machine).slice(-3)).toEqual(['SetState PAUSE', 'SetState ACQUIRE', 'SetState STOP']);
  expect(machine.lab.machine.node.powerState).toBe(PowerDeviceD0);
});
