package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * Taints of devices that don't say since when they are there are there from now on (source: kubernetes
 * pkg/apis/resource/v1/defaults.go, SetDefaults_DeviceTaint).
 */
final class DeviceTaintTimes implements KindHook {
    private final TimeSource time;

    DeviceTaintTimes(TimeSource time) {
        this.time = time;
    }

    @Override
    public Reservation creating(ObjectNode now) {
        for (var device : Tree.objects(now, "spec", "devices")) {
            for (var taint : Tree.objects(device, "taints")) {
                if (!Tree.has(taint, "timeAdded")) {
                    taint.put("timeAdded", Meta.time(time.now()));
                }
            }
        }
        return Reservation.NONE;
    }

    @Override
    public Reservation updating(ObjectNode now, ObjectNode old) {
        return creating(now);
    }
}
