/**
 * What is compared of a stream on two HD Audio controllers: how the driver set the stream up, and
 * which buffers the device said it had done. Times are only compared with what the standard makes
 * of them.
 */
import type { HdaStreamTrail } from './hda-stream-trail.ts';
import { hex, yesNo } from './probe.ts';
import { isPlaying, isRecording, type StreamAspect, type StreamRun } from './stream-rows.ts';

/** Completions that are compared: both sides have had as many by the end of the sound. */
const COMPARED = 4;
const NS_PER_S = 1e9;
/** How far a completion may be from its time: a FIFO of a third of a millisecond, and a frame. */
const TOLERANCE_NS = 400_000;
const BYTES_PER_FRAME = 4;

export const hdaStreamAspects: readonly StreamAspect<HdaStreamTrail>[] = [
  {
    id: 'set-up',
    clause: 'HDA 1.0a 3.3.38 3.3.39 3.3.41 3.3.42',
    asks: 'registers of the stream as they were written before RUN',
    of: ({ trail }) => {
      const names = [...trail.settings.keys()].sort();
      return names.map((name) => `${name} ${hex(trail.settings.get(name) ?? -1)}`).join(', ');
    },
  },
  {
    id: 'descriptors',
    clause: 'HDA 1.0a 3.6.3',
    asks: 'the descriptor list in memory at RUN',
    of: ({ trail }) => trail.buffers.map(describeEntry).join(', '),
  },
  {
    id: 'causes',
    clause: 'HDA 1.0a 3.3.15',
    asks: 'bits of INTSTS that service routines have read',
    of: ({ trail }) => hex(trail.causes),
  },
  {
    id: 'completed-buffers',
    clause: 'HDA 1.0a 3.3.36',
    asks: 'packets of the buffer that are being fetched, or filled, when one is done',
    of: ({ evidence: { fifoBytes, scenario }, trail }) => {
      const aheadBytes = isRecording(scenario) ? 0 : fifoBytes;
      return movedPackets(trail, aheadBytes).join(' ') || 'none';
    },
  },
  {
    id: 'interrupt-times',
    clause: 'HDA 1.0a 3.3.36',
    asks: 'whether buffers are done when the link has had time to carry them',
    expected: 'yes',
    applies: isPlaying,
    of: (run) => yesNo(areTimely(run)),
  },
  {
    id: 'capture-times',
    clause: 'HDA 1.0a 3.3.36',
    asks: 'whether buffers are full when the link has had time to bring them',
    expected: 'yes',
    applies: isRecording,
    of: (run) => yesNo(areTimely(run)),
  },
  {
    id: 'captured-buffers',
    clause: 'HDA 1.0a 3.3.36',
    asks: 'how many buffers were full by the end of the recording',
    applies: isRecording,
    of: ({ trail }) => String(trail.completions.length),
  },
];

function describeEntry({ address, bytes, interrupts }: HdaStreamTrail['buffers'][number]): string {
  return `${bytes} at ${hex(address)}${interrupts ? ' IOC' : ''}`;
}

/** A packet ends with an entry that asks for an interrupt. */
function movedPackets(trail: HdaStreamTrail, aheadBytes: number): number[] {
  const ends = packetEnds(trail);
  const total = trail.buffers.reduce((sum, { bytes }) => sum + bytes, 0);
  return trail.completions.slice(0, COMPARED).map(({ linkPosition }) => {
    const moved = (linkPosition + aheadBytes) % total;
    return ends.findIndex((end) => moved < end);
  });
}

function packetEnds({ buffers }: HdaStreamTrail): number[] {
  const ends: number[] = [];
  let at = 0;
  for (const { bytes, interrupts } of buffers) {
    at += bytes;
    if (interrupts) ends.push(at);
  }
  return ends;
}

/** The n-th entry with IOC is done when as many bytes have had time to be fetched. */
function areTimely({ evidence, trail }: StreamRun<HdaStreamTrail>): boolean {
  const { completions, buffers, runNs } = trail;
  const ends = packetEnds(trail);
  const total = buffers.reduce((sum, { bytes }) => sum + bytes, 0);
  return completions.slice(0, COMPARED).every(({ atNs }, index) => {
    const bytes = (ends[index % ends.length] ?? 0) + Math.floor(index / ends.length) * total;
    const dueNs = runNs + (bytes * NS_PER_S) / (BYTES_PER_FRAME * evidence.scenario.rateHz);
    return Math.abs(atNs - dueNs) <= TOLERANCE_NS;
  });
}
