/**
 * The way between memory and controller as a driver tells it: a bound above 0 where packets go over
 * PCI Express, and nothing on a PCI bus. What is measured at the ear beyond FIFO and codec keeps to
 * it. Source: KSRTAUDIO_HWLATENCY.
 */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { framesIn } from '../../src/base/frame-time.ts';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import { Ac97Controller, type DeviceSlot, HdaController } from '../../src/hardware/index.ts';
import type { DriverModule } from '../../src/portcls/ddi/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { EarRecorder, type Lab, noise, scenario } from '../../src/testing/index.ts';

const MS = 1_000_000;
const RATE_HZ = 48_000;
const FRAME_BYTES = 4;
const SOUND_FRAMES = 240;

interface Card {
  readonly device: (slot: DeviceSlot) => HdaController | Ac97Controller;
  readonly driver: DriverModule;
}

const EXPRESS: Card = { device: (slot) => new HdaController(slot), driver: hdaDriver };
const PCI: Card = {
  device: (slot) => new Ac97Controller(slot),
  driver: makeAc97Driver({ port: 'wavert' }),
};

/** What the driver tells, and the frames at the ear beyond FIFO and codec. */
function measure(lab: Lab, card: Card): { told100ns: number; beyondFrames: number } {
  const machine = lab.boot(card);
  const render = machine.openRender({ bufferMs: 20 });
  const { chipsetDelay100ns, codecDelay100ns, fifoBytes } = render.latency;
  const sound = noise(render.format, SOUND_FRAMES);
  render.write(sound);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  render.setState(KSSTATE.RUN);
  machine.runFor(10 * MS);
  const heardAt = Buffer.from(ear.heard().bytes).indexOf(sound) / FRAME_BYTES;
  const codecFrames = Math.round((codecDelay100ns * RATE_HZ) / 1e7);
  render.close();
  expect(heardAt).toBeGreaterThan(0);
  return {
    told100ns: chipsetDelay100ns,
    beyondFrames: heardAt - fifoBytes / FRAME_BYTES - codecFrames,
  };
}

/** Whole frames that fit into a delay. */
const framesWithin = (told100ns: number): number => framesIn(100 * told100ns, RATE_HZ);

scenario('a bound of its own on PCI Express, which the sound keeps to [WRT-LAT-005]', (lab) => {
  const { beyondFrames, told100ns } = measure(lab, EXPRESS);
  expect(told100ns).toBeGreaterThan(0);
  expect(beyondFrames).toBeGreaterThanOrEqual(0);
  expect(beyondFrames).toBeLessThanOrEqual(framesWithin(told100ns));
});

scenario('none on PCI, where the sound has none [WRT-LAT-005]', (lab) => {
  const { beyondFrames, told100ns } = measure(lab, PCI);
  expect([told100ns, beyondFrames]).toEqual([0, 0]);
});
