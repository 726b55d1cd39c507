/**
 * Commands and responses through memory, HDA 1.0a 4.4: the CORB, which the controller reads, and
 * the RIRB, which it writes. Both lie in one block of contiguous memory. One command is under way
 * at a time, which is all that a driver of this kind needs. The service routine drains the RIRB,
 * so whoever else does runs at the interrupt's level too.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { type KernelDdi, MmNonCached } from '../../kernel/ddi/index.ts';
import {
  CORB_ENTRY_BYTES,
  CORBCTL,
  CORBRP,
  CORBSTS,
  commandCodec,
  HDA_RING_ENTRIES,
  RIRB_ENTRY_BYTES,
  RIRB_UNSOLICITED,
  RIRBCTL,
  RIRBSTS,
  RIRBWP,
} from '../../standards/hda/index.ts';
import type { HdaRegisters } from './hda-registers.ts';
import { HANDSHAKE_TIMEOUT_US, pollUntil } from './register-poll.ts';

const RIRB_OFFSET = HDA_RING_ENTRIES * CORB_ENTRY_BYTES;
const RING_BYTES = RIRB_OFFSET + HDA_RING_ENTRIES * RIRB_ENTRY_BYTES;
const TWO_TO_32 = 0x1_0000_0000;
/** CORBSIZE and RIRBSIZE, 3.3.24: code 2 in bits 1:0 selects 256 entries, bit 6 offers them. */
const SIZE_OFFERS_256 = 0x40;
const SIZE_CODE_256 = 0x2;
const SIZE_CODE_MASK = 0x3;
/** Bits 3:0 of a response's second word: whose response it is, 4.4.2.2. */
const RESPONSE_CODEC = 0xf;
const NOBODY = -1;

/** Runs a routine where the service routine cannot run. */
export type RunSynchronized = (routine: () => void) => void;
/** Takes what a codec says unasked, at the interrupt's level. */
export type TakeUnsolicited = (response: number) => void;

export class CommandRing {
  readonly #wdk: KernelDdi;
  readonly #registers: HdaRegisters;
  readonly #synchronize: RunSynchronized;
  readonly #takeUnsolicited: TakeUnsolicited;
  readonly #drainRoutine = (): void => this.drain();
  #memory: VirtualAddress | null = null;
  #view: DataView | null = null;
  #readPointer = 0;
  /** The codec whose response is awaited. */
  #awaited = NOBODY;
  #response = 0;
  #hasFailed = false;

  constructor(
    wdk: KernelDdi,
    registers: HdaRegisters,
    synchronize: RunSynchronized,
    takeUnsolicited: TakeUnsolicited,
  ) {
    this.#wdk = wdk;
    this.#registers = registers;
    this.#synchronize = synchronize;
    this.#takeUnsolicited = takeUnsolicited;
  }

  /** Whether commands go this way: the rings came up, and no command fetch has failed since. */
  get isUsable(): boolean {
    return this.#view !== null && !this.#hasFailed;
  }

