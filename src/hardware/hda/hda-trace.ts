/** The rows that the HD Audio model writes into the trace. Settling data writes none. */
import { traceKind } from '../../sim/trace.ts';

/** A stream descriptor starts to move data, from this frame of its own count on. */
export const TRACE_RUN = traceKind('hda-run', 'stream', 'tag', 'format:hex', 'frame');
/** A stream descriptor stops: RUN cleared, held by SSYNC, reset, or a descriptor error. */
export const TRACE_STOP = traceKind('hda-stop', 'stream', 'frame');
/** A codec executed a command; `answered` is 0 when no codec has that address. */
export const TRACE_VERB = traceKind('hda-verb', 'command:status', 'response:status', 'answered');
/** Buffers whose descriptor asks for an interrupt were completed. */
export const TRACE_IOC = traceKind('hda-ioc', 'stream', 'buffers', 'frame');
/** The interrupt line changed. */
export const TRACE_LINE = traceKind('hda-line', 'level', 'status:status');
