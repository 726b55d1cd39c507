/**
 * The way to the codecs: through the rings while they work, through the immediate registers from
 * the moment they do not. Callers see verbs and responses and never which way they went, and
 * a mutex lets one of them speak at a time.
 */
import type { FastMutex, KernelDdi } from '../../kernel/ddi/index.ts';
import { encodeCommand } from '../../standards/hda/index.ts';
import { CommandRing, type RunSynchronized, type TakeUnsolicited } from './command-ring.ts';
import type { HdaRegisters } from './hda-registers.ts';
import { sendImmediateCommand } from './immediate-command.ts';

/** Sends one verb to a node of one codec; its response, or null when none came. */
export type SendVerb = (node: number, verb: number, payload: number) => number | null;

export class CodecCommands {
  readonly #wdk: KernelDdi;
  readonly #registers: HdaRegisters;
  readonly #ring: CommandRing;
  readonly #mutex: FastMutex;

  constructor(
    wdk: KernelDdi,
    registers: HdaRegisters,
    synchronize: RunSynchronized,
    takeUnsolicited: TakeUnsolicited,
  ) {
    this.#wdk = wdk;
    this.#registers = registers;
    this.#mutex = wdk.ExInitializeFastMutex('codec commands');
    this.#ring = new CommandRing(wdk, registers, synchronize, takeUnsolicited);
  }

  /** Brings the rings up; without them commands go the immediate way. PASSIVE_LEVEL. */
  start(highAddress: number): void {
    if (!this.#ring.start(highAddress)) this.#wdk.DbgPrint('wphda: no rings, immediate commands');
  }

  /** Gives everything back. PASSIVE_LEVEL. */
  stop(): void {
    this.#ring.stop();
  }

  /** The controller interrupts: a response, or a command that could not be fetched. */
  serviceInterrupt(): void {
    this.#ring.drain();
  }

  /** Verbs to the codec at `address` on the link. PASSIVE_LEVEL. */
  to(address: number): SendVerb {
    return (node, verb, payload) => {
      this.#wdk.ExAcquireFastMutex(this.#mutex);
      const response = this.#send(encodeCommand(address, node, verb, payload));
      this.#wdk.ExReleaseFastMutex(this.#mutex);
      return response;
    };
  }

  #send(command: number): number | null {
    const response = this.#ring.isUsable ? this.#ring.send(command) : null;
    if (response !== null || this.#ring.isUsable) return response;
    if (this.#ring.hasFailed) {
      // 3.4.3: immediate commands are for when the CORB does not run; this one was never fetched.
      this.#ring.stop();
      this.#wdk.DbgPrint('wphda: the command ring failed, immediate commands');
    }
    return sendImmediateCommand(this.#wdk, this.#registers, command);
  }
}
