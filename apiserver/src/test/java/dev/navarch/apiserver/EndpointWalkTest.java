package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Every operation of Kubernetes 1.36, on a running server. */
@Timeout(300)
class EndpointWalkTest {
    private static final String STABLE = "api-endpoints-1.36.tsv";

    /** Groups without a stable version: upstream too serves their documents only with one that is switched on. */
    private static final String UNSTABLE_GROUPS =
            "internal.apiserver.k8s.io/v1alpha1=true,storagemigration.k8s.io/v1beta1=true";

    @TempDir
    Path logs;

    private void walk(RuntimeConfig apis, List<EndpointRow> rows) throws Exception {
        List<String> problems = new ArrayList<>();
        try (var walk = new EndpointWalk(apis, logs)) {
            var document = JsonMapper.shared().readTree(walk.get("/openapi/v2").body());
            for (var row : rows) {
                walk.problem(row).ifPresent(problems::add);
                var operation = document.path("paths")
                        .path(row.path())
                        .path(row.method().toLowerCase(Locale.ROOT))
                        .path("operationId")
                        .asString("");
                if (!operation.equals(row.operation())) {
                    problems.add(row + ": OpenAPI calls it \"" + operation + "\"");
                }
            }
        }
        assertThat(problems)
                .as("%d of %d operations", problems.size(), rows.size())
                .isEmpty();
    }

    private static List<EndpointRow> rows(String table, Predicate<EndpointRow> which) throws Exception {
        return EndpointRow.all(table).stream().filter(which).toList();
    }

    @Test
    void everyStableOperationIsServed() throws Exception {
        var stable = rows(STABLE, r -> r.level().equals("stable"));
        assertThat(stable).hasSize(664);
        walk(RuntimeConfig.parse(UNSTABLE_GROUPS, false), stable);
    }

    @Test
    void everyOtherOperationIsServedWhenSwitchedOn() throws Exception {
        walk(
                RuntimeConfig.parse("api/all=true", false),
                rows(STABLE, r -> !r.level().equals("stable")));
    }

    @Test
    void theWorkloadsOfOldAreServedWhenSwitchedOn() throws Exception {
        walk(RuntimeConfig.parse("", true), rows("api-endpoints-removed.tsv", _ -> true));
    }
}
