/**
 * An HD Audio controller after Intel's ICH6 (8086:2668) with one codec on its link: 16 KiB of
 * registers, four input and four output streams. Time moves nothing by itself: data are moved when
 * something could see the difference, and alarms stand only where an interrupt, a response or the
 * position buffer is due.
 */
import { RegisterBank, type RegisterCell } from '../../base/registers.ts';
import { Alarm } from '../../sim/clock.ts';
import {
  GCTL,
  GSTS,
  HDA_CONTROLLER_REGISTERS,
  HDA_LINK_FRAME_HZ,
} from '../../standards/hda/controller-registers.ts';
import type { DeviceModel, DeviceSlot, RegisterSpace } from '../device.ts';
import { LineIn } from '../endpoint/line-in.ts';
import { Speaker } from '../endpoint/speaker.ts';
import { makeAliasPage } from './alias-page.ts';
import { Codec } from './codec.ts';
import { CodecLink } from './codec-link.ts';
import { CommandTransport } from './command-transport.ts';
import { InterruptControl } from './interrupt-control.ts';
import { LinkClock } from './link-clock.ts';
import { PositionBuffer } from './position-buffer.ts';
import { RegisterWindow } from './register-window.ts';
import { StreamDescriptor } from './stream-descriptor.ts';

export interface HdaConfig {
  /** The codec's address on the link, 0 to 14. Default 0. */
  readonly codecAddress?: number;
  /** Whether a plug is in the line out jack at power-on. Default true. */
  readonly jackPresent?: boolean;
  /** Parts per million by which the link clock is fast against the system clock. Default 0. */
  readonly driftPpm?: number;
  /** Whether a plug is in the line in jack at power-on. Default true. */
  readonly lineInPresent?: boolean;
}

const INPUT_STREAMS = 4;
const STREAMS = 8;
const MAX_CODEC_ADDRESS = 14;

export class HdaController implements DeviceModel {
  readonly identity = {
    vendorId: 0x8086,
    deviceId: 0x2668,
    description: 'High Definition Audio Controller',
    hardwareId: 'PCI\\VEN_8086&DEV_2668',
  } as const;
  readonly registers: RegisterSpace;
  readonly speaker: Speaker;
  readonly lineIn: LineIn;
  readonly #slot: DeviceSlot;
  readonly #codecAddress: number;
  readonly #codec: Codec;
  readonly #link: CodecLink;
  readonly #linkClock: LinkClock;
  readonly #bank: RegisterBank<typeof HDA_CONTROLLER_REGISTERS>;
  readonly #statests: RegisterCell;
  readonly #wakeen: RegisterCell;
  readonly #streams: readonly StreamDescriptor[];
  readonly #transport: CommandTransport;
  readonly #interrupts: InterruptControl;
  readonly #positions: PositionBuffer;
  readonly #flushAlarm: Alarm;
  #isOutOfReset = false;
  #fifoErrors = 0;

