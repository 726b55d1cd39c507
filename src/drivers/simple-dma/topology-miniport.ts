/**
 * The topology miniport: ways between the wave filter's bridge pins and the jacks, without a node
 * of its own. Endpoint discovery goes along them. Source: IMiniportTopology.
 */
import type { Out } from '../../base/out.ts';
import {
  ComObject,
  IID_IMiniportTopology,
  type IMiniportTopology,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { OWNER } from './simple-dma-adapter.ts';
import { TOPOLOGY_FILTER } from './wave-filter.ts';

/** All methods at PASSIVE_LEVEL. */
export class SimpleDmaTopologyMiniport extends ComObject implements IMiniportTopology {
  constructor(wdk: Wdk) {
    super(wdk, OWNER, 'simple DMA topology miniport', [IID_IMiniportTopology]);
  }

  init(): NtStatus {
    return STATUS_SUCCESS;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    description.value = TOPOLOGY_FILTER;
    return STATUS_SUCCESS;
  }

  /** The port's default handler finds that an analog pin has no format. */
  dataRangeIntersection(): NtStatus {
    return STATUS_NOT_IMPLEMENTED;
  }
}
