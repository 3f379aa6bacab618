/**
 * What the node agent asks of a container engine. Start reading at {@link dev.navarch.kubelet.runtime.ContainerRuntime}.
 *
 * <p>The records mirror the messages of CRI v1 (source: kubernetes staging/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto),
 * so that an engine only translates. Every method may be called from any thread and blocks its caller.
 */
@NullMarked
package dev.navarch.kubelet.runtime;

import org.jspecify.annotations.NullMarked;
