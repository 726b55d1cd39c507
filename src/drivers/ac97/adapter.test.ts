import { describe, expect, it } from 'vitest';
import type { DeviceModel, DeviceSlot, RegisterSpace } from '../../hardware/device.ts';
import { Ac97Controller } from '../../hardware/index.ts';
import { Machine, StartError } from '../../machine/machine.ts';
import {
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_DEVICE_NOT_READY,
  STATUS_NO_SUCH_DEVICE,
} from '../../standards/nt/ntstatus.ts';
import { ac97Driver } from './index.ts';

/** An AC'97 controller whose BARs are bent; settles and switches off as the real one does. */
const bent =
  (bars: (device: Ac97Controller) => readonly RegisterSpace[]) =>
  (slot: DeviceSlot): DeviceModel => {
    const device = new Ac97Controller(slot);
    const [registers = device.registers] = bars(device);
    return {
      identity: device.identity,
      registers,
      bars: bars(device),
      settle: () => device.settle(),
      powerOff: () => device.powerOff(),
    };
  };

/** Registers of which reads of one offset give something else. */
const bend = (space: RegisterSpace, offset: number, value: number): RegisterSpace => ({
  sizeBytes: space.sizeBytes,
  read: (at, width) => (at === offset ? value : space.read(at, width)),
  write: (at, width, written) => space.write(at, width, written),
});

const [NAM, NABM] = [0, 1];
const barOf = (device: Ac97Controller, index: number): RegisterSpace => {
  const bar = device.bars[index];
  if (bar === undefined) throw new Error('no such BAR');
  return bar;
};

/** The status with which the device does not start; and nothing is left of the attempt. */
function failure(device: (slot: DeviceSlot) => DeviceModel): number {
  const machine = new Machine({ device, driver: ac97Driver });
  machine.loadDriver();
  let status = 0;
  try {
    machine.startDevice();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    status = error.status;
  }
  expect(machine.shutDown()).toEqual([]);
  expect(machine.portClass.findings.list).toEqual([]);
  return status;
}

describe('the adapter', () => {
  it('starts, and leaves nothing', () => {
    expect(failure((slot) => new Ac97Controller(slot))).toBe(0);
  });

  it('needs both BARs', () => {
    const status = failure(bent((device) => [barOf(device, NAM)]));
    expect(status).toBe(STATUS_DEVICE_CONFIGURATION_ERROR);
  });

  it('gives up a codec that does not get ready', () => {
    const status = failure(
      bent((device) => [barOf(device, NAM), bend(barOf(device, NABM), 0x30, 0)]),
    );
    expect(status).toBe(STATUS_DEVICE_NOT_READY);
  });

  it('gives up a codec that does not answer, and one whose semaphore is never free', () => {
    const silent = failure(
      bent((device) => [bend(barOf(device, NAM), 0x28, 0xffff), barOf(device, NABM)]),
    );
    const taken = failure(
      bent((device) => [barOf(device, NAM), bend(barOf(device, NABM), 0x34, 1)]),
    );
    expect([silent, taken]).toEqual([STATUS_NO_SUCH_DEVICE, STATUS_NO_SUCH_DEVICE]);
  });
});
