/** Who touches the device while a stream runs, where from, and how often. */
import { describe, expect } from 'vitest';
import {
  makeSimpleDmaDriver,
  type SimpleDmaDriverOptions,
} from '../../src/drivers/simple-dma/index.ts';
import type { AccessWidth, DeviceSlot } from '../../src/hardware/device.ts';
import { SimpleDmaDevice, type SimpleDmaTraits } from '../../src/hardware/index.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../src/kernel/irql.ts';
import { SIMPLE_DMA_ENGINE_REGISTERS } from '../../src/standards/simple-dma/registers.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { MS, Playback, type SimpleMachine } from '../support/simple-dma-machine.ts';

interface Write {
  readonly register: number;
  readonly value: number;
  readonly atNs: number;
}

const ARM = 0x40 + SIMPLE_DMA_ENGINE_REGISTERS.ARM.offset;
const ADRL = 0x40 + SIMPLE_DMA_ENGINE_REGISTERS.ADRL.offset;
/** What the machine gives the device. */
const DEVICE_LEVEL = 5;

/** A device whose writes are seen, with what the processor was at. */
class WatchedDevice extends SimpleDmaDevice {
  readonly writes: Write[] = [];
  onWrite: () => void = () => {};

  constructor(slot: DeviceSlot, traits: Partial<SimpleDmaTraits>) {
    super(slot, traits);
    const { write } = this.registers;
    this.registers.write = (offset: number, width: AccessWidth, value: number): void => {
      this.writes.push({ register: offset, value, atNs: slot.clock.now });
      this.onWrite();
      write(offset, width, value);
    };
  }
}

interface Watched {
  readonly writes: Write[];
  /** IRQL and thread of each write. */
  readonly contexts: string[];
  readonly playback: Playback;
  /** Where the driver pointed the engine before RUN. */
  readonly firstAddress: number;
}

function watch(
  lab: Lab,
  traits: Partial<SimpleDmaTraits>,
  options: SimpleDmaDriverOptions,
): Watched {
  const machine = lab.boot({
    device: (slot: DeviceSlot) => new WatchedDevice(slot, traits),
    driver: makeSimpleDmaDriver(options),
  });
  const { device } = machine;
  const { irql, dispatcher } = machine.machine.kernel;
  const playback = new Playback(machine as SimpleMachine, { soundMs: 300 });
  const firstAddress = device.writes.findLast(({ register }) => register === ADRL)?.value ?? -1;
  const contexts: string[] = [];
  device.writes.length = 0;
  device.onWrite = () => {
    const thread = dispatcher.currentThread?.name ?? 'no thread';
    contexts.push(`${irql.current} ${thread}`);
  };
  machine.runFor(205 * MS);
  const writes = [...device.writes];
  device.onWrite = () => {};
  const seen = [...contexts];
  playback.playOut();
  expect(playback.ledger.isBitExact).toBe(true);
  return { writes, contexts: seen, playback, firstAddress };
}

describe('a part that cannot loop', () => {
  const cases: readonly [
    string,
    Partial<SimpleDmaTraits>,
    SimpleDmaDriverOptions,
    number,
    RegExp,
  ][] = [
    ['in the service routine', {}, {}, DEVICE_LEVEL, /^5 /],
    ['in a thread of its own', {}, { rearm: 'thread' }, PASSIVE_LEVEL, /^0 wpsdma re-arm$/],
    ['in the poll', { notifies: 'never', fifoFrames: 128 }, {}, DISPATCH_LEVEL, /^2 /],
  ];

  for (const [where, traits, options, level, context] of cases) {
    scenario(
      `is given the start of the buffer ${where}, once in each pass [WRT-HWL-001 WRT-HWL-002 WRT-HWL-003]`,
      (lab) => {
        const watched = watch(lab, traits, options);
        const { contexts, firstAddress, playback, writes } = watched;
        const arms = writes.flatMap(({ register }, index) => (register === ARM ? [index] : []));
        // 205 ms are 20 passes of 10 ms.
        expect(arms.length).toBe(20);
        for (const [pass, index] of arms.entries()) {
          expect(contexts[index]).toMatch(context);
          expect(contexts[index]?.startsWith(`${level} `)).toBe(true);
          const address = writes.slice(0, index).findLast(({ register }) => register === ADRL);
          expect(address?.value).toBe(firstAddress);
          const endNs = playback.timeOf((pass + 1) * playback.bufferFrames);
          const atNs = writes[index]?.atNs ?? 0;
          if (level === DISPATCH_LEVEL) expect(atNs - endNs).toBeLessThanOrEqual(MS);
          else expect(atNs).toBe(endNs);
        }
      },
    );
  }
});

describe('a part that loops', () => {
  const kinds: readonly Partial<SimpleDmaTraits>[] = [
    { loops: true, gathers: true },
    { loops: true, gathers: true, notifies: 'never' },
    { loops: true, gathers: false, notifies: 'threshold' },
  ];
  for (const traits of kinds) {
    scenario(`is left alone by a driver of ${JSON.stringify(traits)} [WRT-HWL-005]`, (lab) => {
      expect(watch(lab, traits, {}).writes).toEqual([]);
    });
  }
});
