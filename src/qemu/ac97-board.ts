/**
 * QEMU's ICH AC'97 controller with its codec. Its engines move with the audio backend, whose period
 * is set to a millisecond here, counted from when the first of them runs. Both BARs are I/O ports.
 */
import type { AccessWidth } from '../hardware/device.ts';
import {
  AC97_BOX,
  AC97_BOX_BYTES,
  AC97_BOX_REGISTERS,
  AC97_BOXES,
  AC97_CR,
  AC97_DEVICE_ID,
  AC97_LINK_FRAME_HZ,
  AC97_MIXER_REGISTERS,
  AC97_VENDOR_ID,
} from '../standards/ac97/index.ts';
import type { Board, EngineWatch } from './board.ts';

const MIXER_BAR = 0;
const TICK_NS = 1_000_000;
/** What the backend takes ahead at once. */
const UNTOLD_BYTES = 8192;
const { ADC_RATE, FRONT_DAC_RATE, RESET } = AC97_MIXER_REGISTERS;
const { CR } = AC97_BOX_REGISTERS;

class Ac97Watch implements EngineWatch {
  running = 0;
  #playRateHz = AC97_LINK_FRAME_HZ;
  #recordRateHz = AC97_LINK_FRAME_HZ;

  rateHz(records: boolean): number {
    return records ? this.#recordRateHz : this.#playRateHz;
  }

  reset(): void {
    this.running = 0;
    this.#resetRates();
  }

  wrote(bar: number, offset: number, _width: AccessWidth, value: number): void {
    if (bar === MIXER_BAR) {
      if (offset === RESET.offset) this.#resetRates();
      else if (offset === FRONT_DAC_RATE.offset) this.#playRateHz = value;
      else if (offset === ADC_RATE.offset) this.#recordRateHz = value;
      return;
    }
    const box = Math.floor(offset / AC97_BOX_BYTES);
    if (box >= AC97_BOXES || offset % AC97_BOX_BYTES !== CR.offset) return;
    const runs = (value & AC97_CR.RPBM) !== 0 && (value & AC97_CR.RR) === 0;
    this.running = runs ? this.running | (1 << box) : this.running & ~(1 << box);
  }

  #resetRates(): void {
    this.#playRateHz = AC97_LINK_FRAME_HZ;
    this.#recordRateHz = AC97_LINK_FRAME_HZ;
  }
}

export const ac97Board: Board = {
  identity: {
    vendorId: AC97_VENDOR_ID,
    deviceId: AC97_DEVICE_ID,
    description: "QEMU's Intel 82801AA AC'97 audio controller",
    hardwareId: 'PCI\\VEN_8086&DEV_2415',
  },
  args: ['-device', 'AC97,addr=5,audiodev=ear'],
  backend: ',timer-period=1000',
  pciSlot: 5,
  interruptInput: 21,
  bars: [
    { register: 0x10, space: 'port', base: 0xc000, sizeBytes: 0x100 },
    { register: 0x14, space: 'port', base: 0xc400, sizeBytes: 0x40 },
  ],
  recordingEngines: (1 << AC97_BOX.PCM_IN) | (1 << AC97_BOX.MIC_IN),
  tickNs: TICK_NS,
  untoldBytes: UNTOLD_BYTES,
  watch: () => new Ac97Watch(),
};
