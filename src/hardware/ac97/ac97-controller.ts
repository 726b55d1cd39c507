/**
 * Intel's AC'97 audio controller as the 82801AA (ICH) has it, with one codec: speaker, line in, and
 * two microphones. BAR 0 is the native audio mixer (the codec's registers), BAR 1 the native audio
 * bus master (three DMA engines and the global registers); a bridge that maps I/O space into memory
 * makes both memory, as ICH4's MMBAR and MBBAR are. ICH datasheet 12; four and six channels are
 * ICH2's, and need a codec that has the DACs.
 */
import { RegisterBank, type RegisterCell } from '../../base/registers.ts';
import {
  AC97_BOX,
  AC97_BOX_BYTES,
  AC97_BUS_MASTER_BYTES,
  AC97_GLOB_CNT,
  AC97_GLOB_STA,
  AC97_GLOBAL_REGISTERS,
} from '../../standards/ac97/bus-master-registers.ts';
import type { AccessWidth, DeviceModel, DeviceSlot, RegisterSpace } from '../device.ts';
import { LineIn } from '../endpoint/line-in.ts';
import { Speaker } from '../endpoint/speaker.ts';
import { LinkClock } from '../hda/link-clock.ts';
import { AcLink } from './ac-link.ts';
import { TRACE_LINE, TRACE_STRAY } from './ac97-trace.ts';
import { BusMasterBox } from './bus-master-box.ts';
import { CapturePath } from './capture-path.ts';
import { Codec, type CodecChannels } from './codec.ts';
import type { DataPath } from './data-path.ts';
import { PlaybackPath } from './playback-path.ts';
import { MicrophoneAdc, StereoAdc } from './record-inputs.ts';

export interface Ac97Config {
  /** DACs of the codec; 2 if absent. */
  readonly channels?: CodecChannels;
  /** How much too fast the codec's crystal is, in parts per million; 0 if absent. */
  readonly driftPpm?: number;
}

/** A box by the name of its channel. */
export type Ac97Channel = keyof typeof AC97_BOX;

const BUS_MASTER_SPACE = 1;
const BOX_SHIFT = Math.log2(AC97_BOX_BYTES);
const GLOBAL_BASE = AC97_GLOBAL_REGISTERS.GLOB_CNT.offset;
/** Bytes of a box that hold registers. */
const BOX_USED_BYTES = 0x0c;
const INTERRUPT_BITS = [AC97_GLOB_STA.PIINT, AC97_GLOB_STA.POINT, AC97_GLOB_STA.MINT];

export class Ac97Controller implements DeviceModel {
  readonly identity = {
    vendorId: 0x8086,
    deviceId: 0x2415,
    description: "Intel 82801AA AC'97 audio controller",
    hardwareId: 'PCI\\VEN_8086&DEV_2415',
  } as const;
  readonly speaker = new Speaker();
  readonly lineIn = new LineIn();
  /** The microphone that the record multiplexer can pick. */
  readonly microphone = new LineIn();
  /** The one of the microphone ADC. */
  readonly dedicatedMicrophone = new LineIn();
  readonly bars: readonly RegisterSpace[];
  /** BAR 0, the mixer's. */
  readonly registers: RegisterSpace;
  readonly #slot: DeviceSlot;
  readonly #codec: Codec;
  readonly #link: AcLink;
  readonly #boxes: readonly BusMasterBox[];
  readonly #global: RegisterBank<typeof AC97_GLOBAL_REGISTERS>;
  readonly #globCnt: RegisterCell;
  readonly #globSta: RegisterCell;
  #isAsserted = false;

