/** Playing and recording through the WaveCyclic port, heard at the endpoint. */
import { expect } from 'vitest';
import { SoundLedger } from '../../src/client/sound-ledger.ts';
import type { StreamPin } from '../../src/client/stream-pin.ts';
import { StreamRenderClient } from '../../src/client/stream-render.ts';
import { KSEVENTSETID_Connection } from '../../src/standards/ks/guids.ts';
import {
  KSEVENT_CONNECTION,
  KSEVENT_TYPE_ONESHOT,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../src/standards/ks/stream-packets.ts';
import { STATUS_CANCELLED, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import { formatOf, Mouth, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  bootCyclic,
  type CyclicMachine,
  FIFO_FRAMES,
  firstDifference,
  INTERVAL_BYTES,
  PacketReader,
  PacketWriter,
  STEREO_48,
} from '../support/cyclic-machine.ts';
import { enableEvent } from '../support/stream-events.ts';

/** Plays `sound` from packets of `packetBytes`, and the ear hears just that. */
function playAll(
  machine: CyclicMachine,
  pin: StreamPin,
  sound: Uint8Array,
  packetBytes = INTERVAL_BYTES,
): void {
  const writer = new PacketWriter(pin, sound, packetBytes);
  expect(pin.setState(KSSTATE.PAUSE)).toBe(STATUS_SUCCESS);
  writer.start();
  expect(pin.setState(KSSTATE.RUN)).toBe(STATUS_SUCCESS);
  const { rateHz } = pin.format;
  machine.runFor((1000 * sound.length) / pin.frameBytes / rateHz + 20);
  machine.lab.device.settle();
  expect(machine.ear.heard()).toMatchFrames(sound, { delayFrames: FIFO_FRAMES });
  expect(writer.returned.every((status) => status === STATUS_SUCCESS)).toBe(true);
  pin.setState(KSSTATE.STOP);
  pin.close();
  writer.free();
}

const FORMATS: readonly PcmFormat[] = [
  formatOf({ sampleRate: 8_000, channels: 1 }),
  formatOf({ sampleRate: 11_025 }),
  formatOf({ sampleRate: 44_100 }),
  formatOf({ sampleRate: 48_000, channels: 1 }),
  formatOf({ sampleRate: 96_000, bits: 24 }),
];

scenario('sound that is sent in packets is heard bit for bit', (lab) => {
  const machine = bootCyclic(lab);
  playAll(machine, machine.openRender(), noise(STEREO_48, 24_000));
});

for (const format of FORMATS) {
  const { channels, rateHz, validBits } = format;
  scenario(`the same at ${rateHz} Hz, ${channels} channels, ${validBits} bits`, (lab) => {
    const machine = bootCyclic(lab, { bufferBytes: 0x1_0000 });
    const pin = machine.openRender(format);
    // Packets are not a whole number of intervals, nor even of frames.
    playAll(machine, pin, noise(format, Math.floor(rateHz / 4)), 1003);
  });
}

scenario('a stream whose miniport gives no service group is served by a timer', (lab) => {
  const machine = bootCyclic(lab, { hasGroup: false });
  playAll(machine, machine.openRender(), noise(STEREO_48, 24_000));
  expect(machine.lab.calls.get('IPortWaveCyclic.Notify')).toBe(undefined);
});

scenario('packets of one frame are heard as well as any', (lab) => {
  const machine = bootCyclic(lab);
  playAll(machine, machine.openRender(), noise(STEREO_48, 9_600), 4);
});

scenario('a stream that was stopped begins anew', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  for (const seed of [1, 2]) {
    const sound = noise(STEREO_48, 6_000, seed);
    const writer = new PacketWriter(pin, sound);
    pin.setState(KSSTATE.PAUSE);
    writer.start();
    const before = machine.heard().length;
    pin.setState(KSSTATE.RUN);
    machine.runFor(157);
    const heard = machine.heard().subarray(before + FIFO_FRAMES * 4);
    expect(firstDifference(heard.subarray(0, sound.length), sound)).toBe(-1);
    expect(heard.subarray(sound.length).some((byte) => byte !== 0)).toBe(false);
    pin.setState(KSSTATE.STOP);
    writer.free();
  }
  pin.close();
});

scenario('a buffer of two intervals is enough', (lab) => {
  const machine = bootCyclic(lab, { bufferBytes: 2 * INTERVAL_BYTES + 100 });
  const pin = machine.openRender();
  expect(machine.stream.parts.channel.bufferSize()).toBe(2 * INTERVAL_BYTES);
  playAll(machine, pin, noise(STEREO_48, 12_000));
});

scenario('every byte is copied once, and every copy is counted', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const sound = noise(STEREO_48, 12_000);
  const before = machine.kernel.memory.copies.bytes;
  playAll(machine, pin, sound);
  expect(machine.kernel.memory.copies.bytes - before).toBe(sound.length);
});

