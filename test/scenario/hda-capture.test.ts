/**
 * Capture through the HD Audio driver: what is spoken at the mouth arrives in the client's buffer,
 * bit for bit on our model. QEMU hears silence there: how much of it, when, and in which states is
 * what both backends are asked.
 */
import { describe, expect } from 'vitest';
import { enumerateFilters, findEndpoints } from '../../src/client/endpoints.ts';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import { type DeviceSlot, HdaController } from '../../src/hardware/index.ts';
import { KSCATEGORY_CAPTURE } from '../../src/standards/ks/guids.ts';
import { KSPIN_DATAFLOW, KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import {
  EarRecorder,
  type Lab,
  type LabMachine,
  Mouth,
  noise,
  scenario,
  TestCapture,
  type TestCaptureOptions,
} from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import { describeBackends } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';

const MS = 1_000_000;
/** What the modelled codec holds between the mouth and the link, and the FIFO at 48 kHz. */
const CODEC_FRAMES = 14;
const FIFO_FRAMES = 16;
const RATES = [
  8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
];

const hda = { device: (slot: DeviceSlot) => new HdaController(slot), driver: hdaDriver };

/** A stream that somebody speaks `ms` milliseconds of noise into. */
function capture(lab: Lab, options: TestCaptureOptions = {}, ms = 100) {
  return captureOn(lab.boot(hda), options, ms);
}

function captureOn(machine: LabMachine<HdaController>, options: TestCaptureOptions, ms: number) {
  const stream = TestCapture.open(machine, options);
  const mouth = new Mouth(noise(stream.format, Math.ceil((stream.format.rateHz * ms) / 1000)));
  machine.device.lineIn.source = mouth;
  return { machine, mouth, stream };
}

describe('what is spoken', () => {
  for (const sampleRate of RATES) {
    scenario(
      `arrives bit for bit behind what the codec holds at ${sampleRate} Hz, in every size and channel count [WRT-ENU-015]`,
      (lab) => {
        const machine = lab.boot(hda);
        for (const bits of [16, 20, 24, 32, 'float'] as const) {
          for (const channels of [1, 2]) {
            const size = bits === 'float' ? { float: true } : { bits };
            const options = { sampleRate, channels, ...size, bufferMs: 15 };
            const { mouth, stream } = captureOn(machine, options, 100);
            expect(stream.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
            for (let round = 0; round < 10; round++) {
              machine.runFor(5 * MS);
              stream.read();
            }
            const held = CODEC_FRAMES * frameBytes(stream.format);
            const { captured } = stream;
            expect(captured.length).toBeGreaterThan(held + (sampleRate / 25) * channels);
            expect(captured.subarray(0, held)).toEqual(new Uint8Array(held));
            expect(captured.subarray(held)).toEqual(
              mouth.spoken.subarray(0, captured.length - held),
            );
            stream.close();
          }
        }
      },
    );
  }

  scenario('is silence while no plug is in the jack, and is spoken all the same', (lab) => {
    const { machine, mouth, stream } = capture(lab);
    stream.setState(KSSTATE.RUN);
    machine.runFor(10 * MS);
    machine.device.lineIn.jackPresent = false;
    machine.runFor(5 * MS);
    machine.device.lineIn.jackPresent = true;
    machine.runFor(3 * MS);
    stream.read();
    const spoken = mouth.spoken.slice(0, stream.captured.length - CODEC_FRAMES * 4);
    spoken.fill(0, 480 * 4, 720 * 4);
    expect(stream.captured.subarray(CODEC_FRAMES * 4)).toEqual(spoken);
    stream.close();
  });

  scenario('arrives while another client plays, and neither hears the other', (lab) => {
    const { machine, mouth, stream } = capture(lab);
    const ear = new EarRecorder();
    machine.device.speaker.sink = ear;
    const render = machine.openRender({ bufferMs: 20 });
    render.write(noise(render.format, 960, 3));
    render.setState(KSSTATE.RUN);
    stream.setState(KSSTATE.RUN);
    machine.runFor(15 * MS);
    stream.read();
    expect(ear.heard()).toMatchFrames(render.submitted.subarray(0, 600 * 4), {
      delayFrames: FIFO_FRAMES + CODEC_FRAMES,
    });
    expect(stream.captured.subarray(CODEC_FRAMES * 4)).toEqual(
      mouth.spoken.subarray(0, stream.captured.length - CODEC_FRAMES * 4),
    );
    expect(stream.captured.length).toBe((720 - FIFO_FRAMES) * 4);
    render.close();
    stream.close();
  });
});

describe('the position of a capture stream', () => {
  scenario(
    'is read up to what is stored, and records where the sample at the ADC will lie [WRT-POS-003 WRT-POS-004 WRT-POS-005 WRT-POS-013]',
    (lab) => {
      const { machine, stream } = capture(lab, { bufferMs: 20 });
      stream.setState(KSSTATE.RUN);
      const spokenThere = (): number[] => {
        stream.pin.check('POSITION', stream.pin.readPosition());
        return [stream.pin.writeOffset / 4, stream.pin.playOffset / 4];
      };
      machine.runFor(10 * MS);
      expect(spokenThere()).toEqual([480 - FIFO_FRAMES, 480 + CODEC_FRAMES]);
      machine.runFor(10 * MS);
      expect(spokenThere()).toEqual([960 - FIFO_FRAMES, CODEC_FRAMES]);
      machine.runFor(1 * MS);
      expect(spokenThere()).toEqual([48 - FIFO_FRAMES, 48 + CODEC_FRAMES]);
      stream.close();
    },
  );

  scenario('is 0 in STOP, stands in PAUSE and grows in RUN alone [WRT-POS-008]', (lab) => {
    const { machine, stream } = capture(lab, { bufferMs: 20 });
    const offsets = (): number[] => {
      stream.pin.check('POSITION', stream.pin.readPosition());
      return [stream.pin.writeOffset, stream.pin.playOffset];
    };
    expect(offsets()).toEqual([0, 0]);
    stream.setState(KSSTATE.PAUSE);
    machine.runFor(5 * MS);
    expect(offsets()).toEqual([0, 0]);
    stream.setState(KSSTATE.RUN);
    machine.runFor(5 * MS);
    stream.setState(KSSTATE.PAUSE);
    const paused = offsets();
    expect(paused).toEqual([(240 - FIFO_FRAMES) * 4, (240 + CODEC_FRAMES) * 4]);
    machine.runFor(5 * MS);
    expect(offsets()).toEqual(paused);
    stream.setState(KSSTATE.STOP);
    expect(offsets()).toEqual([0, 0]);
    stream.close();
  });

  scenario(
    'lags what is spoken by the latency that the driver states [WRT-LAT-003 WRT-LAT-006 WRT-LAT-008 WRT-POS-012]',
    (lab) => {
      for (const sampleRate of [44_100, 48_000, 192_000]) {
        const { machine, stream } = capture(lab, { sampleRate, bufferMs: 20 });
        stream.setState(KSSTATE.RUN);
        machine.runFor(7 * MS);
        stream.pin.check('POSITION', stream.pin.readPosition());
        const { fifoBytes, codecDelay100ns } = stream.latency;
        const stated = fifoBytes / 4 + Math.round((codecDelay100ns * sampleRate) / 1e7);
        // Frame n of the buffer is what was spoken CODEC_FRAMES earlier.
        const spokenAndRead = stream.pin.writeOffset / 4 - CODEC_FRAMES;
        expect(machine.device.lineIn.spokenFrames - spokenAndRead).toBe(stated);
        stream.close();
      }
    },
  );
});

describeBackends('a recording', 'hda', (backend) => {
  const { fifoFrames, hears, lagMs } = hdaFacts(backend);
  const UNTOUCHED = 0xee;

  for (const sampleRate of [22_050, 44_100, 48_000, 96_000]) {
    scenario(
      `fills the buffer in order, a frame each frame period: ${sampleRate} Hz [WRT-POS-003]`,
      (lab) => {
        const machine = backend.boot(lab);
        const stream = TestCapture.open(machine, { sampleRate, bufferMs: 60 });
        const { actualBytes, address } = stream.buffer;
        const { bytes } = machine.machine.kernel.ram;
        bytes.fill(UNTOUCHED, address, address + actualBytes);
        const mouth = new Mouth(noise(stream.format, sampleRate));
        machine.device.lineIn.source = mouth;
        expect(stream.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
        for (let atMs = 5; atMs <= 150; atMs += 5) {
          machine.runFor(5 * MS);
          stream.read();
          const due = (atMs * sampleRate) / 1000;
          const behind = fifoFrames(sampleRate) + (lagMs * sampleRate) / 1000;
          const frames = stream.captured.length / 4;
          expect(frames).toBeLessThanOrEqual(due);
          expect(frames).toBeGreaterThanOrEqual(Math.floor(due - behind));
          if (frames > actualBytes / 4) continue;
          // In the first lap, what is not told to be there has not been touched.
          const rest = bytes.subarray(address + frames * 4, address + actualBytes);
          expect(rest.every((byte) => byte === UNTOUCHED)).toBe(true);
        }
        const { captured } = stream;
        const held = Math.min(CODEC_FRAMES * 4, captured.length);
        const spoken = mouth.spoken.slice(0, captured.length - held);
        if (!hears) spoken.fill(0);
        expect(captured.subarray(held)).toEqual(spoken);
        stream.close();
      },
    );
  }

  scenario('grows in RUN alone, and is at 0 in STOP [WRT-POS-008 WRT-STA-013]', (lab) => {
    const machine = backend.boot(lab);
    const stream = TestCapture.open(machine, { bufferMs: 200 });
    const offsets = (): number[] => {
      stream.pin.check('POSITION', stream.pin.readPosition());
      return [stream.pin.writeOffset, stream.pin.playOffset];
    };
    for (let round = 0; round < 2; round++) {
      expect(offsets()).toEqual([0, 0]);
      stream.setState(KSSTATE.PAUSE);
      machine.runFor(30 * MS);
      expect(offsets()).toEqual([0, 0]);
      stream.setState(KSSTATE.RUN);
      machine.runFor(50 * MS);
      stream.setState(KSSTATE.PAUSE);
      const paused = offsets();
      expect(paused[0]).toBeGreaterThan((50 - lagMs - 1) * 192);
      expect(paused[1]).toBeGreaterThan(paused[0] ?? 0);
      machine.runFor(30 * MS);
      expect(offsets()).toEqual(paused);
      stream.setState(KSSTATE.STOP);
      expect(offsets()).toEqual([0, 0]);
      machine.runFor(30 * MS);
    }
    stream.close();
  });

  scenario('comes from an endpoint that is found by the way to its jack [WRT-ENU-001]', (lab) => {
    const machine = backend.boot(lab);
    const { interfaces } = machine.machine.kernel;
    expect(interfaces.enumerate(KSCATEGORY_CAPTURE)).toHaveLength(1);
    const endpoints = findEndpoints(enumerateFilters(machine.client, interfaces));
    const facts = endpoints.map(({ bridgePin, direction, filter, streamingPin }) => {
      return [direction, filter.name, streamingPin.id, streamingPin.dataFlow, bridgePin.name];
    });
    expect(facts).toEqual([
      ['render', 'Wave', 0, KSPIN_DATAFLOW.IN, 'Speaker'],
      ['capture', 'Wave', 2, KSPIN_DATAFLOW.OUT, 'Line Connector'],
    ]);
  });
});
