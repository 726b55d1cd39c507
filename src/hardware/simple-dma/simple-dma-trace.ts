/** The rows that the simple DMA model writes into the trace. Settling data writes none. */
import { traceKind } from '../../sim/trace.ts';

/** DMA was armed: engine, frames moved before, frames that may be moved now. */
export const TRACE_ARM = traceKind('sdma-arm', 'engine', 'moved', 'frames');
/** DMA reached the end of the buffer. */
export const TRACE_END = traceKind('sdma-end', 'engine', 'moved');
/** A FIFO ran empty or over, at this frame of the link. */
export const TRACE_XRUN = traceKind('sdma-xrun', 'engine', 'link');
/** RUN changed. */
export const TRACE_RUN = traceKind('sdma-run', 'engine', 'running', 'link');
