/**
 * Device models that a machine plugs in, and the endpoints behind them. `waveport/hardware` is
 * this file: a model needs a slot (clock, trace, memory, interrupt line) and nothing else.
 */
export { type Ac97Channel, type Ac97Config, Ac97Controller } from './ac97/ac97-controller.ts';
export type {
  AccessWidth,
  DeviceModel,
  DeviceSlot,
  DmaMemory,
  DmaReach,
  InterruptLine,
  RegisterSpace,
} from './device.ts';
export { DMA_PAGE_BYTES } from './device.ts';
export { LineIn, type SoundSource } from './endpoint/line-in.ts';
export { isSameSound, type SoundFormat, soundFrameBytes } from './endpoint/sound-format.ts';
export { type SoundSink, Speaker } from './endpoint/speaker.ts';
export { type HdaConfig, HdaController } from './hda/hda-controller.ts';
export { SimpleDmaDevice } from './simple-dma/simple-dma-device.ts';
export { PLAINEST_TRAITS, type SimpleDmaTraits } from './simple-dma/traits.ts';
