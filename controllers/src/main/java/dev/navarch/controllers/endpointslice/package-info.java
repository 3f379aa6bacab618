/**
 * EndpointSlices of services: where the pods are that they select.
 *
 * <p>Follows kubernetes pkg/controller/endpointslice (endpointslice_controller.go) and
 * staging/src/k8s.io/endpointslice (reconciler.go, utils.go, trafficdist/trafficdist.go, topologycache, metrics/metrics.go).
 *
 * <p>Known difference: where hints are wanted by the annotation {@code service.kubernetes.io/topology-mode}, services are
 * looked at again whenever nodes change what zones offer, not only those that are overloaded by it.
 */
@NullMarked
package dev.navarch.controllers.endpointslice;

import org.jspecify.annotations.NullMarked;
