/**
 * The AC'97 driver on a WavePci port: mappings straight into the descriptor list, or through bounce
 * slots where the engine cannot reach them; heard and recorded bit for bit.
 */
import { describe, expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { timeOfFrame } from '../../src/base/frame-time.ts';
import { SoundLedger } from '../../src/client/sound-ledger.ts';
import { StreamCaptureClient } from '../../src/client/stream-capture.ts';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { StreamRenderClient } from '../../src/client/stream-render.ts';
import { makeAc97Driver, PORT_VALUE_NAME } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller, type DeviceSlot } from '../../src/hardware/index.ts';
import type { PhysicalRange } from '../../src/kernel/memory/physical-ranges.ts';
import { PowerDeviceD0, PowerDeviceD3 } from '../../src/kernel/power/power-codes.ts';
import { KSCATEGORY_AUDIO, KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { KSINTERFACE_STANDARD, KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_NO_MATCH } from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  type LabMachine,
  Mouth,
  noise,
  scenario,
} from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const RENDER_PIN = 0;
const CAPTURE_PIN = 2;
const FIFO_FRAMES = 16;
const STEREO_48 = formatOf({});
const driver = makeAc97Driver({ port: 'wavepci' });

/** All memory within DMA's reach, or none of it that clients get. */
const LOW_RANGES: readonly PhysicalRange[] = [{ base: 0x100_0000, bytes: 40 << 20 }];
const HIGH_RANGES: readonly PhysicalRange[] = [
  { base: 0x100_0000, bytes: 1 << 20 },
  { base: 0x1_0000_0000, bytes: 40 << 20 },
];

type Ac97Machine = LabMachine<Ac97Controller>;

const boot = (lab: Lab, ranges: readonly PhysicalRange[] = LOW_RANGES): Ac97Machine =>
  lab.boot({ device: (slot: DeviceSlot) => new Ac97Controller(slot), driver, ranges });

/** A pin with packets in a scenario's own hands. */
class Bench {
  readonly machine: Ac97Machine;
  readonly filter;
  readonly pin: StreamPin;
  readonly ear = new EarRecorder();

  constructor(machine: Ac97Machine, pinId: number, interfaceId?: number) {
    this.machine = machine;
    this.filter = machine.openFilter(KSCATEGORY_AUDIO);
    const kind = interfaceId ?? KSINTERFACE_STANDARD.STREAMING;
    this.pin = StreamPin.open(this.filter, pinId, STEREO_48, kind);
  }

  states(...states: readonly KSSTATE[]): void {
    for (const state of states) this.pin.check(`state ${state}`, this.pin.setState(state));
  }

  write(sound: Uint8Array, offset = 0): StreamPacket {
    const packet = this.pin.packet(sound.length, null, offset);
    this.machine.machine.kernel.ram.bytes.set(sound, packet.dataAt);
    packet.write(sound.length);
    return packet;
  }

  read(bytes: number, offset = 0): StreamPacket {
    const packet = this.pin.packet(bytes, null, offset);
    this.machine.machine.kernel.ram.bytes.fill(0xa5, packet.dataAt, packet.dataAt + bytes);
    packet.read();
    return packet;
  }

  bytesOf(packet: StreamPacket, bytes = packet.roomBytes): Uint8Array {
    return this.machine.machine.kernel.ram.bytes.slice(packet.dataAt, packet.dataAt + bytes);
  }

  /** The ear hears from now on. */
  listen(): void {
    this.machine.device.speaker.sink = this.ear;
  }

  close(): void {
    this.pin.close();
    this.filter.close();
  }
}

