/**
 * What our AC'97 controller and QEMU's do not do alike, as facts that a scenario asks for. QEMU's
 * card takes sound from memory into a buffer of its own, 1024 frames at first and then what the
 * file has taken, a look each millisecond; the file begins with the first frame and stands still
 * while nothing plays. Names in quotes are deviations of src/crosscheck/qemu-ac97-profile.ts.
 */
import { framesIn, timeOfFrame } from '../../src/base/frame-time.ts';
import { FIFO_FRAMES } from './ac97-machine.ts';
import type { Backend, BackendName } from './backends.ts';

export interface Ac97Facts {
  /** Frame periods at the ear before the first frame of a stream: the FIFO. 'ear-delay' */
  readonly delayFrames: number;
  /** Frames between memory and engine so long after RUN, where there are as many. 'picb-pace' */
  fetchedFrames(elapsedNs: number, rateHz: number): number;
  /** How long after RUN at least so many have gone. */
  timeOfFetch(frames: number, rateHz: number): number;
  /** Frames that the ear has had when the power goes so long after RUN. 'ear-delay' */
  heardFrames(elapsedNs: number, rateHz: number): number;
  /** How late a frame may be heard that finds the engine halted, in frames. 'ear-delay' */
  readonly mostLateFrames: number;
  /** Frames of a packet such that three of them are more than the card takes at once. */
  readonly leastPacketFrames: number;
  /**
   * The lowest rate at which the driver's WaveCyclic buffer of 19,200 bytes is much longer than what
   * the card takes at once, so that the port can keep ahead of it. 'picb-pace'
   */
  readonly leastCyclicRateHz: number;
  /** Whether RUN goes on where PAUSE was, or with the next descriptor. 'pause-keeps-position' */
  readonly resumesInPlace: boolean;
  /** Whether the time of a pause passes at the ear. QEMU's file has no silence of it. 'ear-delay' */
  readonly hearsPauses: boolean;
  /** Frames that were fetched and are heard only when the engine runs again. 'ear-delay' */
  readonly heldFrames: number;
  /** Frames that the driver believes were heard, and that go with the power. 'ear-delay' */
  readonly lostInSleep: number;
  /** The period of an exclusive client that stays ahead of what the card takes at once. */
  readonly leastExclusiveMs: number;
  /** Frames that were fetched and are not heard when the engine is reset. 'ear-delay' */
  readonly forgottenFrames: number;
  /**
   * Where in its page a packet may lie, near `offset`, whose first byte is byte `streamByte` of the
   * stream: QEMU's engine drops bit 1 of the address of whole frames. 'buffer-address'
   */
  placeFor(offset: number, streamByte: number): number;
  /** The rate at which volumes are heard that were set before the rate was. 'volume-and-rate' */
  readonly volumeRateHz: number;
  /** What is heard of a sample at steps of both volume registers. 'volume-in-decibels' */
  amplified(sample: number, masterStep: number, pcmStep: number): number;
  /** Whether what is spoken is heard: QEMU has no way in for sound, and records silence. */
  readonly hearsMouth: boolean;
  /** What a recording has of what was spoken. */
  recorded(spoken: Uint8Array): Uint8Array;
  /** Frames in memory so long after RUN of a recording. */
  capturedFrames(elapsedNs: number, rateHz: number): number;
  /** Random streams that are played in one run of the tests: QEMU is slower. */
  readonly randomStreams: number;
}

/** Half of an input FIFO, where the last frames of a recording stay. */
const CAPTURE_HOLD_FRAMES = 8;
/** What QEMU's card takes at its first look, and the time between two looks. */
const CARD_FRAMES = 1_024;
const LOOK_NS = 1_000_000;
const HELD_FRAMES = CARD_FRAMES - framesIn(LOOK_NS, 48_000);
const STEP_DECIBELS = 1.5;
const PCM_UNITY_STEP = 8;
/** QEMU's volumes are 255 at step 0 and fall by the same amount with each step. */
const FULL_VOLUME = 255;
const FACTOR_UNITY = 2 ** 32;
const MASTER_LAST_STEP = 0x3f;
const PCM_LAST_STEP = 0x1f;

