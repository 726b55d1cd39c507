/** A controller whose FIFO does not hold whole frames, which HDA 1.0a 3.3.40 does not ask for. */
import { expect } from 'vitest';
import { type DeviceSlot, HdaController } from '../../hardware/index.ts';
import {
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
} from '../../standards/hda/index.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import { scenario } from '../../testing/index.ts';
import { MS, positionOf } from './hda-lab.test-support.ts';
import { hdaDriver } from './index.ts';

const FIRST_OUTPUT_STREAM = 4;
const FIFOS =
  HDA_STREAM_BASE + FIRST_OUTPUT_STREAM * HDA_STREAM_STRIDE + HDA_STREAM_REGISTERS.FIFOS.offset;
/** SDnFIFOS of a FIFO of 257 bytes: 64 frames of 16-bit stereo, and a byte. */
const ODD_FIFO = 256;

function oddFifo(slot: DeviceSlot) {
  const model = new HdaController(slot);
  const { registers } = model;
  return {
    identity: model.identity,
    settle: () => model.settle(),
    powerOff: () => model.powerOff(),
    registers: {
      sizeBytes: registers.sizeBytes,
      read: (offset: number, width: 1 | 2 | 4) =>
        offset === FIFOS ? ODD_FIFO : registers.read(offset, width),
      write: (offset: number, width: 1 | 2 | 4, value: number) =>
        registers.write(offset, width, value),
    },
  };
}

scenario('a FIFO of 257 bytes counts as whole frames in latency and position', (lab) => {
  const machine = lab.boot({ device: oddFifo, driver: hdaDriver });
  const render = machine.openRender({});
  expect(render.pin.hardwareLatency().fifoBytes).toBe(260);
  render.setState(KSSTATE.RUN);
  machine.runFor(5 * MS);
  const [play, write] = positionOf(render);
  expect([Number.isInteger(play), write - 65]).toEqual([true, 224]);
  render.close();
});
