/**
 * QEMU's ICH6 HD Audio controller with its duplex codec. The codec keeps 8 KiB of sound of its own
 * behind the DMA engine, and no register says so. The engine looks at its buffer once per
 * millisecond, counted from when RUN was set.
 */
import type { AccessWidth } from '../hardware/device.ts';
import { GCTL, HDA_CONTROLLER_REGISTERS } from '../standards/hda/controller-registers.ts';
import { decodeHdaFormat } from '../standards/hda/stream-format.ts';
import {
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
  SDCTL,
} from '../standards/hda/stream-registers.ts';
import type { Board, EngineWatch } from './board.ts';

const { CTL, FMT } = HDA_STREAM_REGISTERS;
const INPUT_STREAMS = 4;
const STREAMS = 8;
const TICK_NS = 1_000_000;
/** What the codec keeps to itself. */
const UNTOLD_BYTES = 8192;

class HdaWatch implements EngineWatch {
  running = 0;
  readonly #rates = new Map<boolean, number>();

  reset(): void {
    this.running = 0;
    this.#rates.clear();
  }

  rateHz(records: boolean): number | null {
    return this.#rates.get(records) ?? null;
  }

  wrote(_bar: number, offset: number, _width: AccessWidth, value: number): void {
    if (offset === HDA_CONTROLLER_REGISTERS.GCTL.offset) {
      if ((value & GCTL.CRST) === 0) this.running = 0;
      return;
    }
    const at = offset - HDA_STREAM_BASE;
    const index = Math.floor(at / HDA_STREAM_STRIDE);
    if (index < 0 || index >= STREAMS) return;
    const register = at % HDA_STREAM_STRIDE;
    if (register === FMT.offset) {
      const format = decodeHdaFormat(value);
      if (format !== null) this.#rates.set(index < INPUT_STREAMS, format.rateHz);
    } else if (register === CTL.offset) {
      const runs = (value & SDCTL.RUN) !== 0 && (value & SDCTL.SRST) === 0;
      this.running = runs ? this.running | (1 << index) : this.running & ~(1 << index);
    }
  }
}

export const hdaBoard: Board = {
  identity: {
    vendorId: 0x8086,
    deviceId: 0x2668,
    description: "QEMU's High Definition Audio Controller",
    hardwareId: 'PCI\\VEN_8086&DEV_2668',
  },
  args: ['-device', 'intel-hda,addr=4,id=hda', '-device', 'hda-duplex,audiodev=ear'],
  backend: '',
  pciSlot: 4,
  interruptInput: 20,
  bars: [{ register: 0x10, space: 'memory', base: 0xe000_0000, sizeBytes: 0x4000 }],
  recordingEngines: (1 << INPUT_STREAMS) - 1,
  tickNs: TICK_NS,
  untoldBytes: UNTOLD_BYTES,
  watch: () => new HdaWatch(),
};
