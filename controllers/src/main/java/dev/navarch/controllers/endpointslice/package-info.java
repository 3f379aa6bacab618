/**
 * EndpointSlices of services: where the pods are that they select.
 *
 * <p>Follows kubernetes pkg/controller/endpointslice (endpointslice_controller.go) and
 * staging/src/k8s.io/endpointslice (reconciler.go, utils.go, trafficdist/trafficdist.go, metrics/metrics.go).
 *
 * <p>Known difference: hints by the annotation {@code service.kubernetes.io/topology-mode}, which {@code
 * trafficDistribution} replaces, are not made.
 */
@NullMarked
package dev.navarch.controllers.endpointslice;

import org.jspecify.annotations.NullMarked;
