/**
 * KSSTATE over our HD Audio model, to the frame: no byte moves before RUN, PAUSE loses none, STOP
 * starts afresh. What holds on both backends is in hda-states.test.ts.
 */
import { describe, expect } from 'vitest';
import type { DeviceSlot, DmaMemory } from '../../src/hardware/device.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { PAGE_SIZE } from '../../src/kernel/memory/page.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import {
  EarRecorder,
  type Lab,
  noise,
  pinTable,
  scenario,
  type TestRender,
} from '../../src/testing/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS, openMdl } from '../support/hda-machine.ts';

const FIFO_FRAMES = fifoFrames(48_000);
const HARDWARE_FRAMES = FIFO_FRAMES + CODEC_FRAMES;
const FRAME_BYTES = 4;
const FRAMES_PER_MS = 48;

/** A machine whose bus remembers which pages the device read. */
function watchedMachine(lab: Lab) {
  const readPages = new Set<number>();
  const device = (slot: DeviceSlot): HdaController => {
    const { memory } = slot;
    const watched: DmaMemory = {
      bytes: memory.bytes,
      view: memory.view,
      resolve(address, access) {
        if (access === 'read') readPages.add(address - (address % PAGE_SIZE));
        return memory.resolve(address, access);
      },
    };
    return new HdaController({ ...slot, memory: watched });
  };
  const machine = bootHda(lab, { device });
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const render = machine.openRender({ bufferMs: 100 });
  render.write(noise(render.format, 100 * FRAMES_PER_MS));
  const bufferReads = (): number =>
    Array.from(openMdl(machine.machine).pages).filter((page) => readPages.has(page)).length;
  return { machine, ear, render, bufferReads };
}

/** Play and write position in frames. */
function positionOf({ pin }: TestRender): { play: number; write: number } {
  expect(pin.readPosition()).toBe(STATUS_SUCCESS);
  return { play: pin.playOffset / FRAME_BYTES, write: pin.writeOffset / FRAME_BYTES };
}

/** `first` to `end` of a sound, in frames. */
const frames = (sound: Uint8Array, first: number, end: number): number[] =>
  Array.from(sound.subarray(first * FRAME_BYTES, end * FRAME_BYTES));

const silence = (count: number): number[] => new Array<number>(count * FRAME_BYTES).fill(0);

describe('DMA', () => {
  scenario(
    'touches no page of the buffer before RUN [WRT-STA-008 WRT-STA-010 WRT-STA-011 WRT-BUF-016 WRT-MPT-010 WRT-POS-008 VER-STATE-006 VER-STATE-007]',
    (lab) => {
      const { machine, render, bufferReads } = watchedMachine(lab);
      const isIdle = (): void => {
        machine.runFor(50 * MS);
        expect(bufferReads()).toBe(0);
        expect(positionOf(render)).toEqual({ play: 0, write: 0 });
        const { format, heardFrames, silentFrames } = machine.device.speaker;
        expect({ format, heardFrames, silentFrames }).toEqual({
          format: null,
          heardFrames: 0,
          silentFrames: 0,
        });
      };
      isIdle();
      const { ACQUIRE, PAUSE, STOP } = KSSTATE;
      for (const state of [ACQUIRE, PAUSE, ACQUIRE, STOP, PAUSE]) {
        expect(render.setState(state)).toBe(STATUS_SUCCESS);
        isIdle();
      }
      render.setState(KSSTATE.RUN);
      machine.runFor(50 * MS);
      expect(bufferReads()).toBe(3);
      expect(positionOf(render)).toEqual({ play: 2400 - HARDWARE_FRAMES, write: 2400 });
      expect(machine.device.speaker.heardFrames).toBe(2400 - HARDWARE_FRAMES);
      render.close();
    },
  );

  scenario(
    'has all up to the write position, and touches nothing in PAUSE [WRT-POS-006 VER-STATE-008]',
    (lab) => {
      const { machine, render, ear } = watchedMachine(lab);
      render.setState(KSSTATE.RUN);
      machine.runFor(10 * MS);
      render.setState(KSSTATE.PAUSE);
      expect(positionOf(render)).toEqual({ play: 450, write: 480 });
      // What the client changes from the write position on is heard; what it changes before, not.
      const { address } = render.buffer;
      const { bytes } = machine.machine.kernel.ram;
      bytes.fill(0x22, address + 450 * FRAME_BYTES, address + 480 * FRAME_BYTES);
      bytes.fill(0x11, address + 480 * FRAME_BYTES, address + 580 * FRAME_BYTES);
      machine.runFor(10 * MS);
      render.setState(KSSTATE.RUN);
      machine.runFor(10 * MS);
      const heard = ear.heard().bytes;
      const resumed = HARDWARE_FRAMES + 480 + 480;
      const fifo = frames(render.submitted, 480 - FIFO_FRAMES, 480);
      expect(frames(heard, resumed - FIFO_FRAMES, resumed)).toEqual(fifo);
      expect(frames(heard, resumed, resumed + 100)).toEqual(new Array(400).fill(0x11));
      const rest = frames(render.submitted, 580, 700);
      expect(frames(heard, resumed + 100, resumed + 220)).toEqual(rest);
      render.close();
    },
  );
});

