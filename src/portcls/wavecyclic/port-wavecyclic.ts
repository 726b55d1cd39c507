/**
 * The WaveCyclic port: binds to a WaveCyclic miniport for hardware that goes round one buffer of
 * its own, hands out DMA channels, passes notifications on, and opens pins. Source:
 * IPortWaveCyclic, "WaveCyclic Port Driver".
 */
import type { Guid } from '../../base/guid.ts';
import type { Out } from '../../base/out.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import { NonPagedPool } from '../../kernel/memory/pool.ts';
import type { PinConnect } from '../../ks/pin-connect.ts';
import type { PinIdentifier } from '../../standards/ks/descriptors.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import type { InterfaceId } from '../ddi/declare.ts';
import type { IDmaChannel, IDmaChannelSlave } from '../ddi/dma-channel.ts';
import type { IResourceList, IServiceGroup } from '../ddi/port.ts';
import type { IUnknown } from '../ddi/unknown.ts';
import {
  IID_IMiniportWaveCyclic,
  IID_IPortWaveCyclic,
  type IMiniportWaveCyclic,
  type IPortWaveCyclic,
} from '../ddi/wavecyclic.ts';
import { LOOPED_STREAMING_INTERFACE, STREAMING_INTERFACE } from '../filter-description.ts';
import type { FilterInstance } from '../filter-instance.ts';
import { newMasterDmaChannel, newSlaveDmaChannel } from '../new-dma-channel.ts';
import type { PortClass } from '../port-class.ts';
import { type PinOpen, PortObject } from '../port-object.ts';
import { openWaveCyclicPin } from './open-pin.ts';

export class PortWaveCyclic extends PortObject<IMiniportWaveCyclic> implements IPortWaveCyclic {
  constructor(portClass: PortClass) {
    super(portClass, IID_IPortWaveCyclic, 'WaveCyclic port');
  }

  protected get miniportInterface(): InterfaceId<IMiniportWaveCyclic> {
    return IID_IMiniportWaveCyclic;
  }

  protected get pinInterfaces(): readonly PinIdentifier[] {
    return [STREAMING_INTERFACE, LOOPED_STREAMING_INTERFACE];
  }

  protected get ownCategories(): readonly Guid[] {
    return [];
  }

  protected initMiniport(
    miniport: IMiniportWaveCyclic,
    adapter: IUnknown | null,
    resources: IResourceList,
  ): NtStatus {
    const port = this.portClass.guard.guard(IID_IPortWaveCyclic, this as IPortWaveCyclic);
    return miniport.init(adapter, resources, port);
  }

  /** Any IRQL: the group's members are asked at DISPATCH_LEVEL. */
  notify(serviceGroup: IServiceGroup): void {
    serviceGroup.requestService();
  }

  /** A channel of the system DMA controller, for a device without DMA. PASSIVE_LEVEL. */
  newSlaveDmaChannel(
    dmaChannel: Out<IDmaChannelSlave | null>,
    outerUnknown: IUnknown | null,
    resourceList: IResourceList | null,
    dmaIndex: number,
    maximumLength: number,
    demandMode: boolean,
    dmaSpeed: number,
  ): NtStatus {
    return newSlaveDmaChannel(
      this.portClass,
      this.deviceObject,
      dmaChannel,
      outerUnknown,
      resourceList,
      dmaIndex,
      maximumLength,
      demandMode,
      dmaSpeed,
    );
  }

  /** A channel of a bus master. The list, width and speed are not looked at. PASSIVE_LEVEL. */
  newMasterDmaChannel(
    dmaChannel: Out<IDmaChannel | null>,
    outerUnknown: IUnknown | null,
    _resourceList: IResourceList | null,
    maximumLength: number,
    dma32BitAddresses: boolean,
    dma64BitAddresses: boolean,
  ): NtStatus {
    const { deviceObject, portClass } = this;
    const traits = {
      scatterGather: false,
      dma32BitAddresses,
      dma64BitAddresses,
      ignoreCount: false,
      maximumLength,
    };
    const pool = NonPagedPool;
    return newMasterDmaChannel(portClass, deviceObject, dmaChannel, outerUnknown, pool, traits);
  }

  openPin(filter: FilterInstance, connect: PinConnect, irp: Irp): PinOpen {
    return openWaveCyclicPin(this, filter, connect, irp);
  }
}
