/**
 * One DMA engine in the driver's hands: reset, pointed at a list, run, paused, asked where it is.
 * ICH datasheet 12.2; AC'97 Programmer's Reference Manual (ICH5) 3.2.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import { AC97_BOX, AC97_CR, AC97_GLOB_STA, AC97_SR } from '../../standards/ac97/index.ts';
import type { BusMaster } from './bus-master.ts';
import { HANDSHAKE_TIMEOUT_US, pollUntil } from './register-poll.ts';

/** Who is told of the engine's interrupts. */
export interface EngineListener {
  /** What SR said; it is acknowledged. At device level; allocates nothing. */
  interrupted(status: number): void;
  /** Some time afterwards, at DISPATCH_LEVEL. */
  afterInterrupt(): void;
}

const ENABLES = AC97_CR.IOCE | AC97_CR.LVBIE | AC97_CR.FEIE;
const EVENTS = AC97_SR.BCIS | AC97_SR.LVBCI | AC97_SR.FIFOE;
/** Attempts at a position that an engine under way may spoil. */
const MOST_READS = 8;
/** PICB has 16 bits. */
export const PICB_LIMIT = 0x1_0000;

export class DmaEngine {
  readonly isCapture: boolean;
  /** The engine's bit in GLOB_STA. */
  readonly interruptBit: number;
  listener: EngineListener | null = null;
  /** The last position read: CIV and PICB. */
  current = 0;
  samplesLeft = 0;
  readonly #wdk: KernelDdi;
  readonly #busMaster: BusMaster;
  readonly #index: number;

  constructor(wdk: KernelDdi, busMaster: BusMaster, isCapture: boolean) {
    this.#wdk = wdk;
    this.#busMaster = busMaster;
    this.isCapture = isCapture;
    this.#index = isCapture ? AC97_BOX.PCM_IN : AC97_BOX.PCM_OUT;
    this.interruptBit = isCapture ? AC97_GLOB_STA.PIINT : AC97_GLOB_STA.POINT;
  }

  /** Back to the start, with no list. What the FIFO held is lost. PASSIVE_LEVEL. */
  reset(): void {
    this.pause();
    this.#set('CR', AC97_CR.RR);
  }

  /** The list whose entries up to `lastValid` may be processed; for an engine in reset. */
  setList(physicalAddress: number, lastValid: number): void {
    this.#set('BDBAR', physicalAddress);
    this.#set('LVI', lastValid);
  }

  get lastValid(): number {
    return this.#get('LVI');
  }

  /** More entries are valid; an engine that was at its end goes on. Any IRQL. */
  set lastValid(index: number) {
    this.#set('LVI', index);
  }

  run(): void {
    this.#set('CR', AC97_CR.RPBM | ENABLES);
  }

  /** Halts DMA at once and waits until it says so. Any IRQL. */
  pause(): void {
    this.#set('CR', 0);
    pollUntil(this.#wdk, HANDSHAKE_TIMEOUT_US, () => (this.#get('SR') & AC97_SR.DCH) !== 0);
  }

  /** Whether DMA stands behind the last valid entry. */
  get isAtEnd(): boolean {
    return (this.#get('SR') & AC97_SR.CELV) !== 0;
  }

  /** Takes note of CIV and PICB. With the service routine shut out, which does the same. */
  readPosition(): void {
    const position = this.position;
    this.current = Math.floor(position / PICB_LIMIT);
    this.samplesLeft = position % PICB_LIMIT;
  }

  /**
   * CIV and PICB in one number, CIV * PICB_LIMIT + PICB. They belong together only if CIV is
   * the same before and after, and PICB not in the act of going to the next buffer. Any IRQL;
   * allocates nothing and keeps nothing.
   */
  get position(): number {
    let current = this.#get('CIV');
    let samplesLeft = 0;
    for (let reads = 0; reads < MOST_READS; reads++) {
      samplesLeft = this.#get('PICB');
      const after = this.#get('CIV');
      const isStable = after === current && this.#get('PICB') === samplesLeft;
      current = after;
      if (isStable) break;
    }
    return current * PICB_LIMIT + samplesLeft;
  }

  /** Acknowledges what happened and tells the listener. At device level. */
  serviceInterrupt(): void {
    const status = this.#get('SR') & EVENTS;
    this.#set('SR', status);
    this.listener?.interrupted(status);
  }

  #get(name: Parameters<BusMaster['box']>[1]): number {
    return this.#busMaster.box(this.#index, name);
  }

  #set(name: Parameters<BusMaster['box']>[1], value: number): void {
    this.#busMaster.setBox(this.#index, name, value);
  }
}
