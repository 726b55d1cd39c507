/**
 * A running QEMU with one sound card: the card's registers through the bus, RAM that is the
 * machine's RAM, the level of its interrupt line, and a clock that only we move. It lives from the
 * card's power-on to its power-off.
 */
import type { AccessWidth, DeviceSlot } from '../hardware/device.ts';
import type { Speaker } from '../hardware/endpoint/speaker.ts';
import type { Board, BoardBar } from './board.ts';
import { GUEST_RAM_BYTES, GUEST_RAM_MIB, GuestMemory } from './guest-memory.ts';
import { QemuError } from './qemu-error.ts';
import { QemuJournal } from './qemu-journal.ts';
import { QemuProcess, RAM_PATH, WAV_PATH } from './qemu-process.ts';
import { QtestLink } from './qtest-link.ts';
import { WavEar } from './wav-ear.ts';

/** PCI configuration mechanism 1: address and data ports; PCI Local Bus 3.0, 3.2.2.3.2. */
const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;
const CONFIG_ENABLE = 0x8000_0000;
const SLOT_SHIFT = 11;
const IDENTITY_REGISTER = 0;
const COMMAND_REGISTER = 4;
/** Answers to I/O and memory accesses, and is a bus master. */
const COMMAND_ALL = 0x7;
const FIRST_USE: CardUse = { records: false, rateHz: 48_000 };
const INTERCEPT_INTERRUPTS = 'irq_intercept_in ioapic';
/** Words of qtest by where a register is. */
const READS: Readonly<Record<BoardBar['space'], string>> = { memory: 'read', port: 'in' };
const WRITES: typeof READS = { memory: 'write', port: 'out' };
const WIDTH_LETTERS: Readonly<Record<AccessWidth, string>> = { 1: 'b', 2: 'w', 4: 'l' };

/** What the sound card is for. */
export interface CardUse {
  readonly records: boolean;
  readonly rateHz: number;
}

export class QemuMachine {
  readonly #memory: GuestMemory;
  readonly #journal = new QemuJournal();
  readonly #speaker: Speaker;
  readonly #board: Board;
  readonly #startNs: number;
  #process: QemuProcess;
  #link: QtestLink;
  #ear: WavEar;
  #use = FIRST_USE;
  /** QEMU's time, from its power-on. */
  #nowNs = 0;

  /** Switches it on at `nowNs`. @throws QemuError when it does not come up with the card */
  constructor(board: Board, slot: DeviceSlot, speaker: Speaker, nowNs: number) {
    this.#board = board;
    this.#startNs = nowNs;
    this.#speaker = speaker;
    this.#process = new QemuProcess(argumentsFor(board, this.#use), GUEST_RAM_BYTES);
    this.#link = new QtestLink(this.#process);
    this.#ear = new WavEar(this.#process, speaker);
    this.#memory = new GuestMemory(slot.memory, this.#process, this.#journal);
    this.#run(INTERCEPT_INTERRUPTS);
    this.#plugIn();
  }

  /** The process's id. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Whether the card's interrupt line is up, as of its last answer. */
  get isInterrupting(): boolean {
    return this.#link.isRaised(this.#board.interruptInput);
  }