const model: Ac97Facts = {
  delayFrames: FIFO_FRAMES,
  fetchedFrames: (elapsedNs, rateHz) => framesIn(elapsedNs, rateHz),
  timeOfFetch: (frames, rateHz) => timeOfFrame(frames, rateHz),
  heardFrames: (elapsedNs, rateHz) => Math.max(0, framesIn(elapsedNs, rateHz) - FIFO_FRAMES),
  mostLateFrames: 0,
  leastPacketFrames: 1,
  leastCyclicRateHz: 8_000,
  resumesInPlace: true,
  hearsPauses: true,
  heldFrames: 0,
  lostInSleep: 0,
  leastExclusiveMs: 10,
  forgottenFrames: FIFO_FRAMES,
  placeFor: (offset) => offset,
  volumeRateHz: 44_100,
  amplified: (sample, masterStep, pcmStep) => {
    const decibels = (PCM_UNITY_STEP - masterStep - pcmStep) * STEP_DECIBELS;
    const value = Math.round(sample * 10 ** (decibels / 20));
    return Math.max(-32_768, Math.min(32_767, value));
  },
  hearsMouth: true,
  recorded: (spoken) => spoken,
  capturedFrames: (elapsedNs, rateHz) =>
    Math.max(0, framesIn(elapsedNs, rateHz) - CAPTURE_HOLD_FRAMES),
  randomStreams: 16,
};

const framesAtLook = (elapsedNs: number, rateHz: number): number =>
  framesIn(elapsedNs - (elapsedNs % LOOK_NS), rateHz);

const cardVolume = (step: number, lastStep: number): number =>
  FULL_VOLUME - Math.floor((FULL_VOLUME * step) / lastStep);

const qemu: Ac97Facts = {
  delayFrames: 0,
  fetchedFrames: (elapsedNs, rateHz) => {
    if (elapsedNs < LOOK_NS) return 0;
    return CARD_FRAMES + framesAtLook(elapsedNs - LOOK_NS, rateHz);
  },
  timeOfFetch: (frames, rateHz) => {
    const behind = timeOfFrame(Math.max(0, frames - CARD_FRAMES), rateHz);
    return LOOK_NS * (1 + Math.ceil(behind / LOOK_NS));
  },
  heardFrames: framesAtLook,
  mostLateFrames: CARD_FRAMES + 2 * framesAtLook(LOOK_NS, 48_000),
  leastPacketFrames: 1_100,
  leastCyclicRateHz: 32_000,
  resumesInPlace: false,
  hearsPauses: false,
  heldFrames: HELD_FRAMES,
  // Of what the card holds the driver plays what a FIFO would hold again.
  lostInSleep: HELD_FRAMES - FIFO_FRAMES,
  leastExclusiveMs: 30,
  forgottenFrames: 0,
  // A whole frame lies at a word that is none of four bytes: one byte on it is at an odd address.
  placeFor: (offset, streamByte) => (((offset - streamByte) & 3) === 2 ? offset + 1 : offset),
  volumeRateHz: 48_000,
  amplified: (sample, masterStep, pcmStep) => {
    const volume = cardVolume(masterStep, MASTER_LAST_STEP) * cardVolume(pcmStep, PCM_LAST_STEP);
    // A factor of 32 bits, rounded down, so that products that are whole come out one less.
    const factor = Math.floor((FACTOR_UNITY * Math.floor(volume / FULL_VOLUME)) / FULL_VOLUME);
    return Math.floor((sample * factor) / FACTOR_UNITY);
  },
  hearsMouth: false,
  recorded: ({ length }) => new Uint8Array(length),
  capturedFrames: framesAtLook,
  randomStreams: 4,
};

const FACTS: Readonly<Partial<Record<BackendName, Ac97Facts>>> = { ac97: model, 'qemu:ac97': qemu };

/** The facts of a backend. @throws Error unless it has AC'97 hardware */
export function ac97Facts({ name }: Backend): Ac97Facts {
  const facts = FACTS[name];
  if (facts === undefined) throw new Error(`${name} is no AC'97 hardware`);
  return facts;
}
