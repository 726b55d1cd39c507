/** Packets through the HD Audio driver: numbers, times and ends, in both directions. */
import { describe, expect } from 'vitest';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../src/standards/ks/stream-packets.ts';
import {
  STATUS_DATA_LATE_ERROR,
  STATUS_DATA_OVERRUN,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, Mouth, noise, scenario, TestCapture } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import { type Backend, backendScenario, describeBackends, earOf } from '../support/backends.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { bootHda, CODEC_FRAMES, type HdaMachine, MS } from '../support/hda-machine.ts';

const RENDER_PIN = 0;
const { ENDOFSTREAM } = KSSTREAM_HEADER_OPTIONSF;
/** 10 ms of 16-bit stereo at 48 kHz. */
const PACKET_FRAMES = 480;
const PACKET = PACKET_FRAMES * 4;

/** A stream with packets that outlast what the backend takes at once. */
function playing(lab: Lab, backend: Backend, notificationCount = 2) {
  const machine = backend.boot(lab);
  const { packetMs } = hdaFacts(backend);
  const packetFrames = 48 * packetMs;
  const packetBytes = 4 * packetFrames;
  const ear = earOf(machine);
  const bufferBytes = notificationCount * packetBytes;
  const stream = TestCapture.open(machine, { pin: RENDER_PIN, notificationCount, bufferBytes });
  const { pin } = stream;
  const put = (packet: number, sound: Uint8Array): void => {
    machine.device.settle();
    const at = stream.buffer.address + (packet % notificationCount) * packetBytes;
    machine.machine.kernel.ram.bytes.set(sound, at);
  };
  const runPackets = (packets: number): void => machine.runFor(packets * packetMs * MS);
  return { machine, ear, stream, pin, put, runPackets, packetBytes, packetFrames };
}

function recording(lab: Lab) {
  const machine = bootHda(lab);
  const stream = TestCapture.open(machine, { notificationCount: 2, bufferBytes: 2 * PACKET });
  const mouth = new Mouth(noise(stream.format, 48_000));
  machine.device.lineIn.source = mouth;
  const packet = (number: number): Uint8Array => stream.bytesAt((number % 2) * PACKET, PACKET);
  return { machine, stream, pin: stream.pin, mouth, packet };
}

describeBackends('a packet that a client writes', 'hda', (backend) => {
  const delayFrames = hdaFacts(backend).earDelayFrames(48_000);

  scenario(
    'is heard in its turn, one after the other [WRT-PKT-004 WRT-PKT-017 WRT-PKT-018 WRT-PKT-022]',
    (lab) => {
      const playback = playing(lab, backend);
      const { ear, machine, packetBytes, packetFrames, pin, put, runPackets, stream } = playback;
      const sound = noise(stream.format, 8 * packetFrames);
      const packet = (number: number): Uint8Array =>
        sound.subarray(number * packetBytes, (number + 1) * packetBytes);
      put(0, packet(0));
      expect(pin.setWritePacket(2, 0, 0)).toBe(STATUS_DATA_OVERRUN);
      expect(pin.setWritePacket(0, 0, 0)).toBe(STATUS_SUCCESS);
      expect(pin.setWritePacket(1, 0, 0)).toBe(STATUS_SUCCESS);
      expect(pin.tryPacketCount()).toMatchObject({ status: STATUS_SUCCESS, count: 0 });
      stream.setState(KSSTATE.RUN);
      for (let number = 1; number < 8; number++) {
        put(number, packet(number));
        expect(pin.setWritePacket(number - 1, 0, 0)).toBe(STATUS_DATA_LATE_ERROR);
        expect(pin.setWritePacket(number + 1, 0, 0)).toBe(STATUS_DATA_OVERRUN);
        expect(pin.setWritePacket(number, 0, 0)).toBe(STATUS_SUCCESS);
        runPackets(1);
        expect(pin.tryPacketCount().count).toBe(number);
      }
      runPackets(1);
      backend.hearOut(machine);
      const heard = sound.subarray(0, (8 * packetFrames - delayFrames) * 4);
      expect(ear.heard()).toMatchFrames(heard, { delayFrames });
      stream.close();
    },
  );

  scenario(
    'may come late or not at all: packets are counted on, and repeat [WRT-PKT-020]',
    (lab) => {
      const playback = playing(lab, backend);
      const { ear, machine, packetFrames, pin, put, runPackets, stream } = playback;
      const sound = noise(stream.format, 2 * packetFrames);
      put(0, sound);
      stream.setState(KSSTATE.RUN);
      runPackets(4.3);
      expect(pin.tryPacketCount().count).toBe(4);
      expect(pin.setWritePacket(1, 0, 0)).toBe(STATUS_DATA_LATE_ERROR);
      expect(pin.setWritePacket(5, 0, 0)).toBe(STATUS_SUCCESS);
      backend.hearOut(machine);
      const twice = new Uint8Array([...sound, ...sound]);
      expect(ear.heard()).toMatchFrames(twice, { delayFrames });
      stream.close();
    },
  );

  scenario('has no place in RUN where the buffer is one packet [WRT-PKT-018]', (lab) => {
    const { pin, runPackets, stream } = playing(lab, backend, 1);
    expect(pin.setWritePacket(0, 0, 0)).toBe(STATUS_SUCCESS);
    stream.setState(KSSTATE.RUN);
    runPackets(1.3);
    expect(pin.setWritePacket(1, 0, 0)).toBe(STATUS_DATA_LATE_ERROR);
    expect(pin.setWritePacket(2, 0, 0)).toBe(STATUS_DATA_OVERRUN);
    stream.close();
  });

  scenario('has no unknown flag and no end longer than itself [WRT-PKT-015 WRT-PKT-016]', (lab) => {
    const { packetBytes, pin, stream } = playing(lab, backend);
    expect(pin.setWritePacket(0, 1, 0)).toBe(STATUS_INVALID_PARAMETER);
    expect(pin.setWritePacket(0, ENDOFSTREAM | 0x400, 0)).toBe(STATUS_INVALID_PARAMETER);
    expect(pin.setWritePacket(0, ENDOFSTREAM, packetBytes + 1)).toBe(STATUS_INVALID_PARAMETER);
    expect(pin.setWritePacket(0, 0, packetBytes + 1)).toBe(STATUS_SUCCESS);
    expect(pin.setWritePacket(0, ENDOFSTREAM, packetBytes)).toBe(STATUS_SUCCESS);
    stream.close();
  });
});

