package dev.navarch.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The conformance behaviours of Kubernetes 1.36, in the order of their names.
 *
 * <p>Source: upstream {@code test/conformance/testdata/conformance.yaml}.
 */
public final class BehaviourTable {
    private static final String RESOURCE = "conformance-1.36.tsv";

    /**
     * @param name full name of upstream's test
     * @param source file of upstream that has it
     */
    public record Row(String name, String source) {
        /** The special interest group, such as {@code sig-apps}. */
        public String sig() {
            return name.substring(1, name.indexOf(']'));
        }

        /** The name without SIG and marks such as {@code [Conformance]}. */
        public String title() {
            return name.replaceAll("\\[[^\\]]*\\]", " ").strip().replaceAll(" +", " ");
        }
    }

    private BehaviourTable() {}

    public static List<Row> rows() {
        try (var in = BehaviourTable.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .map(line -> line.split("\t"))
                    .map(cells -> new Row(cells[0], cells[2]))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static SortedMap<String, List<Row>> bySig() {
        return rows().stream().collect(Collectors.groupingBy(Row::sig, TreeMap::new, Collectors.toList()));
    }
}
