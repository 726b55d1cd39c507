/**
 * A sound card of QEMU's in a machine of ours, behind the same four parts as our models: registers,
 * DMA memory, interrupt line, clock. QEMU is started when the first register is touched, and again
 * when the device gets its power back. Its time is moved to ours before each access, at each look
 * of a running engine at its buffer, and when the machine settles. An engine changes nothing
 * between two looks, so an interrupt reaches the kernel at the nanosecond in which QEMU raised it.
 */
import type { AccessWidth, DeviceSlot, RegisterSpace } from '../hardware/device.ts';
import { LineIn } from '../hardware/endpoint/line-in.ts';
import { Speaker } from '../hardware/endpoint/speaker.ts';
import type { AudioDevice } from '../machine/devices.ts';
import { Alarm } from '../sim/clock.ts';
import type { Board, EngineWatch } from './board.ts';
import { DeafMouth } from './deaf-mouth.ts';
import { QemuError } from './qemu-error.ts';
import { QemuMachine } from './qemu-machine.ts';
import { WAV_BLOCK_BYTES } from './wav-ear.ts';

const ENGINE_BITS = 31;
const BYTES_PER_FRAME = 4;
const BACKEND_PERIOD_NS = 10_000_000;
/** Of the cards; assumed while no stream has a rate. */
const LOWEST_RATE_HZ = 8_000;
const DEFAULT_RATE_HZ = 48_000;

export class QemuDevice implements AudioDevice {
  readonly identity: Board['identity'];
  readonly bars: readonly RegisterSpace[];
  readonly registers: RegisterSpace;
  readonly speaker = new Speaker();
  readonly lineIn = new LineIn();
  readonly #board: Board;
  readonly #slot: DeviceSlot;
  readonly #watch: EngineWatch;
  readonly #mouth: DeafMouth;
  readonly #lookAlarm: Alarm;
  /** When each engine began to run. */
  readonly #beganNs = new Float64Array(ENGINE_BITS);
  #qemu: QemuMachine | null = null;
  #hasFailed = false;

  constructor(slot: DeviceSlot, board: Board) {
    this.identity = board.identity;
    this.#board = board;
    this.#slot = slot;
    this.#watch = board.watch();
    this.#mouth = new DeafMouth(this.lineIn);
    this.#lookAlarm = new Alarm(slot.clock, 'qemu engine', () => this.#look());
    this.bars = board.bars.map(({ sizeBytes }, bar) => ({
      sizeBytes,
      read: (offset, width) => this.#read(bar, offset, width),
      write: (offset, width, value) => this.#write(bar, offset, width, value),
    }));
    this.registers = this.bars[0] as RegisterSpace;
    const settle = (): void => this.settle();
    // QEMU's codecs have no jack sense: a plug that moves is nobody's business.
    this.speaker.connect({ settle, jackChanged: () => undefined });
    this.lineIn.connect({ settle, jackChanged: () => undefined });
  }

  /** QEMU's process while there is one. */
  get pid(): number | undefined {
    return this.#qemu?.pid;
  }

  /** The card's own, a block of the file, and a period of the audio backend. */
  get untoldDelayNs(): number {
    const frames = (this.#board.untoldBytes + WAV_BLOCK_BYTES) / BYTES_PER_FRAME;
    const rateHz = this.#watch.rateHz(false) ?? LOWEST_RATE_HZ;
    return Math.ceil((frames / rateHz) * 1e9) + BACKEND_PERIOD_NS;
  }

  settle(): void {
    const qemu = this.#qemu;
    if (qemu === null) return;
    this.#guard(() => qemu.advanceTo(this.#slot.clock.now));
    this.#mouth.speakUntil(this.#slot.clock.now);
    qemu.listen();
    this.#updateLine();
  }

  powerOff(): void {
    this.#lookAlarm.cancel();
    const qemu = this.#qemu;
    this.#qemu = null;
    this.#slot.interrupt.deassert();
    this.#watch.reset();
    this.#mouth.close();
    qemu?.end();
  }

  #read(bar: number, offset: number, width: AccessWidth): number {
    const qemu = this.#powered();
    const value = this.#guard(() => qemu.read(bar, offset, width, this.#slot.clock.now));
    this.#updateLine();
    return value;
  }

  #write(bar: number, offset: number, width: AccessWidth, value: number): void {
    const { now } = this.#slot.clock;
    const qemu = this.#powered();
    const before = this.#watch.running;
    this.#watch.wrote(bar, offset, width, value);
    const begun = this.#watch.running & ~before;
    this.#guard(() => {
      if (begun !== 0) this.#begin(qemu, begun, now);
      qemu.write(bar, offset, width, value, now);
    });
    if (this.#watch.running !== before) this.#scheduleLook();
    this.#updateLine();
  }

  #begin(qemu: QemuMachine, engines: number, now: number): void {
    const records = (engines & this.#board.recordingEngines) !== 0;
    const rateHz = this.#watch.rateHz(records) ?? DEFAULT_RATE_HZ;
    qemu.begin({ records, rateHz });
    if (records) this.#mouth.open(rateHz, now);
    for (let bit = 0; bit < ENGINE_BITS; bit++) {
      if (((engines >>> bit) & 1) === 1) this.#beganNs[bit] = now;
    }
  }

  #powered(): QemuMachine {
    if (this.#hasFailed) throw new QemuError('QEMU has died, and the device with it');
    this.#qemu ??= this.#guard(
      () => new QemuMachine(this.#board, this.#slot, this.speaker, this.#slot.clock.now),
    );
    return this.#qemu;
  }

  /** A QEMU that failed once is not asked again. */
  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#hasFailed = true;
      this.#lookAlarm.cancel();
      this.#qemu?.kill();
      this.#qemu = null;
      throw error;
    }
  }

  #look(): void {
    const qemu = this.#qemu;
    if (qemu === null) return;
    this.#guard(() => qemu.advanceTo(this.#slot.clock.now));
    this.#mouth.speakUntil(this.#slot.clock.now);
    this.#scheduleLook();
    this.#updateLine();
  }

  /** The next look of any engine that runs. */
  #scheduleLook(): void {
    const { running } = this.#watch;
    if ((running & this.#board.recordingEngines) === 0) this.#mouth.close();
    const { now } = this.#slot.clock;
    const { tickNs } = this.#board;
    let due = Number.POSITIVE_INFINITY;
    for (let bit = 0; bit < ENGINE_BITS; bit++) {
      if (((running >>> bit) & 1) === 0) continue;
      const began = this.#beganNs[bit] as number;
      due = Math.min(due, began + (Math.floor((now - began) / tickNs) + 1) * tickNs);
    }
    if (due === Number.POSITIVE_INFINITY) this.#lookAlarm.cancel();
    else this.#lookAlarm.set(due);
  }

  /** The service routine may run in here, and touch registers: QEMU is not in the midst of one. */
  #updateLine(): void {
    if (this.#qemu?.isInterrupting === true) this.#slot.interrupt.assert();
    else this.#slot.interrupt.deassert();
  }
}
