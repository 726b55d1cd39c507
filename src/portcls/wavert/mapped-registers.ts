/**
 * Position and clock register of a pin, mapped for the client: each at most once in the pin's
 * life, until it closes. Source: KSPROPERTY_RTAUDIO_POSITIONREGISTER and CLOCKREGISTER.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { MmNonCached } from '../../kernel/memory/caching.ts';
import { PAGE_SIZE } from '../../kernel/memory/page.ts';
import type { KsRequest } from '../../ks/request.ts';
import {
  KSRTAUDIO_HWREGISTER,
  KSRTAUDIO_HWREGISTER_PROPERTY,
} from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { KsRtAudioHwRegister } from '../ddi/structs.ts';
import type { WaveRtPinParts } from './wavert-pin.ts';

export type RegisterKind = 'position' | 'clock';

/** Bits that a register may have. */
const WIDTHS: readonly number[] = [32, 64];

export class MappedRegisters {
  readonly #parts: WaveRtPinParts;
  readonly #mapped = new Map<RegisterKind, VirtualAddress>();

  constructor(parts: WaveRtPinParts) {
    this.#parts = parts;
  }

  /** Asks the miniport, maps the register's page, and answers with the client's address. */
  answer(request: KsRequest, kind: RegisterKind): NtStatus {
    if (this.#mapped.has(kind)) return STATUS_INVALID_DEVICE_REQUEST;
    const asked = KSRTAUDIO_HWREGISTER_PROPERTY.layout(request.pointerBytes);
    // A mapping goes where there is room for it, so an address that was wished for cannot be had.
    if (asked.read(request.view, request.requestAt).BaseAddress !== 0) return STATUS_UNSUCCESSFUL;
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
    const fault = this.#fault(register);
    if (fault !== null) {
      this.#parts.port.portClass.findings.report(`the ${kind} register ${fault}`);
      return STATUS_UNSUCCESSFUL;
    }
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

  /** What is wrong with what the miniport returned; null when nothing is. */
  #fault(register: KsRtAudioHwRegister): string | null {
    if (!WIDTHS.includes(register.width)) return `has a Width of ${register.width} bits`;
    const { ioSpace } = this.#parts.port.kernel;
    // A mapping in RAM would show the client whatever else the page holds.
    const isRegister = ioSpace.physicalAddressOf(register.register) !== 0;
    return isRegister ? null : 'is at an address where no device register is mapped';
  }

  /** The client gets the register's page, in its own mode, and not the driver's mapping. */
  #map(kind: RegisterKind, kernelAddress: VirtualAddress): VirtualAddress | null {
    const { port, process } = this.#parts;
    const { ioSpace } = port.kernel;
    const physicalAddress = ioSpace.physicalAddressOf(kernelAddress);
    const inPage = physicalAddress % PAGE_SIZE;
    const page = ioSpace.MmMapIoSpace(
      physicalAddress - inPage,
      PAGE_SIZE,
      MmNonCached,
      process === null ? 'kernel' : 'user',
      process?.id ?? 0,
    );
    if (page === null) return null;
    this.#mapped.set(kind, page);
    return virtual(page + inPage);
  }

  /** Whether the client looks at the device without anybody's help. */
  get isAnyMapped(): boolean {
    return this.#mapped.size > 0;
  }

  unmap(): void {
    const { ioSpace } = this.#parts.port.kernel;
    for (const page of this.#mapped.values()) {
      ioSpace.MmUnmapIoSpace(page, PAGE_SIZE);
    }
    this.#mapped.clear();
  }
}