scenario('what is spoken is recorded bit for bit', (lab) => {
  for (const format of [
    STEREO_48,
    formatOf({ sampleRate: 44_100 }),
    formatOf({ sampleRate: 8_000 }),
  ]) {
    const machine = bootCyclic(lab, { bufferBytes: 0x1_0000 });
    const spoken = noise(format, format.rateHz / 2, 11);
    machine.lab.device.lineIn.source = new Mouth(spoken);
    const pin = machine.openCapture(format);
    const reader = new PacketReader(pin, 1004);
    pin.setState(KSSTATE.PAUSE);
    reader.start();
    pin.setState(KSSTATE.RUN);
    machine.runFor(400);
    reader.stop();
    pin.setState(KSSTATE.STOP);
    const { recorded } = reader;
    // All but the last packets, and the frames that were on their way to memory.
    const shortest = 0.37 * format.rateHz * frameBytes(format);
    expect(recorded.length).toBeGreaterThan(shortest);
    expect(firstDifference(recorded, spoken.subarray(0, recorded.length))).toBe(-1);
    pin.close();
    reader.free();
  }
});

scenario('a stream plays while another records', (lab) => {
  const machine = bootCyclic(lab);
  const spoken = noise(STEREO_48, 24_000, 5);
  machine.lab.device.lineIn.source = new Mouth(spoken);
  const capture = machine.openCapture();
  const reader = new PacketReader(capture);
  capture.setState(KSSTATE.PAUSE);
  reader.start();
  capture.setState(KSSTATE.RUN);
  playAll(machine, machine.openRender(), noise(STEREO_48, 9_600));
  reader.stop();
  capture.setState(KSSTATE.STOP);
  const { recorded } = reader;
  expect(firstDifference(recorded, spoken.subarray(0, recorded.length))).toBe(-1);
  expect(recorded.length).toBeGreaterThan(9_600 * 4 - INTERVAL_BYTES);
  capture.close();
  reader.free();
});

scenario('the end of the stream is told when it has been heard, once for each mark', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const { ENDOFSTREAM } = KSEVENT_CONNECTION;
  const flags = KSEVENT_TYPE_ONESHOT;
  const { event } = enableEvent(pin, KSEVENTSETID_Connection, ENDOFSTREAM);
  const once = enableEvent(pin, KSEVENTSETID_Connection, ENDOFSTREAM, { flags });
  const take = (): boolean[] => [event, once.event].map((each) => each.reset());
  const packets = [pin.packet(INTERVAL_BYTES), pin.packet(INTERVAL_BYTES), pin.packet(4)];
  const [first, last, mark] = packets;
  pin.setState(KSSTATE.PAUSE);
  first?.write(INTERVAL_BYTES);
  last?.write(INTERVAL_BYTES, KSSTREAM_HEADER_OPTIONSF.ENDOFSTREAM);
  pin.setState(KSSTATE.RUN);
  machine.runFor(20);
  // All is copied, and the last frames are in the FIFO.
  expect([packets.some((packet) => packet.isSent), ...take()]).toEqual([false, false, false]);
  machine.runFor(10.1);
  expect(take()).toEqual([true, true]);
  machine.runFor(50);
  expect(take()).toEqual([false, false]);
  mark?.write(0, KSSTREAM_HEADER_OPTIONSF.ENDOFSTREAM);
  machine.runFor(10.1);
  expect(take()).toEqual([true, false]);
  pin.close();
  for (const packet of packets) packet.free();
});

scenario('a client of the machine plays as it does through other ports', (lab) => {
  const machine = bootCyclic(lab);
  const frames = 24_000;
  const sound = noise(STEREO_48, frames);
  const ledger = new SoundLedger(4, frames);
  machine.lab.device.speaker.sink = ledger;
  let next = 0;
  const client = new StreamRenderClient({
    kernel: machine.kernel,
    pin: machine.openRender(),
    journal: ledger,
    packetFrames: 480,
    source: {
      read(into, offset, wanted) {
        const count = Math.min(wanted, frames - next);
        into.set(sound.subarray(next * 4, (next + count) * 4), offset);
        next += count;
        return count;
      },
    },
  });
  client.start();
  machine.runFor(700);
  expect(client.isDone).toBe(true);
  expect([ledger.isComplete, ledger.isBitExact]).toEqual([true, true]);
});

