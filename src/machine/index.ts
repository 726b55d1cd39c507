/** Waveport: machines, the devices they can have, and clients to drive them. */
export { ms, type Ns, ns, seconds, us } from '../base/brand.ts';
export { Out } from '../base/out.ts';
export {
  type EndpointFacts,
  enumerateFilters,
  type FilterFacts,
  findEndpoints,
} from '../client/endpoints.ts';
export { KsFilter, type PinFacts } from '../client/ks-filter.ts';
export { type ClientHome, KsError } from '../client/ks-object.ts';
export { type BufferView, type HardwareLatency, KsPin } from '../client/ks-pin.ts';
export { type OpenStream, openStream, SmallBufferError } from '../client/open-stream.ts';
export type { FrameSource, RenderJournal } from '../client/render-buffer.ts';
export { type Glitch, type GlitchCause, SoundLedger } from '../client/sound-ledger.ts';
export { TimerRenderClient } from '../client/timer-render.ts';
export { BugCheck } from '../kernel/bug-check.ts';
export { type AudioEngineOptions, startAudioEngine } from './audio-engine.ts';
export type { DeviceBurst } from './device-burst.ts';
export { type DeviceKind, deviceKind, deviceKinds } from './devices.ts';
export { Machine, type MachineConfig, StartError } from './machine.ts';
export type { PlayReport } from './play-report.ts';
export { type PlayConfig, PlaySession } from './play-session.ts';
export type { RecordReport } from './record-report.ts';
export { type RecordConfig, RecordSession } from './record-session.ts';
export { SharedPlay, type SharedPlayConfig } from './shared-play.ts';
export type { SharedPlayReport } from './shared-play-report.ts';
export { SharedRecord, type SharedRecordConfig } from './shared-record.ts';
export type { StreamKind } from './stream-kind.ts';
