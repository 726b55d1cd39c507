/**
 * A bus-master device for tests of the WavePci port: engines with descriptor queues of any depth,
 * a speaker and a line in. Its driver in these tests reaches the engines directly; one register,
 * at offset 0, tells and clears the interrupt.
 */
import type { DeviceModel, DeviceSlot } from '../../src/hardware/device.ts';
import { LineIn } from '../../src/hardware/endpoint/line-in.ts';
import { Speaker } from '../../src/hardware/endpoint/speaker.ts';
import { BusMasterEngine } from './bus-master-engine.ts';

export interface BusMasterTraits {
  readonly fifoFrames?: number;
  /** Further render engines, each with an ear of its own. */
  readonly voices?: number;
}

/** An engine and the ear that hears it. */
export interface Voice {
  readonly engine: BusMasterEngine;
  readonly speaker: Speaker;
}

export interface BusMasterDevice extends DeviceModel {
  readonly speaker: Speaker;
  readonly lineIn: LineIn;
  readonly render: BusMasterEngine;
  /** A second render engine, with an ear of its own. */
  readonly second: BusMasterEngine;
  readonly secondSpeaker: Speaker;
  readonly capture: BusMasterEngine;
  readonly voices: readonly Voice[];
}

export function busMasterDevice(slot: DeviceSlot, traits: BusMasterTraits = {}): BusMasterDevice {
  const speaker = new Speaker();
  const secondSpeaker = new Speaker();
  const lineIn = new LineIn();
  const fifoFrames = traits.fifoFrames ?? 0;
  const interruptDue = (): void => slot.interrupt.assert();
  const common = { slot, fifoFrames, interruptDue };
  const render = new BusMasterEngine({ ...common, ear: speaker, mouth: null });
  const second = new BusMasterEngine({ ...common, ear: secondSpeaker, mouth: null });
  const capture = new BusMasterEngine({ ...common, ear: null, mouth: lineIn });
  const voices = Array.from({ length: traits.voices ?? 0 }, (): Voice => {
    const ear = new Speaker();
    return { engine: new BusMasterEngine({ ...common, ear, mouth: null }), speaker: ear };
  });
  const engines = [render, second, capture, ...voices.map(({ engine }) => engine)];
  const settle = (): void => {
    for (const engine of engines) engine.settle();
  };
  for (const end of [speaker, secondSpeaker, lineIn]) {
    end.connect({ settle, jackChanged: () => undefined });
  }
  return {
    speaker,
    secondSpeaker,
    lineIn,
    render,
    second,
    capture,
    voices,
    identity: {
      vendorId: 0x1234,
      deviceId: 0x5678,
      description: 'Bus Master Audio Device',
      hardwareId: 'PCI\\VEN_1234&DEV_5678',
    },
    registers: {
      sizeBytes: 0x1000,
      read: () => (engines.some((engine) => engine.isInterrupting) ? 1 : 0),
      write: () => {
        for (const engine of engines) engine.isInterrupting = false;
        slot.interrupt.deassert();
      },
    },
    settle,
    powerOff: () => {
      for (const engine of engines) engine.reset();
      slot.interrupt.deassert();
    },
  };
}
