/**
 * Watches what a stream says of its packets: captured numbers go up, counts never go back, both
 * start at 0 after STOP, and nothing is accepted that the documents refuse. A driver that breaks
 * one of these gets one finding for it in the life of the stream. The checks are a few comparisons,
 * because a client asks once per packet. Source: IMiniportWaveRTInputStream and OutputStream.
 */
import { KSSTATE } from '../../standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../standards/ks/stream-packets.ts';
import type { Findings } from '../findings.ts';

const { ENDOFSTREAM } = KSSTREAM_HEADER_OPTIONSF;

type Rule = 'number' | 'flags' | 'more' | 'count' | 'zero' | 'option' | 'length' | 'late' | 'ended';

export class PacketWatch {
  readonly #findings: Findings;
  readonly #broken = new Set<Rule>();
  #state: KSSTATE = KSSTATE.STOP;
  /** Null until a packet was read, or counted, since STOP. */
  #nextRead: number | null = null;
  #isMorePromised = false;
  #count: number | null = null;
  #isEnded = false;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  stateEntered(state: KSSTATE): void {
    this.#state = state;
    if (state !== KSSTATE.STOP) return;
    this.#nextRead = null;
    this.#isMorePromised = false;
    this.#count = null;
    this.#isEnded = false;
  }

  wasRead(packetNumber: number, flags: number, moreData: boolean): void {
    if (this.#nextRead !== null && isBefore(packetNumber, this.#nextRead)) {
      const last = (this.#nextRead - 1) >>> 0;
      this.#report('number', `GetReadPacket: packet ${packetNumber} after ${last}`);
    }
    if (flags !== 0) this.#report('flags', `GetReadPacket: Flags ${flags}, where it is 0`);
    this.#nextRead = (packetNumber + 1) >>> 0;
    this.#isMorePromised = moreData;
  }

  /** A stream that is not running may have lost what it promised. */
  hadNothingToRead(): void {
    if (this.#isMorePromised && this.#state === KSSTATE.RUN) {
      this.#report('more', 'GetReadPacket: MoreData, and then no packet');
    }
    this.#isMorePromised = false;
  }

  wasCounted(count: number): void {
    if (this.#state === KSSTATE.STOP && count !== 0) {
      this.#report('zero', `GetPacketCount: ${count} in STOP, where it is 0`);
    }
    if (this.#count !== null && isBefore(count, this.#count)) {
      this.#report('count', `GetPacketCount: ${this.#count}, then ${count}`);
    }
    this.#count = count;
  }

  /** The miniport accepted the packet. */
  wasWritten(packetNumber: number, flags: number, eosLength: number, packetBytes: number): void {
    const isEnd = (flags & ENDOFSTREAM) !== 0;
    if ((flags & ~ENDOFSTREAM) !== 0) {
      this.#report('option', `SetWritePacket accepted the flags 0x${flags.toString(16)}`);
    }
    if (isEnd && eosLength > packetBytes) {
      this.#report('length', `SetWritePacket accepted ${eosLength} bytes in ${packetBytes}`);
    }
    const count = this.#count ?? 0;
    if (this.#state === KSSTATE.RUN && isBefore(packetNumber, count)) {
      this.#report('late', `SetWritePacket accepted ${packetNumber} after ${count} packets`);
    }
    if (this.#isEnded) this.#report('ended', 'SetWritePacket accepted a packet behind the last');
    this.#isEnded ||= isEnd;
  }

  #report(rule: Rule, text: string): void {
    if (this.#broken.has(rule)) return;
    this.#broken.add(rule);
    this.#findings.report(text);
  }
}

/** Numbers and counts are 32 bits wide, and go round. */
const isBefore = (number: number, other: number): boolean => ((number - other) | 0) < 0;
