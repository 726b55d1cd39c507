/**
 * The topology port: a filter of bridge pins and nodes, without streams. Its miniport's tables
 * answer for volume, mute and jacks. Source: IPortTopology, "Topology Miniport Driver".
 */
import type { Guid } from '../../base/guid.ts';
import type { PinIdentifier } from '../../standards/ks/descriptors.ts';
import { KSCATEGORY_TOPOLOGY } from '../../standards/ks/guids.ts';
import { type NtStatus, STATUS_INVALID_DEVICE_REQUEST } from '../../standards/nt/ntstatus.ts';
import type { InterfaceId } from '../ddi/declare.ts';
import { IID_IMiniportTopology, type IMiniportTopology } from '../ddi/miniport.ts';
import { IID_IPortTopology, type IPortTopology, type IResourceList } from '../ddi/port.ts';
import type { IUnknown } from '../ddi/unknown.ts';
import type { PortClass } from '../port-class.ts';
import { type PinOpen, PortObject } from '../port-object.ts';

export class PortTopology extends PortObject<IMiniportTopology> implements IPortTopology {
  constructor(portClass: PortClass) {
    super(portClass, IID_IPortTopology, 'topology port');
  }

  protected get miniportInterface(): InterfaceId<IMiniportTopology> {
    return IID_IMiniportTopology;
  }

  protected get pinInterfaces(): readonly PinIdentifier[] {
    return [];
  }

  protected get ownCategories(): readonly Guid[] {
    return [KSCATEGORY_TOPOLOGY];
  }

  protected initMiniport(
    miniport: IMiniportTopology,
    adapter: IUnknown | null,
    resources: IResourceList,
  ): NtStatus {
    const port = this.portClass.guard.guard(IID_IPortTopology, this as IPortTopology);
    return miniport.init(adapter, resources, port);
  }

  /** There are no streams to stop. */
  override get canBeStopped(): boolean {
    return true;
  }

  /** Bridge pins cannot be opened. */
  openPin(): PinOpen {
    return { status: STATUS_INVALID_DEVICE_REQUEST, pin: null };
  }
}
