/**
 * The interrupt logic, HDA 1.0a 3.3.14 and 3.3.15. INTSTS is no memory: every read derives it from
 * the causes that are pending, and the line follows it, so it stays up until the last cause is
 * gone. A cause counts when its own enable (IOCE, RINTCTL, WAKEEN and so on) is set; INTSTS shows
 * it whatever INTCTL says, and INTCTL decides what reaches the line.
 */
import type { RegisterCell } from '../../base/registers.ts';
import { INTCTL, INTSTS } from '../../standards/hda/controller-registers.ts';
import type { DeviceSlot } from '../device.ts';
import { TRACE_LINE } from './hda-trace.ts';
import type { StreamDescriptor } from './stream-descriptor.ts';

export class InterruptControl {
  readonly #slot: DeviceSlot;
  readonly #streams: readonly StreamDescriptor[];
  readonly #isControllerInterrupting: () => boolean;
  readonly #control: RegisterCell;
  #isAsserted = false;

  /**
   * @param isControllerInterrupting whether a cause outside the streams is pending and enabled
   * @param control INTCTL
   */
  constructor(
    slot: DeviceSlot,
    streams: readonly StreamDescriptor[],
    isControllerInterrupting: () => boolean,
    control: RegisterCell,
  ) {
    this.#slot = slot;
    this.#streams = streams;
    this.#isControllerInterrupting = isControllerInterrupting;
    this.#control = control;
  }

  /** INTSTS. */
  status(): number {
    let status = 0;
    for (const stream of this.#streams) {
      if (stream.isInterrupting) status |= 1 << stream.index;
    }
    if (this.#isControllerInterrupting()) status |= INTSTS.CIS;
    return status === 0 ? 0 : (status | INTSTS.GIS) >>> 0;
  }

  /** A cause or an enable changed: brings the line to where it belongs. */
  update(): void {
    const control = this.#control.value;
    const status = this.status();
    const enabledCauses = status & control & ~INTSTS.GIS;
    const isAsserted = (control & INTCTL.GIE) !== 0 && enabledCauses !== 0;
    if (isAsserted === this.#isAsserted) return;
    this.#isAsserted = isAsserted;
    this.#slot.trace.write(TRACE_LINE, isAsserted ? 1 : 0, status);
    if (isAsserted) this.#slot.interrupt.assert();
    else this.#slot.interrupt.deassert();
  }

  /** The machine is switched off: the line drops whatever is pending. */
  drop(): void {
    if (!this.#isAsserted) return;
    this.#isAsserted = false;
    this.#slot.interrupt.deassert();
  }
}
