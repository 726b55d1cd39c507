/** What a client learns of a simple part: positions, latency, states, and how fast it may be. */
import { describe, expect } from 'vitest';
import { framesIn } from '../../src/base/frame-time.ts';
import type { SimpleDmaTraits } from '../../src/hardware/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_NO_MATCH,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, formatOf, noise, scenario } from '../../src/testing/index.ts';
import { busy } from '../support/simple-dma-busy.ts';
import {
  bootSimple,
  CAPTURE_PIN,
  MS,
  RENDER_PIN,
  Recording,
} from '../support/simple-dma-machine.ts';

const FIFO = 64;
const HOLD = FIFO / 2;
const kinds: readonly [string, Partial<SimpleDmaTraits>][] = [
  ['loops', { loops: true, gathers: true, fifoFrames: FIFO }],
  ['cannot loop', { fifoFrames: FIFO }],
];

describe('the position of a part that', () => {
  for (const [name, traits] of kinds) {
    scenario(
      `${name} is that of the sample in the converter, and of DMA [WRT-POS-003 WRT-POS-004 WRT-POS-005 WRT-BUF-019]`,
      (lab) => {
        const machine = bootSimple(lab, traits);
        const render = machine.openRender({ bufferBytes: 480 * 4 });
        const ear = new EarRecorder();
        machine.device.speaker.sink = ear;
        render.setState(KSSTATE.RUN);
        const runNs = machine.machine.now;
        for (let step = 1; step <= 300; step++) {
          machine.runFor(step < 200 ? 33_333 : 1_777_777);
          const fetched = framesIn(machine.machine.now - runNs, 48_000);
          const played = Math.max(0, fetched - FIFO);
          expect(render.pin.readPosition()).toBe(STATUS_SUCCESS);
          expect(render.pin.writeOffset).toBe((fetched % 480) * 4);
          expect(render.pin.playOffset).toBe((played % 480) * 4);
          expect(ear.heard().frames - ear.heard().leadingSilence).toBe(played);
        }
        render.close();
      },
    );

    scenario(
      `${name} and records runs ahead of what is stored [WRT-POS-004 WRT-POS-013]`,
      (lab) => {
        const machine = bootSimple(lab, traits);
        const recording = new Recording(machine, formatOf({})).run();
        const { bytes } = machine.machine.kernel.ram;
        const { address } = recording.buffer;
        for (let step = 1; step <= 40; step++) {
          machine.runFor(1_111_111);
          const taken = framesIn(machine.machine.now - recording.runNs, 48_000);
          const stored = Math.max(0, taken - HOLD);
          recording.pin.check('POSITION', recording.pin.readPosition());
          expect(recording.pin.writeOffset).toBe((stored % 480) * 4);
          expect(recording.pin.playOffset).toBe((taken % 480) * 4);
          if (taken > 480) continue;
          // In the first pass, what the FIFO still holds is zeros in memory.
          const from = address + stored * 4;
          expect(bytes.slice(from, address + taken * 4).every((byte) => byte === 0)).toBe(true);
          expect(bytes.slice(from - 4, from)).toEqual(recording.spoken(stored - 1, stored));
        }
        recording.close();
      },
    );
  }

  scenario('waits for its driver stands at the end, and nothing is ahead of it', (lab) => {
    const machine = bootSimple(lab, { fifoFrames: 8 });
    const render = machine.openRender({ bufferBytes: 480 * 4 });
    render.setState(KSSTATE.RUN);
    const runNs = machine.machine.now;
    busy(machine, 'raised IRQL', runNs + 9.9 * MS, runNs + 15 * MS);
    const at = (frames: number, fetched: number, played: number): void => {
      machine.machine.kernel.clock.advanceTo(runNs + (frames * MS) / 48);
      render.pin.check('POSITION', render.pin.readPosition());
      expect([render.pin.writeOffset, render.pin.playOffset]).toEqual([fetched * 4, played * 4]);
    };
    at(470, 470, 462);
    // 720 frames have passed; DMA was armed now, and the FIFO is full at once.
    at(720, 8, 0);
    at(730, 18, 10);
    render.close();
  });

  for (const [name, traits] of kinds) {
    scenario(
      `${name} stands still in PAUSE, goes on where it was, and is 0 after STOP [WRT-POS-008]`,
      (lab) => {
        const machine = bootSimple(lab, traits);
        const render = machine.openRender({ bufferBytes: 480 * 4 });
        const ear = new EarRecorder();
        machine.device.speaker.sink = ear;
        const position = (): number[] => {
          render.pin.check('POSITION', render.pin.readPosition());
          return [render.pin.writeOffset / 4, render.pin.playOffset / 4];
        };
        render.write(noise(render.format, 480));
        expect(position()).toEqual([0, 0]);
        render.setState(KSSTATE.PAUSE);
        machine.runFor(3 * MS);
        expect(position()).toEqual([0, 0]);
        render.setState(KSSTATE.RUN);
        machine.runFor(5 * MS);
        expect(position()).toEqual([240, 176]);
        render.setState(KSSTATE.PAUSE);
        machine.runFor(30 * MS);
        expect(position()).toEqual([240, 176]);
        render.setState(KSSTATE.RUN);
        machine.runFor(2 * MS);
        expect(position()).toEqual([336, 272]);
        const sound = render.submitted;
        const heard = ear.heard();
        expect(heard.bytes.slice(FIFO * 4, 240 * 4)).toEqual(sound.slice(0, 176 * 4));
        const resumed = (240 + 30 * 48) * 4;
        expect(heard.bytes.slice(240 * 4, resumed).every((byte) => byte === 0)).toBe(true);
        expect(heard.bytes.slice(resumed)).toEqual(sound.slice(176 * 4, 272 * 4));
        render.setState(KSSTATE.STOP);
        expect(position()).toEqual([0, 0]);
        render.setState(KSSTATE.RUN);
        machine.runFor(25 * MS);
        expect(position()).toEqual([1200 % 480, 1136 % 480]);
        render.close();
      },
    );
  }
});

