/**
 * What is compared of a stream on two AC'97 controllers: how the driver set the engine up, and when
 * the device said that a buffer was done.
 */
import { AC97_GLOB_STA } from '../standards/ac97/index.ts';
import type { Ac97StreamTrail } from './ac97-stream-trail.ts';
import { hex, yesNo } from './probe.ts';
import { isPlaying, isRecording, type StreamAspect, type StreamRun } from './stream-rows.ts';

/** Completions that are compared: both sides have had as many by the end of the sound. */
const COMPARED = 4;
const NS_PER_S = 1e9;
/** How far a completion may be from its time: a FIFO of a third of a millisecond, and a frame. */
const TOLERANCE_NS = 500_000;
const BYTES_PER_FRAME = 4;
const BOXES = AC97_GLOB_STA.PIINT | AC97_GLOB_STA.POINT | AC97_GLOB_STA.MINT;

export const ac97StreamAspects: readonly StreamAspect<Ac97StreamTrail>[] = [
  {
    id: 'set-up',
    clause: 'ICH datasheet, bus master registers',
    asks: 'registers of the engine as they were written before DMA began, and the rate',
    of: ({ trail }) => {
      const names = [...trail.settings.keys()].sort();
      return names.map((name) => `${name} ${hex(trail.settings.get(name) ?? -1)}`).join(', ');
    },
  },
  {
    id: 'descriptors',
    clause: "AC'97 PRM 2.2.1",
    asks: 'the descriptor list in memory when DMA begins',
    of: ({ trail }) => {
      return trail.entries
        .map(({ address, bytes, interrupts }) => {
          return `${bytes} at ${hex(address)}${interrupts ? ' IOC' : ''}`;
        })
        .join(', ');
    },
  },
  {
    id: 'causes',
    clause: 'ICH datasheet, GLOB_STA',
    asks: 'boxes that service routines found interrupting, where a client waits for them',
    of: ({ evidence, trail }) => {
      return evidence.scenario.stream === 'timer' ? 'nobody waits' : hex(trail.causes & BOXES);
    },
  },
  {
    id: 'interrupt-times',
    clause: 'ICH datasheet, SR.BCIS',
    asks: 'whether buffers are done when the link has had time to carry them',
    expected: 'yes',
    applies: isPlaying,
    of: (run) => yesNo(areTimely(run)),
  },
  {
    id: 'capture-times',
    clause: 'ICH datasheet, SR.BCIS',
    asks: 'whether buffers are full when the link has had time to bring them',
    expected: 'yes',
    applies: isRecording,
    of: (run) => yesNo(areTimely(run)),
  },
  {
    id: 'captured-buffers',
    clause: 'ICH datasheet, SR.BCIS',
    asks: 'how many buffers were full by the end of the recording',
    applies: isRecording,
    of: ({ trail }) => String(trail.completionsNs.length),
  },
];

/** Entries are looked at as far as the list at the beginning goes: one lap. */
function areTimely({ evidence, trail }: StreamRun<Ac97StreamTrail>): boolean {
  let at = 0;
  const ends: number[] = [];
  for (const { bytes, interrupts } of trail.entries) {
    at += bytes;
    if (interrupts) ends.push(at);
  }
  return trail.completionsNs.slice(0, Math.min(COMPARED, ends.length)).every((actualNs, index) => {
    const frames = (ends[index] ?? 0) / BYTES_PER_FRAME;
    const dueNs = trail.runNs + (frames * NS_PER_S) / evidence.scenario.rateHz;
    return Math.abs(actualNs - dueNs) <= TOLERANCE_NS;
  });
}
