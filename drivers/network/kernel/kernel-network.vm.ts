/**
 * The tests of the kernel layer and of a terminal in its own namespaces, on a kernel that has everything they ask for. The
 * machine of `npm run test:vm` is a network of its own, so they run as they are.
 */
import './plane.sandboxed.ts';
import '../namespaces/line.sandboxed.ts';
