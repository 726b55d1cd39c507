/** A plain miniport that tells signal processing modes, as IMiniportAudioSignalProcessing asks. */
import type { Guid } from '../../src/base/guid.ts';
import type { Out } from '../../src/base/out.ts';
import {
  IID_IMiniportAudioSignalProcessing,
  type IMiniportAudioSignalProcessing,
  type IUnknown,
} from '../../src/portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type PlainDriver, PlainMiniport } from './plain-driver.ts';

/** Modes by pin; null for a pin that is a bridge or a loopback. */
export type PinModes = readonly (readonly Guid[] | null)[];

export class ModesMiniport extends PlainMiniport implements IMiniportAudioSignalProcessing {
  readonly #modes: PinModes;
  /** Calls with no array, and calls with one. */
  counted = 0;
  listed = 0;

  constructor(driver: PlainDriver, modes: PinModes) {
    super(driver);
    this.#modes = modes;
  }

  override queryInterface<T>(iid: Parameters<IUnknown['queryInterface']>[0]): T | null {
    if (iid.iid !== IID_IMiniportAudioSignalProcessing.iid) return super.queryInterface(iid);
    this.addRef();
    return this as unknown as T;
  }

  getModes(pin: number, modes: Guid[] | null, count: Out<number>): NtStatus {
    const own = this.#modes[pin];
    if (own === undefined) return STATUS_INVALID_PARAMETER;
    if (own === null) return STATUS_NOT_SUPPORTED;
    if (modes === null) {
      this.counted++;
      count.value = own.length;
      return STATUS_SUCCESS;
    }
    this.listed++;
    if (count.value < own.length) return STATUS_BUFFER_TOO_SMALL;
    count.value = own.length;
    modes.splice(0, modes.length, ...own);
    return STATUS_SUCCESS;
  }
}
