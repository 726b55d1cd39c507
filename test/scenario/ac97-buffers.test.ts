/**
 * Buffers of awkward sizes at awkward places, through all three ports of the AC'97 driver, bit for
 * bit. Packets lie anywhere in their pages, and need not hold whole frames; the cyclic buffer of a
 * WaveRT stream is the driver's own and begins with a page, and is made of whole frames.
 */
import { expect } from 'vitest';
import { timeOfFrame } from '../../src/base/frame-time.ts';
import type { StreamPacket } from '../../src/client/stream-packet.ts';
import { StreamPin } from '../../src/client/stream-pin.ts';
import { Random } from '../../src/sim/random.ts';
import { KSCATEGORY_AUDIO } from '../../src/standards/ks/guids.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_UNSUCCESSFUL } from '../../src/standards/nt/ntstatus.ts';
import {
  formatOf,
  type Lab,
  Mouth,
  noise,
  scenario,
  TestCapture,
} from '../../src/testing/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import { bootAc97, CAPTURE_PIN, FIFO_FRAMES, MS, RENDER_PIN } from '../support/ac97-machine.ts';
import {
  type Backend,
  type BackendMachine,
  describeBackends,
  earOf,
  soundOf,
} from '../support/backends.ts';

const { ACQUIRE, PAUSE, RUN, STOP } = KSSTATE;
const FRAME_BYTES = 4;
const PAGE_BYTES = 4_096;
/** Frames that a recording engine keeps in its FIFO. */
const HELD_FRAMES = FIFO_FRAMES / 2;
const RATES_HZ = [8_000, 22_050, 44_100, 48_000];

interface Size {
  readonly name: string;
  readonly bytes: number;
  /** Packets that are sent; together they hold whole frames. */
  readonly packets: number;
}

const SIZES: readonly Size[] = [
  { name: 'one byte past a page', bytes: PAGE_BYTES + 1, packets: 4 },
  { name: 'one frame', bytes: FRAME_BYTES, packets: 400 },
  { name: 'a page minus one frame', bytes: PAGE_BYTES - FRAME_BYTES, packets: 4 },
  { name: '64 KiB', bytes: 65_536, packets: 2 },
];

/** Slower backends play one rate. */
const ratesOf = ({ patience }: Backend): readonly number[] => (patience < 1 ? [44_100] : RATES_HZ);

const settledAt = (machine: BackendMachine, runNs: number, elapsedNs: number): void => {
  machine.runFor(runNs + elapsedNs - machine.machine.now);
  machine.device.settle();
};

/** Packets of a pin, each at a place in its pages that the seed says. */
class Packets {
  readonly machine: BackendMachine;
  readonly pin: StreamPin;
  readonly #filter;
  readonly #random: Random;
  readonly #backend: Backend;
  #streamBytes = 0;

