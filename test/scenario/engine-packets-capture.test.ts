/**
 * Shared mode at a capture pin that takes stream packets: what is spoken reaches every application
 * bit for bit, also out of packets that came back before they were full, and what nobody stored
 * because the engine was late is told as a discontinuity at its frame.
 */
import { describe, expect } from 'vitest';
import { Out } from '../../src/base/out.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type Lab, Mouth, noise, scenario } from '../../src/testing/index.ts';
import {
  AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY,
  AUDCLNT_E_DEVICE_INVALIDATED,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  eCapture,
} from '../../src/wasapi/index.ts';
import type { BusMasterOptions } from '../support/bus-master-driver.ts';
import { MS, PacketAudio, PERIOD } from '../support/packet-audio.ts';
import { samplesOf } from '../support/session-sounds.ts';
import { Recorder } from '../support/wasapi-client.ts';

const DISCONTINUITY = AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY;
const SIZE = 4;
const format = formatOf({});

function start(lab: Lab, options: BusMasterOptions = {}) {
  const recorded = new PacketAudio(lab, options);
  const mouth = new Mouth(noise(format, 48_000));
  recorded.machine.device.lineIn.source = mouth;
  return { audio: recorded.audio, mouth, recorded };
}

/** Ends the recording, and lets go of everything. */
function end(recorded: PacketAudio, ...recorders: readonly Recorder[]): void {
  for (const recorder of recorders) recorder.isStopped = true;
  recorded.runFor(40 * MS);
  for (const recorder of recorders) recorder.release();
  recorded.end();
}

describe('a capture session of the device format', () => {
  for (const [name, options] of [
    ['an interrupt per packet', {}],
    ['no interrupt, served by the port each 20 ms', { groups: 'none', interrupts: 'none' }],
  ] as const) {
    scenario(`gets what was spoken, bit for bit, in packets of a period: ${name}`, (lab) => {
      const { audio, mouth, recorded } = start(lab, options);
      const recorder = new Recorder(audio, eCapture, format);
      const engine = recorded.captureEngine;
      expect(engine.stream.drive).toBe('irps');
      recorder.start();
      recorded.runFor(305 * MS);
      const bytes = Uint8Array.from(recorder.bytes);
      expect(bytes.length).toBeGreaterThan(27 * PERIOD * SIZE);
      expect(Buffer.compare(bytes, mouth.spoken.subarray(0, bytes.length))).toBe(0);
      recorder.packets.forEach(({ flags, frames, position }, index) => {
        expect([frames, position]).toEqual([PERIOD, index * PERIOD]);
        expect(flags).toBe(index === 0 ? DISCONTINUITY : 0);
      });
      expect(engine.glitches).toEqual([]);
      expect(recorded.machine.device.capture.starvedFrames).toBe(0);
      end(recorded, recorder);
    });
  }

  scenario('knows of each packet when it was spoken', (lab) => {
    const { audio, recorded } = start(lab);
    const recorder = new Recorder(audio, eCapture, format);
    recorder.start();
    recorded.runFor(32 * MS);
    const { runNs } = recorded.captureEngine.stream;
    recorded.keepBusy(runNs, 45, 17.7);
    recorded.runFor(173 * MS);
    expect(recorder.packets.length).toBeGreaterThan(15);
    for (const { counter, position } of recorder.packets) {
      const spokenNs = runNs + (position * 1e9) / 48_000;
      expect(Math.abs(counter * 100 - spokenNs)).toBeLessThan(1e9 / 48_000);
    }
    end(recorded, recorder);
  });

  scenario('and one of floats hear the same', (lab) => {
    const { audio, mouth, recorded } = start(lab);
    const wide = formatOf({ float: true });
    const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    const recorders = [format, wide].map((each) => new Recorder(audio, eCapture, each, flags));
    for (const recorder of recorders) recorder.start();
    recorded.runFor(155 * MS);
    const said = samplesOf(mouth.spoken, format);
    const heard = recorders.map(({ bytes }, index) =>
      samplesOf(Uint8Array.from(bytes), index === 0 ? format : wide),
    );
    for (const samples of heard) {
      expect(samples.length).toBeGreaterThan(2 * 12 * PERIOD);
      expect(samples).toEqual(said.subarray(0, samples.length));
    }
    end(recorded, ...recorders);
  });
});

