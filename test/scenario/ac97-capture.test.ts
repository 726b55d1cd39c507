/**
 * The AC'97 driver's recordings on each of its ports: what was spoken, byte for byte and when, on
 * our model; on QEMU's device, which hears silence, that and every step of the way. What a packet
 * or a buffer holds before is no silence.
 */
import { expect, it } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { StreamCaptureClient } from '../../src/client/stream-capture.ts';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import type { PhysicalRange } from '../../src/kernel/memory/physical-ranges.ts';
import { RecordSession } from '../../src/machine/record-session.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { type Lab, Mouth, noise, scenario, TestCapture } from '../../src/testing/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import {
  bootAc97,
  CAPTURE_PIN,
  FIFO_FRAMES,
  PacketBench,
  STEREO_48,
  UNTOUCHED,
} from '../support/ac97-machine.ts';
import { type Backend, describeBackends } from '../support/backends.ts';
import { recordingOf } from '../support/recording.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const RATE_HZ = 48_000;
/** Frames that the driver takes to be between converter and memory. */
const HELD_FRAMES = FIFO_FRAMES / 2;
const KINDS: readonly StreamKind[] = ['timer', 'event'];
const CLEAN = { bitExact: true, lostFrames: 0, findings: [], leaks: [] };

/** All memory within DMA's reach, or none of it that clients get. */
const LOW_RANGES: readonly PhysicalRange[] = [{ base: 0x100_0000, bytes: 40 << 20 }];
const HIGH_RANGES: readonly PhysicalRange[] = [
  { base: 0x100_0000, bytes: 1 << 20 },
  { base: 0x1_0000_0000, bytes: 40 << 20 },
];

/** A recording pin of a WavePci port with somebody who speaks `frames` frames. */
function open(lab: Lab, backend: Backend, frames: number, ranges = LOW_RANGES) {
  const bench = new PacketBench(bootAc97(lab, backend, 'wavepci', { ranges }), CAPTURE_PIN);
  const spoken = noise(STEREO_48, frames);
  bench.machine.device.lineIn.source = new Mouth(spoken);
  return { bench, recorded: ac97Facts(backend).recorded(spoken) };
}

for (const port of ['wavert', 'wavepci', 'wavecyclic'] as const) {
  describeBackends(`a session over a ${port} port`, 'ac97', (backend) => {
    const { hearsMouth } = ac97Facts(backend);
    const driver = backend.driverOf(port);

    it.each([
      [8_000, 60],
      [22_050, 30],
      [44_100, 20],
      [48_000, 20],
    ])('records at %i Hz what was spoken, with %i ms of buffer', (sampleRate, bufferMs) => {
      const spoken = spokenIn(hearsMouth, sampleRate);
      const frames = Math.round(sampleRate * backend.patience) - 100;
      const record = new RecordSession({ spoken, frames, device: backend.kind, driver, bufferMs });
      while (!record.step());
      expect(record.finish(1)).toMatchObject({ ...CLEAN, recordedFrames: frames });
    });
  });
}

/** Noise, or silence where nothing else is heard. */
function spokenIn(hearsMouth: boolean, sampleRate: number): ReturnType<typeof recordingOf> {
  const file = recordingOf({ sampleRate }, sampleRate + 13);
  if (hearsMouth) return file;
  return {
    ...file,
    readFrames: (first, into, offset, wanted) => {
      const frames = Math.max(0, Math.min(wanted, file.frames - first));
      into.fill(0, offset, offset + 4 * frames);
      return frames;
    },
  };
}

