/**
 * The WavePci port: binds to a WavePci miniport for hardware that gathers and scatters the
 * client's own pages, hands out DMA channels, passes interrupts on to service routines, and opens
 * pins. Source: IPortWavePci, "WavePci Port Driver".
 */
import type { Guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import type { PinConnect } from '../../ks/pin-connect.ts';
import type { PinIdentifier } from '../../standards/ks/descriptors.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
} from '../../standards/nt/ntstatus.ts';
import type { InterfaceId } from '../ddi/declare.ts';
import type { PcFilterDescriptor } from '../ddi/descriptors.ts';
import type { IDmaChannel } from '../ddi/dma-channel.ts';
import type { IResourceList, IServiceGroup } from '../ddi/port.ts';
import type { IUnknown } from '../ddi/unknown.ts';
import {
  IID_IMiniportWavePci,
  IID_IPortWavePci,
  type IMiniportWavePci,
  type IPortWavePci,
} from '../ddi/wavepci.ts';
import { LOOPED_STREAMING_INTERFACE, STREAMING_INTERFACE } from '../filter-description.ts';
import type { FilterInstance } from '../filter-instance.ts';
import { GroupMember } from '../group-member.ts';
import { newMasterDmaChannel } from '../new-dma-channel.ts';
import type { PortClass } from '../port-class.ts';
import { type PinOpen, PortObject } from '../port-object.ts';
import { mixerAdvice } from './mixer-advice.ts';
import { openWavePciPin } from './open-pin.ts';
import type { WavePciSettings } from './settings.ts';

const LAST_32_BIT_ADDRESS = 2 ** 32 - 1;
/**
 * The page says "an appropriate error code": of a device that does not reach all memory, on a
 * machine without map registers through which it could.
 */
export const STATUS_OUT_OF_REACH = STATUS_INSUFFICIENT_RESOURCES;

export class PortWavePci extends PortObject<IMiniportWavePci> implements IPortWavePci {
  readonly settings: WavePciSettings;
  /** The filter's place in the group of the miniport's Init. */
  #member: GroupMember | null = null;

  constructor(portClass: PortClass, settings: WavePciSettings) {
    super(portClass, IID_IPortWavePci, 'WavePci port');
    this.settings = settings;
  }

  protected get miniportInterface(): InterfaceId<IMiniportWavePci> {
    return IID_IMiniportWavePci;
  }

  protected get pinInterfaces(): readonly PinIdentifier[] {
    return [STREAMING_INTERFACE, LOOPED_STREAMING_INTERFACE];
  }

  protected get ownCategories(): readonly Guid[] {
    return [];
  }

  protected override furtherAdvice(descriptor: PcFilterDescriptor): string[] {
    return mixerAdvice(descriptor);
  }

  protected initMiniport(
    miniport: IMiniportWavePci,
    adapter: IUnknown | null,
    resources: IResourceList,
  ): NtStatus {
    const { findings, guard } = this.portClass;
    const port = guard.guard(IID_IPortWavePci, this as IPortWavePci);
    const out = new Out<IServiceGroup | null>(null);
    const status = miniport.init(adapter, resources, port, out);
    const group = out.value;
    if (group === null) return status;
    if (!ntSuccess(status)) {
      findings.report('Init failed and returned a service group all the same');
      return status;
    }
    const serve = (): void => miniport.service();
    this.#member = new GroupMember(this.portClass, group, 'WavePci filter sink', serve);
    return status;
  }

  /** Any IRQL: the group's members are asked at DISPATCH_LEVEL. */
  notify(serviceGroup: IServiceGroup): void {
    serviceGroup.requestService();
  }

  newMasterDmaChannel(
    dmaChannel: Out<IDmaChannel | null>,
    outerUnknown: IUnknown | null,
    poolType: number,
    _resourceList: IResourceList | null,
    scatterGather: boolean,
    dma32BitAddresses: boolean,
    dma64BitAddresses: boolean,
    ignoreCount: boolean,
    _dmaWidth: number,
    _dmaSpeed: number,
    maximumLength: number,
    _dmaPort: number,
  ): NtStatus {
    const { deviceObject, portClass } = this;
    if (!scatterGather) {
      portClass.findings.report('NewMasterDmaChannel of a WavePci port without ScatterGather');
    }
    if (!dma64BitAddresses && this.kernel.memory.frames.highestAddress > LAST_32_BIT_ADDRESS) {
      portClass.findings.report(
        'the device cannot reach all of the memory that clients have: WaveCyclic would copy',
      );
      if (dmaChannel !== null) dmaChannel.value = null;
      if (!this.kernel.dma.hasMapRegisters) return STATUS_OUT_OF_REACH;
    }
    const traits = {
      scatterGather,
      dma32BitAddresses,
      dma64BitAddresses,
      ignoreCount,
      maximumLength,
    };
    return newMasterDmaChannel(portClass, deviceObject, dmaChannel, outerUnknown, poolType, traits);
  }

  override releaseChildren(): void {
    this.#member?.leave();
    this.#member = null;
    super.releaseChildren();
  }

  openPin(filter: FilterInstance, connect: PinConnect, irp: Irp): PinOpen {
    return openWavePciPin(this, filter, connect, irp);
  }
}
