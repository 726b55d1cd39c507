/**
 * What the two HD Audio backends do not do alike, as facts that scenarios ask for: our model, which
 * is exact, and QEMU's intel-hda with hda-duplex. Where QEMU departs from HDA 1.0a, the id of the
 * deviation in src/crosscheck/qemu-hda-profile.ts stands beside the fact.
 */
import type { PhysicalRange } from '../../src/kernel/memory/physical-ranges.ts';
import type { TestRenderOptions } from '../../src/testing/index.ts';
import type { Backend, BackendName } from './backends.ts';
import { CODEC_FRAMES, fifoFrames } from './hda-machine.ts';

export interface HdaFacts {
  /** Rates that the codec converts. */
  readonly ratesHz: readonly number[];
  /** Sample sizes, and channels, that it plays as they are. QEMU's takes 16-bit stereo alone. */
  readonly samples: readonly TestRenderOptions[];
  readonly channels: readonly number[];
  /** Frames between memory and link, and in the codec, as the driver is told them. */
  readonly fifoFrames: (rateHz: number) => number;
  readonly codecFrames: number;
  /** Silence at the ear before a stream: `ear-delay`, QEMU's file begins with the sound. */
  readonly earDelayFrames: (rateHz: number) => number;
  /** Frames that may still come out when DMA has ended: QEMU's codec and its file hold some. */
  readonly heldFrames: number;
  /**
   * How much sound may be cut off at the end of a run, in time. QEMU's audio backend takes what the
   * codec has every 10 ms; what is on its way through the two when RUN is cleared is gone.
   */
  readonly cutNs: number;
  /**
   * How far SDnLPIB may be ahead of the sound, in bytes, and how seldom it moves. `lpib-pace`,
   * `interrupt-times`: QEMU's codec fills 8 KiB of its own at first, and looks once per millisecond.
   */
  readonly leadBytes: number;
  readonly stepNs: number;
  /** How far a recording may be behind its time. QEMU's audio backend records in pieces of 10 ms. */
  readonly lagMs: number;
  /** A packet that is longer than that lead, so that a client in time is in time from RUN on. */
  readonly packetMs: number;
  /** `stop-keeps-position`: whether RUN after a pause goes on where it was, not at the start. */
  readonly resumes: boolean;
  /** `srst-registers`: whether a stream reset takes the address of the descriptor list away. */
  readonly resetClears: boolean;
  /** Whether a plug that moves is noticed; QEMU's pins have no presence detection. */
  readonly sensesJacks: boolean;
  /** What a sample is multiplied by; `gain-in-decibels`: QEMU's amplifier is linear in its steps. */
  readonly gain: (decibels: number) => number;
  /** How far a sample that was multiplied may be off: QEMU's is not rounded but cut. */
  readonly gainTolerance: number;
  /** Kinds of RAM there may be; QEMU's board has none at other places. */
  readonly ramPlaces: readonly RamPlace[];
  /** Whether what is spoken arrives; QEMU hears silence, and has no input beside an output. */
  readonly hears: boolean;
}

export type RamPlace = readonly [where: string, ranges: readonly PhysicalRange[]];

const MIB = 0x10_0000;
const FOUR_GIB = 0x1_0000_0000;

const ABOVE: RamPlace = ['all above 4 GiB', [{ base: FOUR_GIB, bytes: 16 * MIB }]];
/** So many pieces, 128 MiB apart. */
const pieces = (first: number, count: number): RamPlace => [
  'in many small pieces',
  Array.from({ length: count }, (_, index) => ({
    base: (first + index) * 128 * MIB,
    bytes: MIB / 4,
  })),
];

const model: HdaFacts = {
  ratesHz: [
    8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
  ],
  samples: [{ bits: 16 }, { bits: 20 }, { bits: 24 }, { bits: 32 }, { float: true }],
  channels: [1, 2, 3, 4, 5, 6, 7, 8],
  fifoFrames,
  codecFrames: CODEC_FRAMES,
  earDelayFrames: (rateHz) => fifoFrames(rateHz) + CODEC_FRAMES,
  heldFrames: CODEC_FRAMES,
  cutNs: 0,
  leadBytes: 0,
  stepNs: 0,
  lagMs: 0,
  packetMs: 10,
  resumes: true,
  resetClears: true,
  sensesJacks: true,
  gain: (decibels) => 10 ** (decibels / 20),
  gainTolerance: 0,
  ramPlaces: [
    ABOVE,
    pieces(3, 32),
    ['as high as 52 bits reach', [{ base: 2 ** 52 - 16 * MIB, bytes: 16 * MIB }]],
    [
      'on both sides of 4 GiB',
      [
        { base: FOUR_GIB - 64 * MIB, bytes: 8 * MIB },
        { base: FOUR_GIB, bytes: 8 * MIB },
      ],
    ],
  ],
  hears: true,
};

/** Steps of QEMU's amplifier between silence and 0 dB. */
const QEMU_GAIN_STEPS = 74;
/** Its audio backend multiplies by whole 255ths. */
const QEMU_FULL_GAIN = 255;

const qemu: HdaFacts = {
  ratesHz: [16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000],
  samples: [{ bits: 16 }],
  channels: [2],
  // SDnFIFOS reads 256, one less than there are bytes, and frames are whole.
  fifoFrames: () => 65,
  codecFrames: 0,
  earDelayFrames: () => 0,
  heldFrames: (8192 + 4096) / 4,
  cutNs: 22_000_000,
  leadBytes: 8192,
  stepNs: 1_000_000,
  lagMs: 20,
  packetMs: 50,
  resumes: false,
  resetClears: false,
  sensesJacks: false,
  gain: (decibels) =>
    Math.floor((QEMU_FULL_GAIN * (QEMU_GAIN_STEPS + decibels)) / QEMU_GAIN_STEPS) / QEMU_FULL_GAIN,
  gainTolerance: 1,
  // Its board has 2 GiB below the hole for PCI.
  ramPlaces: [ABOVE, pieces(1, 15)],
  hears: false,
};

const FACTS: Readonly<Partial<Record<BackendName, HdaFacts>>> = { hda: model, 'qemu:hda': qemu };

/** The facts of a backend. @throws Error unless it has HD Audio hardware */
export function hdaFacts({ name }: Backend): HdaFacts {
  const facts = FACTS[name];
  if (facts === undefined) throw new Error(`${name} is no HD Audio hardware`);
  return facts;
}
