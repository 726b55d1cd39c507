/**
 * The HD Audio machine in a lab, with this driver: an ear that records, a client's stream, and the
 * miniport's stream behind it.
 */
import { type DeviceSlot, HdaController } from '../../hardware/index.ts';
import type { IMiniportWaveRTStream } from '../../portcls/ddi/index.ts';
import {
  EarRecorder,
  type Lab,
  type LabMachine,
  type TestRender,
  type TestRenderOptions,
} from '../../testing/index.ts';
import { hdaDriver } from './index.ts';
import { TamperedDevice, type Tampering } from './tampered-device.test-support.ts';

export const MS = 1_000_000;
export const intelHda = {
  device: (slot: DeviceSlot) => new HdaController(slot),
  driver: hdaDriver,
};
/** The same with registers that lie, and a trace that keeps the whole start. */
export const tampered = (tampering: Tampering) => ({
  device: (slot: DeviceSlot) => new TamperedDevice(slot, tampering),
  driver: hdaDriver,
  trace: { rows: 4096 },
});
export const STREAMING_PIN = 0;
/** Frames that the modelled codec holds. */
export const CODEC_FRAMES = 14;

/** The newest stream of the miniport that was asked for something, with nothing between. */
export function watchStreams(machine: LabMachine<HdaController>): () => IMiniportWaveRTStream {
  let newest: IMiniportWaveRTStream | null = null;
  machine.machine.portClass.guard.attach({
    entered: (slot, target) => {
      if (slot.interfaceName === 'IMiniportWaveRTStream') newest = target as IMiniportWaveRTStream;
    },
    left: () => {},
  });
  return () => {
    if (newest === null) throw new Error('no stream was asked for anything yet');
    return newest;
  };
}

export interface Listening {
  readonly machine: LabMachine<HdaController>;
  readonly ear: EarRecorder;
  readonly render: TestRender;
  readonly stream: () => IMiniportWaveRTStream;
}

export function listen(lab: Lab, options: TestRenderOptions = {}): Listening {
  const machine = lab.boot(intelHda);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const stream = watchStreams(machine);
  return { machine, ear, stream, render: machine.openRender(options) };
}

/** Play and write offset in frames. */
export function positionOf(render: TestRender): [number, number] {
  render.pin.check('POSITION', render.pin.readPosition());
  const { frameBytes, playOffset, writeOffset } = render.pin;
  return [playOffset / frameBytes, writeOffset / frameBytes];
}