scenario(
  'the hardware latency is the FIFO, in bytes of the format, and no other delay [WRT-LAT-003 WRT-LAT-004]',
  (lab) => {
    const machine = bootSimple(lab, { fifoFrames: 100 });
    const filter = machine.openFilter();
    const rows = [
      [RENDER_PIN, formatOf({ channels: 2, bits: 16 }), 100 * 4],
      [RENDER_PIN, formatOf({ channels: 1, bits: 24, sampleRate: 96_000 }), 100 * 4],
      [RENDER_PIN, formatOf({ channels: 2, bits: 32 }), 100 * 8],
      [CAPTURE_PIN, formatOf({ channels: 2, bits: 16 }), 50 * 4],
    ] as const;
    for (const [pinId, format, fifoBytes] of rows) {
      const pin = filter.openPin(pinId, format);
      pin.check('BUFFER', pin.tryAllocateBuffer(1920).status);
      const expected = { fifoBytes, chipsetDelay100ns: 0, codecDelay100ns: 0 };
      expect(pin.hardwareLatency()).toEqual(expected);
      expect(pin.tryMapRegister('position').status).toBe(STATUS_NOT_SUPPORTED);
      expect(pin.tryMapRegister('clock').status).toBe(STATUS_NOT_SUPPORTED);
      pin.close();
    }
    filter.close();
  },
);

scenario('a part that is polled takes no rate that outruns its FIFO between two polls', (lab) => {
  const machine = bootSimple(lab, { notifies: 'never', fifoFrames: 64 });
  const filter = machine.openFilter();
  const open = (pinId: number, sampleRate: number) => {
    const { pin, status } = filter.tryOpenPin(pinId, formatOf({ sampleRate }));
    pin?.close();
    return status;
  };
  expect(open(RENDER_PIN, 64_000)).toBe(STATUS_SUCCESS);
  expect(open(RENDER_PIN, 64_001)).toBe(STATUS_NO_MATCH);
  expect(open(CAPTURE_PIN, 32_000)).toBe(STATUS_SUCCESS);
  expect(open(CAPTURE_PIN, 32_001)).toBe(STATUS_NO_MATCH);
  filter.close();
});
