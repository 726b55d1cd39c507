/**
 * Volume and mute of an endpoint as its driver tells them: the level of each channel and between
 * which bounds it moves, from KSPROPERTY_AUDIO_VOLUMELEVEL and its basic support, and the mute of
 * each channel. Levels are decibels. Source: the pages of both properties, "Basic Support Queries".
 */
import { KsFilter } from '../client/ks-filter.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import { nodeTarget } from '../client/node-target.ts';
import { KSPROPSETID_Audio } from '../standards/ks/guids.ts';
import {
  KSNODEPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_MEMBER_STEPPEDRANGES,
  KSPROPERTY_MEMBERSHEADER,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../standards/ks/requests.ts';
import {
  KSNODETYPE_MUTE,
  KSNODETYPE_VOLUME,
  KSPROPERTY_AUDIO_MUTE,
  KSPROPERTY_STEPPING_LONG,
  LEVELS_PER_DB,
} from '../standards/ks/topology-controls.ts';
import { ntSuccess } from '../standards/nt/ntstatus.ts';
import type { PathNode } from './endpoint-path.ts';

export interface VolumeDetails {
  /** Of each channel, in dB. */
  readonly levelsDb: readonly number[];
  /** Null when the driver does not tell the range. */
  readonly range: {
    readonly minimumDb: number;
    readonly maximumDb: number;
    readonly stepDb: number;
  } | null;
}

/** The node and its request: KSNODEPROPERTY_AUDIO_CHANNEL, a node's property of one channel. */
const CHANNEL_REQUEST_BYTES = KSNODEPROPERTY.size + 8;
const VALUE_BYTES = 4;
const SUPPORT_ROOM = 512;
/** A driver that answers for every channel there could be has none in particular. */
const MOST_CHANNELS = 32;

/** The level of one stream is not the endpoint's, and there is no stream to ask. */
const isOfEndpoint = ({ filter, node }: PathNode): boolean => nodeTarget(filter, node) === 'filter';

/** The first volume on the way that answers; null when the endpoint has none. */
export function readVolume(home: ClientHome, path: readonly PathNode[]): VolumeDetails | null {
  for (const { filter, node } of path.filter(isOfEndpoint)) {
    if (filter.nodes[node] !== KSNODETYPE_VOLUME) continue;
    const details = withFilter(home, filter.symbolicLink, (open) => {
      const levels = channelValues(open, node, KSPROPERTY_AUDIO.VOLUMELEVEL);
      if (levels.length === 0) return null;
      const levelsDb = levels.map((level) => level / LEVELS_PER_DB);
      return { levelsDb, range: readRange(open, node) };
    });
    if (details !== null) return details;
  }
  return null;
}

/** Whether each channel is muted by the first mute on the way; null when the endpoint has none. */
export function readMute(home: ClientHome, path: readonly PathNode[]): readonly boolean[] | null {
  for (const { filter, node } of path.filter(isOfEndpoint)) {
    if (filter.nodes[node] !== KSNODETYPE_MUTE) continue;
    const values = withFilter(home, filter.symbolicLink, (open) =>
      channelValues(open, node, KSPROPERTY_AUDIO_MUTE),
    );
    if (values !== null && values.length > 0) return values.map((value) => value !== 0);
  }
  return null;
}

function withFilter<T>(home: ClientHome, link: string, read: (filter: KsFilter) => T): T | null {
  let filter: KsFilter;
  try {
    filter = KsFilter.open(home, link);
  } catch (error) {
    if (error instanceof KsError) return null;
    throw error;
  }
  try {
    return read(filter);
  } finally {
    filter.close();
  }
}

/** The value of channel after channel, until the driver knows no further one. */
function channelValues(filter: KsFilter, node: number, id: number): number[] {
  const values: number[] = [];
  while (values.length < MOST_CHANNELS && askChannel(filter, node, id, values.length)) {
    values.push(filter.view.getInt32(filter.valueAt, true));
  }
  return values;
}

function askChannel(filter: KsFilter, node: number, id: number, channel: number): boolean {
  return ask(filter, node, id, channel, KSPROPERTY_TYPE_GET, VALUE_BYTES);
}

function ask(
  filter: KsFilter,
  node: number,
  id: number,
  channel: number,
  verb: number,
  valueBytes: number,
): boolean {
  const { requestAt, view } = filter;
  filter.identify(KSPROPSETID_Audio, id, verb | KSPROPERTY_TYPE_TOPOLOGY);
  view.setUint32(requestAt + KSNODEPROPERTY.offsets.NodeId, node, true);
  view.setUint32(requestAt + KSNODEPROPERTY.offsets.Reserved, 0, true);
  view.setInt32(requestAt + KSNODEPROPERTY.size, channel, true);
  view.setUint32(requestAt + KSNODEPROPERTY.size + 4, 0, true);
  return ntSuccess(filter.send(CHANNEL_REQUEST_BYTES, valueBytes));
}

/** The range of the first channel, from the member list behind the description. */
function readRange(filter: KsFilter, node: number): VolumeDetails['range'] {
  const id = KSPROPERTY_AUDIO.VOLUMELEVEL;
  if (!ask(filter, node, id, 0, KSPROPERTY_TYPE_BASICSUPPORT, SUPPORT_ROOM)) return null;
  const headerAt = filter.valueAt + KSPROPERTY_DESCRIPTION.size;
  const firstAt = headerAt + KSPROPERTY_MEMBERSHEADER.size;
  const end = filter.valueAt + filter.bytesReturned;
  if (firstAt + KSPROPERTY_STEPPING_LONG.size > end) return null;
  const { MembersCount, MembersFlags } = KSPROPERTY_MEMBERSHEADER.read(filter.view, headerAt);
  if (MembersCount === 0 || (MembersFlags & KSPROPERTY_MEMBER_STEPPEDRANGES) === 0) return null;
  const range = KSPROPERTY_STEPPING_LONG.read(filter.view, firstAt);
  return {
    minimumDb: range.SignedMinimum / LEVELS_PER_DB,
    maximumDb: range.SignedMaximum / LEVELS_PER_DB,
    stepDb: range.SteppingDelta / LEVELS_PER_DB,
  };
}
