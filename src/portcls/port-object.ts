/**
 * What all ports share: the binding of a port to its miniport, and the filter description. A port
 * and its miniport together are a filter; each open of the filter is a FilterInstance. Source:
 * IPort, PcRegisterSubdevice, "Subdevice Creation".
 */

import { defined } from '../base/assert.ts';
import type { VirtualAddress } from '../base/brand.ts';
import type { Guid } from '../base/guid.ts';
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import { dataRangeBytes, writeDataRange } from '../ks/data-range.ts';
import type { PinConnect } from '../ks/pin-connect.ts';
import type { PropertySet } from '../ks/property-table.ts';
import type { DataRange, FilterDescription, PinIdentifier } from '../standards/ks/descriptors.ts';
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
import type { PcFilterDescriptor, PcPinDescriptor } from './ddi/descriptors.ts';
import type { IMiniport } from './ddi/miniport.ts';
import type { IPort, IResourceList } from './ddi/port.ts';
import type { IUnknown } from './ddi/unknown.ts';
import { descriptorAdvice, descriptorPrint } from './descriptor-advice.ts';
import { describeFilter, descriptorFault } from './filter-description.ts';
import type { FilterInstance } from './filter-instance.ts';
import type { KsFile } from './ks-file.ts';
import { PinCounts } from './pin-counts.ts';
import type { PortClass } from './port-class.ts';
import { PortServices } from './port-services.ts';

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
  extends PortServices
  implements IPort
{
  readonly pins = new PinCounts(this);
  #binding: Binding<M> | null = null;
  #deviceObject: DeviceObject | null = null;
  #descriptor: PcFilterDescriptor | null = null;
  #description: FilterDescription | null = null;
  /** What the descriptor said at Init. */
  #print = '';
  readonly #rangeAddresses: VirtualAddress[][] = [];

  constructor(
    portClass: PortClass,
    iid: InterfaceId<IPort>,
    typeName: string,
    further: readonly InterfaceId<unknown>[] = [],
  ) {
    super(portClass, iid as InterfaceId<unknown>, typeName, further);
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
  /** What this kind of port cannot do with a pin; null when there is nothing. */
  protected pinFault(_pin: PcPinDescriptor): string | null {
    return null;
  }
  /** What of a descriptor goes against advice for this kind of port. */
  protected furtherAdvice(_descriptor: PcFilterDescriptor): string[] {
    return [];
  }
  /** What this kind of port answers on its filter beside pins and topology. */
  get filterPropertySets(): readonly PropertySet[] {
    return [];
  }
  /** The miniport sees no intersection of a client's range with one of a pin's. */
  rangesRefused(_pinId: number, _client: DataRange, _own: DataRange): void {}

  jackTold(pinId: number, isConnected: boolean): void {
    const adapter = this.portClass.findAdapter(this.deviceObject);
    adapter?.jackOrder.told(this, pinId, isConnected);
  }

  /** Whether the streams of such a port can do without their device for a while. */
  get canBeStopped(): boolean {
    return false;
  }

  abstract openPin(filter: FilterInstance, connect: PinConnect, irp: Irp): PinOpen;

  init(
    deviceObject: DeviceObject,
    irp: Irp | null,
    unknownMiniport: IUnknown,
    unknownAdapter: IUnknown | null,
    resourceList: IResourceList,
  ): NtStatus {
    const refused = this.#checkInit(deviceObject, irp);
    if (refused !== STATUS_SUCCESS) return refused;
    const miniport = this.portClass.guard.query(this.miniportInterface, unknownMiniport);
    if (miniport === null) return STATUS_NO_SUCH_INTERFACE;
    // A miniport may ask the port for its device's services from within Init.
    this.#deviceObject = deviceObject;
    const status = this.initMiniport(miniport, unknownAdapter, resourceList);
    if (!ntSuccess(status)) {
      miniport.release();
      return status;
    }
    unknownAdapter?.addRef();
    resourceList.addRef();
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

  #checkInit(deviceObject: DeviceObject, irp: Irp | null): NtStatus {
    const { findings } = this.portClass;
    if (this.#binding !== null) {
      findings.report(`IPort::Init on a ${this.typeName} that is bound already`);
      return STATUS_INVALID_DEVICE_REQUEST;
    }
    const adapter = this.portClass.findAdapter(deviceObject);
    if (adapter === null || (irp !== null && irp !== adapter.startIrp)) {
      findings.report('IPort::Init was not given the device object and IRP of StartDevice');
    }
    return adapter === null ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
  }

  #describe(miniport: M): NtStatus {
    const out = new Out<PcFilterDescriptor | null>(null);
    const status = miniport.getDescription(out);
    if (!ntSuccess(status)) return status;
    if (out.value === null) return STATUS_INVALID_PARAMETER;
    const fault = descriptorFault(out.value, (pin) => this.pinFault(pin));
    if (fault !== null) {
      this.portClass.findings.report(`${this.typeName}: filter descriptor: ${fault}`);
      return STATUS_INVALID_PARAMETER;
    }
    for (const advice of [...descriptorAdvice(out.value), ...this.furtherAdvice(out.value)]) {
      this.portClass.findings.report(`${this.typeName}: filter descriptor: ${advice}`);
    }
    this.#descriptor = out.value;
    this.#print = descriptorPrint(out.value);
    this.#description = describeFilter(out.value, this.pinInterfaces);
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

  /** A port reads the descriptor for as long as it is bound, so it has to stay as it was. */
  checkDescriptor(): void {
    if (this.#descriptor === null || descriptorPrint(this.#descriptor) === this.#print) return;
    this.#print = descriptorPrint(this.#descriptor);
    this.portClass.findings.report(`${this.typeName}: the filter descriptor changed after Init`);
  }

  /** Lets go of the miniport and what came with it: the device is going away. */
  releaseChildren(): void {
    const binding = this.#binding;
    this.#binding = null;
    if (binding === null) return;
    this.events.stop();
    this.checkDescriptor();
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
}