describe('PAUSE', () => {
  for (const [runMs, pauseMs] of [
    [10, 10],
    [1, 0.5],
    [0.25, 3],
    [99, 250],
    [33.3, 0.1],
  ] as const) {
    scenario(
      `after ${runMs} ms, for ${pauseMs} ms, is heard as silence once codec and FIFO are through, and loses no frame [WRT-STA-006 WRT-STA-012 VER-STATE-009]`,
      (lab) => {
        const { machine, ear, render } = watchedMachine(lab);
        const sound = render.submitted;
        expect(render.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
        machine.runFor(runMs * MS);
        expect(render.setState(KSSTATE.PAUSE)).toBe(STATUS_SUCCESS);
        const paused = positionOf(render);
        const ran = Math.floor(runMs * FRAMES_PER_MS);
        const sent = Math.max(0, ran - FIFO_FRAMES);
        expect(paused).toEqual({
          play: Math.max(0, sent - CODEC_FRAMES),
          write: sent === 0 ? 0 : ran,
        });
        for (let look = 0; look < 5; look++) {
          machine.runFor((pauseMs * MS) / 5);
          expect(positionOf(render)).toEqual(paused);
        }
        render.setState(KSSTATE.RUN);
        expect(positionOf(render)).toEqual(paused);
        machine.runFor(10 * MS);
        const gap = Math.floor(pauseMs * FRAMES_PER_MS);
        const total = ran + gap + 480;
        const lead = Math.min(ran, FIFO_FRAMES) + CODEC_FRAMES;
        // While the FIFO was not full yet, the rest of it goes by after the pause.
        const unfilled = FIFO_FRAMES - Math.min(ran, FIFO_FRAMES);
        const twice = new Uint8Array(2 * sound.length);
        twice.set(sound);
        twice.set(sound, sound.length);
        const expected = [
          ...silence(lead),
          ...frames(twice, 0, sent),
          ...silence(gap + unfilled),
          ...frames(twice, sent, total),
        ].slice(0, total * FRAME_BYTES);
        expect(Array.from(ear.heard().bytes)).toEqual(expected);
        render.close();
      },
    );
  }
});

describe('STOP', () => {
  scenario(
    'sets the position to 0, and the next RUN plays from the start of the buffer [WRT-STA-013 WRT-BUF-037 VER-STATE-010]',
    (lab) => {
      const { machine, render } = watchedMachine(lab);
      for (const runMs of [7, 120, 99.9]) {
        const fresh = new EarRecorder();
        render.setState(KSSTATE.PAUSE);
        expect(positionOf(render)).toEqual({ play: 0, write: 0 });
        machine.device.speaker.sink = fresh;
        render.setState(KSSTATE.RUN);
        machine.runFor(runMs * MS);
        const ran = Math.floor(runMs * FRAMES_PER_MS);
        expect(positionOf(render)).toEqual({
          play: (ran - HARDWARE_FRAMES) % 4800,
          write: ran % 4800,
        });
        const { bytes } = fresh.heard();
        const looped = [
          ...frames(render.submitted, 0, 4800),
          ...frames(render.submitted, 0, 4800),
        ].slice(0, (ran - HARDWARE_FRAMES) * FRAME_BYTES);
        expect(Array.from(bytes)).toEqual([...silence(HARDWARE_FRAMES), ...looped]);
        render.setState(KSSTATE.STOP);
        expect(positionOf(render)).toEqual({ play: 0, write: 0 });
        machine.runFor(5 * MS);
        expect(positionOf(render)).toEqual({ play: 0, write: 0 });
      }
      render.close();
    },
  );
});

// 48 kHz stereo in 16 bits: 192 bytes a millisecond, 30 frames (120 bytes) from memory to ear.
pinTable(
  'the life of a render pin on HD Audio [WRT-STA-003 WRT-STA-005 WRT-STA-016 WRT-BUF-038]',
  `
  at ms  request                    status                  pin      position
   0     get STATE                  SUCCESS                 STOP     0
   0     set STATE RUN              INVALID_DEVICE_STATE    PAUSE    0       // no buffer yet
   0     set STATE STOP             SUCCESS                 STOP     0
   0     get RTAUDIO.BUFFER 3840    SUCCESS                 STOP     0
   0     get RTAUDIO.BUFFER 3840    INVALID_DEVICE_REQUEST  STOP     0       // it has one
   0     get RTAUDIO.HWLATENCY 12 B  SUCCESS                STOP     0
   1     set STATE ACQUIRE          SUCCESS                 ACQUIRE  0
   5     set STATE PAUSE            SUCCESS                 PAUSE    0
  10     set STATE RUN              SUCCESS                 RUN      0
  10     set STATE RUN              SUCCESS                 RUN      0       // no step
  11     -                          -                       RUN      72
  20     -                          -                       RUN      1800
  20     get AUDIO.POSITION 15 B    BUFFER_TOO_SMALL        RUN      1800
  30     -                          -                       RUN      3720
  31     -                          -                       RUN      72      // 3912 - 3840
  31     set STATE PAUSE            SUCCESS                 PAUSE    72
  90     -                          -                       PAUSE    72
  90     set STATE RUN              SUCCESS                 RUN      72
  95     set STATE ACQUIRE          SUCCESS                 ACQUIRE  1032
  99     -                          -                       ACQUIRE  1032
  99     set STATE STOP             SUCCESS                 STOP     0
 119     set STATE PAUSE            SUCCESS                 PAUSE    0       // the codec takes time
 120     set STATE RUN              SUCCESS                 RUN      0
 125     -                          -                       RUN      840
 125     set STATE STOP             SUCCESS                 STOP     0
`,
  (lab) => {
    const machine = bootHda(lab);
    machine.expectFinding(/RUN before the cyclic buffer/);
    machine.expectFinding(/second cyclic buffer/);
    return machine;
  },
);
