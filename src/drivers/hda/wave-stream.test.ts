import { describe, expect } from 'vitest';
import { KSSTATE } from '../../standards/ks/requests.ts';
import {
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { formatOf, noise, scenario, type TestRenderOptions } from '../../testing/index.ts';
import { firstMismatch } from '../../testing/matchers.ts';
import {
  CODEC_FRAMES,
  intelHda,
  listen,
  MS,
  positionOf,
  STREAMING_PIN,
  watchStreams,
} from './hda-lab.test-support.ts';

describe('what a client writes', () => {
  const formats: [string, TestRenderOptions][] = [
    ['16 bits in stereo', {}],
    ['16 bits in eight channels at 192 kHz', { channels: 8, sampleRate: 192_000 }],
    ['20 bits at 44.1 kHz', { bits: 20, sampleRate: 44_100 }],
    ['24 bits in mono at 96 kHz', { bits: 24, channels: 1, sampleRate: 96_000 }],
    ['24 bits in three channels at 11.025 kHz', { bits: 24, channels: 3, sampleRate: 11_025 }],
    ['32 bits in eight channels at 192 kHz', { bits: 32, channels: 8, sampleRate: 192_000 }],
    ['float in stereo at 8 kHz', { float: true, sampleRate: 8_000 }],
  ];
  for (const [what, options] of formats) {
    scenario(`is heard bit for bit after FIFO and codec: ${what} [WRT-LAT-009]`, (lab) => {
      const { machine, ear, render } = listen(lab, options);
      const { rateHz } = render.format;
      const { frameBytes } = render.pin;
      render.write(noise(render.format, render.buffer.actualBytes / frameBytes));
      expect(render.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
      machine.runFor(20 * MS);
      const delayFrames = render.latency.fifoBytes / frameBytes + CODEC_FRAMES;
      expect(render.latency).toEqual({
        fifoBytes: Math.ceil(rateHz / 3000) * frameBytes,
        chipsetDelay100ns: 10,
        codecDelay100ns: Math.round((CODEC_FRAMES * 1e7) / rateHz),
      });
      const heardFrames = Math.floor(rateHz / 50) - delayFrames;
      const submitted = render.submitted.subarray(0, heardFrames * frameBytes);
      expect(firstMismatch(ear.heard(), submitted, delayFrames)).toBeNull();
      render.close();
    });
  }

  scenario('is heard again when the buffer comes round, over scattered pages', (lab) => {
    const { machine, ear, render } = listen(lab, { bufferMs: 100 });
    const loop = noise(render.format, 4800);
    render.write(loop);
    render.setState(KSSTATE.RUN);
    machine.runFor(250 * MS);
    const twice = new Uint8Array(2 * loop.length);
    twice.set(loop);
    twice.set(loop, loop.length);
    expect(firstMismatch(ear.heard(), twice, 30)).toBeNull();
    render.close();
  });

  scenario('is heard by the next client too, in another format', (lab) => {
    const { machine, ear, render } = listen(lab);
    render.setState(KSSTATE.RUN);
    machine.runFor(5 * MS);
    render.close();
    const next = machine.openRender({ float: true, sampleRate: 96_000, channels: 4 });
    next.write(noise(next.format, 1920));
    next.setState(KSSTATE.RUN);
    machine.runFor(10 * MS);
    expect(ear.format).toMatchObject({ rateHz: 96_000, channels: 4, float: true });
    expect(firstMismatch(ear.heard(), next.submitted.subarray(0, 800 * 16), 46)).toBeNull();
    next.close();
  });
});

describe('the states of a stream', () => {
  scenario('move nothing before RUN [WRT-STA-011] [WRT-BUF-016]', (lab) => {
    const { machine, render } = listen(lab);
    for (const state of [KSSTATE.ACQUIRE, KSSTATE.PAUSE]) {
      expect(render.setState(state)).toBe(STATUS_SUCCESS);
      machine.runFor(5 * MS);
      expect(positionOf(render)).toEqual([0, 0]);
    }
    const { heardFrames, silentFrames } = machine.device.speaker;
    expect(heardFrames + silentFrames).toBe(0);
    render.setState(KSSTATE.RUN);
    machine.runFor(5 * MS);
    expect(positionOf(render)).toEqual([210, 240]);
    render.close();
  });

  scenario('are left one by one, and may be repeated [WRT-STA-004]', (lab) => {
    const { render, stream } = listen(lab);
    expect(stream().setState(KSSTATE.PAUSE)).toBe(STATUS_INVALID_DEVICE_STATE);
    expect(stream().setState(KSSTATE.STOP)).toBe(STATUS_SUCCESS);
    expect(stream().setState(KSSTATE.ACQUIRE)).toBe(STATUS_SUCCESS);
    expect(stream().setState(KSSTATE.ACQUIRE)).toBe(STATUS_SUCCESS);
    expect(stream().setState(KSSTATE.STOP)).toBe(STATUS_SUCCESS);
    render.close();
  });

  scenario('alternate between PAUSE and RUN as often as a client likes [WRT-STA-006]', (lab) => {
    const { machine, ear, render } = listen(lab, { bufferMs: 100 });
    render.write(noise(render.format, 4800));
    for (let round = 0; round < 40; round++) {
      render.setState(KSSTATE.RUN);
      machine.runFor(MS);
      render.setState(KSSTATE.PAUSE);
    }
    // No time passed in PAUSE, so the sound has no gap.
    const submitted = render.submitted.subarray(0, (40 * 48 - 30) * 4);
    expect(firstMismatch(ear.heard(), submitted, 30)).toBeNull();
    render.close();
  });

  scenario('fail at ACQUIRE when the codec is dead [WRT-STA-009]', (lab) => {
    const { machine, render } = listen(lab);
    machine.device.registers.write(0x08, 4, 0);
    expect(render.setState(KSSTATE.RUN)).toBe(STATUS_DEVICE_NOT_READY);
    expect(render.pin.getState()).toBe(KSSTATE.STOP);
    render.close();
  });

  scenario('end with the pin, from RUN as well', (lab) => {
    const { machine, render } = listen(lab);
    render.setState(KSSTATE.RUN);
    machine.runFor(MS);
    render.close();
    machine.runFor(5 * MS);
    expect(machine.device.registers.read(0x80 + 4 * 0x20, 1)).toBe(0);
  });

  scenario('do not run without a buffer [WRT-STA-016]', (lab) => {
    const machine = lab.boot(intelHda);
    const stream = watchStreams(machine);
    const filter = machine.openFilter();
    const pin = filter.openPin(STREAMING_PIN, formatOf({}));
    expect(pin.readPosition()).toBe(STATUS_SUCCESS);
    expect(stream().setState(KSSTATE.ACQUIRE)).toBe(STATUS_SUCCESS);
    expect(stream().setState(KSSTATE.PAUSE)).toBe(STATUS_SUCCESS);
    expect(stream().setState(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
    pin.close();
    filter.close();
  });
});
