package dev.navarch.api.table;

import dev.navarch.api.ResourceType;
import java.util.HashMap;
import java.util.Map;

/**
 * The tables of all kinds, by group and kind. Kinds without one of their own show name and time of creation.
 *
 * <p>Source: kubernetes pkg/printers/internalversion/printers.go; apiserver pkg/registry/rest/table.go for the rest.
 */
public final class Tables {
    private static final TablePrinter GENERIC = Printer.named()
            .column("Created At", "date", "When the object was created.", row -> row.text("metadata.creationTimestamp"))
            .build();

    private final Map<String, TablePrinter> printers;

    private Tables(Map<String, TablePrinter> printers) {
        this.printers = Map.copyOf(printers);
    }

    /** The tables of Kubernetes' own kinds. */
    public static Tables builtIn() {
        Map<String, TablePrinter> printers = new HashMap<>();
        printers.putAll(CoreTables.all());
        printers.putAll(WorkloadTables.all());
        printers.putAll(NetworkTables.all());
        printers.putAll(StorageTables.all());
        printers.putAll(ClusterTables.all());
        printers.putAll(DeviceTables.all());
        return new Tables(printers);
    }

    /** The table of a kind. */
    public TablePrinter of(ResourceType type) {
        return printers.getOrDefault(type.group() + "/" + type.kind(), GENERIC);
    }
}