describeBackends('a WaveRT recording', 'ac97', (backend) => {
  const facts = ac97Facts(backend);

  for (const stream of KINDS) {
    it.each([
      [8_000, 100],
      [11_025, 4],
      [16_000, 37],
      [32_000, 2],
      // More pages than the engine has descriptors.
      [48_000, 700],
    ])(
      `by ${stream} at %i Hz over %i ms has what was spoken [WRT-OVR-005]`,
      (sampleRate, bufferMs) => {
        const spoken = spokenIn(facts.hearsMouth, sampleRate);
        const frames = Math.round(sampleRate * backend.patience) - 100;
        const driver = backend.driverOf('wavert');
        const config = { spoken, frames, device: backend.kind, driver, bufferMs, stream };
        const record = new RecordSession(config);
        while (!record.step());
        expect(record.finish(1)).toMatchObject({ ...CLEAN, recordedFrames: frames });
      },
    );
  }

  scenario('has frames in memory half a FIFO after they were spoken [WRT-POS-004]', (lab) => {
    const machine = bootAc97(lab, backend, 'wavert');
    const stream = TestCapture.open(machine, { bufferMs: 40 });
    const spoken = noise(stream.format, 4_800);
    machine.device.lineIn.source = new Mouth(spoken);
    const { actualBytes, address } = stream.buffer;
    machine.machine.kernel.ram.bytes.fill(UNTOUCHED, address, address + actualBytes);
    stream.setState(RUN);
    for (const elapsedMs of [5, 15]) {
      machine.runFor(ms(elapsedMs));
      stream.read();
    }
    const frames = facts.capturedFrames(ms(20), RATE_HZ);
    expect(stream.captured).toEqual(facts.recorded(spoken).subarray(0, 4 * frames));
    // A FIFO that is half full lies between the converter and them.
    expect(stream.pin.playOffset).toBe(4 * (frames + HELD_FRAMES));
    // Behind them nothing was written.
    const rest = stream.bytesAt(4 * frames, actualBytes - 4 * frames);
    expect(rest.every((byte) => byte === UNTOUCHED)).toBe(true);
    stream.setState(PAUSE);
    machine.runFor(ms(10));
    stream.read();
    expect(stream.captured).toHaveLength(4 * frames);
    stream.close();
  });
});

for (const [name, ranges] of [
  ['within reach of DMA', LOW_RANGES],
  ['above 4 GiB, copied through bounce slots', HIGH_RANGES],
] as const) {
  describeBackends(`a client with packets ${name}`, 'ac97', (backend) => {
    scenario('records to its end [WPC-TP-011]', (lab) => {
      const frames = Math.round(48_000 * backend.patience);
      const { bench, recorded } = open(lab, backend, 2 * frames, ranges);
      const heard = new Uint8Array(4 * frames);
      let bytes = 0;
      const client = new StreamCaptureClient({
        kernel: bench.machine.machine.kernel,
        pin: bench.pin,
        packetFrames: 480,
        frames,
        journal: {
          take: (from, offset, length) => {
            heard.set(from.subarray(offset, offset + length), bytes);
            bytes += length;
          },
          lose: () => undefined,
        },
      });
      const { ram } = bench.machine.machine.kernel;
      for (const { dataAt, roomBytes } of client.packets) {
        ram.bytes.fill(UNTOUCHED, dataAt, dataAt + roomBytes);
      }
      client.start();
      bench.machine.runFor(ms(1_050 * backend.patience));
      expect([bytes, client.isDone]).toEqual([4 * frames, true]);
      expect(heard).toEqual(recorded.slice(0, bytes));
      bench.close();
    });
  });
}

describeBackends('packets at any byte', 'ac97', (backend) => {
  const facts = ac97Facts(backend);
  for (const offset of [0, 1, 2, 3, 4_090, 4_093]) {
    scenario(`offset ${offset} are recorded into, every byte in its place [WPC-HW-005]`, (lab) => {
      const { bench, recorded } = open(lab, backend, 6_000);
      bench.states(ACQUIRE, PAUSE);
      const sizes = [1, 2, 5_003, 6, 4_091, 3, 1];
      let at = 0;
      const packets = sizes.map((size) => {
        at += size;
        return bench.read(size, facts.placeFor(offset, at - size));
      });
      bench.read(400, offset);
      bench.states(RUN);
      bench.runTo(ms(100));
      const read = packets.flatMap((packet) => [...bench.bytesOf(packet)]);
      expect(Uint8Array.from(read)).toEqual(recorded.slice(0, read.length));
      expect(packets.every((packet) => !packet.isSent)).toBe(true);
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });
  }
});

