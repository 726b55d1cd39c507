/** What sessions that play and those that record tell about a stream in the same words. */
import { defined } from '../base/assert.ts';
import type { BufferView, HardwareLatency } from '../client/ks-pin.ts';
import type { SoundLedger } from '../client/sound-ledger.ts';
import type { EnginePin } from '../engine/engine-pin.ts';
import { cachingTypeName } from '../kernel/memory/caching.ts';
import type { MappingCounts } from '../portcls/stream-counts.ts';
import { WaveCyclicPin } from '../portcls/wavecyclic/wavecyclic-pin.ts';
import { WavePciPin } from '../portcls/wavepci/wavepci-pin.ts';
import { WaveRtPin } from '../portcls/wavert/wavert-pin.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import { describePackets } from './packet-stream.ts';
import type { BufferReport, LatencyReport, PacketReport, ReportedFormat } from './play-report.ts';

/** Counters whose difference between RUN and its end is reported. */
export interface Meters {
  readonly atNs: number;
  readonly calls: ReadonlyMap<string, number>;
  readonly interrupts: number;
  readonly copiedBytes: number;
  readonly clientBytes: number;
}

/** @param clientBytes bytes that lie between the client and the device */
export function readMeters(machine: Machine<AudioDevice>, clientBytes: number): Meters {
  return {
    atNs: machine.now,
    calls: machine.portClass.guard.counts(),
    interrupts: machine.interruptsDelivered,
    copiedBytes: machine.kernel.memory.copies.bytes,
    clientBytes,
  };
}

export interface MeteredFacts {
  readonly latency: LatencyReport;
  readonly interrupts: number;
  readonly interruptsBeforeRun: number;
  readonly callsWhileRunning: Readonly<Record<string, number>>;
  readonly bytesCopiedByDriverStack: number;
  readonly runSeconds: number;
}

export function meteredFacts(
  atRun: Meters,
  atEnd: Meters,
  latency: HardwareLatency,
  format: PcmFormat,
): MeteredFacts {
  const delays100ns = latency.chipsetDelay100ns + latency.codecDelay100ns;
  const heldFrames = (atEnd.clientBytes + latency.fifoBytes) / frameBytes(format);
  const totalFrames = heldFrames + Math.round((delays100ns * format.rateHz) / 1e7);
  return {
    latency: { ...latency, clientBytes: atEnd.clientBytes, totalFrames },
    interrupts: atEnd.interrupts - atRun.interrupts,
    interruptsBeforeRun: atRun.interrupts,
    callsWhileRunning: difference(atRun.calls, atEnd.calls),
    bytesCopiedByDriverStack: atEnd.copiedBytes - atRun.copiedBytes,
    runSeconds: (atEnd.atNs - atRun.atNs) / 1e9,
  };
}

/** The cyclic buffer of the machine's one open pin. */
export function describeBuffer(machine: Machine<AudioDevice>, buffer: BufferView): BufferReport {
  const [pin] = machine.portClass.openPins;
  if (!(pin instanceof WaveRtPin)) throw new Error('the open pin is no WaveRT pin');
  const mdl = defined(pin.buffer.mdl, 'buffer of the open pin');
  return {
    requestedBytes: buffer.requestedBytes,
    actualBytes: buffer.actualBytes,
    offsetBytes: pin.buffer.offsetBytes,
    pages: mdl.pageCount,
    contiguousRuns: mdl.contiguousRuns,
    cacheType: cachingTypeName(pin.buffer.cacheType),
  };
}

/** What an engine's pin keeps its sound in: a cyclic buffer, or the packets under way. */
export function describePinBuffer(machine: Machine<AudioDevice>, pin: EnginePin): BufferReport {
  if (pin.drive !== 'irps') return describeBuffer(machine, pin.buffer);
  const { actualBytes, address } = pin.buffer;
  return describePackets(machine, [{ dataAt: address, roomBytes: actualBytes }]);
}

/**
 * What the machine's one open pin has counted of stream packets; nothing for a cyclic buffer. The
 * WavePci port copies nothing: what was copied, the driver had to bounce.
 */
export function packetReport(
  machine: Machine<AudioDevice>,
  { bytesCopiedByDriverStack }: Pick<MeteredFacts, 'bytesCopiedByDriverStack'>,
): Partial<PacketReport> {
  const [pin] = machine.portClass.openPins;
  if (!(pin instanceof WavePciPin || pin instanceof WaveCyclicPin)) return {};
  const { cancelled, completed, mappings, starvations } = pin.counts;
  const irps = { completed, cancelled };
  if (mappings === null) return { irps, starvations };
  return {
    irps,
    starvations,
    mappings: plain(mappings),
    bouncedBytes: bytesCopiedByDriverStack,
  };
}

/** Silence that a WaveCyclic port plays because its client is late lies between what was sent. */
export function tellGaps(machine: Machine<AudioDevice>, ledger: SoundLedger): void {
  for (const pin of machine.portClass.openPins) {
    if (pin instanceof WaveCyclicPin) pin.gapListener = (frames) => ledger.stale(frames);
  }
}

const plain = (counts: MappingCounts): MappingCounts => ({
  handedOut: counts.handedOut,
  released: counts.released,
  revoked: counts.revoked,
  bytesMin: counts.bytesMin,
  bytesMax: counts.bytesMax,
  outstandingMax: counts.outstandingMax,
});

export function reportedFormat(format: PcmFormat): ReportedFormat {
  const { rateHz, channels, validBits, containerBits, float } = format;
  return { rateHz, channels, validBits, containerBits, float };
}

function difference(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const [name, count] of after) {
    const made = count - (before.get(name) ?? 0);
    if (made > 0) calls[name] = made;
  }
  return calls;
}
