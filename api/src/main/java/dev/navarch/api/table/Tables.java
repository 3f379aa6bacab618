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
    private static final Tables BUILT_IN = new Tables();

    /** Made when somebody first wants a table: of a hundred and fifty columns a start needs none. */
    private static final class Printers {
        private static final TablePrinter GENERIC = Printer.named()
                .column(
                        "Created At",
                        "date",
                        "When the object was created.",
                        row -> row.text("metadata.creationTimestamp"))
                .build();
        private static final Map<String, TablePrinter> ALL = all();

        private static Map<String, TablePrinter> all() {
            Map<String, TablePrinter> printers = new HashMap<>();
            printers.putAll(CoreTables.all());
            printers.putAll(WorkloadTables.all());
            printers.putAll(NetworkTables.all());
            printers.putAll(StorageTables.all());
            printers.putAll(ClusterTables.all());
            printers.putAll(DeviceTables.all());
            return Map.copyOf(printers);
        }
    }

    private Tables() {}

    /** The tables of Kubernetes' own kinds. */
    public static Tables builtIn() {
        return BUILT_IN;
    }

    /** The table of a kind. */
    public TablePrinter of(ResourceType type) {
        return Printers.ALL.getOrDefault(type.group() + "/" + type.kind(), Printers.GENERIC);
    }
}