describeBackends('a capture stream', 'ac97', (backend) => {
  const facts = ac97Facts(backend);

  scenario('ends the packet that it is filling in a pause, with what is in it', (lab) => {
    const { bench, recorded } = open(lab, backend, 4_800);
    bench.states(ACQUIRE, PAUSE);
    const packets = [0, 1, 2].map(() => bench.read(480 * 4));
    bench.states(RUN);
    bench.runTo(ms(15));
    bench.states(PAUSE);
    expect(packets.map(({ isSent }) => isSent)).toEqual([false, false, true]);
    const [first, second] = packets.map((packet) => packet.usedBytes);
    const secondBytes = 4 * (facts.capturedFrames(ms(15), RATE_HZ) - 480);
    expect([first, second]).toEqual([480 * 4, secondBytes]);
    const stored = bench.bytesOf(packets[1] as StreamPacket, second);
    expect(stored).toEqual(recorded.slice(480 * 4, 480 * 4 + stored.length));
    bench.states(ACQUIRE, STOP);
    bench.close();
  });
});

describeBackends('a recording through bounce slots', 'ac97', (backend) => {
  const facts = ac97Facts(backend);

  scenario('ends a packet in a pause with what is in it', (lab) => {
    const { bench, recorded } = open(lab, backend, 4_800);
    bench.states(ACQUIRE, PAUSE);
    const packet = bench.read(480 * 4, 1);
    bench.states(RUN);
    bench.runTo(ms(5));
    bench.states(PAUSE);
    const used = 4 * facts.capturedFrames(ms(5), RATE_HZ);
    expect([packet.isSent, packet.usedBytes]).toEqual([false, used]);
    expect(bench.bytesOf(packet, used)).toEqual(recorded.slice(0, used));
    bench.states(ACQUIRE, STOP);
    bench.close();
  });

  // Behind it comes memory that DMA reaches, or that it does not.
  for (const [title, offset] of [
    ['into packets', 0],
    ['through slots', 1],
  ] as const) {
    scenario(`${title} gives a packet back when its last frame is whole, not before`, (lab) => {
      const { bench, recorded } = open(lab, backend, 9_600);
      bench.states(ACQUIRE, PAUSE);
      const seen: Uint8Array[] = [];
      const take = (packet: StreamPacket): void => {
        seen.push(bench.bytesOf(packet));
      };
      bench.read(4_802, 0, take);
      bench.read(20_000, offset);
      bench.states(RUN);
      bench.runTo(ms(25));
      expect(seen).toEqual([]);
      // 1200 frames and a half, and what the engine keeps in its FIFO.
      bench.runTo(ms(27));
      expect(seen).toEqual([recorded.slice(0, 4_802)]);
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });
  }

  // Where the cancelled packet begins and ends in the midst of a frame: each time it leaves to its
  // neighbours what they have of those frames.
  for (const [title, before, bytes, behind] of [
    ['the end', 9_600, 9_602, 9_602],
    ['the beginning and the end', 9_602, 9_600, 9_606],
  ] as const) {
    scenario(`writes nothing into a cancelled packet, with frames cut at ${title}`, (lab) => {
      const { bench, recorded } = open(lab, backend, 9_600);
      bench.states(ACQUIRE, PAUSE);
      const first = bench.read(before);
      const cancelled = bench.read(bytes, facts.placeFor(0, before));
      const third = bench.read(9_600, facts.placeFor(0, behind));
      bench.states(RUN);
      bench.runTo(ms(5));
      cancelled.cancel();
      bench.runTo(ms(125));
      expect(bench.bytesOf(first)).toEqual(recorded.slice(0, before));
      expect(bench.bytesOf(cancelled).every((byte) => byte === UNTOUCHED)).toBe(true);
      expect(bench.bytesOf(third, 9_590)).toEqual(recorded.slice(behind, behind + 9_590));
      bench.states(PAUSE, ACQUIRE, STOP);
      bench.close();
    });
  }
});
