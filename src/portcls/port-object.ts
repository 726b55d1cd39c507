/**
 * What all ports share: IPort, the binding of a port to its miniport, the filter description, and
 * the instance counts of pins. A port and its miniport together are a filter; each open of the
 * filter is a FilterInstance. Source: IPort, PcRegisterSubdevice, "Subdevice Creation".
 */

import { defined } from '../base/assert.ts';
import type { VirtualAddress } from '../base/brand.ts';
import type { Guid } from '../base/guid.ts';
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { dataRangeBytes, writeDataRange } from '../ks/data-range.ts';
import type { PinConnect } from '../ks/pin-connect.ts';
import type { PinInstances } from '../ks/pin-properties.ts';
import type { FilterDescription, PinIdentifier } from '../standards/ks/descriptors.ts';
import { KSCATEGORY_AUDIO, KSCATEGORY_CAPTURE, KSCATEGORY_RENDER } from '../standards/ks/guids.ts';
import { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { InterfaceId } from './ddi/declare.ts';
import type { PcFilterDescriptor } from './ddi/descriptors.ts';
import { IID_IPinCount, type IMiniport } from './ddi/miniport.ts';
import type { IPort, IRegistryKey, IResourceList } from './ddi/port.ts';
import { ComObject, type IUnknown } from './ddi/unknown.ts';
import { describeFilter, descriptorFault } from './filter-description.ts';
import type { FilterInstance } from './filter-instance.ts';
import type { KsFile } from './ks-file.ts';
import type { PortClass } from './port-class.ts';
import { pcNewRegistryKey } from './registry-key.ts';

const DATA_RANGE_TAG = 'PcDr';
const NONPAGED_POOL = 0;
/** The QueryInterface of PortCls' own objects fails with this; a port passes it on. */
const STATUS_NO_SUCH_INTERFACE = STATUS_INVALID_PARAMETER;

export interface PinOpen {
  readonly status: NtStatus;
  readonly pin: KsFile | null;
}

/** The miniport and what the port keeps of it. Gone once the children are released. */
interface Binding<M> {
  /** What the adapter gave to Init; property handlers get this very object. */
  readonly unknown: IUnknown;
  readonly miniport: M;
  readonly adapter: IUnknown | null;
  readonly resources: IResourceList;
}

export abstract class PortObject<M extends IMiniport = IMiniport>
  extends ComObject
  implements IPort
{
  readonly portClass: PortClass;
  readonly kernel: Kernel;
  readonly typeName: string;
  #binding: Binding<M> | null = null;
  #deviceObject: DeviceObject | null = null;
  #descriptor: PcFilterDescriptor | null = null;
  #description: FilterDescription | null = null;
  readonly #rangeAddresses: VirtualAddress[][] = [];
  readonly #openPins: number[] = [];

  constructor(portClass: PortClass, iid: InterfaceId<IPort>, typeName: string) {
    super(portClass.kernel, 'portcls', typeName, [iid as InterfaceId<unknown>]);
    this.portClass = portClass;
    this.kernel = portClass.kernel;
    this.typeName = typeName;
  }

  /** The interface that a miniport for this port must have. */
  protected abstract get miniportInterface(): InterfaceId<M>;
  protected abstract get pinInterfaces(): readonly PinIdentifier[];
  /** Calls the miniport's own Init. */
  protected abstract initMiniport(
    miniport: M,
    adapter: IUnknown | null,
    resources: IResourceList,
  ): NtStatus;
  /** Categories this kind of port adds to those that follow from the pins. */
  protected abstract get ownCategories(): readonly Guid[];
  abstract openPin(filter: FilterInstance, connect: PinConnect, irp: Irp): PinOpen;

  init(
    deviceObject: DeviceObject,
    _irp: Irp | null,
    unknownMiniport: IUnknown,
    unknownAdapter: IUnknown | null,
    resourceList: IResourceList,
  ): NtStatus {
    if (this.#binding !== null) return STATUS_INVALID_DEVICE_REQUEST;
    const miniport = this.portClass.guard.query(this.miniportInterface, unknownMiniport);
    if (miniport === null) return STATUS_NO_SUCH_INTERFACE;
    const status = this.initMiniport(miniport, unknownAdapter, resourceList);
    if (!ntSuccess(status)) {
      miniport.release();
      return status;
    }
    unknownAdapter?.addRef();
    resourceList.addRef();
    this.#deviceObject = deviceObject;
    this.#binding = {
      unknown: unknownMiniport,
      miniport,
      adapter: unknownAdapter,
      resources: resourceList,
    };
    const described = this.#describe(miniport);
    if (!ntSuccess(described)) this.releaseChildren();
    return described;
  }

  #describe(miniport: M): NtStatus {
    const out = new Out<PcFilterDescriptor | null>(null);
    const status = miniport.getDescription(out);
    if (!ntSuccess(status)) return status;
    if (out.value === null) return STATUS_INVALID_PARAMETER;
    const fault = descriptorFault(out.value);
    if (fault !== null) {
      this.portClass.findings.report(`${this.typeName}: filter descriptor: ${fault}`);
      return STATUS_INVALID_PARAMETER;
    }
    this.#descriptor = out.value;
    this.#description = describeFilter(out.value, this.pinInterfaces);
    for (const _pin of out.value.pins) this.#openPins.push(0);
    return this.#writeDataRanges(this.#description);
  }

  /** Miniports are handed ranges by pointer, so the pins' ranges lie in pool. */
  #writeDataRanges(description: FilterDescription): NtStatus {
    const { pool, ram } = this.kernel.memory;
    for (const pin of description.pins) {
      const addresses: VirtualAddress[] = [];
      this.#rangeAddresses.push(addresses);
      for (const range of pin.dataRanges) {
        const bytes = dataRangeBytes(range);
        const at = pool.ExAllocatePoolWithTag(NONPAGED_POOL, bytes, DATA_RANGE_TAG);
        if (at === null) return STATUS_INVALID_DEVICE_REQUEST;
        addresses.push(at);
        writeDataRange(ram.view, at, range);
      }
    }
    return STATUS_SUCCESS;
  }

  /** Lets go of the miniport and what came with it: the device is going away. */
  releaseChildren(): void {
    const binding = this.#binding;
    this.#binding = null;
    if (binding === null) return;
    binding.miniport.release();
    binding.adapter?.release();
    binding.resources.release();
    for (const addresses of this.#rangeAddresses.splice(0)) {
      for (const at of addresses) this.kernel.memory.pool.ExFreePoolWithTag(at, DATA_RANGE_TAG);
    }
  }

  protected override destroy(): void {
    this.releaseChildren();
  }

  get isBound(): boolean {
    return this.#binding !== null;
  }

  get miniport(): M {
    return defined(this.#binding, 'miniport').miniport;
  }

  /** The miniport as the adapter gave it. */
  get miniportUnknown(): IUnknown {
    return defined(this.#binding, 'miniport').unknown;
  }

  get deviceObject(): DeviceObject {
    return defined(this.#deviceObject, 'device object');
  }

  get descriptor(): PcFilterDescriptor {
    return defined(this.#descriptor, 'filter descriptor');
  }

  get description(): FilterDescription {
    return defined(this.#description, 'filter description');
  }

  dataRangeAddress(pinId: number, rangeIndex: number): VirtualAddress {
    return defined(this.#rangeAddresses[pinId]?.[rangeIndex], 'data range');
  }

  /** Interface categories: AUDIO, RENDER and CAPTURE as the pins flow, and the port's own. */
  get interfaceCategories(): readonly Guid[] {
    const categories = new Set<Guid>([KSCATEGORY_AUDIO, ...this.ownCategories]);
    for (const pin of this.description.pins) {
      if (pin.communication !== KSPIN_COMMUNICATION.SINK) continue;
      const isRender = pin.dataFlow === KSPIN_DATAFLOW.IN;
      categories.add(isRender ? KSCATEGORY_RENDER : KSCATEGORY_CAPTURE);
    }
    return [...categories];
  }

  pinOpened(pinId: number): void {
    this.#openPins[pinId] = (this.#openPins[pinId] ?? 0) + 1;
  }

  pinClosed(pinId: number): void {
    this.#openPins[pinId] = (this.#openPins[pinId] ?? 0) - 1;
  }

  /** Counts of a factory, as the descriptor states them and the miniport's IPinCount changes them. */
  instances(pinId: number, openOnFilter: number): PinInstances {
    const pin = defined(this.description.pins[pinId], 'pin');
    const counts = {
      filterNecessary: pin.minFilterInstanceCount,
      filterCurrent: openOnFilter,
      filterPossible: pin.maxFilterInstanceCount,
      globalCurrent: this.#openPins[pinId] ?? 0,
      globalPossible: pin.maxGlobalInstanceCount,
    };
    const pinCount = this.portClass.guard.query(IID_IPinCount, this.miniportUnknown);
    if (pinCount === null) return counts;
    const necessary = new Out(counts.filterNecessary);
    const current = new Out(counts.filterCurrent);
    const possible = new Out(counts.filterPossible);
    const globalCurrent = new Out(counts.globalCurrent);
    const globalPossible = new Out(counts.globalPossible);
    pinCount.pinCount(pinId, necessary, current, possible, globalCurrent, globalPossible);
    pinCount.release();
    return {
      filterNecessary: necessary.value,
      filterCurrent: current.value,
      filterPossible: possible.value,
      globalCurrent: globalCurrent.value,
      globalPossible: globalPossible.value,
    };
  }

  getDeviceProperty(
    deviceProperty: number,
    bufferLength: number,
    propertyBuffer: Uint8Array | null,
    resultLength: Out<number>,
  ): NtStatus {
    return this.portClass.getDeviceProperty(
      this.deviceObject,
      deviceProperty,
      bufferLength,
      propertyBuffer,
      resultLength,
    );
  }

  newRegistryKey(
    outRegistryKey: Out<IRegistryKey | null>,
    outerUnknown: IUnknown | null,
    registryKeyType: number,
    desiredAccess: number,
    objectAttributes: string | null,
    createOptions: number | null,
    disposition: Out<number>,
  ): NtStatus {
    return pcNewRegistryKey(
      this.kernel,
      this.kernel,
      outRegistryKey,
      outerUnknown,
      registryKeyType,
      desiredAccess,
      this.deviceObject,
      null,
      objectAttributes,
      createOptions,
      disposition,
    );
  }
}