describeBackends('the end of a stream', 'hda', (backend) => {
  scenario(
    'is silence from its byte on, counted on to STOP, and nothing follows it [WRT-PKT-016 WRT-PKT-019 WRT-PKT-020]',
    (lab) => {
      const playback = playing(lab, backend);
      const { ear, machine, packetBytes, packetFrames, pin, put, runPackets, stream } = playback;
      const sound = noise(stream.format, 3 * packetFrames);
      const endBytes = 100 * 4;
      put(0, sound.subarray(0, 2 * packetBytes));
      stream.setState(KSSTATE.RUN);
      runPackets(1.2);
      put(2, sound.subarray(2 * packetBytes));
      expect(pin.setWritePacket(2, ENDOFSTREAM, endBytes)).toBe(STATUS_SUCCESS);
      expect(pin.setWritePacket(2, 0, 0)).toBe(STATUS_INVALID_DEVICE_STATE);
      runPackets(6.8);
      expect(pin.setWritePacket(9, 0, 0)).toBe(STATUS_INVALID_DEVICE_STATE);
      expect(pin.tryPacketCount().count).toBe(8);
      backend.hearOut(machine);
      const expected = new Uint8Array(7 * packetBytes);
      expected.set(sound.subarray(0, 2 * packetBytes + endBytes));
      const delayFrames = hdaFacts(backend).earDelayFrames(48_000);
      expect(ear.heard()).toMatchFrames(expected, { delayFrames });
      stream.setState(KSSTATE.STOP);
      expect(pin.tryPacketCount().count).toBe(0);
      expect(pin.setWritePacket(0, 0, 0)).toBe(STATUS_SUCCESS);
      stream.close();
    },
  );
});