describe('packets that come back before they are full', () => {
  scenario('are joined without a frame lost or doubled', (lab) => {
    const { audio, mouth, recorded } = start(lab);
    const recorder = new Recorder(audio, eCapture, format);
    recorder.start();
    for (const afterMs of [43, 14, 3, 31, 27]) {
      recorded.runFor(afterMs * MS);
      const { stream } = recorded.machine;
      expect(stream.portStream.terminatePacket()).toBe(STATUS_SUCCESS);
      stream.giveBack();
    }
    recorded.runFor(100 * MS);
    const bytes = Uint8Array.from(recorder.bytes);
    expect(bytes.length).toBeGreaterThan(18 * PERIOD * SIZE);
    expect(Buffer.compare(bytes, mouth.spoken.subarray(0, bytes.length))).toBe(0);
    expect(recorder.packets.map(({ flags }) => flags)).toEqual(
      recorder.packets.map((_, index) => (index === 0 ? DISCONTINUITY : 0)),
    );
    expect(recorded.captureEngine.glitches).toEqual([]);
    end(recorded, recorder);
  });
});

describe('a capture engine that is kept from the processor', () => {
  for (const [busyMs, isCut] of [
    [55, false],
    [73.3, false],
    [60, true],
  ] as const) {
    const what = isCut ? ', after a packet that was not full' : '';
    scenario(`for ${busyMs} ms loses what nobody stored, and tells the frame${what}`, (lab) => {
      const { audio, mouth, recorded } = start(lab);
      const recorders = [0, 1].map(() => new Recorder(audio, eCapture, format));
      for (const recorder of recorders) recorder.start();
      recorded.runFor(23 * MS);
      if (isCut) {
        const { stream } = recorded.machine;
        expect(stream.portStream.terminatePacket()).toBe(STATUS_SUCCESS);
        stream.giveBack();
      }
      recorded.runFor(10 * MS);
      const engine = recorded.captureEngine;
      recorded.keepBusy(engine.stream.runNs, 45, busyMs);
      recorded.runFor(200 * MS);
      const lostFrames = recorded.machine.device.capture.starvedFrames;
      expect(lostFrames).toBeGreaterThan(500);
      expect(engine.glitches).toHaveLength(1);
      const [{ atFrame, frames } = { atFrame: 0, frames: 0 }] = engine.glitches;
      // Of what was stored before, only whole periods are handed out.
      expect(frames).toBeGreaterThanOrEqual(lostFrames);
      expect(frames - lostFrames).toBeLessThan(isCut ? PERIOD : 1);
      expect(atFrame % PERIOD).toBe(0);
      for (const { bytes, packets } of recorders) {
        const marked = packets.filter(({ flags }) => flags === DISCONTINUITY);
        expect(marked.map(({ position }) => position)).toEqual([0, atFrame + frames]);
        packets.forEach(({ position }, index) => {
          expect(position).toBe(index * PERIOD + (index * PERIOD < atFrame ? 0 : frames));
          const own = Uint8Array.from(
            bytes.slice(index * PERIOD * SIZE, (index + 1) * PERIOD * SIZE),
          );
          const said = mouth.spoken.subarray(position * SIZE, (position + PERIOD) * SIZE);
          expect(Buffer.compare(own, said)).toBe(0);
        });
        expect(packets.length).toBeGreaterThan(14);
      }
      end(recorded, ...recorders);
    });
  }
});

describe('a device that is pulled out', () => {
  scenario('tells the client of it, takes the packets along and leaves nothing', (lab) => {
    const { audio, recorded } = start(lab);
    const recorder = new Recorder(audio, eCapture, format);
    expect(recorder.client.start()).toBe(0);
    recorded.runFor(55 * MS);
    const { kernel, node } = recorded.machine.lab.machine;
    expect(kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    recorded.runFor(30 * MS);
    const padding = recorder.client.getCurrentPadding(new Out(0));
    expect(padding).toBe(AUDCLNT_E_DEVICE_INVALIDATED);
    expect(recorded.machine.lab.machine.portClass.openPins).toHaveLength(0);
    recorder.release();
    recorded.end();
  });
});
