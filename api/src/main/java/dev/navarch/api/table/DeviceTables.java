package dev.navarch.api.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tables of devices, their classes and who claims them. */
final class DeviceTables {
    private DeviceTables() {}

    static Map<String, TablePrinter> all() {
        return Map.of(
                "resource.k8s.io/DeviceClass", Printer.named().age().build(),
                "resource.k8s.io/ResourceClaim", claim(),
                "resource.k8s.io/ResourceClaimTemplate", Printer.named().age().build(),
                "resource.k8s.io/ResourceSlice", slice());
    }

    private static TablePrinter claim() {
        return Printer.named()
                .text("State", "How far it has come.", DeviceTables::state)
                .age()
                .build();
    }

    private static String state(Row claim) {
        List<String> states = new ArrayList<>();
        if (claim.isBeingDeleted()) {
            states.add("deleted");
        }
        if (claim.has("status.allocation")) {
            states.add("allocated");
            if (claim.size("status.reservedFor") > 0) {
                states.add("reserved");
            }
        } else if (!claim.isBeingDeleted()) {
            states.add("pending");
        }
        return String.join(",", states);
    }

    private static TablePrinter slice() {
        return Printer.named()
                .text("Node", "Which node has the devices.", row -> row.text("spec.nodeName"))
                .text("Driver", "Who drives them.", row -> row.text("spec.driver"))
                .text("Pool", "The pool that they are in.", row -> row.text("spec.pool.name"))
                .age()
                .build();
    }
}