describeBackends('what left the output', 'hda', (backend) => {
  scenario(
    'trails what went through memory by FIFO and codec, and is 0 in STOP [WRT-PKT-024 WRT-PKT-025]',
    (lab) => {
      const { codecFrames, earDelayFrames, leadBytes, stepNs } = hdaFacts(backend);
      const { machine, pin, stream } = playing(lab, backend);
      const presented = (): number => {
        const { positionInBlocks, qpcPosition, status } = pin.tryPresentationPosition();
        expect(status).toBe(STATUS_SUCCESS);
        expect(qpcPosition).toBe(Math.floor(machine.machine.now / 100));
        return positionInBlocks;
      };
      expect(presented()).toBe(0);
      stream.setState(KSSTATE.RUN);
      let last = 0;
      for (let at = 5; at <= 195; at += 5) {
        machine.runFor(5 * MS);
        const now = presented();
        const due = at * 48 - Math.max(codecFrames, earDelayFrames(48_000));
        expect(now).toBeGreaterThanOrEqual(due - (stepNs * 48) / MS);
        expect(now).toBeLessThanOrEqual(due + leadBytes / 4);
        expect(now).toBeGreaterThan(last);
        last = now;
      }
      stream.setState(KSSTATE.STOP);
      expect(presented()).toBe(0);
      stream.close();
    },
  );
});

describeBackends('packets that a client reads', 'hda', (backend) => {
  scenario(
    'come once each, in order, and from 0 again after STOP [WRT-PKT-006 WRT-PKT-010]',
    (lab) => {
      const machine: HdaMachine = backend.boot(lab);
      const stream = TestCapture.open(machine, { notificationCount: 2, bufferBytes: 2 * PACKET });
      const { pin } = stream;
      const { hears, lagMs } = hdaFacts(backend);
      const mouth = new Mouth(noise(stream.format, 48_000).fill(hears ? 0x55 : 0));
      machine.device.lineIn.source = mouth;
      machine.machine.kernel.ram.bytes.fill(
        0xee,
        stream.buffer.address,
        stream.buffer.address + 2 * PACKET,
      );
      for (let round = 0; round < 2; round++) {
        expect(pin.tryReadPacket().status).toBe(STATUS_DEVICE_NOT_READY);
        stream.setState(KSSTATE.RUN);
        machine.runFor((11 + lagMs) * MS);
        const numbers: number[] = [];
        for (let at = 0; at < 100; at++) {
          const { flags, moreData, packetNumber, status } = pin.tryReadPacket();
          if (status === STATUS_SUCCESS) {
            expect({ flags, moreData }).toEqual({ flags: 0, moreData: false });
            numbers.push(packetNumber);
            const bytes = stream.bytesAt((packetNumber % 2) * PACKET, PACKET);
            expect(new Set(bytes.subarray(CODEC_FRAMES * 4))).toEqual(new Set([hears ? 0x55 : 0]));
          } else expect(status).toBe(STATUS_DEVICE_NOT_READY);
          machine.runFor(MS);
        }
        const [first = 0] = numbers;
        expect(first * 10).toBeLessThanOrEqual(lagMs);
        expect(numbers).toEqual(numbers.map((_, index) => first + index));
        expect(numbers.length).toBeGreaterThanOrEqual(9);
        expect(numbers.length).toBeLessThanOrEqual(11);
        stream.setState(KSSTATE.STOP);
      }
      stream.close();
    },
  );
});

