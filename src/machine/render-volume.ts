/**
 * The volume of a device's playback, turned as a person turns it: through the topology filter. Some
 * hardware leaves samples as they are at another level than 0 dB.
 */
import { KsFilter } from '../client/ks-filter.ts';
import { KSCATEGORY_TOPOLOGY, KSPROPSETID_Audio } from '../standards/ks/guids.ts';
import {
  IOCTL_KS_PROPERTY,
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../standards/ks/requests.ts';
import { LEVELS_PER_DB } from '../standards/ks/topology-controls.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';

/** A level of a volume node of the topology filter. */
export interface RenderVolume {
  readonly node: number;
  readonly decibels: number;
}

const CHANNELS = 2;

/** Another driver than ours may have no such node; then nothing is turned. */
export function turnVolume(machine: Machine<AudioDevice>, { decibels, node }: RenderVolume): void {
  const { kernel } = machine;
  const [link] = kernel.interfaces.enumerate(KSCATEGORY_TOPOLOGY);
  if (link === undefined) return;
  const process = machine.openProcess('volume');
  const filter = KsFilter.open({ process, ram: kernel.ram }, link);
  const flags = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
  for (let channel = 0; channel < CHANNELS; channel++) {
    filter.identify(KSPROPSETID_Audio, KSPROPERTY_AUDIO.VOLUMELEVEL, flags);
    const words = [node, 0, channel, 0];
    for (const [index, word] of words.entries()) {
      filter.view.setUint32(filter.requestAt + KSPROPERTY.size + 4 * index, word, true);
    }
    filter.view.setInt32(filter.valueAt, decibels * LEVELS_PER_DB, true);
    process.deviceIoControl(
      filter.handle,
      IOCTL_KS_PROPERTY,
      filter.requestAt,
      KSPROPERTY.size + 4 * words.length,
      filter.valueAt,
      4,
    );
  }
  filter.close();
  process.terminate();
}
