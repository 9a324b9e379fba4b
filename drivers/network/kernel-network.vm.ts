/**
 * The kernel layer, the packet engine and a terminal in a namespace of its own, on a kernel that has all that they need,
 * netem included. The guest is a sandbox itself: the files run in it as they are.
 */
import './kernel/plane.sandboxed.ts';
import './kernel/withheld.sandboxed.ts';
import './namespaces/line.sandboxed.ts';
import './packets/engine.sandboxed.ts';
