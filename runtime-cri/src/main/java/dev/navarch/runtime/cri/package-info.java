/**
 * The container engine behind a node: containerd (or another CRI engine) spoken to over gRPC, the containerd that
 * Navarch runs itself, the images it makes and imports, the pod network's CNI configuration, and the clean-up of all
 * of it.
 *
 * <p>Start reading at {@link dev.navarch.runtime.cri.CriRuntime}; {@link dev.navarch.runtime.cri.NodeLayout} says
 * where on the host everything lives. Calls block their caller; the only threads here are gRPC's event loop and the
 * virtual thread that watches over containerd.
 */
@NullMarked
package dev.navarch.runtime.cri;

import org.jspecify.annotations.NullMarked;
