package dev.navarch.apiserver.registry;

import dev.navarch.api.ResourceType;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Tables of name and creation, for any kind (source: k8s.io/apiserver pkg/registry/rest/table.go). */
final class GenericTables {
    record Column(String name, String type, String format, String description, int priority) {}

    interface TablePrinter {
        List<Column> columns();

        List<Object> cells(ObjectNode object, Instant now);
    }

    static final class Tables {
        private static final TablePrinter PRINTER = new TablePrinter() {
            @Override
            public List<Column> columns() {
                return List.of(
                        new Column("Name", "string", "name", "Name must be unique within a namespace.", 0),
                        new Column("Created At", "date", "", "When this object was created.", 0));
            }

            @Override
            public List<Object> cells(ObjectNode object, Instant now) {
                return List.of(Meta.name(object), Tree.text(object, "metadata", "creationTimestamp"));
            }
        };

        static Tables builtIn() {
            return new Tables();
        }

        TablePrinter of(ResourceType type) {
            return PRINTER;
        }
    }

    private GenericTables() {}
}
