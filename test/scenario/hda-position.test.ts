/**
 * Where the stream is, asked in every way there is, at times of our choosing: to the byte on our
 * model, and on both backends within what the device looks ahead.
 */
import { describe, expect } from 'vitest';
import { framesIn } from '../../src/base/frame-time.ts';
import type { HardwareRegister } from '../../src/client/ks-pin.ts';
import { Random } from '../../src/sim/random.ts';
import { KSPROPSETID_Audio } from '../../src/standards/ks/guids.ts';
import { KSAUDIO_POSITIONEX, KSPROPERTY_AUDIO, KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import {
  EarRecorder,
  noise,
  scenario,
  type TestRender,
  type TestRenderOptions,
} from '../../src/testing/index.ts';
import { firstMismatch } from '../../src/testing/matchers.ts';
import { describeBackends } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, type HdaMachine, MS } from '../support/hda-machine.ts';

const WALL_CLOCK_HZ = 24_000_000;

/** What the position is `elapsedNs` after RUN, by arithmetic. */
function expectedAt({ buffer, format, pin }: TestRender, elapsedNs: number) {
  const fetched = framesIn(elapsedNs, format.rateHz);
  const sent = Math.max(0, fetched - fifoFrames(format.rateHz));
  const heard = Math.max(0, sent - CODEC_FRAMES);
  const offset = (frames: number): number => (frames * pin.frameBytes) % buffer.actualBytes;
  // Until a frame has left the FIFO, the hardware's counter stands at 0 and tells nothing.
  return {
    play: offset(heard),
    write: sent === 0 ? 0 : offset(fetched),
    link: offset(sent),
    heard,
  };
}

