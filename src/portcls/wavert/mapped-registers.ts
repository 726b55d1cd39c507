/**
 * Position and clock register of a pin, mapped for the client: each at most once in the pin's
 * life, until it closes. Source: KSPROPERTY_RTAUDIO_POSITIONREGISTER and CLOCKREGISTER.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { MmNonCached } from '../../kernel/memory/caching.ts';
import { PAGE_SIZE } from '../../kernel/memory/page.ts';
import type { KsRequest } from '../../ks/request.ts';
import { KSRTAUDIO_HWREGISTER } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { KsRtAudioHwRegister } from '../ddi/structs.ts';
import type { WaveRtPinParts } from './wavert-pin.ts';

export type RegisterKind = 'position' | 'clock';

export class MappedRegisters {
  readonly #parts: WaveRtPinParts;
  readonly #mapped = new Map<RegisterKind, VirtualAddress | null>();

  constructor(parts: WaveRtPinParts) {
    this.#parts = parts;
  }

  /** Asks the miniport, maps the register's page, and answers with the client's address. */
  answer(request: KsRequest, kind: RegisterKind): NtStatus {
    if (this.#mapped.has(kind)) return STATUS_INVALID_DEVICE_REQUEST;
    const register: KsRtAudioHwRegister = {
      register: virtual(0),
      width: 0,
      numerator: 0,
      denominator: 0,
      accuracy: 0,
    };
    const stream = this.#parts.guardedStream;
    const status =
      kind === 'position'
        ? stream.getPositionRegister(register)
        : stream.getClockRegister(register);
    if (!ntSuccess(status)) return status;
    const layout = KSRTAUDIO_HWREGISTER.layout(request.pointerBytes);
    const answered = request.answer(layout.size);
    if (answered !== STATUS_SUCCESS) return answered;
    const address = this.#map(kind, register.register);
    if (address === null) return STATUS_INSUFFICIENT_RESOURCES;
    layout.write(request.view, request.valueAt, {
      Register: address,
      Width: register.width,
      Numerator: register.numerator,
      Denominator: register.denominator,
      Accuracy: register.accuracy,
    });
    return STATUS_SUCCESS;
  }

  /** A register in RAM has one address for all; one on the bus gets a page of its own. */
  #map(kind: RegisterKind, kernelAddress: VirtualAddress): VirtualAddress | null {
    const { ioSpace } = this.#parts.port.kernel;
    const physicalAddress = ioSpace.physicalAddressOf(kernelAddress);
    if (physicalAddress === 0) {
      this.#mapped.set(kind, null);
      return kernelAddress;
    }
    const inPage = physicalAddress % PAGE_SIZE;
    const page = ioSpace.MmMapIoSpace(physicalAddress - inPage, PAGE_SIZE, MmNonCached);
    if (page === null) return null;
    this.#mapped.set(kind, page);
    return virtual(page + inPage);
  }

  unmap(): void {
    const { ioSpace } = this.#parts.port.kernel;
    for (const page of this.#mapped.values()) {
      if (page !== null) ioSpace.MmUnmapIoSpace(page, PAGE_SIZE);
    }
    this.#mapped.clear();
  }
}
