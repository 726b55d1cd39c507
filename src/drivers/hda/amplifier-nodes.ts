/**
 * The volume and the mute node of one side: KSPROPERTY_AUDIO_VOLUMELEVEL and KSPROPERTY_AUDIO_MUTE
 * for each channel, carried out by the amplifier of the side's path, and KSEVENT_CONTROL_CHANGE
 * for whoever else shows a slider. A level that the amplifier has not becomes the nearest it has.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  PCEVENT_ITEM_FLAG_BASICSUPPORT,
  PCEVENT_ITEM_FLAG_ENABLE,
  PCEVENT_ITEM_FLAG_ONESHOT,
  PCPROPERTY_ITEM_FLAG_BASICSUPPORT,
  PCPROPERTY_ITEM_FLAG_GET,
  PCPROPERTY_ITEM_FLAG_SET,
  type PcAutomationTable,
  type PcEventItem,
  type PcPropertyRequest,
} from '../../portcls/ddi/index.ts';
import { KSPROPSETID_Audio } from '../../standards/ks/guids.ts';
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
import { answerBasicSupport, checkRoom, type SupportedProperty } from './basic-support.ts';
import { AMPLIFIER_CHANNELS, type PathAmplifier } from './path-amplifier.ts';

const VALUE_BYTES = 4;
const CHANNEL_BYTES = 4;
const ACCESS_FLAGS =
  PCPROPERTY_ITEM_FLAG_GET | PCPROPERTY_ITEM_FLAG_SET | PCPROPERTY_ITEM_FLAG_BASICSUPPORT;
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

/** One property of a node: 32 bits for each channel. */
interface Control {
  readonly id: number;
  readonly support: SupportedProperty;
  get(channel: number): number;
  /** False when the codec does not answer. */
  set(channel: number, value: number): boolean;
}

/** The table of a volume node. */
export function volumeTable(home: NodeHome, amplifier: PathAmplifier): PcAutomationTable {
  const { highestLevel, lowestLevel, stepLevel } = amplifier;
  const range = { delta: stepLevel, minimum: lowestLevel, maximum: highestLevel };
  return controlTable(home, {
    id: KSPROPERTY_AUDIO.VOLUMELEVEL,
    support: supportOf(VARIANT_TYPE.VT_I4, range),
    get: (channel) => amplifier.level(channel),
    set: (channel, value) => amplifier.setLevel(channel, value),
  });
}

/** The table of a mute node. */
export function muteTable(home: NodeHome, amplifier: PathAmplifier): PcAutomationTable {
  return controlTable(home, {
    id: KSPROPERTY_AUDIO_MUTE,
    support: supportOf(VARIANT_TYPE.VT_BOOL, null),
    get: (channel) => (amplifier.isMuted(channel) ? 1 : 0),
    set: (channel, value) => amplifier.setMuted(channel, value !== 0),
  });
}

function supportOf(type: number, range: SupportedProperty['range']): SupportedProperty {
  return { accessFlags: ACCESS_FLAGS, type, channels: AMPLIFIER_CHANNELS, range };
}

function controlTable(home: NodeHome, control: Control): PcAutomationTable {
  return {
    properties: [
      {
        set: KSPROPSETID_Audio,
        id: control.id,
        flags: ACCESS_FLAGS,
        handler: (request) => handle(home, control, request),
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

function handle(home: NodeHome, control: Control, request: PcPropertyRequest): NtStatus {
  const { wdk } = home;
  const { instance, instanceSize, node, value, verb } = request;
  if ((verb & PCPROPERTY_ITEM_FLAG_BASICSUPPORT) !== 0) {
    return answerBasicSupport(wdk, request, control.support);
  }
  if (instance === null || instanceSize < CHANNEL_BYTES) return STATUS_INVALID_PARAMETER;
  const channel = wdk.viewAt(instance, CHANNEL_BYTES).getUint32(0, true);
  const isAll = channel === ALL_CHANNELS_ID;
  if (!isAll && channel >= AMPLIFIER_CHANNELS) return STATUS_INVALID_PARAMETER;
  const status = checkRoom(request, VALUE_BYTES);
  if (!ntSuccess(status) || value === null) return status;
  const view = wdk.viewAt(value, VALUE_BYTES);
  if ((verb & PCPROPERTY_ITEM_FLAG_GET) !== 0) {
    // All channels have no one value.
    if (isAll) return STATUS_INVALID_PARAMETER;
    view.setInt32(0, control.get(channel), true);
    return STATUS_SUCCESS;
  }
  const asked = view.getInt32(0, true);
  const channels = isAll ? [...Array(AMPLIFIER_CHANNELS).keys()] : [channel];
  const before = channels.map((each) => control.get(each));
  if (!channels.every((each) => control.set(each, asked))) return STATUS_DEVICE_NOT_READY;
  if (channels.some((each, index) => control.get(each) !== before[index])) {
    home.controlChanged(node);
  }
  return STATUS_SUCCESS;
}
