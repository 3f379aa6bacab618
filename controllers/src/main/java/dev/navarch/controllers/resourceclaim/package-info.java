/**
 * Makes claims of devices for pods, and takes back what pods no longer use.
 *
 * <p>Compared with kubernetes pkg/controller/resourceclaim: controller.go, uid_cache.go, metrics/metrics.go and the cases of
 * controller_test.go; staging dynamic-resource-allocation/resourceclaim (claim.go, pod.go).
 *
 * <p>Known differences. A pod that has ended gets no claims: upstream makes them and takes them away again. A claim that was
 * made is waited for until the cache shows it, in place of a cache of what was written. Claims of groups of pods (alpha) are
 * left alone.
 */
@NullMarked
package dev.navarch.controllers.resourceclaim;

import org.jspecify.annotations.NullMarked;