  /** @throws Error on a codec address that the link does not have */
  constructor(slot: DeviceSlot, config: HdaConfig = {}) {
    const codecAddress = config.codecAddress ?? 0;
    if (!Number.isInteger(codecAddress) || codecAddress < 0 || codecAddress > MAX_CODEC_ADDRESS) {
      throw new Error(`codecAddress must be 0 to ${MAX_CODEC_ADDRESS}, not ${codecAddress}`);
    }
    this.#slot = slot;
    this.#codecAddress = codecAddress;
    this.speaker = new Speaker(config.jackPresent);
    this.lineIn = new LineIn(config.lineInPresent);
    this.#codec = new Codec(slot.clock, this.speaker, this.lineIn);
    this.#bank = this.#makeBank();
    this.#statests = this.#bank.cell('STATESTS');
    this.#wakeen = this.#bank.cell('WAKEEN');
    this.#linkClock = new LinkClock(config.driftPpm);
    this.#link = new CodecLink(slot, this.#linkClock, codecAddress, this.#codec, () =>
      this.#codecArrived(),
    );
    const alias = makeAliasPage(
      () => this.#link.wallClock(),
      (index) => this.#streams[index]?.linkPosition() ?? 0,
    );
    const host = {
      linkClock: this.#linkClock,
      streamsChanged: () => this.#streamsChanged(),
      bufferCompleted: () => this.#bufferCompleted(),
      interruptChanged: () => this.#interrupts.update(),
      positionChanged: () => this.#positions.write(),
      execute: (command: number) => this.#execute(command),
      nextFrameNs: () => this.#link.nextFrameNs(),
    };
    this.#streams = Array.from({ length: STREAMS }, (_, index) => {
      return new StreamDescriptor(index, index >= INPUT_STREAMS, slot, host);
    });
    this.#transport = new CommandTransport(slot, this.#bank, host);
    this.#interrupts = new InterruptControl(
      slot,
      this.#streams,
      () => this.#isControllerInterrupting(),
      this.#bank.cell('INTCTL'),
    );
    this.#positions = new PositionBuffer(slot, this.#streams, () => this.settle());
    this.#flushAlarm = new Alarm(slot.clock, 'hda flush', () => this.#flushed());
    const settle = (): void => this.settle();
    this.speaker.connect({ settle, jackChanged: () => this.#jackChanged('line out') });
    this.lineIn.connect({ settle, jackChanged: () => this.#jackChanged('line in') });
    const isOutOfReset = (): boolean => this.#isOutOfReset;
    this.registers = new RegisterWindow(this.#bank, this.#streams, alias, isOutOfReset);
  }

  /** FIFO errors of all streams since power-on. */
  get fifoErrors(): number {
    return this.#fifoErrors;
  }

  /** Moves what is due by now: stream data, the ear's silence, the position buffer. */
  settle(): void {
    for (const stream of this.#streams) stream.settle();
    this.#codec.output.settle();
    this.#positions.write();
  }

  /** Cancels alarms and drops the line. What is due by now is not moved: settle before. */
  powerOff(): void {
    this.#reset();
    this.#interrupts.drop();
  }

  /**
   * The next frame of a running stream (0 to 3 input, 4 to 7 output) is lost on the link: silence
   * takes its place, FIFOE is set. @throws Error when there is no such stream or it is not running
   */
  injectFifoError(stream: number): void {
    const descriptor = this.#streams[stream];
    if (descriptor === undefined) throw new Error(`no stream ${stream}: they are 0 to 7`);
    descriptor.injectFifoError();
    this.#fifoErrors++;
  }

  /** A command fetch fails on its way from memory: CMEI is set and the CORB stops. */
  injectCommandMemoryError(): void {
    this.#transport.injectMemoryError();
  }

  #makeBank(): RegisterBank<typeof HDA_CONTROLLER_REGISTERS> {
    return new RegisterBank(HDA_CONTROLLER_REGISTERS, {
      read: {
        INTSTS: () => this.#interruptStatus(),
        WALCLK: () => this.#link.wallClock(),
        CORBRP: () => this.#transport.corbReadPointer,
        RIRBWP: () => this.#transport.rirbWritePointer,
      },
      write: {
        GCTL: (value, previous) => this.#globalControl(value, previous),
        WAKEEN: () => this.#interrupts.update(),
        STATESTS: () => this.#interrupts.update(),
        INTCTL: () => this.#interrupts.update(),
        SSYNC: (value) => this.#synchronize(value),
        CORBWP: () => this.#transport.wake(),
        CORBRP: (value) => this.#transport.writeCorbReadPointer(value),
        CORBCTL: () => this.#transport.wake(),
        CORBSTS: () => this.#interrupts.update(),
        RIRBWP: (value) => this.#resetRirb(value),
        RIRBCTL: () => this.#transport.wake(),
        RIRBSTS: () => this.#interrupts.update(),
        ICIS: (value) => this.#transport.writeImmediateStatus(value),
        DPLBASE: () => this.#placePositions(),
        DPUBASE: () => this.#placePositions(),
      },
    });
  }

  #interruptStatus(): number {
    this.settle();
    return this.#interrupts.status();
  }

  #isControllerInterrupting(): boolean {
    const wakes = this.#statests.value & this.#wakeen.value;
    return wakes !== 0 || this.#transport.isInterrupting;
  }

  #globalControl(value: number, previous: number): void {
    if ((value & GCTL.CRST) === 0) {
      this.settle();
      this.#reset();
      return;
    }
    if (!this.#isOutOfReset) {
      this.#isOutOfReset = true;
      this.#link.start();
    }
    if ((value & ~previous & GCTL.FCNTRL) !== 0) {
      this.#flushAlarm.set(this.#slot.clock.now + this.#linkClock.timeOf(1, HDA_LINK_FRAME_HZ));
    }
  }

  /** 3.3.7: everything but WAKEEN and STATESTS goes to its reset value, and stays there. */
  #reset(): void {
    const wakeEnable = this.#wakeen.value;
    const stateStatus = this.#statests.value;
    this.#isOutOfReset = false;
    this.#flushAlarm.cancel();
    for (const stream of this.#streams) stream.reset();
    this.#link.stop();
    this.#transport.reset();
    this.#bank.reset();
    this.#bank.set('WAKEEN', wakeEnable);
    this.#bank.set('STATESTS', stateStatus);
    this.#positions.place(0, 0);
    this.#interrupts.update();
  }

  /** 4.3: the codec asked for its address, which the controller reports. */
  #codecArrived(): void {
    this.#statests.value |= 1 << this.#codecAddress;
    this.#interrupts.update();
  }

  /** 3.3.7 and 3.3.10: what input streams received is in memory. */
  #flushed(): void {
    this.settle();
    this.#bank.set('GCTL', this.#bank.get('GCTL') & ~GCTL.FCNTRL);
    this.#bank.set('GSTS', GSTS.FSTS);
  }

  /** Streams whose bits change stop or start at the same nanosecond. */
  #synchronize(held: number): void {
    this.settle();
    for (const stream of this.#streams) stream.hold(((held >>> stream.index) & 1) === 1);
  }

  /** RIRBWP: the reset bit always reads 0. */
  #resetRirb(value: number): void {
    this.#bank.set('RIRBWP', 0);
    if (value !== 0) this.#transport.resetRirbWritePointer();
  }

  #placePositions(): void {
    this.#positions.place(this.#bank.get('DPLBASE'), this.#bank.get('DPUBASE'));
  }

  #streamsChanged(): void {
    this.#link.route(this.#streams);
    this.#positions.refresh();
  }

  /** Memory shows the position before the interrupt says so. */
  #bufferCompleted(): void {
    this.#positions.write();
    this.#interrupts.update();
  }

  /** Sound up to now is heard under the old settings. */
  #execute(command: number): number | null {
    this.settle();
    const response = this.#link.execute(command);
    this.#streamsChanged();
    return response;
  }

  #jackChanged(jack: 'line out' | 'line in'): void {
    const response = this.#codec.jackResponse(jack);
    if (response !== null) this.#transport.sendUnsolicited(this.#codecAddress, response);
  }
}
