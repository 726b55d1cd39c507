/**
 * A packet stream that a case drives by hand: it runs to the middle of a packet, where no reading
 * can fall on an edge, and knows from the clock alone how many packets are over by then.
 */
import { timeOfFrame } from '../base/frame-time.ts';
import type { Bench } from './bench.ts';
import type { BenchStream } from './bench-stream.ts';

const PACKET_MS = 10;
const PACKETS = 2;

/** A stream of two packets of 10 ms, in STOP. @throws KsError */
export function openPackets(bench: Bench): BenchStream {
  return bench.openMs(PACKETS * PACKET_MS);
}

/** Lets the stream run to the middle of packet `packet`: so many are over then. */
export function runToPacket(stream: BenchStream, packet: number): void {
  const { bench, format, packetFrames, runNs } = stream;
  const frames = Math.round((packet + 0.5) * packetFrames);
  bench.runUntilNs(runNs + timeOfFrame(frames, format.rateHz));
}