function startRun(machine: HdaMachine, render: TestRender): number {
  expect(render.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
  return machine.machine.now;
}

function mapped(render: TestRender, kind: 'position' | 'clock'): HardwareRegister {
  const { register, status } = render.pin.tryMapRegister(kind);
  render.pin.check(kind, status);
  if (register === null) throw new Error(`no ${kind} register`);
  return register;
}

const streams: readonly [string, TestRenderOptions][] = [
  ['48 kHz 16-bit stereo in 20 ms', {}],
  [
    '44.1 kHz 24-bit in seven channels, 3 ms',
    { sampleRate: 44_100, bits: 24, channels: 7, bufferMs: 3 },
  ],
  ['11.025 kHz mono in 10 ms', { sampleRate: 11_025, channels: 1, bufferMs: 10 }],
  ['192 kHz float in 100 ms', { sampleRate: 192_000, float: true, bufferMs: 100 }],
];

describe('the position', () => {
  for (const [name, options] of streams) {
    scenario(
      `is that of the sample at the DAC, and of the byte that DMA fetches next: ${name} [WRT-POS-001 WRT-POS-003 WRT-POS-004 WRT-POS-005 WRT-POS-009]`,
      (lab) => {
        const machine = bootHda(lab);
        const render = machine.openRender(options);
        const startNs = startRun(machine, render);
        const random = new Random(11);
        for (let look = 0; look < 400; look++) {
          // Mostly less than a buffer apart, and at no round times.
          machine.runFor(random.below(look % 10 === 0 ? 40 * MS : 2 * MS));
          const expected = expectedAt(render, machine.machine.now - startNs);
          expect(render.pin.readPosition()).toBe(STATUS_SUCCESS);
          const { playOffset, writeOffset } = render.pin;
          expect({ play: playOffset, write: writeOffset }).toEqual({
            play: expected.play,
            write: expected.write,
          });
          expect(playOffset).toBeLessThan(render.buffer.actualBytes);
          expect(writeOffset).toBeLessThan(render.buffer.actualBytes);
          expect(machine.device.speaker.heardFrames).toBe(expected.heard);
        }
        render.close();
      },
    );
  }

  scenario('is 0 at the end of the buffer, never its size [WRT-POS-003 WRT-REG-011]', (lab) => {
    const machine = bootHda(lab);
    const render = machine.openRender({ bufferMs: 10 });
    const { address } = mapped(render, 'position');
    const startNs = startRun(machine, render);
    const seen = { play: 0, write: 0 };
    for (let frame = 0; frame < 3 * 480; frame++) {
      machine.runFor(startNs + Math.ceil((frame * 1e9) / 48_000) - machine.machine.now);
      render.pin.readPosition();
      const { playOffset, writeOffset } = render.pin;
      if (frame >= 480 && playOffset === 0) seen.play++;
      if (frame >= 480 && writeOffset === 0) seen.write++;
      const link = machine.machine.kernel.ioSpace.readRegister(address, 4);
      expect(Math.max(playOffset, writeOffset, link)).toBeLessThan(1920);
    }
    expect(seen).toEqual({ play: 2, write: 2 });
    render.close();
  });
});

describe('registers in the client view', () => {
  scenario(
    'tell link position and wall clock, without a call to the driver [WRT-REG-001 WRT-REG-007 WRT-REG-008 WRT-REG-011 WRT-REG-012 WRT-REG-013 WRT-REG-015]',
    (lab) => {
      const machine = bootHda(lab);
      const render = machine.openRender({ sampleRate: 44_100, bufferMs: 15 });
      const { ioSpace } = machine.machine.kernel;
      const position = mapped(render, 'position');
      const clock = mapped(render, 'clock');
      expect(position).toMatchObject({ widthBits: 32, accuracy: render.pin.frameBytes });
      expect(clock).toMatchObject({ widthBits: 32, numerator: WALL_CLOCK_HZ, denominator: 1 });
      const clockAtStart = ioSpace.readRegister(clock.address, 4);
      const readAt = machine.machine.now;
      const startNs = startRun(machine, render);
      const callsAtRun = machine.calls;
      const random = new Random(5);
      for (let look = 0; look < 300; look++) {
        machine.runFor(random.below(3 * MS));
        const { now } = machine.machine;
        const { link } = expectedAt(render, now - startNs);
        expect(ioSpace.readRegister(position.address, 4)).toBe(link);
        const ticks = ioSpace.readRegister(clock.address, 4) - clockAtStart;
        expect(Math.abs(ticks - ((now - readAt) * WALL_CLOCK_HZ) / 1e9)).toBeLessThanOrEqual(1);
      }
      expect(machine.calls).toEqual(callsAtRun);
      // The clock knows nothing of the stream's state.
      render.setState(KSSTATE.STOP);
      const stopped = ioSpace.readRegister(clock.address, 4);
      machine.runFor(MS);
      expect(ioSpace.readRegister(clock.address, 4) - stopped).toBe(24_000);
      expect(ioSpace.readRegister(position.address, 4)).toBe(0);
      render.close();
    },
  );

  scenario('give a client nothing to program the device with [WRT-REG-018]', (lab) => {
    const machine = bootHda(lab);
    const render = machine.openRender({ bufferMs: 100 });
    const ear = new EarRecorder();
    machine.device.speaker.sink = ear;
    render.write(noise(render.format, 4800));
    startRun(machine, render);
    machine.runFor(10 * MS);
    const { ioSpace } = machine.machine.kernel;
    const { registers } = machine.device;
    const all = (): number[] =>
      Array.from({ length: 0x60 }, (_, word) => registers.read(4 * word, 4));
    const before = all();
    for (const kind of ['position', 'clock'] as const) {
      const { address } = mapped(render, kind);
      const page = address - (address % 4096);
      for (let offset = 0; offset < 4096; offset += 4) {
        ioSpace.writeRegister((page + offset) as typeof address, 4, 0xffff_ffff);
        ioSpace.writeRegister((page + offset) as typeof address, 4, 0);
      }
    }
    expect(all()).toEqual(before);
    machine.runFor(95 * MS);
    expect(
      firstMismatch(ear.heard(), render.submitted, fifoFrames(48_000) + CODEC_FRAMES),
    ).toBeNull();
    render.close();
  });
});

describeBackends('a position that is asked for', 'hda', (backend) => {
  const { fifoFrames: fifo, leadBytes, ratesHz, stepNs } = hdaFacts(backend);

  for (const sampleRate of ratesHz.filter((rateHz) => rateHz >= 44_100)) {
    scenario(
      `runs forward alone and wraps at the end, within the buffer: ${sampleRate} Hz [WRT-POS-001 WRT-POS-003 WRT-POS-004 WRT-POS-009]`,
      (lab) => {
        const machine = backend.boot(lab);
        const render = machine.openRender({ sampleRate, bufferMs: 200 });
        const { actualBytes } = render.buffer;
        const { frameBytes: size } = render.pin;
        const startNs = startRun(machine, render);
        const random = new Random(17);
        const total = { play: 0, write: 0 };
        const last = { play: 0, write: 0 };
        const follow = (which: 'play' | 'write', offset: number): void => {
          expect(offset).toBeLessThan(actualBytes);
          // All steps but the codec's first fill are less than half a buffer: none is backwards.
          const step = (offset - last[which] + actualBytes) % actualBytes;
          expect(step).toBeLessThan(actualBytes / 2);
          total[which] += step;
          last[which] = offset;
        };
        const leadFrames = leadBytes / size;
        const stepFrames = Math.ceil((stepNs * sampleRate) / 1e9);
        for (let look = 0; look < 300 * backend.patience; look++) {
          machine.runFor(random.below(look % 10 === 0 ? 30 * MS : 5 * MS));
          expect(render.pin.readPosition()).toBe(STATUS_SUCCESS);
          follow('play', render.pin.playOffset);
          follow('write', render.pin.writeOffset);
          const due = framesIn(machine.machine.now - startNs, sampleRate);
          const ahead = fifo(sampleRate) + leadFrames;
          expect(total.write / size).toBeGreaterThanOrEqual(due - stepFrames);
          expect(total.write / size).toBeLessThanOrEqual(due + ahead);
          expect(total.play).toBeLessThanOrEqual(total.write);
          expect(total.write - total.play).toBeLessThanOrEqual((ahead + CODEC_FRAMES) * size);
        }
        expect(total.play).toBeGreaterThan(actualBytes);
        render.close();
      },
    );
  }

  scenario('comes with the time before and after it, in 100 ns [WRT-POS-011]', (lab) => {
    const machine = backend.boot(lab);
    const render = machine.openRender({ bufferMs: 200 });
    startRun(machine, render);
    for (const waitNs of [12_345_678, 1, 99, 7_000_001]) {
      machine.runFor(waitNs);
      const { pin } = render;
      pin.check('POSITION', pin.readPosition());
      const { playOffset, writeOffset } = pin;
      expect(playOffset).toBeGreaterThan(0);
      const bytes = KSAUDIO_POSITIONEX.size;
      pin.check('EX', pin.get(KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITIONEX, bytes));
      const ticks = Math.floor(machine.machine.now / 100);
      expect(KSAUDIO_POSITIONEX.read(pin.view, pin.valueAt)).toEqual({
        TimerFrequency: 10_000_000,
        TimeStamp1: ticks,
        PlayOffset: playOffset,
        WriteOffset: writeOffset,
        TimeStamp2: ticks,
      });
    }
    render.close();
  });

  scenario(
    'can be read in a register, with the time beside it, without a call [WRT-REG-001 WRT-REG-008 WRT-REG-011 WRT-REG-013]',
    (lab) => {
      const machine = backend.boot(lab);
      const render = machine.openRender({ bufferMs: 200 });
      const { ioSpace } = machine.machine.kernel;
      const position = mapped(render, 'position');
      const clock = mapped(render, 'clock');
      const clockAtStart = ioSpace.readRegister(clock.address, 4);
      const readAt = machine.machine.now;
      startRun(machine, render);
      const random = new Random(5);
      let laps = 0;
      let last = 0;
      for (let look = 0; look < 300 * backend.patience; look++) {
        machine.runFor(random.below(9 * MS));
        const callsBefore = machine.calls;
        const link = ioSpace.readRegister(position.address, 4);
        const ticks = ioSpace.readRegister(clock.address, 4) - clockAtStart;
        expect(machine.calls).toEqual(callsBefore);
        expect(link).toBeLessThan(render.buffer.actualBytes);
        if (link < last) laps++;
        last = link;
        render.pin.check('POSITION', render.pin.readPosition());
        // What the driver tells lies around it: the ear behind it, DMA before it.
        const { actualBytes } = render.buffer;
        const behind = (link - render.pin.playOffset + actualBytes) % actualBytes;
        const before = (render.pin.writeOffset - link + actualBytes) % actualBytes;
        expect(behind).toBeLessThanOrEqual(CODEC_FRAMES * 4);
        if (link > 0) expect(before).toBe(fifo(48_000) * 4);
        const elapsed = ((machine.machine.now - readAt) * WALL_CLOCK_HZ) / 1e9;
        expect(Math.abs(ticks - elapsed)).toBeLessThanOrEqual(1);
      }
      expect(laps).toBeGreaterThan(0);
      render.close();
    },
  );

  scenario(
    'needs registers that are mapped once, and are gone with the pin [WRT-REG-009 WRT-REG-010 VER-MAP-011 VER-MAP-012]',
    (lab) => {
      const machine = backend.boot(lab);
      const { ioSpace } = machine.machine.kernel;
      const before = ioSpace.outstanding();
      for (let round = 0; round < 3; round++) {
        const render = machine.openRender({});
        for (const kind of ['position', 'clock'] as const) {
          mapped(render, kind);
          expect(render.pin.tryMapRegister(kind).status).toBe(STATUS_INVALID_DEVICE_REQUEST);
        }
        expect(ioSpace.outstanding()).toHaveLength(before.length + 2);
        render.close();
        expect(ioSpace.outstanding()).toEqual(before);
      }
    },
  );
});
