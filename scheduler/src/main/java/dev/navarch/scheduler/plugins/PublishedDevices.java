package dev.navarch.scheduler.plugins;

import dev.navarch.client.Informer;
import dev.navarch.scheduler.devices.Allocator;
import dev.navarch.scheduler.devices.DevicePools;
import dev.navarch.scheduler.framework.Handle;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import org.jspecify.annotations.Nullable;

/** The pools of devices as drivers publish them, sorted anew after a change. For the scheduler's thread. */
final class PublishedDevices {
    private final Informer<ResourceSlice> slices;
    private final Changes changes = new Changes();
    private final Allocator.Selectors selectors = new Allocator.Selectors();
    private long seen = -1;
    private @Nullable DevicePools pools;

    PublishedDevices(Handle handle) {
        slices = handle.watch(ResourceSlice.class);
        slices.addHandler(changes);
    }

    DevicePools pools() {
        var known = pools;
        long now = changes.count();
        if (known == null || now != seen) {
            known = new DevicePools(slices.list());
            pools = known;
            seen = now;
        }
        return known;
    }

    Allocator.Selectors selectors() {
        return selectors;
    }
}