  /** A command could not be fetched; only `stop` makes good what is left of the rings. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /**
   * Brings both rings up below `highAddress`. False when memory is short or the controller does
   * not answer; then nothing is left. PASSIVE_LEVEL.
   */
  start(highAddress: number): boolean {
    if (!this.#stopEngines() || !this.#selectSize('CORBSIZE') || !this.#selectSize('RIRBSIZE')) {
      return false;
    }
    this.#memory = this.#wdk.MmAllocateContiguousMemorySpecifyCache(
      RING_BYTES,
      0,
      highAddress,
      0,
      MmNonCached,
    );
    if (this.#memory === null) return false;
    this.#view = this.#wdk.viewAt(this.#memory, RING_BYTES);
    const address = this.#wdk.MmGetPhysicalAddress(this.#memory);
    if (this.#startCorb(address) && this.#startRirb(address + RIRB_OFFSET)) return true;
    this.stop();
    return false;
  }

  /** Halts both DMA engines, then gives their memory back. PASSIVE_LEVEL. */
  stop(): void {
    this.#stopEngines();
    this.#view = null;
    this.#hasFailed = false;
    if (this.#memory === null) return;
    this.#wdk.MmFreeContiguousMemorySpecifyCache(this.#memory, RING_BYTES, MmNonCached);
    this.#memory = null;
  }

  /** The response to a command; null when none came in time. PASSIVE_LEVEL. */
  send(command: number): number | null {
    const view = this.#view;
    if (view === null) return null;
    this.#awaited = commandCodec(command);
    const writePointer = (this.#registers.read('CORBWP') + 1) % HDA_RING_ENTRIES;
    view.setUint32(writePointer * CORB_ENTRY_BYTES, command, true);
    this.#registers.write('CORBWP', writePointer);
    const isDone = (): boolean => this.#awaited === NOBODY || this.#hasFailed;
    // The service routine drains the ring; only when its interrupt got lost does the sender look.
    if (!pollUntil(this.#wdk, HANDSHAKE_TIMEOUT_US, isDone)) this.#synchronize(this.#drainRoutine);
    const hasResponse = this.#awaited === NOBODY;
    this.#awaited = NOBODY;
    return hasResponse ? this.#response : null;
  }

  /** Takes what lies in the RIRB. At the interrupt's level; allocates nothing. */
  drain(): void {
    const view = this.#view;
    if (view === null) return;
    if ((this.#registers.read('CORBSTS') & CORBSTS.CMEI) !== 0) {
      // 3.3.23: a command could not be fetched. Only a controller reset would bring the ring back.
      this.#registers.write('CORBSTS', CORBSTS.CMEI);
      this.#hasFailed = true;
    }
    // Status first: a response that arrives in between is read below or interrupts again.
    this.#registers.write('RIRBSTS', RIRBSTS.RINTFL | RIRBSTS.RIRBOIS);
    const writePointer = this.#registers.read('RIRBWP') % HDA_RING_ENTRIES;
    while (this.#readPointer !== writePointer) {
      this.#readPointer = (this.#readPointer + 1) % HDA_RING_ENTRIES;
      const at = RIRB_OFFSET + this.#readPointer * RIRB_ENTRY_BYTES;
      const extension = view.getUint32(at + 4, true);
      const response = view.getUint32(at, true);
      if ((extension & RIRB_UNSOLICITED) !== 0) {
        this.#takeUnsolicited(response);
      } else if ((extension & RESPONSE_CODEC) === this.#awaited) {
        this.#response = response;
        this.#awaited = NOBODY;
      }
    }
  }

  #selectSize(name: 'CORBSIZE' | 'RIRBSIZE'): boolean {
    const size = this.#registers.read(name);
    if ((size & SIZE_CODE_MASK) === SIZE_CODE_256) return true;
    if ((size & SIZE_OFFERS_256) === 0) return false;
    this.#registers.write(name, SIZE_CODE_256);
    return (this.#registers.read(name) & SIZE_CODE_MASK) === SIZE_CODE_256;
  }

  /** 4.4.1.3. The pointer's reset bit is held until it reads 1, and cleared until it reads 0. */
  #startCorb(address: number): boolean {
    const registers = this.#registers;
    registers.write('CORBLBASE', address % TWO_TO_32);
    registers.write('CORBUBASE', Math.floor(address / TWO_TO_32));
    registers.write('CORBWP', 0);
    registers.write('CORBRP', CORBRP.CORBRPRST);
    if (!this.#waitFor(() => (registers.read('CORBRP') & CORBRP.CORBRPRST) !== 0)) return false;
    registers.write('CORBRP', 0);
    if (!this.#waitFor(() => registers.read('CORBRP') === 0)) return false;
    registers.write('CORBSTS', CORBSTS.CMEI);
    registers.write('CORBCTL', CORBCTL.CORBRUN | CORBCTL.CMEIE);
    return this.#waitFor(() => (registers.read('CORBCTL') & CORBCTL.CORBRUN) !== 0);
  }

  /** 4.4.2.2. Every response interrupts. */
  #startRirb(address: number): boolean {
    const registers = this.#registers;
    registers.write('RIRBLBASE', address % TWO_TO_32);
    registers.write('RIRBUBASE', Math.floor(address / TWO_TO_32));
    registers.write('RIRBWP', RIRBWP.RIRBWPRST);
    registers.write('RINTCNT', 1);
    this.#readPointer = 0;
    registers.write('RIRBCTL', RIRBCTL.RIRBDMAEN | RIRBCTL.RINTCTL);
    return this.#waitFor(() => (registers.read('RIRBCTL') & RIRBCTL.RIRBDMAEN) !== 0);
  }

  #stopEngines(): boolean {
    const registers = this.#registers;
    registers.write('CORBCTL', 0);
    registers.write('RIRBCTL', 0);
    return this.#waitFor(() => {
      const isCorbRunning = (registers.read('CORBCTL') & CORBCTL.CORBRUN) !== 0;
      return !isCorbRunning && (registers.read('RIRBCTL') & RIRBCTL.RIRBDMAEN) === 0;
    });
  }

  #waitFor(isDone: () => boolean): boolean {
    return pollUntil(this.#wdk, HANDSHAKE_TIMEOUT_US, isDone);
  }
}
