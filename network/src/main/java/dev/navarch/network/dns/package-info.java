/**
 * The cluster's DNS: names of services, endpoints and pods from what the API server says, other names from whom the node
 * asks.
 *
 * <p>Sources: Kubernetes DNS-Based Service Discovery 1.1.0 (kubernetes/dns docs/specification.md); the kubernetes plugin of
 * CoreDNS (coredns plugin/kubernetes) with the settings that kubeadm gives it.
 */
@NullMarked
package dev.navarch.network.dns;

import org.jspecify.annotations.NullMarked;
