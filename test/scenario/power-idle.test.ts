/**
 * The idle timer: off until a driver's PowerSettings turn it on, wound up by every access, stopped
 * by a stream in use; what sleeps wakes for the next access.
 */
import { describe, expect } from 'vitest';
import { PowerDeviceD0, PowerDeviceD2, PowerDeviceD3 } from '../../src/kernel/ddi/index.ts';
import { REG_BINARY, REG_DWORD, registryDword } from '../../src/kernel/registry-key.ts';
import {
  IID_IPort,
  IID_IPortClsPower,
  PcExitLatencyInstant,
  PcExitLatencyResponsive,
} from '../../src/portcls/ddi/index.ts';
import { driverKeyPath } from '../../src/portcls/driver-settings.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import type { PlainMachine } from '../support/plain-machine.ts';
import { buildPower } from '../support/power-adapter.ts';

const SECOND = 1_000_000_000;

/** A machine whose driver came with these PowerSettings. */
function bootIdle(lab: Lab, settings: Readonly<Record<string, number>>, type = REG_BINARY) {
  const extras: Parameters<typeof buildPower>[3] = {};
  const machine = buildPower(
    lab,
    {},
    ({ machine: built }) => {
      const path = driverKeyPath(built.kernel, built.node.pdo, 'PowerSettings');
      const key = built.kernel.registry.ensure(path ?? '');
      for (const [name, value] of Object.entries(settings)) {
        key.setValue(name, type, registryDword(value));
      }
    },
    extras,
  );
  machine.takeCalls();
  return machine;
}

const stateOf = (machine: PlainMachine) => machine.lab.machine.node.powerState;
const told = (machine: PlainMachine): string[] =>
  machine.takeCalls().filter((call) => /^Power/.test(call));

scenario('without settings a device never idles [PCL-PWR-019 WRT-PWR-004]', (lab) => {
  const machine = bootIdle(lab, {});
  machine.lab.runFor(3600 * SECOND);
  expect(told(machine)).toEqual([]);
  expect(machine.kernel.clock.pending).toEqual([]);
});

describe('a device with a time-out of 30 s', () => {
  scenario(
    'sleeps 30 s after the last access, and the next one wakes it [PCL-PWR-019 WRT-PWR-004]',
    (lab) => {
      const machine = bootIdle(lab, { PerformanceIdleTime: 30 });
      machine.lab.runFor(20 * SECOND);
      expect(machine.filter.pinCount).toBe(2);
      machine.lab.runFor(29 * SECOND);
      expect(stateOf(machine)).toBe(PowerDeviceD0);
      machine.lab.runFor(2 * SECOND);
      expect(stateOf(machine)).toBe(PowerDeviceD3);
      expect(told(machine)).toEqual(['PowerChangeState3 4 1 2']);
      expect(machine.filter.pinCount).toBe(2);
      expect(told(machine)).toEqual(['PowerChangeState3 1 1 0']);
      machine.lab.runFor(31 * SECOND);
      expect(stateOf(machine)).toBe(PowerDeviceD3);
    },
  );

  scenario('does not sleep under a stream that runs [WRT-PWR-004]', (lab) => {
    const machine = bootIdle(lab, { PerformanceIdleTime: 30 });
    const { pin } = machine.openBuffer();
    pin.setState(KSSTATE.RUN);
    machine.lab.runFor(95 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD0);
    pin.setState(KSSTATE.STOP);
    machine.lab.runFor(29 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD0);
    machine.lab.runFor(2 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD3);
  });

  scenario('on battery goes by the other time and to the state named [PCL-PWR-019]', (lab) => {
    const settings = { ConservationIdleTime: 30, PerformanceIdleTime: 300, IdlePowerState: 2 };
    const machine = bootIdle(lab, settings, REG_DWORD);
    machine.kernel.power.source = 'battery';
    expect(machine.filter.pinCount).toBe(2);
    machine.lab.runFor(29 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD0);
    machine.lab.runFor(2 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD2);
    machine.kernel.power.source = 'mains';
    expect(machine.filter.pinCount).toBe(2);
    machine.lab.runFor(290 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD0);
    machine.lab.runFor(11 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD2);
  });

  scenario('goes by the battery from when the mains fail [PCL-PWR-019]', (lab) => {
    const machine = bootIdle(lab, { ConservationIdleTime: 30, PerformanceIdleTime: 300 });
    machine.lab.runFor(100 * SECOND);
    machine.kernel.power.source = 'battery';
    machine.lab.runFor(1);
    expect(stateOf(machine)).toBe(PowerDeviceD3);
  });

  scenario('stays awake when its driver opts out at the port [PCL-PWR-021]', (lab) => {
    const machine = bootIdle(lab, { PerformanceIdleTime: 30 });
    setIdle(machine, false);
    machine.lab.runFor(100 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD0);
    setIdle(machine, true);
    machine.lab.runFor(31 * SECOND);
    expect(stateOf(machine)).toBe(PowerDeviceD3);
  });
});

