/** FMT and RATE of the simple DMA device as a sound format: PCM of 8 to 32 bits, left-justified. */
import {
  SIMPLE_DMA_FMT,
  SIMPLE_DMA_MAX_CHANNELS,
  SIMPLE_DMA_RATES_HZ,
} from '../../standards/simple-dma/registers.ts';
import type { SoundFormat } from '../endpoint/sound-format.ts';

const CONTAINER_BYTES = [2, 4];
const LEAST_BITS = 8;

/** Null when the link cannot carry it: 1 to 8 channels, containers of 2 or 4 bytes. */
export function decodeFormat(format: number, rateHz: number): SoundFormat | null {
  const channels = format & 0xff;
  const containerBytes = (format >>> SIMPLE_DMA_FMT.CONTAINER_SHIFT) & 0xff;
  const bits = (format >>> SIMPLE_DMA_FMT.BITS_SHIFT) & 0xff;
  const { LEAST, MOST } = SIMPLE_DMA_RATES_HZ;
  const isCarried =
    channels >= 1 &&
    channels <= SIMPLE_DMA_MAX_CHANNELS &&
    CONTAINER_BYTES.includes(containerBytes) &&
    bits >= LEAST_BITS &&
    bits <= 8 * containerBytes &&
    rateHz >= LEAST &&
    rateHz <= MOST;
  return isCarried ? { rateHz, bits, channels, containerBytes, float: false } : null;
}
