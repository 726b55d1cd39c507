/**
 * The response side of the command transport, HDA 1.0a 4.4.2 and 3.3.25 to 3.3.31: responses go
 * into the RIRB as they arrive, each with the address of its codec. RINTCNT responses, or a link
 * frame without one after some, raise the response interrupt. What arrives while the DMA engine is
 * off waits in a small FIFO, and is lost with an overrun when that is full.
 */
import type { RegisterBank } from '../../base/registers.ts';
import {
  type HDA_CONTROLLER_REGISTERS,
  RIRB_ENTRY_BYTES,
  RIRBCTL,
  RIRBSTS,
} from '../../standards/hda/controller-registers.ts';
import type { DmaMemory } from '../device.ts';
import { CommandRing } from './command-ring.ts';

export interface Response {
  readonly value: number;
  /** Second dword of a RIRB entry: codec address, and whether it was unsolicited. */
  readonly extension: number;
}

/** Responses that wait inside the controller while the DMA engine is off (our choice). */
const FIFO_ENTRIES = 8;
/** RINTCNT 0 stands for this many responses, 3.3.28. */
const RINTCNT_ZERO = 256;

export class ResponseRing {
  readonly #memory: DmaMemory;
  readonly #registers: RegisterBank<typeof HDA_CONTROLLER_REGISTERS>;
  readonly #ring: CommandRing;
  readonly #fifo: Response[] = [];
  /** Responses written since the last response interrupt. */
  #uncounted = 0;

  constructor(memory: DmaMemory, registers: RegisterBank<typeof HDA_CONTROLLER_REGISTERS>) {
    this.#memory = memory;
    this.#registers = registers;
    this.#ring = new CommandRing(memory, 'write', RIRB_ENTRY_BYTES);
  }

  /** RIRBWP: the last entry written. */
  get writePointer(): number {
    return this.#ring.pointer;
  }

  /** Whether the next link frame has work here. */
  get isBusy(): boolean {
    return this.#uncounted > 0 || (this.#isRunning && this.#fifo.length > 0);
  }

  /** RIRBWPRST. */
  resetPointer(): void {
    this.#ring.pointer = 0;
    this.#uncounted = 0;
  }

  /** Controller reset. */
  reset(): void {
    this.resetPointer();
    this.#fifo.length = 0;
  }

  /** One link frame passes, with a response or without. */
  frame(response: Response | null): void {
    if (response === null && this.#uncounted > 0) this.#raise();
    if (this.#isRunning) this.#drain();
    if (response === null) return;
    this.#fifo.push(response);
    if (this.#isRunning) this.#drain();
    else this.#dropOverrun();
  }

  get #isRunning(): boolean {
    return (this.#registers.get('RIRBCTL') & RIRBCTL.RIRBDMAEN) !== 0;
  }

  #drain(): void {
    const upper = this.#registers.get('RIRBUBASE') * 0x1_0000_0000;
    const base = upper + this.#registers.get('RIRBLBASE');
    const limit = this.#registers.get('RINTCNT') || RINTCNT_ZERO;
    const { view } = this.#memory;
    for (const response of this.#fifo) {
      const at = this.#ring.next(base);
      view.setUint32(at, response.value, true);
      view.setUint32(at + 4, response.extension, true);
      this.#uncounted++;
      if (this.#uncounted >= limit) this.#raise();
    }
    this.#fifo.length = 0;
  }

  /** 3.3.30: what the controller cannot keep until the engine runs is lost, and said so. */
  #dropOverrun(): void {
    if (this.#fifo.length <= FIFO_ENTRIES) return;
    this.#fifo.length = FIFO_ENTRIES;
    this.#registers.set('RIRBSTS', this.#registers.get('RIRBSTS') | RIRBSTS.RIRBOIS);
  }

  #raise(): void {
    this.#uncounted = 0;
    this.#registers.set('RIRBSTS', this.#registers.get('RIRBSTS') | RIRBSTS.RINTFL);
  }
}