describe('a packet that a client reads', () => {
  scenario(
    'comes once, in order, with the moment its first sample was taken [WRT-PKT-006 WRT-PKT-007 WRT-PKT-008 WRT-PKT-009 WRT-PKT-010]',
    (lab) => {
      const { machine, mouth, packet, pin, stream } = recording(lab);
      expect(pin.tryReadPacket().status).toBe(STATUS_DEVICE_NOT_READY);
      stream.setState(KSSTATE.RUN);
      const start = machine.machine.now;
      machine.runFor(10 * MS);
      expect(pin.tryReadPacket().status).toBe(STATUS_DEVICE_NOT_READY);
      machine.runFor(1 * MS);
      for (let number = 0; number < 6; number++) {
        const taken = pin.tryReadPacket();
        expect(taken).toMatchObject({
          status: STATUS_SUCCESS,
          packetNumber: number,
          flags: 0,
          moreData: false,
        });
        // Frame n of the mouth is spoken n frames after RUN, and lies CODEC_FRAMES further on.
        const firstFrame = number * PACKET_FRAMES - CODEC_FRAMES;
        const spokenAt100ns = (start + (firstFrame * 1e9) / 48_000) / 100;
        expect(Math.abs(taken.performanceCounter - spokenAt100ns)).toBeLessThanOrEqual(2);
        const from = Math.max(0, firstFrame);
        const sound = packet(number).subarray((from - firstFrame) * 4);
        expect(sound).toEqual(mouth.spoken.slice(from * 4, (firstFrame + PACKET_FRAMES) * 4));
        expect(pin.tryReadPacket().status).toBe(STATUS_DEVICE_NOT_READY);
        machine.runFor(10 * MS);
      }
      stream.setState(KSSTATE.STOP);
      expect(pin.tryReadPacket().status).toBe(STATUS_DEVICE_NOT_READY);
      stream.setState(KSSTATE.RUN);
      machine.runFor(11 * MS);
      expect(pin.tryReadPacket().packetNumber).toBe(0);
      stream.close();
    },
  );

  for (const runUs of [15_000, 20_125]) {
    scenario(
      `that began before a pause was taken before it, ${runUs} us after the start [WRT-PKT-008]`,
      (lab) => {
        const { machine, pin, stream } = recording(lab);
        stream.setState(KSSTATE.RUN);
        const start = machine.machine.now;
        machine.runFor((runUs * MS) / 1000);
        for (let pause = 0; pause < 2; pause++) {
          stream.setState(KSSTATE.PAUSE);
          machine.runFor(1000 * MS);
          stream.setState(KSSTATE.RUN);
          machine.runFor(MS / 20);
        }
        expect(pin.tryReadPacket().packetNumber).toBe(0);
        machine.runFor(runUs === 15_000 ? 6 * MS : 11 * MS);
        const last = runUs === 15_000 ? 1 : 2;
        // What lies in the FIFO waits with it; what the codec held is gone.
        const firstFrame = last * PACKET_FRAMES - CODEC_FRAMES;
        const check = (startNs: number): void => {
          const taken = pin.tryReadPacket();
          expect(taken.packetNumber).toBe(last);
          const spokenAt100ns = (startNs + (firstFrame * 1e9) / 48_000) / 100;
          expect(Math.abs(taken.performanceCounter - spokenAt100ns)).toBeLessThanOrEqual(2);
        };
        check(start);
        // After STOP it is another packet that has this number.
        stream.setState(KSSTATE.STOP);
        stream.setState(KSSTATE.RUN);
        const again = machine.machine.now;
        machine.runFor((10 * last + 11) * MS);
        check(again);
        stream.close();
      },
    );
  }

  scenario('stays as it is until the next one is read; the one before is refilled', (lab) => {
    const { machine, mouth, packet, pin, stream } = recording(lab);
    const spoken = (firstFrame: number, frames: number): Uint8Array =>
      mouth.spoken.slice(firstFrame * 4, (firstFrame + frames) * 4);
    stream.setState(KSSTATE.RUN);
    machine.runFor(21 * MS);
    expect(pin.tryReadPacket().packetNumber).toBe(1);
    const first = PACKET_FRAMES - CODEC_FRAMES;
    for (let at = 22; at <= 30; at++) {
      machine.runFor(1 * MS);
      expect(packet(1)).toEqual(spoken(first, PACKET_FRAMES));
      // Less than a millisecond lies in the FIFO, and of packet 0's place the rest is refilled.
      const refilled = (at - 21) * 48;
      expect(packet(2).subarray(0, refilled * 4)).toEqual(spoken(first + PACKET_FRAMES, refilled));
    }
    stream.close();
  });

  scenario('is the newest for whoever reads too late [WRT-PKT-012]', (lab) => {
    const { machine, mouth, packet, pin, stream } = recording(lab);
    stream.setState(KSSTATE.RUN);
    machine.runFor(51 * MS);
    expect(pin.tryReadPacket()).toMatchObject({ packetNumber: 4, moreData: false });
    const first = 4 * PACKET_FRAMES - CODEC_FRAMES;
    expect(packet(4)).toEqual(mouth.spoken.slice(first * 4, (first + PACKET_FRAMES) * 4));
    stream.close();
  });
});

backendScenario('packets belong to buffers that notify [WRT-PKT-004]', 'hda', (lab, backend) => {
  const machine = backend.boot(lab);
  const render = TestCapture.open(machine, { pin: RENDER_PIN });
  expect(render.pin.setWritePacket(0, 0, 0)).toBe(STATUS_NOT_SUPPORTED);
  expect(render.pin.tryPacketCount().status).toBe(STATUS_NOT_SUPPORTED);
  expect(render.pin.tryPresentationPosition().status).toBe(STATUS_NOT_SUPPORTED);
  render.close();
  const capture = TestCapture.open(machine);
  expect(capture.pin.tryReadPacket().status).toBe(STATUS_NOT_SUPPORTED);
  capture.close();
});