scenario('ImmediateIdle sleeps at once, whatever the driver opts [PCL-PWR-020]', (lab) => {
  const machine = bootIdle(lab, { ImmediateIdle: 1 });
  setIdle(machine, false);
  machine.lab.runFor(1);
  expect(stateOf(machine)).toBe(PowerDeviceD3);
  const { pin } = machine.openBuffer();
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
  machine.lab.runFor(SECOND);
  expect(stateOf(machine)).toBe(PowerDeviceD0);
  pin.setState(KSSTATE.STOP);
  machine.lab.runFor(1);
  expect(stateOf(machine)).toBe(PowerDeviceD3);
});

scenario('ImmediateIdle sleeps after a request in which the driver waits [PCL-PWR-020]', (lab) => {
  const machine = bootIdle(lab, { ImmediateIdle: 1 });
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  machine.answers.setState = () => {
    machine.kernel.dispatcher.delaySynchronously(-10_000);
    return STATUS_SUCCESS;
  };
  pin.setState(KSSTATE.STOP);
  expect(stateOf(machine)).toBe(PowerDeviceD0);
  machine.lab.runFor(1);
  expect(stateOf(machine)).toBe(PowerDeviceD3);
});

describe('a device that has to be back at once', () => {
  const settings = { PerformanceIdleTime: 30, ImmediateIdle: 1 } as const;
  for (const [name, value] of Object.entries(settings)) {
    scenario(`does not idle, until it may take its time again: ${name} [PCL-PWR-017]`, (lab) => {
      const machine = bootIdle(lab, { [name]: value });
      const { portClass } = machine.lab.machine;
      const { functionalDevice } = machine.driver;
      if (functionalDevice === null) throw new Error('not started');
      const { power } = portClass.adapterOf(functionalDevice);
      power.setExitLatencyTolerance(PcExitLatencyInstant);
      machine.lab.runFor(100 * SECOND);
      expect(stateOf(machine)).toBe(PowerDeviceD0);
      power.setExitLatencyTolerance(PcExitLatencyResponsive);
      machine.lab.runFor(29 * SECOND);
      expect(stateOf(machine)).toBe(name === 'ImmediateIdle' ? PowerDeviceD3 : PowerDeviceD0);
      machine.lab.runFor(2 * SECOND);
      expect(stateOf(machine)).toBe(PowerDeviceD3);
    });
  }
});

/** IPortClsPower::SetIdlePowerManagement, on the driver's own port. */
function setIdle({ driver, lab }: PlainMachine, enabled: boolean): void {
  const device = driver.functionalDevice;
  if (device === null) throw new Error('not started');
  const { guard } = lab.machine.portClass;
  const [port] = lab.machine.portClass.adapterOf(device).ports;
  if (port === undefined) throw new Error('no port');
  const power = guard.guard(IID_IPort, port).queryInterface(IID_IPortClsPower);
  expect(power?.setIdlePowerManagement(device, enabled)).toBe(STATUS_SUCCESS);
  power?.release();
}
