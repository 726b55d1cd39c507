/**
 * Any order of packets, mappings, device progress, releases, cancellations, terminations and stops:
 * what is heard or read is what was sent or spoken, every tag comes back once, every request is
 * completed once, and the device meets no page that is not lent to it. Set WAVEPORT_LONG to run
 * 10,000 streams, and WAVEPORT_SEED to choose which.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KSSTREAM_HEADER } from '../../src/standards/ks/stream-packets.ts';
import { STATUS_CANCELLED, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type BenchConfig, MappingBench } from '../support/mapping-bench.ts';
import type { ModelPacket } from '../support/mapping-model.ts';

const IS_LONG = process.env['WAVEPORT_LONG'] !== undefined;
const SEED = Number(process.env['WAVEPORT_SEED'] ?? 1);
const RUNS = IS_LONG ? 5_000 : 150;
const TIMEOUT_MS = IS_LONG ? 1_800_000 : 60_000;

type Step =
  | { readonly kind: 'submit'; readonly sizes: number[]; readonly offset: number; near: boolean }
  | { readonly kind: 'acquire' | 'release' | 'progress'; readonly count: number }
  | { readonly kind: 'cancel'; readonly which: number; readonly late: number }
  | { readonly kind: 'wrong'; readonly tag: number }
  | { readonly kind: 'terminate' | 'stop' };

const bytes = fc.oneof(
  fc.integer({ min: 1, max: 600 }),
  fc.integer({ min: 4_000, max: 9_000 }),
  fc.constantFrom(0, 1, 4_096, 8_192),
);
const count = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      sizes: fc.array(bytes, { minLength: 1, maxLength: 3 }),
      offset: fc.constantFrom(0, 1, 96, 4_000),
      near: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('acquire' as const), count }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('release' as const), count }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('progress' as const),
      count: fc.integer({ min: 1, max: 6_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      which: fc.nat(9),
      late: fc.nat(2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wrong' as const), tag: fc.nat(30) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('terminate' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const) }) },
);

function perform(bench: MappingBench, taken: Step): void {
  switch (taken.kind) {
    case 'submit':
      if (bench.packets.length < 24) bench.submit(taken.sizes, taken.offset, taken.near);
      return;
    case 'acquire':
      for (let left = taken.count; left > 0; left--) bench.acquire();
      return;
    case 'release':
      for (let left = taken.count; left > 0; left--) bench.release();
      return;
    case 'progress':
      bench.progress(taken.count);
      return;
    case 'cancel': {
      const packet = bench.live[taken.which];
      if (packet !== undefined) bench.cancel(packet, taken.late);
      return;
    }
    case 'wrong':
      bench.releaseWrongly(taken.tag);
      return;
    case 'terminate':
      bench.terminate();
      return;
    case 'stop':
      bench.stop();
  }
}

/** A packet of no bytes is over as soon as nothing is before it. */
function settleEmpty(bench: MappingBench): void {
  for (const packet of bench.live) {
    const isOver = packet.openCount === 0 && (packet.closed ?? packet.cut) >= packet.total;
    if (!isOver && packet.total > 0) return;
    if (packet.total === 0) packet.expected = 'SUCCESS';
    else return;
  }
}

function checkPacket(bench: MappingBench, packet: ModelPacket): void {
  expect(packet.completions).toBe(packet.expected === 'pending' ? 0 : 1);
  if (packet.expected === 'pending') return;
  const isSuccess = packet.expected === 'SUCCESS';
  expect(packet.status).toBe(isSuccess ? STATUS_SUCCESS : STATUS_CANCELLED);
  if (!isSuccess) {
    expect(packet.information).toBe(0);
  } else if (bench.config.isRender) {
    expect(packet.information).toBe(packet.total);
    expect(packet.moved).toBe(packet.total);
  } else {
    checkRead(bench, packet);
  }
}

/** DataUsed header by header, and under it what was spoken. */
function checkRead(bench: MappingBench, packet: ModelPacket): void {
  const { view, bytes: memory } = bench.kernel.ram;
  let left = packet.closed ?? packet.total;
  let used = 0;
  let at = 0;
  packet.pieces.forEach((piece, index) => {
    const headerAt = packet.headersAt + index * KSSTREAM_HEADER.size;
    const wanted = Math.min(left, piece.bytes);
    expect(view.getUint32(headerAt + KSSTREAM_HEADER.offsets.DataUsed, true)).toBe(wanted);
    expect([...memory.subarray(piece.at, piece.at + wanted)]).toEqual(
      packet.content.slice(at, at + wanted),
    );
    if (wanted > 0) used = index + 1;
    at += wanted;
    left -= wanted;
  });
  expect(packet.information).toBe(Math.max(1, used) * KSSTREAM_HEADER.size);
}

const pagesOf = ({ expected, pieces }: ModelPacket): number =>
  expected !== 'pending'
    ? 0
    : pieces.reduce((sum, { at, bytes: size }) => {
        const pages = Math.floor((at + size - 1) / 4_096) - Math.floor(at / 4_096) + 1;
        return sum + (size === 0 ? 0 : pages);
      }, 0);

function checkAll(bench: MappingBench): void {
  settleEmpty(bench);
  for (const packet of bench.packets) checkPacket(bench, packet);
  expect(bench.availableCalls).toBe(bench.expectedAvailable);
  expect(bench.queue.open.count).toBe(bench.open.length);
  const locked = bench.packets.reduce((sum, packet) => sum + pagesOf(packet), 0);
  expect(bench.kernel.memory.frames.lockCount).toBe(locked);
  bench.freeRequests();
}

function checkEnd(bench: MappingBench): void {
  const ended = [...bench.released, ...bench.revoked];
  expect(new Set(ended).size).toBe(ended.length);
  expect(bench.open).toEqual([]);
  expect(bench.close()).toEqual([]);
  const known = /^(ReleaseMapping: |RevokeMappings says it revoked)/;
  for (const finding of bench.findings) expect(finding).toMatch(known);
}

describe('any order of steps', () => {
  const config = (isRender: boolean): fc.Arbitrary<BenchConfig> =>
    fc.record({
      seed: fc.nat(),
      isRender: fc.constant(isRender),
      mostPages: fc.constantFrom(1, 2, 16),
      isEager: fc.boolean(),
    });
  for (const isRender of [true, false]) {
    const entries = isRender
      ? '[WPC-MAP-001 WPC-MAP-005 WPC-MAP-006 WPC-GM-009 WPC-GM-013 WPC-RV-007 WPC-STV-003]'
      : '[WPC-TP-001 WPC-TP-005 WPC-TP-010 WPC-GM-013 WPC-RV-008 WPC-RM-006]';
    it(
      `${isRender ? 'render' : 'capture'}: bytes, tags, requests and pages add up ${entries}`,
      () => {
        fc.assert(
          fc.property(config(isRender), fc.array(step, { maxLength: 60 }), (given, steps) => {
            const bench = new MappingBench(given);
            for (const taken of steps) {
              perform(bench, taken);
              checkAll(bench);
            }
            bench.stop();
            checkAll(bench);
            checkEnd(bench);
          }),
          { numRuns: RUNS, seed: SEED },
        );
      },
      TIMEOUT_MS,
    );
  }
});
