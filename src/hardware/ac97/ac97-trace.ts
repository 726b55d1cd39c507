/** The rows that the AC'97 model writes into the trace. Settling data writes none. */
import { traceKind } from '../../sim/trace.ts';

/** A DMA engine starts to move samples, at this descriptor, with so many samples of it left. */
export const TRACE_RUN = traceKind('ac97-run', 'box', 'civ', 'picb', 'rate');
/** It was paused. */
export const TRACE_PAUSE = traceKind('ac97-pause', 'box', 'civ', 'picb');
/** It has processed the last valid buffer, and halts. */
export const TRACE_HALT = traceKind('ac97-halt', 'box', 'civ');
/** Its registers were reset. */
export const TRACE_RESET_BOX = traceKind('ac97-rr', 'box');
/** A buffer that asks for an interrupt is complete. */
export const TRACE_IOC = traceKind('ac97-ioc', 'box', 'civ');
/** The interrupt line changed. */
export const TRACE_LINE = traceKind('ac97-line', 'level', 'status:status');
/** A register of the codec was read (0) or written (1). */
export const TRACE_CODEC = traceKind('ac97-codec', 'register:hex', 'value:hex', 'written');
/** The AC-link came up (1) or went down (0). */
export const TRACE_LINK = traceKind('ac97-link', 'up');
/**
 * An access that does nothing: `space` 0 is the mixer's, 1 the bus master's. No register is there,
 * it has another width, no codec answers, or a reset was asked of an engine that runs.
 */
export const TRACE_STRAY = traceKind('ac97-stray', 'space', 'offset:hex', 'width', 'written');
/** A buffer ends within a frame: what is left of it is no frame, and is not moved. */
export const TRACE_SPLIT = traceKind('ac97-split-frame', 'box', 'civ', 'samples');
