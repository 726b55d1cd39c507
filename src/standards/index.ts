/** Published facts as data: NTSTATUS, kernel streaming, PCM, HD Audio, AC'97. */
export * from './ac97/index.ts';
export * from './hda/index.ts';
export * from './ks/descriptors.ts';
export * from './ks/formats.ts';
export * from './ks/guids.ts';
export * from './ks/mixer-controls.ts';
export * from './ks/requests.ts';
export * from './ks/signal-processing.ts';
export * from './ks/wave-data-format.ts';
export * from './nt/ntstatus.ts';
export * from './pcm/channel-mask.ts';
export * from './pcm/format.ts';
export * from './pcm/repack.ts';
