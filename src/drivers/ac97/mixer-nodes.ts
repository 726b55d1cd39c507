/**
 * The nodes of the topology filter that can be turned: KSPROPERTY_AUDIO_VOLUMELEVEL and
 * KSPROPERTY_AUDIO_MUTE for each channel, KSPROPERTY_AUDIO_MUX_SOURCE for the whole node, and
 * KSEVENT_CONTROL_CHANGE for whoever else shows a slider.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  PCEVENT_ITEM_FLAG_BASICSUPPORT,
  PCEVENT_ITEM_FLAG_ENABLE,
  PCEVENT_ITEM_FLAG_ONESHOT,
  PCPROPERTY_ITEM_FLAG_BASICSUPPORT,
  PCPROPERTY_ITEM_FLAG_GET,
  type PcAutomationTable,
  type PcEventItem,
  type PcPropertyRequest,
} from '../../portcls/ddi/index.ts';
import { KSPROPSETID_Audio } from '../../standards/ks/guids.ts';
import { KSPROPERTY_AUDIO_MUX_SOURCE } from '../../standards/ks/mixer-controls.ts';
import { KSPROPERTY_AUDIO } from '../../standards/ks/requests.ts';
import {
  ALL_CHANNELS_ID,
  KSEVENT_CONTROL_CHANGE,
  KSEVENTSETID_AudioControlChange,
  KSPROPERTY_AUDIO_MUTE,
  VARIANT_TYPE,
} from '../../standards/ks/topology-controls.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import {
  ACCESS_FLAGS,
  answerBasicSupport,
  checkRoom,
  type SupportedProperty,
} from './basic-support.ts';
import type { MixerControl } from './mixer-control.ts';
import type { RecordSource } from './record-source.ts';

const VALUE_BYTES = 4;
const CHANNEL_BYTES = 4;
const EVENT_FLAGS =
  PCEVENT_ITEM_FLAG_ENABLE | PCEVENT_ITEM_FLAG_ONESHOT | PCEVENT_ITEM_FLAG_BASICSUPPORT;

/** What a node needs of its filter. */
export interface NodeHome {
  readonly wdk: KernelDdi;
  /** Adds and removes entries of the filter's event list, as PCEVENT_VERB_* say. */
  readonly handleEvent: PcEventItem['handler'];
  /** A node's control changed: tells whoever waits for it. */
  controlChanged(node: number): void;
}

/** One property of a node: 32 bits, for each channel or for all of the node. */
interface Property {
  readonly id: number;
  readonly support: SupportedProperty;
  get(channel: number): number;
  /** STATUS_DEVICE_NOT_READY when the codec does not answer. */
  set(channel: number, value: number): NtStatus;
}

const answered = (isDone: boolean): NtStatus => (isDone ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY);

export function volumeTable(home: NodeHome, control: MixerControl): PcAutomationTable {
  const { channels, highestLevel, lowestLevel, stepLevel } = control;
  const range = { delta: stepLevel, minimum: lowestLevel, maximum: highestLevel };
  return controlTable(home, {
    id: KSPROPERTY_AUDIO.VOLUMELEVEL,
    support: { type: VARIANT_TYPE.VT_I4, channels, range },
    get: (channel) => control.level(channel),
    set: (channel, value) => answered(control.setLevel(channel, value)),
  });
}

export function muteTable(home: NodeHome, control: MixerControl): PcAutomationTable {
  return controlTable(home, {
    id: KSPROPERTY_AUDIO_MUTE,
    support: { type: VARIANT_TYPE.VT_BOOL, channels: control.channels, range: null },
    get: () => (control.isMuted ? 1 : 0),
    set: (_channel, value) => answered(control.setMuted(value !== 0)),
  });
}

/** STATUS_INVALID_PARAMETER for a pin that the node has not got. */
export function muxTable(home: NodeHome, source: RecordSource): PcAutomationTable {
  return controlTable(home, {
    id: KSPROPERTY_AUDIO_MUX_SOURCE,
    support: { type: VARIANT_TYPE.VT_ILLEGAL, channels: 0, range: null },
    get: () => source.pin,
    set: (_channel, pin) =>
      source.has(pin) ? answered(source.select(pin)) : STATUS_INVALID_PARAMETER,
  });
}

function controlTable(home: NodeHome, property: Property): PcAutomationTable {
  return {
    properties: [
      {
        set: KSPROPSETID_Audio,
        id: property.id,
        flags: ACCESS_FLAGS,
        handler: (request) => handle(home, property, request),
      },
    ],
    events: [
      {
        set: KSEVENTSETID_AudioControlChange,
        id: KSEVENT_CONTROL_CHANGE,
        flags: EVENT_FLAGS,
        handler: home.handleEvent,
      },
    ],
  };
}

function handle(home: NodeHome, property: Property, request: PcPropertyRequest): NtStatus {
  const { wdk } = home;
  const { node, value, verb } = request;
  if ((verb & PCPROPERTY_ITEM_FLAG_BASICSUPPORT) !== 0) {
    return answerBasicSupport(wdk, request, property.support);
  }
  const channels = channelsOf(wdk, property.support.channels, request);
  if (channels === null) return STATUS_INVALID_PARAMETER;
  const status = checkRoom(request, VALUE_BYTES);
  if (!ntSuccess(status) || value === null) return status;
  const view = wdk.viewAt(value, VALUE_BYTES);
  const [first = 0] = channels;
  if ((verb & PCPROPERTY_ITEM_FLAG_GET) !== 0) {
    // All channels have no one value.
    if (channels.length > 1) return STATUS_INVALID_PARAMETER;
    view.setInt32(0, property.get(first), true);
    return STATUS_SUCCESS;
  }
  return change(home, property, node, channels, view.getInt32(0, true));
}

/** The channels that a request means: one, or all; null for one that there is not. */
function channelsOf(
  wdk: KernelDdi,
  count: number,
  { instance, instanceSize }: PcPropertyRequest,
): readonly number[] | null {
  if (count === 0) return [0];
  if (instance === null || instanceSize < CHANNEL_BYTES) return null;
  const channel = wdk.viewAt(instance, CHANNEL_BYTES).getUint32(0, true);
  if (channel === ALL_CHANNELS_ID) return [...Array(count).keys()];
  return channel < count ? [channel] : null;
}

function change(
  home: NodeHome,
  property: Property,
  node: number,
  channels: readonly number[],
  value: number,
): NtStatus {
  let hasChanged = false;
  for (const channel of channels) {
    const before = property.get(channel);
    const status = property.set(channel, value);
    if (!ntSuccess(status)) return status;
    hasChanged ||= property.get(channel) !== before;
  }
  if (hasChanged) home.controlChanged(node);
  return STATUS_SUCCESS;
}
