/**
 * Commands and responses, HDA 1.0a 4.4 and 3.4. The link carries one command per frame (48 kHz)
 * and the codec answers in the next: so every frame in which something is due, an alarm delivers
 * the last answer, then one answer that nobody asked for, then sends the next command. Immediate
 * commands go before the CORB.
 */
import type { RegisterBank, RegisterCell } from '../../base/registers.ts';
import { Alarm } from '../../sim/clock.ts';
import {
  CORB_ENTRY_BYTES,
  CORBCTL,
  CORBRP,
  CORBSTS,
  GCTL,
  type HDA_CONTROLLER_REGISTERS,
  ICIS,
  RIRB_UNSOLICITED,
  RIRBCTL,
} from '../../standards/hda/controller-registers.ts';
import { commandCodec } from '../../standards/hda/verbs.ts';
import type { DeviceSlot } from '../device.ts';
import { CommandRing } from './command-ring.ts';
import { TRACE_VERB } from './hda-trace.ts';
import { type Response, ResponseRing } from './response-ring.ts';

type ControllerRegisters = RegisterBank<typeof HDA_CONTROLLER_REGISTERS>;

export interface TransportHost {
  /** The response of the codec that a command names; null when none listens. */
  execute(command: number): number | null;
  interruptChanged(): void;
  /** When the next link frame starts. */
  nextFrameNs(): number;
}

export class CommandTransport {
  readonly #slot: DeviceSlot;
  readonly #registers: ControllerRegisters;
  readonly #corbctl: RegisterCell;
  readonly #corbsts: RegisterCell;
  readonly #rirbctl: RegisterCell;
  readonly #rirbsts: RegisterCell;
  readonly #host: TransportHost;
  readonly #frameAlarm: Alarm;
  readonly #corb: CommandRing;
  readonly #rirb: ResponseRing;
  readonly #unsolicited: Response[] = [];
  /** The answer to the command of the last frame, and where it goes. */
  #answer: Response | null = null;
  #isAnswerImmediate = false;
  /** An immediate command went out and has no answer yet. */
  #isImmediateSent = false;

  constructor(slot: DeviceSlot, registers: ControllerRegisters, host: TransportHost) {
    this.#slot = slot;
    this.#registers = registers;
    this.#corbctl = registers.cell('CORBCTL');
    this.#corbsts = registers.cell('CORBSTS');
    this.#rirbctl = registers.cell('RIRBCTL');
    this.#rirbsts = registers.cell('RIRBSTS');
    this.#host = host;
    this.#corb = new CommandRing(slot.memory, 'read', CORB_ENTRY_BYTES);
    this.#rirb = new ResponseRing(slot.memory, registers);
    this.#frameAlarm = new Alarm(slot.clock, 'hda link frame', () => this.#frame());
  }

  /** CORBRP: the reset bit stays as software wrote it, the pointer is the controller's. */
  get corbReadPointer(): number {
    return (this.#registers.get('CORBRP') & CORBRP.CORBRPRST) | this.#corb.pointer;
  }

  get rirbWritePointer(): number {
    return this.#rirb.writePointer;
  }

  /** Whether RIRBSTS or CORBSTS hold a cause that is enabled. */
  get isInterrupting(): boolean {
    const enabled = this.#rirbctl.value & (RIRBCTL.RINTCTL | RIRBCTL.RIRBOIC);
    const isResponse = (this.#rirbsts.value & enabled) !== 0;
    const isErrorEnabled = (this.#corbctl.value & CORBCTL.CMEIE) !== 0;
    return isResponse || (isErrorEnabled && this.#corbsts.value !== 0);
  }

  /** Controller reset: nothing is on its way any more. */
  reset(): void {
    this.#frameAlarm.cancel();
    this.#corb.pointer = 0;
    this.#rirb.reset();
    this.#unsolicited.length = 0;
    this.#answer = null;
    this.#isImmediateSent = false;
  }

  /** ICIS was written: ICB queues the command in ICOI; clearing it gives up one not answered. */
  writeImmediateStatus(value: number): void {
    if ((value & ICIS.ICB) === 0 && this.#isImmediateSent) {
      this.#isImmediateSent = false;
      if (this.#isAnswerImmediate) this.#answer = null;
    }
    this.wake();
  }

  /** CORBRP was written: setting bit 15 resets the pointer, and it reads 1 until it is cleared. */
  writeCorbReadPointer(value: number): void {
    if ((value & CORBRP.CORBRPRST) !== 0) this.#corb.pointer = 0;
  }

  /** RIRBWP bit 15 was written: resets the pointer, and reads 0 at once. */
  resetRirbWritePointer(): void {
    this.#rirb.resetPointer();
  }

  /** A command was queued, or a control register written: frames may be due, enables changed. */
  wake(): void {
    if (!this.#frameAlarm.isSet && this.#isBusy()) this.#frameAlarm.set(this.#host.nextFrameNs());
    this.#host.interruptChanged();
  }

  /** A codec says something unasked. Dropped unless GCTL.UNSOL accepts it, 3.3.7. */
  sendUnsolicited(codec: number, value: number): void {
    if ((this.#registers.get('GCTL') & GCTL.UNSOL) === 0) return;
    this.#unsolicited.push({ value, extension: codec | RIRB_UNSOLICITED });
    this.wake();
  }

  /** A command fetch fails on its way from memory: CMEI is set and the CORB stops (3.3.23). */
  injectMemoryError(): void {
    this.#corbsts.value = CORBSTS.CMEI;
    this.#corbctl.value &= ~CORBCTL.CORBRUN;
    this.#host.interruptChanged();
  }

  #isBusy(): boolean {
    return (
      this.#answer !== null ||
      this.#unsolicited.length > 0 ||
      this.#rirb.isBusy ||
      this.#isImmediateDue ||
      this.#isCorbDue
    );
  }

  /** ICB was set and the command has not gone out; one that nobody answers stays busy for ever. */
  get #isImmediateDue(): boolean {
    return (this.#registers.get('ICIS') & ICIS.ICB) !== 0 && !this.#isImmediateSent;
  }

  get #isCorbDue(): boolean {
    const isRunning = (this.#corbctl.value & CORBCTL.CORBRUN) !== 0;
    return isRunning && this.#corb.pointer !== this.#registers.get('CORBWP');
  }

  #frame(): void {
    this.#receive();
    this.#send();
    this.wake();
  }

  /** Takes what arrives in this frame: an answer, else what a codec says unasked, else nothing. */
  #receive(): void {
    const answer = this.#answer;
    this.#answer = null;
    if (answer !== null && this.#isAnswerImmediate) {
      this.#registers.set('ICII', answer.value);
      this.#registers.set('ICIS', ICIS.IRV);
      this.#isImmediateSent = false;
      return;
    }
    this.#rirb.frame(answer ?? this.#unsolicited.shift() ?? null);
  }

  #send(): void {
    if (this.#isImmediateDue) {
      this.#isImmediateSent = true;
      this.#execute(this.#registers.get('ICOI'), true);
    } else if (this.#isCorbDue) {
      const base =
        this.#registers.get('CORBUBASE') * 0x1_0000_0000 + this.#registers.get('CORBLBASE');
      this.#execute(this.#slot.memory.view.getUint32(this.#corb.next(base), true), false);
    }
  }

  #execute(command: number, isImmediate: boolean): void {
    const value = this.#host.execute(command);
    this.#slot.trace.write(TRACE_VERB, command, value ?? 0, value === null ? 0 : 1);
    if (value === null) return;
    this.#answer = { value, extension: commandCodec(command) };
    this.#isAnswerImmediate = isImmediate;
  }
}