scenario('a loop is heard again and again, until the stream stops', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender(STEREO_48, true);
  // 1.7 intervals: the loop begins at another byte of the cyclic buffer each time.
  const loop = noise(STEREO_48, 816);
  const packet = pin.packet(loop.length);
  pin.home.ram.bytes.set(loop, packet.dataAt);
  pin.setState(KSSTATE.PAUSE);
  packet.write(loop.length, 0x8000_0000);
  pin.setState(KSSTATE.RUN);
  machine.runFor(200);
  const heard = machine.heard();
  const expected = new Uint8Array(heard.length - FIFO_FRAMES * 4);
  expected.forEach((_byte, at) => {
    expected[at] = loop[at % loop.length] ?? 0;
  });
  expect(firstDifference(heard.subarray(FIFO_FRAMES * 4), expected)).toBe(-1);
  expect(packet.isSent).toBe(true);
  pin.setState(KSSTATE.STOP);
  expect([packet.isSent, packet.request.status, packet.request.information]).toEqual([
    false,
    STATUS_SUCCESS,
    loop.length,
  ]);
  pin.close();
  packet.free();
});

scenario('a loop is recorded over and over into one packet', (lab) => {
  const machine = bootCyclic(lab);
  const spoken = noise(STEREO_48, 24_000, 3);
  machine.lab.device.lineIn.source = new Mouth(spoken);
  const pin = machine.openCapture(STEREO_48, true);
  const bytes = 5_000;
  const packet = pin.packet(bytes);
  pin.setState(KSSTATE.PAUSE);
  packet.read(0x8000_0000);
  pin.setState(KSSTATE.RUN);
  machine.runFor(100);
  pin.setState(KSSTATE.PAUSE);
  expect(pin.readPosition()).toBe(STATUS_SUCCESS);
  const round = pin.home.ram.bytes.slice(packet.dataAt, packet.dataAt + bytes);
  // 19,200 bytes less those on their way: the fourth round ends at the read position.
  const read = 3 * bytes + pin.writeOffset;
  const expected = new Uint8Array(bytes);
  for (let at = read - bytes; at < read; at++) expected[at % bytes] = spoken[at] ?? 0;
  expect(firstDifference(round, expected)).toBe(-1);
  pin.setState(KSSTATE.STOP);
  expect([packet.request.status, packet.usedBytes]).toEqual([STATUS_SUCCESS, bytes]);
  pin.close();
  packet.free();
});

scenario('what was recorded before a pause is in the packets that the stop returns', (lab) => {
  const machine = bootCyclic(lab);
  const spoken = noise(STEREO_48, 4_800, 8);
  machine.lab.device.lineIn.source = new Mouth(spoken);
  const pin = machine.openCapture();
  const packet = pin.packet(20_000);
  const empty = pin.packet(20_000);
  pin.setState(KSSTATE.PAUSE);
  packet.read();
  empty.read();
  pin.setState(KSSTATE.RUN);
  machine.runFor(25);
  pin.setState(KSSTATE.STOP);
  // All but the 128 frames that may be on their way.
  const bytes = 25 * 192 - 128 * 4;
  expect([packet.request.status, packet.usedBytes]).toEqual([STATUS_SUCCESS, bytes]);
  const recorded = pin.home.ram.bytes.subarray(packet.dataAt, packet.dataAt + bytes);
  expect(firstDifference(recorded, spoken.subarray(0, bytes))).toBe(-1);
  expect([empty.request.status, empty.usedBytes]).toEqual([STATUS_CANCELLED, 0]);
  pin.close();
  packet.free();
  empty.free();
});

scenario('packets that are under way when the stream stops are cancelled', (lab) => {
  const machine = bootCyclic(lab);
  const pin = machine.openRender();
  const writer = new PacketWriter(pin, noise(STEREO_48, 24_000), INTERVAL_BYTES, 8);
  pin.setState(KSSTATE.PAUSE);
  writer.start();
  pin.setState(KSSTATE.RUN);
  machine.runFor(100);
  const underWay = writer.packets.filter((packet) => packet.isSent).length;
  expect(underWay).toBe(8);
  pin.setState(KSSTATE.STOP);
  const cancelled = writer.returned.filter((status) => status === STATUS_CANCELLED);
  expect([cancelled.length, writer.packets.some((packet) => packet.isSent)]).toEqual([8, false]);
  pin.close();
  writer.free();
});