  constructor(
    machine: BackendMachine,
    backend: Backend,
    pinId: number,
    rateHz: number,
    seed: number,
  ) {
    this.machine = machine;
    this.#backend = backend;
    this.#random = new Random(seed);
    this.#filter = machine.openFilter(KSCATEGORY_AUDIO);
    this.pin = StreamPin.open(this.#filter, pinId, formatOf({ sampleRate: rateHz }));
  }

  states(...states: readonly KSSTATE[]): void {
    for (const state of states) this.pin.check(`state ${state}`, this.pin.setState(state));
  }

  make(bytes: number): StreamPacket {
    const place = this.#random.below(PAGE_BYTES);
    const offset = ac97Facts(this.#backend).placeFor(place, this.#streamBytes);
    this.#streamBytes += bytes;
    return this.pin.packet(bytes, null, offset);
  }

  /** Until all are back, or for far longer than they sound. */
  runUntilBack(packets: readonly StreamPacket[], soundNs: number): void {
    const { kernel, now } = this.machine.machine;
    const isBack = kernel.runUntil(() => packets.every(({ isSent }) => !isSent), now + 2 * soundNs);
    expect(isBack).toBe(true);
  }

  close(): void {
    this.states(PAUSE, ACQUIRE, STOP);
    this.pin.close();
    this.#filter.close();
  }
}

/** A comparison of bytes that takes no longer where there are many. */
function expectSame(found: Uint8Array, wanted: Uint8Array): void {
  const at = wanted.findIndex((byte, index) => byte !== found[index]);
  expect([found.length, at]).toEqual([wanted.length, -1]);
}

const soundNsOf = (frames: number, rateHz: number): number =>
  timeOfFrame(frames, rateHz) + 100 * MS;

for (const port of ['wavepci', 'wavecyclic'] as const) {
  describeBackends(`packets over ${port}`, 'ac97', (backend) => {
    const facts = ac97Facts(backend);
    const leastRateHz = port === 'wavecyclic' ? facts.leastCyclicRateHz : 0;
    const rates = ratesOf(backend).filter((rateHz) => rateHz >= leastRateHz);

    for (const [index, { bytes, name, packets: count }] of SIZES.entries()) {
      // What the device takes at once must not be all that the driver has.
      const isEnough = 3 * bytes >= FRAME_BYTES * facts.leastPacketFrames;
      const frames = (count * bytes) / FRAME_BYTES;

      for (const rateHz of isEnough ? rates : []) {
        const seed = 10 * index + rateHz;
        scenario(
          `of ${name} are heard bit for bit at ${rateHz} Hz, places by seed ${seed} ` +
            '[WPC-HW-004 WPC-HW-005 WPC-GM-005]',
          (lab) => {
            const machine = bootAc97(lab, backend, port);
            const ear = earOf(machine);
            const stream = new Packets(machine, backend, RENDER_PIN, rateHz, seed);
            const sound = noise(stream.pin.format, frames);
            stream.states(ACQUIRE, PAUSE);
            const packets = Array.from({ length: count }, (_, packet) => {
              const made = stream.make(bytes);
              const part = sound.subarray(packet * bytes, (packet + 1) * bytes);
              machine.machine.kernel.ram.bytes.set(part, made.dataAt);
              made.write(bytes);
              return made;
            });
            stream.states(RUN);
            const soundNs = soundNsOf(frames, rateHz);
            stream.runUntilBack(packets, soundNs);
            // WaveCyclic gives packets back when they are copied.
            machine.runFor(soundNs);
            backend.hearOut(machine);
            expectSame(soundOf(ear.heard()).subarray(0, sound.length), sound);
            stream.close();
          },
        );

        if (!facts.hearsMouth) continue;
        scenario(
          `of ${name} have what was spoken at ${rateHz} Hz, places by seed ${seed}`,
          (lab) => {
            const machine = bootAc97(lab, backend, port);
            const stream = new Packets(machine, backend, CAPTURE_PIN, rateHz, seed);
            const spoken = noise(stream.pin.format, frames + rateHz);
            machine.device.lineIn.source = new Mouth(spoken);
            stream.states(ACQUIRE, PAUSE);
            const packets = Array.from({ length: count }, () => {
              const made = stream.make(bytes);
              made.read();
              return made;
            });
            stream.states(RUN);
            stream.runUntilBack(packets, soundNsOf(frames, rateHz));
            const ram = machine.machine.kernel.ram.bytes;
            for (const [packet, { dataAt, usedBytes }] of packets.entries()) {
              expect([packet, usedBytes]).toEqual([packet, bytes]);
              const part = spoken.subarray(packet * bytes, (packet + 1) * bytes);
              expectSame(ram.subarray(dataAt, dataAt + bytes), part);
            }
            stream.close();
          },
        );
      }
    }
  });
}

/** What the driver makes of a size that is not of whole frames. */
const roundedUp = (bytes: number): number => Math.ceil(bytes / FRAME_BYTES) * FRAME_BYTES;

/** Goes round the buffer so often, in steps of half of it. */
const LAPS = 3;
const LEAST_FRAMES = 400;

describeBackends('a WaveRT buffer', 'ac97', (backend) => {
  const facts = ac97Facts(backend);

  for (const { bytes, name } of SIZES) {
    const bufferFrames = roundedUp(bytes) / FRAME_BYTES;
    const step = Math.max(1, Math.floor(bufferFrames / 2));
    const frames = step * Math.ceil(Math.max(LAPS * bufferFrames, LEAST_FRAMES) / step);

    for (const rateHz of bufferFrames >= backend.leastBufferFrames ? ratesOf(backend) : []) {
      scenario(
        `of ${name} is heard bit for bit at ${rateHz} Hz, lap after lap [WRT-BUF-022]`,
        (lab) => {
          const machine = bootAc97(lab, backend, 'wavert');
          const ear = earOf(machine);
          const stream = machine.openRender({ sampleRate: rateHz, bufferBytes: bytes });
          expect(stream.buffer.actualBytes).toBe(roundedUp(bytes));
          const sound = noise(stream.format, frames);
          const part = (from: number, to: number): Uint8Array =>
            sound.subarray(FRAME_BYTES * from, FRAME_BYTES * to);
          stream.write(part(0, bufferFrames));
          for (const state of [ACQUIRE, PAUSE, RUN]) stream.setState(state);
          const runNs = machine.machine.now;
          for (let written = bufferFrames, gone = step; written < frames; gone += step) {
            settledAt(machine, runNs, facts.timeOfFetch(gone, rateHz));
            const end = Math.min(frames, gone + bufferFrames);
            stream.write(part(written, end));
            written = end;
          }
          settledAt(machine, runNs, soundNsOf(frames, rateHz));
          backend.hearOut(machine);
          expectSame(soundOf(ear.heard()).subarray(0, sound.length), sound);
          for (const state of [PAUSE, ACQUIRE, STOP]) stream.setState(state);
          stream.close();
        },
      );

      if (!facts.hearsMouth) continue;
      scenario(`of ${name} has what was spoken at ${rateHz} Hz, lap after lap`, (lab) => {
        const machine = bootAc97(lab, backend, 'wavert');
        const stream = TestCapture.open(machine, { sampleRate: rateHz, bufferBytes: bytes });
        expect(stream.buffer.actualBytes).toBe(roundedUp(bytes));
        const spoken = noise(stream.format, frames);
        machine.device.lineIn.source = new Mouth(spoken);
        for (const state of [ACQUIRE, PAUSE, RUN]) stream.setState(state);
        const runNs = machine.machine.now;
        const captured = new Uint8Array(spoken.length);
        for (let stored = step; stored <= frames; stored += step) {
          settledAt(machine, runNs, timeOfFrame(stored + HELD_FRAMES, rateHz));
          for (let frame = stored - step; frame < stored; ) {
            const at = frame % bufferFrames;
            const count = Math.min(stored - frame, bufferFrames - at);
            const part = stream.bytesAt(FRAME_BYTES * at, FRAME_BYTES * count);
            captured.set(part, FRAME_BYTES * frame);
            frame += count;
          }
        }
        expectSame(captured, spoken);
        for (const state of [PAUSE, ACQUIRE, STOP]) stream.setState(state);
        stream.close();
      });
    }
  }
});

describeBackends('a WaveRT buffer of less than a frame', 'ac97', (backend) => {
  const refuse = (lab: Lab, pinId: number): void => {
    const machine = bootAc97(lab, backend, 'wavert');
    const filter = machine.openFilter();
    const pin = filter.openPin(pinId, formatOf({}));
    for (const bytes of [1, FRAME_BYTES - 1]) {
      expect(pin.tryAllocateBuffer(bytes)).toEqual({ status: STATUS_UNSUCCESSFUL, buffer: null });
    }
    const { buffer } = pin.tryAllocateBuffer(FRAME_BYTES);
    expect(buffer?.actualBytes).toBe(FRAME_BYTES);
    pin.close();
    filter.close();
  };

  scenario('is refused for playback, and one of a frame is not', (lab) => refuse(lab, RENDER_PIN));
  scenario('is refused for a recording, and one of a frame is not', (lab) =>
    refuse(lab, CAPTURE_PIN),
  );
});