/** Plays noise with a client of its own; the ledger compares. */
function play(
  machine: Ac97Machine,
  format: PcmFormat,
  frames: number,
  packetFrames: number,
): { ledger: SoundLedger; client: StreamRenderClient; close: () => void } {
  const sound = noise(format, frames);
  const ledger = new SoundLedger(4, frames);
  machine.device.speaker.sink = ledger;
  const filter = machine.openFilter(KSCATEGORY_AUDIO);
  const pin = StreamPin.open(filter, RENDER_PIN, format);
  let next = 0;
  const client = new StreamRenderClient({
    kernel: machine.machine.kernel,
    pin,
    journal: ledger,
    packetFrames,
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
  const close = (): void => {
    pin.close();
    filter.close();
  };
  return { ledger, client, close };
}

describe('a client with packets under way', () => {
  for (const [name, ranges] of [
    ['within reach of DMA', LOW_RANGES],
    ['above 4 GiB, copied through bounce slots', HIGH_RANGES],
  ] as const) {
    for (const [sampleRate, packetFrames] of [
      [8_000, 77],
      [22_050, 2_205],
      [44_100, 441],
      [48_000, 1_440],
      [48_000, 16_384],
    ] as const) {
      scenario(
        `${name} plays at ${sampleRate} Hz, ${packetFrames} frames each ` +
          '[WPC-HW-008 WPC-GM-005]',
        (lab) => {
          const machine = boot(lab, ranges);
          const format = formatOf({ sampleRate });
          const { client, close, ledger } = play(machine, format, 2 * sampleRate + 1, packetFrames);
          machine.runFor(ms(2_900));
          expect([ledger.isBitExact, client.isDone]).toEqual([true, true]);
          close();
        },
      );
    }

    scenario(`${name} records a second [WPC-TP-011]`, (lab) => {
      const machine = boot(lab, ranges);
      const spoken = noise(STEREO_48, 96_000);
      machine.device.lineIn.source = new Mouth(spoken);
      const filter = machine.openFilter(KSCATEGORY_AUDIO);
      const pin = StreamPin.open(filter, CAPTURE_PIN, STEREO_48);
      const parts: Uint8Array[] = [];
      const client = new StreamCaptureClient({
        kernel: machine.machine.kernel,
        pin,
        packetFrames: 480,
        frames: 48_000,
        journal: {
          take: (bytes, offset, length) => {
            parts.push(bytes.slice(offset, offset + length));
          },
          lose: () => undefined,
        },
      });
      client.start();
      machine.runFor(ms(1_200));
      const read = Uint8Array.from(parts.flatMap((part) => [...part]));
      expect(read.length).toBe(48_000 * 4);
      expect(read).toEqual(spoken.slice(0, read.length));
      pin.close();
      filter.close();
    });
  }
});

describe('packets at any byte', () => {
  for (const offset of [0, 1, 2, 3, 4_090, 4_093]) {
    scenario(
      `offset ${offset} are rejoined to frames, in order [WPC-HW-002 WPC-HW-004 WPC-HW-005]`,
      (lab) => {
        const bench = new Bench(boot(lab), RENDER_PIN);
        bench.states(ACQUIRE, PAUSE);
        const sound = noise(STEREO_48, 4_000);
        const sizes = [1, 1, 1, 1, 5_003, 6, 2, 4_091, 3];
        let at = 0;
        const packets = [...sizes, sound.length - sizes.reduce((sum, size) => sum + size)].map(
          (size) => {
            at += size;
            return bench.write(sound.subarray(at - size, at), offset);
          },
        );
        bench.listen();
        bench.states(RUN);
        bench.machine.runFor(ms(100));
        const heard = bench.ear.heard().bytes;
        expect(heard.slice(FIFO_FRAMES * 4, FIFO_FRAMES * 4 + sound.length)).toEqual(sound);
        expect(packets.every((packet) => !packet.isSent)).toBe(true);
        bench.close();
      },
    );

    scenario(`offset ${offset} are recorded into, every byte in its place [WPC-HW-005]`, (lab) => {
      const bench = new Bench(boot(lab), CAPTURE_PIN);
      const spoken = noise(STEREO_48, 6_000);
      bench.machine.device.lineIn.source = new Mouth(spoken);
      bench.states(ACQUIRE, PAUSE);
      const sizes = [1, 2, 5_003, 6, 4_091, 3, 1];
      const packets = sizes.map((size) => bench.read(size, offset));
      bench.read(400, offset);
      bench.states(RUN);
      bench.machine.runFor(ms(100));
      const read = packets.flatMap((packet) => [...bench.bytesOf(packet)]);
      expect(Uint8Array.from(read)).toEqual(spoken.slice(0, read.length));
      expect(packets.every((packet) => !packet.isSent)).toBe(true);
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });
  }
});

describe('a render stream', () => {
  scenario('tells the bytes that were heard, a FIFO behind those that were fetched', (lab) => {
    const bench = new Bench(boot(lab), RENDER_PIN);
    bench.states(ACQUIRE, PAUSE);
    for (let packet = 0; packet < 5; packet++) bench.write(noise(STEREO_48, 480));
    bench.states(RUN);
    const { machine } = bench.machine;
    const start = machine.now;
    for (const frames of [0, 8, 16, 17, 479, 480, 481, 2_000]) {
      bench.machine.runFor(start + timeOfFrame(frames, 48_000) - machine.now);
      expect(bench.pin.readPosition()).toBe(0);
      expect(bench.pin.playOffset).toBe(Math.max(0, frames - FIFO_FRAMES) * 4);
    }
    bench.machine.runFor(ms(20));
    bench.pin.readPosition();
    expect(bench.pin.playOffset).toBe(2_400 * 4);
    bench.states(PAUSE, ACQUIRE, STOP);
    bench.pin.readPosition();
    expect(bench.pin.playOffset).toBe(0);
    bench.close();
  });

  scenario('keeps its mappings and its place in a pause, and loses no sound', (lab) => {
    const bench = new Bench(boot(lab), RENDER_PIN);
    const sound = noise(STEREO_48, 1_920);
    bench.states(ACQUIRE, PAUSE);
    bench.write(sound);
    bench.listen();
    bench.states(RUN);
    bench.machine.runFor(ms(10));
    bench.states(PAUSE);
    bench.machine.runFor(ms(10));
    bench.states(RUN);
    bench.machine.runFor(ms(40));
    const heard = bench.ear.heard().bytes;
    const part = (from: number, to: number) => heard.slice(from * 4, to * 4);
    expect(part(FIFO_FRAMES, 480 + FIFO_FRAMES)).toEqual(sound.slice(0, 480 * 4));
    expect(part(960 + FIFO_FRAMES, 2_400 + FIFO_FRAMES)).toEqual(sound.slice(480 * 4));
    bench.close();
  });

  scenario('is silent without packets, and plays one that comes late at once', (lab) => {
    const bench = new Bench(boot(lab), RENDER_PIN);
    const sound = noise(STEREO_48, 960);
    bench.states(ACQUIRE, PAUSE);
    bench.write(sound.slice(0, 480 * 4));
    bench.listen();
    bench.states(RUN);
    bench.machine.runFor(ms(20));
    bench.write(sound.slice(480 * 4));
    bench.machine.runFor(ms(20));
    const heard = bench.ear.heard().bytes;
    const part = (from: number, to: number) => heard.slice(from * 4, to * 4);
    expect(part(FIFO_FRAMES, 480 + FIFO_FRAMES)).toEqual(sound.slice(0, 480 * 4));
    expect(part(480 + FIFO_FRAMES, 960).some((byte) => byte !== 0)).toBe(false);
    expect(part(960, 1_440)).toEqual(sound.slice(480 * 4));
    bench.close();
  });

  scenario('goes round a looped buffer', (lab) => {
    const bench = new Bench(boot(lab), RENDER_PIN, KSINTERFACE_STANDARD.LOOPED_STREAMING);
    const sound = noise(STEREO_48, 500);
    bench.states(ACQUIRE, PAUSE);
    bench.write(sound);
    bench.listen();
    bench.states(RUN);
    bench.machine.runFor(ms(100));
    const heard = bench.ear.heard().bytes.slice(FIFO_FRAMES * 4);
    const laps = Uint8Array.from({ length: heard.length }, (_, at) => sound[at % 2_000] ?? 0);
    expect(heard).toEqual(laps);
    expect(heard.length).toBe((4_800 - FIFO_FRAMES) * 4);
    bench.states(PAUSE, ACQUIRE, STOP);
    bench.close();
  });

  scenario('goes on with the next packet when one that waits is cancelled', (lab) => {
    const bench = new Bench(boot(lab), RENDER_PIN);
    const sound = noise(STEREO_48, 5 * 480);
    const part = (index: number) => sound.slice(index * 1_920, (index + 1) * 1_920);
    bench.states(ACQUIRE, PAUSE);
    const packets = [0, 1, 2, 3, 4].map((index) => bench.write(part(index)));
    bench.listen();
    bench.states(RUN);
    bench.machine.runFor(ms(5));
    packets[3]?.cancel();
    expect(packets.map(({ isSent }) => isSent)).toEqual([true, true, true, false, true]);
    bench.machine.runFor(ms(60));
    const heard = bench.ear.heard().bytes.slice(FIFO_FRAMES * 4, (FIFO_FRAMES + 4 * 480) * 4);
    const kept = [0, 1, 2, 4].flatMap((index) => [...part(index)]);
    expect(heard).toEqual(Uint8Array.from(kept));
    bench.close();
  });

  scenario(
    'goes on with the next but one when the next is cancelled, which was prefetched',
    (lab) => {
      const bench = new Bench(boot(lab), RENDER_PIN);
      const sound = noise(STEREO_48, 3 * 480);
      const part = (index: number) => sound.slice(index * 1_920, (index + 1) * 1_920);
      bench.states(ACQUIRE, PAUSE);
      const packets = [0, 1, 2].map((index) => bench.write(part(index)));
      bench.listen();
      bench.states(RUN);
      bench.machine.runFor(ms(5));
      packets[1]?.cancel();
      bench.machine.runFor(ms(40));
      const heard = bench.ear.heard().bytes;
      // The engine is reset for it, and put back by what was in its FIFO.
      const played = 240 - FIFO_FRAMES;
      expect(heard.slice(FIFO_FRAMES * 4, 240 * 4)).toEqual(part(0).slice(0, played * 4));
      const rest = heard.slice((240 + FIFO_FRAMES) * 4).slice(0, (960 - played) * 4);
      expect(rest).toEqual(Uint8Array.from([...part(0).slice(played * 4), ...part(2)]));
      bench.close();
    },
  );

  scenario('plays on behind a packet that was cancelled while it was heard', (lab) => {
    const bench = new Bench(boot(lab), RENDER_PIN);
    const sound = noise(STEREO_48, 3 * 480);
    const part = (index: number) => sound.slice(index * 1_920, (index + 1) * 1_920);
    bench.states(ACQUIRE, PAUSE);
    const packets = [0, 1, 2].map((index) => bench.write(part(index)));
    bench.listen();
    bench.states(RUN);
    bench.machine.runFor(ms(5));
    packets[0]?.cancel();
    bench.machine.runFor(ms(40));
    const heard = bench.ear.heard().bytes;
    // 240 frames were fetched; the FIFO is lost with the packet, and fills again.
    const first = heard.slice(FIFO_FRAMES * 4, 240 * 4);
    expect(first).toEqual(part(0).slice(0, first.length));
    const rest = heard.slice((240 + FIFO_FRAMES) * 4, (240 + FIFO_FRAMES + 960) * 4);
    expect(rest).toEqual(Uint8Array.from([...part(1), ...part(2)]));
    expect(packets.map(({ isSent }) => isSent)).toEqual([false, false, false]);
    bench.close();
  });

  scenario('starts anew when power comes back, where it was', (lab) => {
    const bench = new Bench(boot(lab), RENDER_PIN);
    const sound = noise(STEREO_48, 1_920);
    bench.states(ACQUIRE, PAUSE);
    bench.write(sound);
    bench.listen();
    bench.states(RUN);
    bench.machine.runFor(ms(10));
    const { machine } = bench.machine;
    machine.kernel.power.setDeviceState(machine.node, PowerDeviceD3);
    bench.machine.runFor(ms(10));
    machine.kernel.power.setDeviceState(machine.node, PowerDeviceD0);
    bench.machine.runFor(ms(50));
    const heard = bench.ear.heard().bytes;
    expect(heard.slice(FIFO_FRAMES * 4, 480 * 4)).toEqual(sound.slice(0, 464 * 4));
    const rest = heard.slice(480 * 4);
    const from = rest.findIndex((byte) => byte !== 0);
    const again = rest.slice(from - (from % 4)).slice(0, (1_920 - 464) * 4);
    expect(again).toEqual(sound.slice(464 * 4));
    bench.close();
  });
});

describe('a capture stream', () => {
  scenario('ends the packet that it is filling in a pause, with what is in it', (lab) => {
    const bench = new Bench(boot(lab), CAPTURE_PIN);
    const spoken = noise(STEREO_48, 4_800);
    bench.machine.device.lineIn.source = new Mouth(spoken);
    bench.states(ACQUIRE, PAUSE);
    const packets = [0, 1, 2].map(() => bench.read(480 * 4));
    bench.states(RUN);
    bench.machine.runFor(ms(15));
    bench.states(PAUSE);
    expect(packets.map(({ isSent }) => isSent)).toEqual([false, false, true]);
    const [first, second] = packets.map((packet) => packet.usedBytes);
    expect([first, second]).toEqual([480 * 4, (240 - FIFO_FRAMES / 2) * 4]);
    const stored = bench.bytesOf(packets[1] as StreamPacket, second);
    expect(stored).toEqual(spoken.slice(480 * 4, 480 * 4 + stored.length));
    bench.states(ACQUIRE, STOP);
    bench.close();
  });
});

describe('a recording through bounce slots', () => {
  scenario('ends a packet in a pause with what is in it', (lab) => {
    const bench = new Bench(boot(lab), CAPTURE_PIN);
    const spoken = noise(STEREO_48, 4_800);
    bench.machine.device.lineIn.source = new Mouth(spoken);
    bench.states(ACQUIRE, PAUSE);
    const packet = bench.read(480 * 4, 1);
    bench.states(RUN);
    bench.machine.runFor(ms(5));
    bench.states(PAUSE);
    const used = (240 - FIFO_FRAMES / 2) * 4;
    expect([packet.isSent, packet.usedBytes]).toEqual([false, used]);
    expect(bench.bytesOf(packet, used)).toEqual(spoken.slice(0, used));
    bench.states(ACQUIRE, STOP);
    bench.close();
  });

  scenario('gives a packet back as soon as its last frame is whole, and not before', (lab) => {
    const bench = new Bench(boot(lab), CAPTURE_PIN);
    const spoken = noise(STEREO_48, 9_600);
    bench.machine.device.lineIn.source = new Mouth(spoken);
    bench.states(ACQUIRE, PAUSE);
    const seen: number[][] = [];
    const odd = bench.pin.packet(4_802, (packet) => seen.push([...bench.bytesOf(packet)]));
    odd.read();
    bench.read(20_000);
    bench.states(RUN);
    bench.machine.runFor(ms(27));
    // 1200 frames and a half, and what the engine keeps in its FIFO.
    expect(seen).toEqual([[...spoken.subarray(0, 4_802)]]);
    bench.states(PAUSE, ACQUIRE, STOP);
    bench.close();
  });

  // Where the cancelled packet begins and ends in the midst of a frame: each time it leaves to its
  // neighbours what they have of those frames.
  for (const [title, before, bytes, behind] of [
    ['the end', 9_600, 9_602, 9_602],
    ['the beginning and the end', 9_602, 9_600, 9_606],
  ] as const) {
    scenario(`writes nothing into a cancelled packet, with frames cut at ${title}`, (lab) => {
      const bench = new Bench(boot(lab), CAPTURE_PIN);
      const spoken = noise(STEREO_48, 9_600);
      bench.machine.device.lineIn.source = new Mouth(spoken);
      bench.states(ACQUIRE, PAUSE);
      const first = bench.read(before);
      const cancelled = bench.read(bytes);
      const third = bench.read(9_600);
      bench.states(RUN);
      bench.machine.runFor(ms(5));
      cancelled.cancel();
      bench.machine.runFor(ms(120));
      expect(bench.bytesOf(first)).toEqual(spoken.slice(0, before));
      expect(bench.bytesOf(cancelled).every((byte) => byte === 0xa5)).toBe(true);
      expect(bench.bytesOf(third, 9_590)).toEqual(spoken.slice(behind, behind + 9_590));
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });
  }
});

describe('the filter', () => {
  scenario('is no WaveRT filter, and takes stereo only [WPC-HW-010]', (lab) => {
    const machine = boot(lab);
    expect(machine.machine.kernel.interfaces.enumerate(KSCATEGORY_REALTIME)).toEqual([]);
    const filter = machine.openFilter(KSCATEGORY_AUDIO);
    for (const pin of [RENDER_PIN, CAPTURE_PIN]) {
      const { status } = StreamPin.tryOpen(filter, pin, formatOf({ channels: 1 }));
      expect(status).toBe(STATUS_NO_MATCH);
    }
    filter.close();
  });

  for (const [name, miniport] of [
    ['wavert', 'IMiniportWaveRT'],
    ['wavecyclic', 'IMiniportWaveCyclic'],
    ['wavepci', 'IMiniportWavePci'],
    ['soundblaster', 'IMiniportWavePci'],
  ] as const) {
    scenario(`is on ${miniport} when the registry names ${name} [WPC-HW-009]`, (lab) => {
      const text = `${name}\0`;
      const data = new Uint8Array(2 * text.length);
      for (let at = 0; at < text.length; at++) data[2 * at] = text.charCodeAt(at);
      const built = lab.build({ device: (slot: DeviceSlot) => new Ac97Controller(slot), driver });
      const { kernel } = built.machine;
      const services = '\\Registry\\Machine\\System\\CurrentControlSet\\Services';
      kernel.registry.ensure(`${services}\\wpac97\\Parameters`).setValue(PORT_VALUE_NAME, 1, data);
      built.machine.loadDriver();
      built.machine.startDevice();
      const bound = [...built.calls.keys()].filter((call) => /^IMiniportWave\w*\.Init$/.test(call));
      expect(bound).toEqual([`${miniport}.Init`]);
    });
  }
});
