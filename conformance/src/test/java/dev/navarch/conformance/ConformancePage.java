package dev.navarch.conformance;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** docs/conformance.md, made from the table of behaviours and the annotations. */
final class ConformancePage {
    private ConformancePage() {}

    static String text() {
        var found = AnnotatedBehaviours.all().stream()
                .collect(Collectors.toMap(AnnotatedBehaviours.Found::name, Function.identity()));
        var page = new StringBuilder("""
            # Conformance

            Which of the %d conformance behaviours of Kubernetes 1.36 are tests here. Each one there is passes: the
            build runs all of them, on simulated nodes or, where real containers have to be seen, on containerd, and
            fails with any. This page is generated from the tests; `ConformancePageTest` says how.

            Against another cluster:

            ```
            NAVARCH_CONFORMANCE_KUBECONFIG=~/.kube/config ./mvnw -pl conformance -am -Dtest=ConformanceTest -Dsurefire.failIfNoSpecifiedTests=false test
            ```

            | SIG | behaviours | passing | on simulated nodes | on containerd |
            |---|---|---|---|---|
            """.formatted(BehaviourTable.rows().size()));
        BehaviourTable.bySig().forEach((sig, rows) -> summary(page, sig, rows, found));
        summary(page, "**all**", BehaviourTable.rows(), found);
        BehaviourTable.bySig().forEach((sig, rows) -> details(page, sig, rows, found));
        return page.toString();
    }

    private static void summary(
            StringBuilder page,
            String sig,
            List<BehaviourTable.Row> rows,
            Map<String, AnnotatedBehaviours.Found> found) {
        var there = rows.stream()
                .map(row -> found.get(row.name()))
                .filter(f -> f != null)
                .toList();
        long containers =
                there.stream().filter(AnnotatedBehaviours.Found::containers).count();
        page.append("| %s | %d | %d | %d | %d |\n"
                .formatted(sig, rows.size(), there.size(), there.size() - containers, containers));
    }

    private static void details(
            StringBuilder page,
            String sig,
            List<BehaviourTable.Row> rows,
            Map<String, AnnotatedBehaviours.Found> found) {
        page.append("\n## ").append(sig).append("\n\n| behaviour | test |\n|---|---|\n");
        for (var row : rows) {
            var test = found.get(row.name());
            var shown = test == null ? "–" : "`" + test.method() + "`" + (test.containers() ? " on containerd" : "");
            page.append(
                    "| %s | %s |\n".formatted(row.title().replace("|", "\\|").replace("*", "\\*"), shown));
        }
    }
}
