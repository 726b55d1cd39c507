/** The driver's own decisions: what it starts on, offers, refuses, and leaves behind. */
import { describe, expect } from 'vitest';
import { enumerateFilters, findEndpoints } from '../../client/endpoints.ts';
import { type DeviceSlot, SimpleDmaDevice, type SimpleDmaTraits } from '../../hardware/index.ts';
import { KSNODETYPE_LINE_CONNECTOR, KSNODETYPE_SPEAKER } from '../../standards/ks/guids.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import {
  ntSuccess,
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_NO_MATCH,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { SIMPLE_DMA_REGISTERS } from '../../standards/simple-dma/registers.ts';
import { formatOf, type Lab, type LabMachine, scenario } from '../../testing/index.ts';
import { simpleDmaDriver } from './index.ts';

const MS = 1_000_000;

const boot = (lab: Lab, traits: Partial<SimpleDmaTraits> = {}): LabMachine<SimpleDmaDevice> =>
  lab.boot({
    device: (slot: DeviceSlot) => new SimpleDmaDevice(slot, traits),
    driver: simpleDmaDriver,
  });

/** Rate and channels; the last two are never taken. */
const rates = [
  [8_000, 1],
  [48_000, 2],
  [192_000, 2],
  [7_999, 2],
  [48_000, 3],
] as const;

/** A device whose registers are changed on the way. */
class ChangedDevice extends SimpleDmaDevice {
  constructor(slot: DeviceSlot, change: (device: SimpleDmaDevice) => void) {
    super(slot);
    change(this);
  }
}

describe('the driver', () => {
  scenario('shows a speaker to play on and a line in to record from', (lab) => {
    const machine = boot(lab);
    const { interfaces } = machine.machine.kernel;
    const endpoints = findEndpoints(enumerateFilters(machine.client, interfaces));
    expect(
      endpoints.map(({ direction, bridgePin, streamingPin }) => {
        return [direction, streamingPin.id, bridgePin.category];
      }),
    ).toEqual([
      ['render', 0, KSNODETYPE_SPEAKER],
      ['capture', 2, KSNODETYPE_LINE_CONNECTOR],
    ]);
  });

  scenario('does not start on another device, and leaves nothing', (lab) => {
    const { offset } = SIMPLE_DMA_REGISTERS.ID;
    const machine = lab.build({
      device: (slot: DeviceSlot) =>
        new ChangedDevice(slot, ({ registers }) => {
          const { read } = registers;
          registers.read = (at, width) => (at === offset ? 0x1234 : read(at, width));
        }),
      driver: simpleDmaDriver,
    });
    machine.machine.loadDriver();
    expect(() => machine.machine.startDevice()).toThrow(
      expect.objectContaining({ status: STATUS_NO_SUCH_DEVICE }),
    );
  });

  scenario('does not start on a BAR that is too small, and leaves nothing', (lab) => {
    const machine = lab.build({
      device: (slot: DeviceSlot) =>
        new ChangedDevice(slot, (device) => {
          Object.assign(device, { registers: { ...device.registers, sizeBytes: 0x800 } });
        }),
      driver: simpleDmaDriver,
    });
    machine.machine.loadDriver();
    expect(() => machine.machine.startDevice()).toThrow(
      expect.objectContaining({ status: STATUS_DEVICE_CONFIGURATION_ERROR }),
    );
  });

  scenario('takes what its ranges say, and one stream in each direction', (lab) => {
    const machine = boot(lab);
    const filter = machine.openFilter();
    const refused = [
      formatOf({ float: true }),
      formatOf({ bits: 20 }),
      formatOf({ sampleRate: 7_999 }),
      formatOf({ sampleRate: 192_001 }),
      formatOf({ channels: 3 }),
    ];
    for (const format of refused) {
      expect(filter.tryOpenPin(0, format).status).toBe(STATUS_NO_MATCH);
      expect(filter.tryOpenPin(2, format).status).toBe(STATUS_NO_MATCH);
    }
    const playback = filter.openPin(0, formatOf({ sampleRate: 192_000, bits: 32 }));
    const capture = filter.openPin(2, formatOf({ sampleRate: 8_000, channels: 1 }));
    expect(filter.tryOpenPin(0, formatOf({})).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    playback.close();
    filter.openPin(0, formatOf({})).close();
    capture.close();
    filter.close();
  });

  for (const traits of [{}, { notifies: 'never', fifoFrames: 128 }] as const) {
    const kind = 'notifies' in traits ? 'a polled' : 'an interrupting';
    scenario(`of ${kind} part takes proposals that a pin opens with [PCL-DI-019]`, (lab) => {
      const filter = boot(lab, traits).openFilter();
      const answers = { taken: 0, refused: 0 };
      for (const pinId of [0, 2]) {
        for (const containerBits of [8, 16, 24, 32]) {
          for (const validBits of [8, 16, 20, 24, 32].filter((bits) => bits <= containerBits)) {
            for (const [rateHz, channels] of rates) {
              const format = { ...formatOf({ channels }), rateHz, validBits, containerBits };
              const proposed = filter.proposeFormat(pinId, format);
              const { pin, status } = filter.tryOpenPin(pinId, format);
              pin?.close();
              const expected = ntSuccess(status) ? STATUS_SUCCESS : STATUS_NO_MATCH;
              expect({ pinId, format, proposed }).toEqual({ pinId, format, proposed: expected });
              answers[ntSuccess(proposed) ? 'taken' : 'refused']++;
            }
          }
        }
      }
      // 16 in 16, 24 in 32 and 32 in 32; a polled FIFO does not outlast 192 kHz.
      const taken = 2 * 3 * (kind === 'a polled' ? 2 : 3);
      expect(answers).toEqual({ taken, refused: 2 * 12 * rates.length - taken });
      expect(filter.proposeFormat(1, formatOf({}))).toBe(STATUS_NO_MATCH);
      filter.close();
    });
  }

  scenario('does not run without a buffer', (lab) => {
    const machine = boot(lab);
    const filter = machine.openFilter();
    const pin = filter.openPin(0, formatOf({}));
    machine.expectFinding(/RUN before the cyclic buffer/);
    expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
    pin.close();
    filter.close();
  });

  for (const traits of [{}, { notifies: 'never', fifoFrames: 128 }] as const) {
    const kind = 'notifies' in traits ? 'polled' : 'interrupting';
    scenario(`stops a ${kind} engine when a stream closes in RUN, and serves the next`, (lab) => {
      const machine = boot(lab, traits);
      for (let round = 0; round < 3; round++) {
        const render = machine.openRender({ bufferMs: 10 });
        expect(render.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
        machine.runFor(25 * MS);
        render.close();
        const before = machine.machine.interruptsDelivered;
        machine.runFor(50 * MS);
        expect(machine.machine.interruptsDelivered).toBe(before);
        expect(machine.machine.kernel.clock.pending).toEqual([]);
      }
    });
  }
});
