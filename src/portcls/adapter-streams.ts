/**
 * The streams of one adapter, as power and plug and play see them: which of them are in use, and
 * all of them paused, resumed or stopped at once. Source: IPowerNotify::PowerChangeNotify,
 * IAdapterPnpManagement::PnpStop.
 */

import type { POWER_STATE } from '../kernel/power/power-codes.ts';
import type { PinState } from '../ks/pin-state.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import type { AdapterDevice } from './adapter-device.ts';
import { IID_IPowerNotify } from './ddi/power.ts';
import type { IUnknown } from './ddi/unknown.ts';
import type { KsFile } from './ks-file.ts';
import type { PortClass } from './port-class.ts';
import type { PortObject } from './port-object.ts';

/** What every kind of streaming pin shows of itself. */
export interface StreamingPin extends KsFile {
  readonly state: PinState;
  readonly parts: { readonly port: PortObject; readonly stream: IUnknown };
  readonly registers: { readonly isAnyMapped: boolean };
  /** Told before and after the stream's own PowerChangeNotify. */
  changesPower?(isChanging: boolean): void;
}

/** A pin of PortCls is a streaming pin; bridge pins are not opened. */
export const asStreamingPin = (file: KsFile): StreamingPin | null =>
  file.kind === 'pin' ? (file as StreamingPin) : null;

export class AdapterStreams {
  readonly #portClass: PortClass;
  readonly #adapter: AdapterDevice;
  /** Those that ran when the device left D0. */
  readonly #paused = new Set<StreamingPin>();

  constructor(portClass: PortClass, adapter: AdapterDevice) {
    this.#portClass = portClass;
    this.#adapter = adapter;
  }

  /** The adapter's open pins, oldest first. */
  get #pins(): StreamingPin[] {
    const pins: StreamingPin[] = [];
    for (const file of this.#portClass.openPins) {
      const pin = asStreamingPin(file);
      if (pin?.parts.port.deviceObject === this.#adapter.deviceObject) pins.push(pin);
    }
    return pins;
  }

  /** A stream above STOP has acquired hardware, which needs power. */
  get isAnyActive(): boolean {
    return this.#pins.some((pin) => pin.parts.port.isBound && pin.state.current > KSSTATE.STOP);
  }

  get isAnyRegisterMapped(): boolean {
    return this.#pins.some((pin) => pin.registers.isAnyMapped);
  }

  /** RUN becomes PAUSE; the other states need nothing. */
  pauseRunning(): void {
    for (const pin of this.#pins) {
      if (!pin.parts.port.isBound || pin.state.current !== KSSTATE.RUN) continue;
      pin.state.walkTo(KSSTATE.PAUSE);
      this.#paused.add(pin);
    }
  }

  /** What was paused goes on, unless its client closed it or stepped down meanwhile. */
  resumePaused(): void {
    const paused = [...this.#paused];
    this.#paused.clear();
    for (const pin of paused) {
      const isOpen = this.#portClass.openPins.has(pin);
      if (isOpen && pin.state.current === KSSTATE.PAUSE) pin.state.walkTo(KSSTATE.RUN);
    }
  }

  /** The device is going: every stream stops, whatever the drivers say. */
  stopAll(): void {
    this.#paused.clear();
    for (const pin of this.#pins) pin.state.loseDevice();
  }

  /** PowerChangeNotify on the miniports and then on the streams that have IPowerNotify. */
  notify(state: POWER_STATE): void {
    for (const port of this.#adapter.ports) {
      if (port.isBound) this.#notifyOne(port.miniportUnknown, state);
    }
    for (const pin of this.#pins) {
      const { port, stream } = pin.parts;
      if (!port.isBound) continue;
      pin.changesPower?.(true);
      this.#notifyOne(stream, state);
      pin.changesPower?.(false);
    }
  }

  #notifyOne(unknown: IUnknown, state: POWER_STATE): void {
    const notify = this.#portClass.guard.query(IID_IPowerNotify, unknown);
    if (notify === null) return;
    notify.powerChangeNotify(state);
    notify.release();
  }
}