  /**
   * A stream is about to run. What the sound card does, and how fast, is fixed when QEMU starts:
   * at another rate it would resample, and the backend that writes a file cannot record. So another
   * QEMU is started, and led to where this one is. @throws QemuError when a stream of another kind
   * has run before
   */
  begin(use: CardUse): void {
    const isSame = use.records === this.#use.records && use.rateHz === this.#use.rateHz;
    if (isSame) {
      this.#journal.close();
      return;
    }
    if (!this.#journal.isComplete) {
      throw new QemuError(
        `QEMU's sound card ${inWords(this.#use)} since its first stream, and cannot be one that ` +
          `${inWords(use)}: another machine can`,
      );
    }
    const process = new QemuProcess(argumentsFor(this.#board, use), GUEST_RAM_BYTES);
    this.#process.kill();
    this.#process = process;
    this.#link = new QtestLink(process);
    this.#ear = new WavEar(process, this.#speaker);
    this.#use = use;
    this.#journal.replay(process, this.#link);
    this.#journal.close();
    this.#memory.moveTo(process);
    this.#memory.refresh();
  }

  /** Moves QEMU's time to the machine's. */
  advanceTo(nowNs: number): void {
    if (nowNs - this.#startNs === this.#nowNs) return;
    this.#memory.flush();
    this.#run(this.#clockTo(nowNs));
    this.#memory.refresh();
  }

  read(bar: number, offset: number, width: AccessWidth, nowNs: number): number {
    const access = this.#access(bar, READS, offset, width);
    const moves = nowNs - this.#startNs !== this.#nowNs;
    if (!moves) return Number(this.#run(access));
    this.#memory.flush();
    const value = Number(this.#run(`${this.#clockTo(nowNs)}\n${access}`));
    this.#memory.refresh();
    return value;
  }

  write(bar: number, offset: number, width: AccessWidth, value: number, nowNs: number): void {
    const access = `${this.#access(bar, WRITES, offset, width)} ${value}`;
    const moves = nowNs - this.#startNs !== this.#nowNs;
    this.#memory.flush();
    this.#run(moves ? `${this.#clockTo(nowNs)}\n${access}` : access);
    this.#memory.refresh();
  }

  /** Hears what is in the file by now. */
  listen(): void {
    this.#ear.listen();
  }

  /** Switches it off; the ear hears all that QEMU has played. */
  end(): void {
    try {
      this.#memory.checkClosed();
      this.#process.end();
      this.#ear.listen();
    } finally {
      this.#process.kill();
    }
  }

  /** Ends it without a look at what it has left. */
  kill(): void {
    this.#process.kill();
  }

  #run(commands: string): string {
    this.#journal.noteCommands(commands);
    return this.#link.run(commands);
  }

  #clockTo(nowNs: number): string {
    this.#nowNs = nowNs - this.#startNs;
    return `clock_set ${this.#nowNs}`;
  }

  #access(index: number, verbs: typeof READS, offset: number, width: AccessWidth): string {
    const bar = this.#board.bars[index];
    if (bar === undefined) throw new QemuError(`the card has no BAR ${index}`);
    return `${verbs[bar.space]}${WIDTH_LETTERS[width]} ${bar.base + offset}`;
  }

  /** What firmware does: gives the card its addresses and lets it answer. */
  #plugIn(): void {
    const { bars, identity } = this.#board;
    const found = Number(this.#configure(IDENTITY_REGISTER, `inl ${CONFIG_DATA}`));
    const expected = identity.deviceId * 0x1_0000 + identity.vendorId;
    if (found !== expected) {
      throw new QemuError(`QEMU has card 0x${found.toString(16)}, not 0x${expected.toString(16)}`);
    }
    for (const { base, register } of bars) this.#configure(register, `outl ${CONFIG_DATA} ${base}`);
    this.#configure(COMMAND_REGISTER, `outw ${CONFIG_DATA} ${COMMAND_ALL}`);
  }

  #configure(register: number, access: string): string {
    const address = CONFIG_ENABLE + (this.#board.pciSlot << SLOT_SHIFT) + register;
    return this.#run(`outl ${CONFIG_ADDRESS} ${address}\n${access}`);
  }
}

function inWords({ rateHz, records }: CardUse): string {
  return `${records ? 'records' : 'plays'} at ${rateHz} Hz`;
}

/** What the sound card plays or hears: 16-bit stereo; what a stream has more or less, is lost. */
function backendFor({ rateHz, records }: CardUse): string {
  const side = records ? 'in' : 'out';
  const format = `${side}.frequency=${rateHz},${side}.channels=2,${side}.format=s16`;
  return records ? `none,id=ear,${format}` : `wav,id=ear,path=${WAV_PATH},${format}`;
}

function argumentsFor(board: Board, use: CardUse): string[] {
  const ram = `memory-backend-file,id=ram,size=${GUEST_RAM_MIB}M,mem-path=${RAM_PATH},share=on`;
  return [
    ...['-machine', 'q35,accel=qtest,memory-backend=ram', '-object', ram],
    ...['-m', `${GUEST_RAM_MIB}M`, '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-qtest', 'stdio', '-qtest-log', 'none', '-audiodev', backendFor(use) + board.backend],
    ...board.args,
  ];
}
