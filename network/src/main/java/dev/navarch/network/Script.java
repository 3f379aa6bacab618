package dev.navarch.network;

import dev.navarch.network.Fragment.Element;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Text for {@code nft -f} about one table (source: nft(8)). */
final class Script {
    private final String table;
    private final StringBuilder out = new StringBuilder();

    Script(String table) {
        this.table = "ip " + table;
    }

    void add(String lines) {
        out.append(lines);
    }

    void addChain(String chain) {
        line("add chain %s %s".formatted(table, chain));
    }

    void flushChain(String chain) {
        line("flush chain %s %s".formatted(table, chain));
    }

    void deleteChain(String chain) {
        line("delete chain %s %s".formatted(table, chain));
    }

    void addRules(String chain, List<String> rules) {
        rules.forEach(rule -> line("add rule %s %s %s".formatted(table, chain, rule)));
    }

    void addAffinitySet(String set, int seconds) {
        line("add set %s %s { type ipv4_addr ; flags dynamic,timeout ; timeout %ss ; }".formatted(table, set, seconds));
    }

    void deleteSet(String set) {
        line("delete set %s %s".formatted(table, set));
    }

    void deleteElements(Collection<Element> elements) {
        elements.stream()
                .collect(Collectors.groupingBy(Element::map, TreeMap::new, Collectors.toList()))
                .forEach((map, all) -> line("delete element %s %s { %s }"
                        .formatted(table, map, all.stream().map(Element::key).collect(Collectors.joining(", ")))));
    }

    void addElements(Map<Element, String> elements) {
        elements.entrySet().stream()
                .collect(Collectors.groupingBy(e -> e.getKey().map(), TreeMap::new, Collectors.toList()))
                .forEach((map, all) -> line("add element %s %s { %s }"
                        .formatted(
                                table,
                                map,
                                all.stream()
                                        .map(e ->
                                                e.getKey().key() + (e.getValue().isEmpty() ? "" : " : " + e.getValue()))
                                        .collect(Collectors.joining(", ")))));
    }

    private void line(String text) {
        out.append(text).append('\n');
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