  constructor(slot: DeviceSlot, config: Ac97Config = {}) {
    this.#slot = slot;
    this.#codec = new Codec(config.channels ?? 2, () => this.#link.sleep());
    this.#link = new AcLink(slot, this.#codec, {
      settle: () => this.settle(),
      linkChanged: (isUp) => this.#linkChanged(isUp),
      readTimedOut: () => this.#raiseGlobal(AC97_GLOB_STA.RCS),
    });
    this.#boxes = this.#makeBoxes(new LinkClock(config.driftPpm));
    this.#global = new RegisterBank(AC97_GLOBAL_REGISTERS, {
      read: {
        GLOB_CNT: () => this.#globalControl(),
        GLOB_STA: () => this.#globalStatus(),
        CAS: () => this.#link.takeSemaphore(),
      },
      write: {
        GLOB_CNT: (value, previous) => this.#control(value, previous),
        GLOB_STA: () => this.#updateLine(),
      },
    });
    this.#globCnt = this.#global.cell('GLOB_CNT');
    this.#globSta = this.#global.cell('GLOB_STA');
    const wiring = { settle: () => this.settle(), jackChanged: () => undefined };
    this.speaker.connect(wiring);
    for (const jack of [this.lineIn, this.microphone, this.dedicatedMicrophone]) {
      jack.connect(wiring);
    }
    this.registers = this.#link;
    this.bars = [
      this.#link,
      {
        sizeBytes: AC97_BUS_MASTER_BYTES,
        read: (offset, width) => this.#read(offset, width),
        write: (offset, width, value) => this.#write(offset, width, value),
      },
    ];
  }

  settle(): void {
    for (const box of this.#boxes) box.settle();
  }

  powerOff(): void {
    this.settle();
    this.#global.reset();
    for (const box of this.#boxes) box.reset();
    this.#link.shutOff(false);
    this.#link.assertReset();
    this.#updateLine();
  }

  /** Memory is late for a channel by so many frame periods. @throws Error unless it moves samples */
  injectFifoError(channel: Ac97Channel, frames = 1): void {
    this.#boxes[AC97_BOX[channel]]?.injectFifoError(frames);
  }

  /** Slot 12 has brought a change of the GPIO pins. */
  gpiStatusChanged(): void {
    this.#raiseGlobal(AC97_GLOB_STA.GSCI);
  }

  #makeBoxes(linkClock: LinkClock): BusMasterBox[] {
    const slot = this.#slot;
    const codec = this.#codec;
    const interruptChanged = (): void => this.#updateLine();
    const make = (index: number, name: string, path: DataPath): BusMasterBox =>
      new BusMasterBox({ index, name, slot, linkClock, path, interruptChanged });
    const input = new CapturePath(new StereoAdc(codec, this.lineIn, this.microphone));
    const output = new PlaybackPath(codec, this.speaker, () => this.#channels());
    const mic = new CapturePath(new MicrophoneAdc(codec, this.dedicatedMicrophone));
    return [
      make(AC97_BOX.PCM_IN, 'PCM in', input),
      make(AC97_BOX.PCM_OUT, 'PCM out', output),
      make(AC97_BOX.MIC_IN, 'microphone in', mic),
    ];
  }

  /** GLOB_CNT 21:20; a reserved value is two channels too. */
  #channels(): number {
    switch (this.#globCnt.value & AC97_GLOB_CNT.CHANNELS_MASK) {
      case AC97_GLOB_CNT.FOUR_CHANNELS:
        return 4;
      case AC97_GLOB_CNT.SIX_CHANNELS:
        return 6;
      default:
        return 2;
    }
  }

  #boxAt(offset: number): BusMasterBox | undefined {
    return offset < GLOBAL_BASE ? this.#boxes[offset >>> BOX_SHIFT] : undefined;
  }

  #read(offset: number, width: AccessWidth): number {
    const box = this.#boxAt(offset);
    if (!hasRegister(offset)) {
      this.#slot.trace.write(TRACE_STRAY, BUS_MASTER_SPACE, offset, width, 0);
      return 0;
    }
    if (box === undefined) return this.#global.read(offset, width);
    box.settle();
    return box.registers.read(offset, width);
  }

  /** What is due happens before the write that could change its fate. */
  #write(offset: number, width: AccessWidth, value: number): void {
    const box = this.#boxAt(offset);
    if (!hasRegister(offset)) {
      this.#slot.trace.write(TRACE_STRAY, BUS_MASTER_SPACE, offset, width, 1);
      return;
    }
    if (box === undefined) {
      this.#global.write(offset, width, value);
      return;
    }
    box.settle();
    box.registers.write(offset, width, value);
  }

  /** The warm reset bit is set until BIT_CLK is seen. */
  #globalControl(): number {
    const control = this.#globCnt.value;
    return this.#link.isWaking ? control : control & ~AC97_GLOB_CNT.WARM_RESET;
  }

  #control(value: number, previous: number): void {
    const { COLD_RESET, LINK_SHUT_OFF, WARM_RESET } = AC97_GLOB_CNT;
    if ((value & COLD_RESET) === 0) {
      if ((previous & COLD_RESET) !== 0) this.#coldReset();
    } else {
      this.#link.deassertReset();
    }
    const isWarm = (value & WARM_RESET) !== 0 && this.#link.warmReset();
    const wasWarm = (previous & WARM_RESET) !== 0 && this.#link.isWaking;
    const kept = isWarm || wasWarm ? value | WARM_RESET : value & ~WARM_RESET;
    this.#globCnt.value = kept;
    this.#link.shutOff((value & LINK_SHUT_OFF) !== 0);
    this.#updateLine();
  }

  /** All data in the controller and the codec are lost (12.2.8). */
  #coldReset(): void {
    this.settle();
    this.#link.assertReset();
    for (const box of this.#boxes) box.reset();
  }

  #globalStatus(): number {
    this.settle();
    let status = this.#globSta.value | AC97_GLOB_STA.MULTICHANNEL;
    if (this.#link.isUp) status |= AC97_GLOB_STA.PCR;
    return status | this.#interruptingBoxes();
  }

  #interruptingBoxes(): number {
    let bits = 0;
    for (let index = 0; index < this.#boxes.length; index++) {
      if (this.#boxes[index]?.isInterrupting === true) bits |= INTERRUPT_BITS[index] as number;
    }
    return bits;
  }

  #linkChanged(isUp: boolean): void {
    for (const box of this.#boxes) box.linkChanged(isUp);
  }

  #raiseGlobal(bit: number): void {
    this.#globSta.value |= bit;
    this.#updateLine();
  }

  /** The line is up as long as a cause is pending and enabled. */
  #updateLine(): void {
    const isGpi =
      (this.#globSta.value & AC97_GLOB_STA.GSCI) !== 0 &&
      (this.#globCnt.value & AC97_GLOB_CNT.GIE) !== 0;
    const causes = this.#interruptingBoxes() | (isGpi ? AC97_GLOB_STA.GSCI : 0);
    const isAsserted = causes !== 0;
    if (isAsserted === this.#isAsserted) return;
    this.#isAsserted = isAsserted;
    this.#slot.trace.write(TRACE_LINE, isAsserted ? 1 : 0, causes);
    if (isAsserted) this.#slot.interrupt.assert();
    else this.#slot.interrupt.deassert();
  }
}

/** Whether a register of the bus master begins or goes on at this byte. */
function hasRegister(offset: number): boolean {
  if (offset < GLOBAL_BASE) return (offset & (AC97_BOX_BYTES - 1)) < BOX_USED_BYTES;
  return offset <= AC97_GLOBAL_REGISTERS.CAS.offset;
}
