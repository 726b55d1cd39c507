/**
 * Taking mappings back from a miniport, and what becomes of those that it releases too late. The
 * miniport has none of them when RevokeMappings returns, whatever it says; but it may be on its
 * way to release some, which it then leaves out of its count. Source:
 * IMiniportWavePciStream::RevokeMappings, IPortWavePciStream::ReleaseMapping.
 */
import { Out } from '../../base/out.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { MappedPacket } from './mapped-packet.ts';
import type { MappingMeter } from './mapping-meter.ts';
import type { MappingUser } from './mapping-queue-parts.ts';
import type { OpenMappings } from './open-mappings.ts';
import { RevokedTags } from './revoked-tags.ts';

const REVOKED = traceKind('mapping revoked', 'tag:hex', 'bytes:dec');

/** The pages give no status for a tag that is not open, or not the oldest. */
export const STATUS_WRONG_TAG = STATUS_NOT_FOUND;

export class MappingRevocation {
  readonly #trace: Trace;
  readonly #open: OpenMappings;
  readonly #meter: MappingMeter;
  readonly #report: (text: string) => void;
  readonly #count = new Out(0);
  readonly #tags = new RevokedTags();

  constructor(
    trace: Trace,
    open: OpenMappings,
    meter: MappingMeter,
    report: (text: string) => void,
  ) {
    this.#trace = trace;
    this.#open = open;
    this.#meter = meter;
    this.#report = report;
  }

  /** Takes the open mappings of a packet back, or all of them. DISPATCH_LEVEL. */
  revoke(user: MappingUser | null, packet: MappedPacket | null): void {
    let first: unknown = null;
    let last: unknown = null;
    let count = 0;
    for (let at = this.#open.oldest; at !== null; at = at.next) {
      if (packet !== null && at.packet !== packet) continue;
      at.isRevoking = true;
      if (count === 0) first = at.tag;
      last = at.tag;
      count++;
    }
    if (count === 0) return;
    this.#count.value = 0;
    const status = user?.revokeMappings(first, last, this.#count) ?? STATUS_SUCCESS;
    if (!ntSuccess(status)) {
      this.#report('RevokeMappings failed: the mappings are gone all the same');
    }
    this.#settle(this.#count.value);
  }

  /** Some of the range may have been released while the miniport was asked. */
  #settle(revoked: number): void {
    let left = 0;
    this.#tags.forget();
    for (let at = this.#open.oldest; at !== null; ) {
      const { next } = at;
      if (at.isRevoking) {
        left++;
        this.#meter.revoked++;
        this.#tags.add(at.tag);
        this.#trace.write(REVOKED, at.number, at.bytes);
        this.#open.remove(at);
      }
      at = next;
    }
    this.#tags.owe(left - revoked);
    if (revoked === left) return;
    this.#report(`RevokeMappings says it revoked ${revoked} of ${left} mappings`);
  }

  /** The status of a release whose mapping is not the oldest one open. */
  lateRelease(tag: unknown): NtStatus {
    if (this.#open.find(tag) !== null) {
      this.#report('ReleaseMapping: the mapping is not the oldest that is open');
    } else if (this.#tags.isOwed(tag)) {
      return STATUS_SUCCESS;
    } else if (this.#tags.has(tag)) {
      this.#report('ReleaseMapping: the mapping was revoked');
    } else {
      this.#report('ReleaseMapping: no mapping with this tag is open');
    }
    return STATUS_WRONG_TAG;
  }
}
